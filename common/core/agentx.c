#include "common/core/agentx.h"

#include <errno.h>
#include <string.h>

enum {
	FLAG_CONTEXT = 0x08,
	FLAG_NETWORK_ORDER = 0x10,
	NO_SUCH_OBJECT = 128,
	END_OF_MIB_VIEW = 130,
	ERROR_NOT_WRITABLE = 17,
	ERROR_PARSE = 266,
	OPEN_TIMEOUT_S = 5,
	VARBIND_MOST = 4 + 4 + 4 * AGENTX_OID_MAX + 4 + 256
};

struct oid {
	uint32_t id[AGENTX_OID_MAX];
	uint32_t n;
	bool include;
};

/* ---- writing ---- */

struct out {
	uint8_t *bytes;
	size_t n;
};

static void put16(struct out *o, uint32_t v)
{
	o->bytes[o->n++] = (uint8_t)(v >> 8);
	o->bytes[o->n++] = (uint8_t)v;
}

static void put32(struct out *o, uint32_t v)
{
	put16(o, v >> 16);
	put16(o, v & 0xffff);
}

static void put_text(struct out *o, const char *text)
{
	size_t len = strnlen(text, 255), padded = (len + 3) & ~(size_t)3;

	put32(o, (uint32_t)len);
	memset(o->bytes + o->n, 0, padded);
	memcpy(o->bytes + o->n, text, len);
	o->n += padded;
}

static void put_oid(struct out *o, const uint32_t *id, size_t n)
{
	put32(o, (uint32_t)n << 24); /* no prefix, not include */
	for (size_t i = 0; i < n; i++)
		put32(o, id[i]);
}

static void begin(struct out *o, uint8_t *bytes, enum agentx_type type,
		  const struct agentx_header *h)
{
	const uint8_t start[] = { 1, (uint8_t)type, FLAG_NETWORK_ORDER, 0 };

	o->bytes = bytes;
	memcpy(bytes, start, sizeof start);
	o->n = sizeof start;
	put32(o, h->session);
	put32(o, h->transaction);
	put32(o, h->packet);
	put32(o, 0);
}

static size_t finish(struct out *o)
{
	size_t n = o->n;

	o->n = 16;
	put32(o, (uint32_t)(n - AGENTX_HEADER_BYTES));
	return n;
}

size_t agentx_make_open(uint8_t *out, uint32_t packet, const char *descr)
{
	struct agentx_header h = { .packet = packet };
	struct out o;

	begin(&o, out, AGENTX_OPEN, &h);
	put32(&o, (uint32_t)OPEN_TIMEOUT_S << 24);
	put_oid(&o, NULL, 0);
	put_text(&o, descr);
	return finish(&o);
}

size_t agentx_make_register(uint8_t *out, uint32_t session, uint32_t packet,
			    const struct agentx_mib *m, size_t table)
{
	struct agentx_header h = { .session = session, .packet = packet };
	uint32_t name[AGENTX_OID_MAX];
	struct out o;

	memcpy(name, m->root, m->root_len * sizeof *name);
	name[m->root_len] = m->tables[table].number;
	begin(&o, out, AGENTX_REGISTER, &h);
	put32(&o, 127u << 16); /* default time-out, default priority, no range */
	put_oid(&o, name, m->root_len + 1);
	return finish(&o);
}

size_t agentx_make_ping(uint8_t *out, uint32_t session, uint32_t packet)
{
	struct agentx_header h = { .session = session, .packet = packet };
	struct out o;

	begin(&o, out, AGENTX_PING, &h);
	return finish(&o);
}

/* ---- reading ---- */

struct in {
	const uint8_t *bytes;
	size_t n, len;
	bool network_order, bad;
};

static uint32_t get32(struct in *i)
{
	if (i->bad || i->len - i->n < 4) {
		i->bad = true;
		return 0;
	}
	const uint8_t *p = i->bytes + i->n;

	i->n += 4;
	if (i->network_order)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void get_oid(struct in *i, struct oid *ret)
{
	static const uint32_t internet[] = { 1, 3, 6, 1 };

	ret->n = 0;
	if (i->bad || i->len - i->n < 4) {
		i->bad = true;
		return;
	}
	const uint8_t *head = i->bytes + i->n; /* four single bytes: no order to mind */
	uint32_t n = head[0];

	i->n += 4;
	ret->include = head[2] != 0;
	if (head[1] != 0) {
		memcpy(ret->id, internet, sizeof internet);
		ret->id[4] = head[1];
		ret->n = 5;
	}
	if (ret->n + n > AGENTX_OID_MAX)
		i->bad = true;
	for (uint32_t k = 0; k < n && !i->bad; k++)
		ret->id[ret->n++] = get32(i);
}

bool agentx_header_read(const uint8_t *bytes, struct agentx_header *ret)
{
	struct in i = { .bytes = bytes,
			.n = 4,
			.len = AGENTX_HEADER_BYTES,
			.network_order = (bytes[2] & FLAG_NETWORK_ORDER) != 0 };

	ret->type = bytes[1];
	ret->flags = bytes[2];
	ret->session = get32(&i);
	ret->transaction = get32(&i);
	ret->packet = get32(&i);
	ret->payload_bytes = get32(&i);
	return bytes[0] == 1 && ret->payload_bytes % 4 == 0 &&
	       ret->payload_bytes <= AGENTX_PACKET_MAX - AGENTX_HEADER_BYTES;
}

static bool payload(const uint8_t *packet, size_t len, struct agentx_header *h, struct in *ret)
{
	if (len < AGENTX_HEADER_BYTES || !agentx_header_read(packet, h) ||
	    len != AGENTX_HEADER_BYTES + h->payload_bytes)
		return false;
	*ret = (struct in){ .bytes = packet,
			    .n = AGENTX_HEADER_BYTES,
			    .len = len,
			    .network_order = (h->flags & FLAG_NETWORK_ORDER) != 0 };
	if ((h->flags & FLAG_CONTEXT) != 0) {
		uint32_t context = get32(ret), padded = (context + 3) & ~UINT32_C(3);

		if (ret->bad || padded < context || padded > ret->len - ret->n)
			return false;
		ret->n += padded;
	}
	return true;
}

int agentx_response_error(const uint8_t *packet, size_t len)
{
	struct agentx_header h;
	struct in i;

	if (!payload(packet, len, &h, &i) || h.type != AGENTX_RESPONSE)
		return -EBADMSG;
	(void)get32(&i); /* sysUpTime */
	if (i.bad || i.len - i.n < 4)
		return -EBADMSG;
	const uint8_t *p = i.bytes + i.n;
	return i.network_order ? p[0] << 8 | p[1] : p[1] << 8 | p[0];
}

/* ---- the tables ---- */

static uint32_t rows_of(const struct agentx_mib *m, const struct agentx_table *t)
{
	return t->rows != NULL ? t->rows(m->arg) : 1;
}

static uint32_t index_of(const struct agentx_mib *m, const struct agentx_table *t, uint32_t row)
{
	if (t->rows == NULL)
		return 0;
	return t->index != NULL ? t->index(m->arg, row) : row;
}

/* The first row whose index is at least this; rows + 1: none. */
static uint32_t row_from(const struct agentx_mib *m, const struct agentx_table *t, uint32_t index)
{
	uint32_t low = 1, high = rows_of(m, t) + 1;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (index_of(m, t, mid) < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* root.table.1.column, or root.group.scalar: what stands before the index. */
static void name_column(const struct agentx_mib *m, const struct agentx_table *t, uint32_t column,
			struct oid *ret)
{
	memcpy(ret->id, m->root, m->root_len * sizeof *m->root);
	ret->n = (uint32_t)m->root_len;
	ret->id[ret->n++] = t->number;
	if (t->rows != NULL)
		ret->id[ret->n++] = 1;
	ret->id[ret->n++] = column;
}

static void name_of(const struct agentx_mib *m, const struct agentx_table *t, uint32_t column,
		    uint32_t row, struct oid *ret)
{
	name_column(m, t, column, ret);
	ret->id[ret->n++] = index_of(m, t, row);
}

static int compare(const uint32_t *a, uint32_t a_n, const uint32_t *b, uint32_t b_n)
{
	for (uint32_t i = 0; i < a_n && i < b_n; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return a_n < b_n ? -1 : a_n > b_n;
}

static void put_varbind(struct out *o, const struct oid *name, const struct agentx_value *v,
			uint32_t exception)
{
	put16(o, v != NULL ? (uint32_t)v->kind : exception);
	put16(o, 0);
	put_oid(o, name->id, name->n);
	if (v == NULL)
		return;
	if (v->kind == AGENTX_TEXT)
		put_text(o, v->text != NULL ? v->text : "");
	else
		put32(o, v->number);
}

/* Does the column begin this name? */
static bool is_below(const struct oid *name, const struct oid *column)
{
	return name->n >= column->n && compare(name->id, column->n, column->id, column->n) == 0;
}

/* The column that a name of ours stands in, by its place behind the table's number. */
static bool column_of(const struct agentx_mib *m, const struct agentx_table *t,
		      const struct oid *name, uint32_t *ret)
{
	struct oid column;
	uint32_t at = (uint32_t)m->root_len + (t->rows != NULL ? 2 : 1);

	if (name->n != at + 2)
		return false;
	*ret = name->id[at];
	name_column(m, t, *ret, &column);
	return *ret >= t->first_column && *ret <= t->last_column && is_below(name, &column);
}

static const struct agentx_table *table_of(const struct agentx_mib *m, const struct oid *name,
					   uint32_t *ret_column, uint32_t *ret_row)
{
	for (size_t i = 0; i < m->n_tables; i++) {
		const struct agentx_table *t = &m->tables[i];
		uint32_t index = name->n > 0 ? name->id[name->n - 1] : 0;

		if (!column_of(m, t, name, ret_column))
			continue;
		*ret_row = row_from(m, t, index);
		if (*ret_row <= rows_of(m, t) && index_of(m, t, *ret_row) == index)
			return t;
	}
	return NULL;
}

static void answer_get(struct out *o, const struct agentx_mib *m, const struct oid *name)
{
	uint32_t column, row;
	const struct agentx_table *t = table_of(m, name, &column, &row);

	if (t == NULL) {
		put_varbind(o, name, NULL, NO_SUCH_OBJECT);
		return;
	}
	struct agentx_value v = t->value(m->arg, row, column);
	put_varbind(o, name, &v, 0);
}

/* The first row of a column whose name comes after `start`; 0: none. */
static uint32_t row_after(const struct agentx_mib *m, const struct agentx_table *t, uint32_t column,
			  const struct oid *start)
{
	uint32_t row = 1, rows = rows_of(m, t);
	struct oid first;

	name_column(m, t, column, &first);
	if (is_below(start, &first)) {
		uint32_t at = start->n > first.n ? start->id[first.n] : 0;
		bool exact = start->n == first.n + 1 && start->include;

		if (at == UINT32_MAX && !exact)
			return 0;
		if (start->n > first.n)
			row = row_from(m, t, exact ? at : at + 1);
	} else if (compare(first.id, first.n, start->id, start->n) < 0) {
		return 0;
	}
	return row <= rows ? row : 0;
}

/* True: *name is moved on to the next instance, which was put. */
static bool answer_next(struct out *o, const struct agentx_mib *m, struct oid *name,
			const struct oid *end)
{
	for (size_t i = 0; i < m->n_tables; i++) {
		const struct agentx_table *t = &m->tables[i];

		for (uint32_t c = t->first_column; c <= t->last_column; c++) {
			uint32_t row = row_after(m, t, c, name);
			struct oid next = { .n = 0 };

			if (row == 0)
				continue;
			name_of(m, t, c, row, &next);
			if (end->n > 0 && compare(next.id, next.n, end->id, end->n) >= 0)
				break;
			struct agentx_value v = t->value(m->arg, row, c);
			put_varbind(o, &next, &v, 0);
			*name = next;
			return true;
		}
	}
	put_varbind(o, name, NULL, END_OF_MIB_VIEW);
	return false;
}

static bool room(const struct out *o)
{
	return o->n + VARBIND_MOST <= AGENTX_PACKET_MAX;
}

static void answer_ranges(struct out *o, struct in *i, const struct agentx_mib *m, bool next)
{
	struct oid start = { .n = 0 }, end = { .n = 0 };

	while (i->n < i->len && !i->bad && room(o)) {
		get_oid(i, &start);
		get_oid(i, &end);
		if (i->bad)
			return;
		if (next)
			(void)answer_next(o, m, &start, &end);
		else
			answer_get(o, m, &start);
	}
}

static void answer_bulk(struct out *o, struct in *i, const struct agentx_mib *m)
{
	struct oid start = { .n = 0 }, end = { .n = 0 };
	uint32_t word = get32(i); /* two halves of 16 bits */
	uint32_t singles = i->network_order ? word >> 16 : word & 0xffff;
	uint32_t repeats = i->network_order ? word & 0xffff : word >> 16;

	for (uint32_t k = 0; i->n < i->len && !i->bad; k++) {
		get_oid(i, &start);
		get_oid(i, &end);
		if (i->bad)
			return;
		uint32_t times = k < singles ? 1 : repeats;
		while (times-- > 0 && room(o) && answer_next(o, m, &start, &end))
			;
	}
}

static void put_error(struct out *o, uint32_t error)
{
	o->n = AGENTX_HEADER_BYTES + 4;
	put16(o, error);
	put16(o, error != 0);
}

size_t agentx_answer(uint8_t *out, const uint8_t *packet, size_t len, const struct agentx_mib *m)
{
	struct agentx_header h;
	struct out o;
	struct in i;

	if (!payload(packet, len, &h, &i) || h.type < AGENTX_GET || h.type >= AGENTX_CLEANUP_SET)
		return 0;
	begin(&o, out, AGENTX_RESPONSE, &h);
	put32(&o, 0); /* sysUpTime: the master's business */
	put_error(&o, 0);
	if (h.type == AGENTX_GET_BULK)
		answer_bulk(&o, &i, m);
	else if (h.type == AGENTX_GET || h.type == AGENTX_GET_NEXT)
		answer_ranges(&o, &i, m, h.type == AGENTX_GET_NEXT);
	else
		put_error(&o, ERROR_NOT_WRITABLE);
	if (i.bad)
		put_error(&o, ERROR_PARSE);
	return finish(&o);
}
