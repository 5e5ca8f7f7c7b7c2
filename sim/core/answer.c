#include "sim/core/answer.h"

#include <errno.h>
#include <string.h>

enum { PDU_GET = 0xa0, PDU_NEXT = 0xa1, PDU_RESPONSE = 0xa2, PDU_SET = 0xa3, PDU_BULK = 0xa5 };
enum { NO_SUCH_OBJECT = 0x80, END_OF_VIEW = 0x82 };
enum { ERR_NONE = 0, ERR_TOO_BIG = 1, ERR_NO_SUCH_NAME = 2, ERR_NOT_WRITABLE = 17 };
enum { V1 = 0, V2C = 1 };

struct request {
	int64_t version, id, a, b; /* a, b: error status and index, or GETBULK's two counts */
	uint8_t pdu;
	struct ber_in community, binds;
};

struct bind {
	struct oid oid;
	const struct mib_row *row; /* NULL: `exception` */
	uint8_t exception;
};

struct reply {
	size_t n;
	int64_t error, index;
	struct bind bind[ANSWER_MAX_VARBINDS];
};

static int parse(const uint8_t *buf, size_t len, struct request *q)
{
	struct ber_in in = { buf, buf + len }, message, pdu;

	if (ber_get_tag(&in, BER_SEQUENCE, &message) < 0 ||
	    ber_get_int(&message, &q->version) < 0 || q->version < V1 || q->version > V2C ||
	    ber_get_tag(&message, BER_OCTETS, &q->community) < 0 ||
	    ber_get(&message, &q->pdu, &pdu) < 0)
		return -EBADMSG;
	if (ber_get_int(&pdu, &q->id) < 0 || ber_get_int(&pdu, &q->a) < 0 ||
	    ber_get_int(&pdu, &q->b) < 0 || ber_get_tag(&pdu, BER_SEQUENCE, &q->binds) < 0)
		return -EBADMSG;
	return q->pdu == PDU_GET || q->pdu == PDU_NEXT || q->pdu == PDU_SET ||
			       (q->pdu == PDU_BULK && q->version == V2C)
		       ? 0
		       : -EBADMSG;
}

static int next_name(struct ber_in *binds, struct oid *ret)
{
	struct ber_in pair;

	return ber_get_tag(binds, BER_SEQUENCE, &pair) < 0 ? -EBADMSG : ber_get_oid(&pair, ret);
}

static void add(struct reply *r, const struct oid *asked, const struct mib_object *found,
		uint8_t exception)
{
	struct bind *b = &r->bind[r->n++];

	b->oid = found != NULL ? found->oid : *asked;
	b->row = found != NULL ? found->row : NULL;
	b->exception = exception;
}

static int answer_each(const struct mib *m, struct request *q, struct reply *r)
{
	while (q->binds.p < q->binds.end) {
		struct oid oid;
		bool next = q->pdu == PDU_NEXT;

		if (next_name(&q->binds, &oid) < 0)
			return -EBADMSG;
		if (r->n == ANSWER_MAX_VARBINDS) {
			r->error = ERR_TOO_BIG;
			return 0;
		}
		add(r, &oid, next ? mib_next(m, &oid) : mib_get(m, &oid),
		    next ? END_OF_VIEW : NO_SUCH_OBJECT);
		if (r->bind[r->n - 1].row == NULL && q->version == V1 && r->error == ERR_NONE) {
			r->error = ERR_NO_SUCH_NAME;
			r->index = (int64_t)r->n;
		}
	}
	return 0;
}

/* GETBULK: the first `a` names once, the others up to `b` times, as many as fit. */
static int answer_bulk(const struct mib *m, struct request *q, struct reply *r)
{
	struct oid repeat[ANSWER_MAX_VARBINDS];
	size_t n = 0;

	for (int64_t i = 0; q->binds.p < q->binds.end; i++) {
		struct oid oid;

		if (next_name(&q->binds, &oid) < 0)
			return -EBADMSG;
		if (i < q->a && r->n < ANSWER_MAX_VARBINDS)
			add(r, &oid, mib_next(m, &oid), END_OF_VIEW);
		else if (i >= q->a && n < ANSWER_MAX_VARBINDS)
			repeat[n++] = oid;
	}
	for (int64_t k = 0; k < q->b && n > 0 && r->n + n <= ANSWER_MAX_VARBINDS; k++) {
		for (size_t i = 0; i < n; i++) {
			add(r, &repeat[i], mib_next(m, &repeat[i]), END_OF_VIEW);
			repeat[i] = r->bind[r->n - 1].oid;
		}
	}
	return 0;
}

static void put_bind(struct ber_out *o, const struct bind *b, const struct answer_world *a,
		     const struct sim_device *d)
{
	const uint8_t *end = o->p;

	if (b->row != NULL)
		mib_put_value(o, b->row, a->world, d);
	else
		ber_put_text(o, b->exception, "", 0);
	ber_put_oid(o, &b->oid);
	ber_put_header(o, BER_SEQUENCE, end);
}

static void put_message(struct ber_out *o, const struct request *q, const struct reply *r,
			const struct answer_world *a, const struct sim_device *d)
{
	const uint8_t *end = o->p;

	for (size_t i = r->n; i > 0; i--)
		put_bind(o, &r->bind[i - 1], a, d);
	ber_put_header(o, BER_SEQUENCE, end);
	ber_put_int(o, BER_INTEGER, r->index);
	ber_put_int(o, BER_INTEGER, r->error);
	ber_put_int(o, BER_INTEGER, q->id);
	ber_put_header(o, PDU_RESPONSE, end);
	ber_put_text(o, BER_OCTETS, q->community.p, (size_t)(q->community.end - q->community.p));
	ber_put_int(o, BER_INTEGER, q->version);
	ber_put_header(o, BER_SEQUENCE, end);
}

/* Values come only without an error; a bulk answer that is too long gives up its last rows. */
static int encode(const struct request *q, struct reply *r, const struct answer_world *a,
		  const struct sim_device *d, uint8_t *buf, struct ber_out *o)
{
	for (;;) {
		if (r->error != ERR_NONE)
			for (size_t i = 0; i < r->n; i++)
				r->bind[i].row = NULL, r->bind[i].exception = BER_NULL;
		ber_out_init(o, buf, ANSWER_MAX_BYTES);
		put_message(o, q, r, a, d);
		if (!o->full)
			return 0;
		if (q->pdu == PDU_BULK && r->n > 1)
			r->n--;
		else if (r->n > 0)
			r->n = 0, r->error = ERR_TOO_BIG;
		else
			return -EBADMSG;
	}
}

int answer_request(const struct answer_world *a, const uint8_t *request, size_t len, uint8_t *buf,
		   const uint8_t **ret, size_t *ret_len, const struct sim_device **ret_device)
{
	struct request q = { 0 };
	struct reply r = { 0 };
	struct ber_out o;

	if (parse(request, len, &q) < 0)
		return -EBADMSG;
	const struct sim_device *d = a->find(a->arg, (const char *)q.community.p,
					     (size_t)(q.community.end - q.community.p));
	if (d == NULL || !sim_answers(a->world, d))
		return -ENOENT;
	const struct mib *m = mib_of(a->mibs, d->dialect);

	if ((q.pdu == PDU_BULK ? answer_bulk(m, &q, &r) : answer_each(m, &q, &r)) < 0)
		return -EBADMSG;
	if (q.pdu == PDU_SET)
		r.error = q.version == V1 ? ERR_NO_SUCH_NAME : ERR_NOT_WRITABLE, r.index = 1;
	if (encode(&q, &r, a, d, buf, &o) < 0)
		return -EBADMSG;
	*ret = o.p;
	*ret_len = (size_t)(buf + ANSWER_MAX_BYTES - o.p);
	*ret_device = d;
	return 0;
}
