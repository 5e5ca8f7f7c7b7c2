#include "agent/io/snmp/packet.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MESSAGE = 16384, FIRST_ID = 0x01000000, ID_BYTES = 4 };

static void write_varbinds(struct ber *b, const struct packet_request *rq)
{
	size_t all = b->at;

	for (unsigned i = rq->n; i > 0; i--) {
		size_t end = b->at;

		ber_header(b, 0x05, 0); /* NULL */
		ber_oid(b, rq->oids[i - 1]);
		ber_wrap(b, 0x30, end);
	}
	ber_wrap(b, 0x30, all);
}

static size_t write_pdu(struct ber *b, const struct packet_request *rq)
{
	bool bulk = rq->pdu == PDU_GETBULK;
	size_t end = b->at;

	write_varbinds(b, rq);
	ber_integer(b, 0x02, bulk ? rq->repetitions : 0); /* error index */
	ber_integer(b, 0x02, 0);			  /* error status, non-repeaters */
	size_t id_end = b->at;
	ber_integer(b, 0x02, FIRST_ID);
	ber_wrap(b, (unsigned char)rq->pdu, end);
	return id_end - ID_BYTES;
}

int packet_build(struct packet *ret, const struct packet_request *rq)
{
	unsigned char buf[MAX_MESSAGE];
	struct ber b = { buf, sizeof buf, false };
	size_t id_at;

	for (unsigned i = 0; i < rq->n; i++)
		if (oid_refused(rq->oids[i]))
			return -EACCES;
	id_at = write_pdu(&b, rq);
	if (rq->version != SNMP_V3) {
		ber_octets(&b, 0x04, rq->community, strlen(rq->community));
		ber_integer(&b, 0x02, rq->version);
		ber_wrap(&b, 0x30, sizeof buf);
	}
	if (b.full)
		return -E2BIG;
	unsigned char *bytes = malloc(sizeof buf - b.at);
	if (bytes == NULL)
		return -ENOMEM;
	memcpy(bytes, buf + b.at, sizeof buf - b.at);
	*ret = (struct packet){ bytes, sizeof buf - b.at, id_at - b.at };
	return 0;
}

void packet_fini(struct packet *p)
{
	free(p->bytes);
	memset(p, 0, sizeof *p);
}

void packet_set_id(struct packet *p, uint32_t id)
{
	for (int i = 0; i < ID_BYTES; i++)
		p->bytes[p->id_at + (size_t)i] = (unsigned char)(id >> (24 - 8 * i));
}

void packet_set_version(struct packet *p, enum snmp_version version)
{
	/* SEQUENCE, its length in one byte or more, INTEGER of one byte */
	size_t at = (p->bytes[1] & 0x80) != 0 ? 2 + (size_t)(p->bytes[1] & 0x7f) : 2;

	p->bytes[at + 2] = (unsigned char)version;
}

int message_parse(unsigned char *buf, size_t length, struct message *ret)
{
	size_t left = length;
	u_char type = 0;
	long version = -1;
	size_t n = length;

	memset(ret, 0, sizeof *ret);
	u_char *p =
		asn_parse_sequence(buf, &left, &type, ASN_SEQUENCE | ASN_CONSTRUCTOR, "message");
	if (p == NULL)
		return -EBADMSG;
	p = asn_parse_int(p, &left, &type, &version, sizeof version);
	if (p == NULL || type != ASN_INTEGER)
		return -EBADMSG;
	ret->version = version;
	if (version == SNMP_V3)
		return 0;
	if (left < 2 || p[0] != ASN_OCTET_STR)
		return -EBADMSG;
	u_char *community = p;
	p = asn_parse_header(p, &left, &type);
	if (p == NULL || version > SNMP_V2C || version < 0)
		return -EBADMSG;
	n = left; /* of the string's content */
	ret->community = p;
	ret->community_length = n;
	left = (size_t)(buf + length - p);
	if (n > left)
		return -EBADMSG;
	(void)community;
	ret->pdu = p + n;
	ret->pdu_length = left - n;
	return 0;
}

static struct oid keep_oid(struct answer_room *room, const oid *name, size_t n)
{
	struct oid o = { room->ids + room->used, (unsigned)n };

	if (n > OID_MAX || room->used + n > SNMP_MAX_IDS)
		return (struct oid){ NULL, 0 };
	for (size_t i = 0; i < n; i++)
		room->ids[room->used + i] = (uint32_t)name[i];
	room->used += (unsigned)n;
	return o;
}

static void read_integer(u_char *data, size_t left, struct value *v)
{
	u_char type = 0;
	long n = 0;

	v->type = VALUE_NULL;
	if (asn_parse_int(data, &left, &type, &n, sizeof n) == NULL)
		return;
	v->type = VALUE_INTEGER;
	v->number = (int32_t)n == n ? n : (int64_t)n;
}

static void read_unsigned(u_char *data, size_t left, struct value *v)
{
	u_char type = 0;
	u_long n = 0;

	v->type = VALUE_NULL;
	if (asn_parse_unsigned_int(data, &left, &type, &n, sizeof n) == NULL)
		return;
	v->type = type == ASN_TIMETICKS ? VALUE_TICKS : VALUE_UNSIGNED;
	v->number = (int64_t)n;
}

static void read_counter64(u_char *data, size_t left, struct value *v)
{
	u_char type = 0;
	struct counter64 c = { 0, 0 };

	v->type = VALUE_NULL;
	if (asn_parse_unsigned_int64(data, &left, &type, &c, sizeof c) == NULL)
		return;
	v->type = VALUE_UNSIGNED;
	v->number = (int64_t)((uint64_t)c.high << 32 | c.low);
}

static void read_octets(u_char *data, size_t left, struct value *v)
{
	u_char type = 0;
	size_t n = left;
	u_char *p = asn_parse_header(data, &n, &type);

	v->type = VALUE_NULL;
	if (p == NULL || (size_t)(p - data) + n > left)
		return;
	v->type = VALUE_TEXT;
	v->text = (const char *)p;
	v->length = n;
}

/* net-snmp's Opaque float (tag 9f 78) and double (9f 79) inside; anything else stays text. */
static void read_opaque(u_char *data, size_t left, struct value *v)
{
	u_char type = 0;
	float f = 0;
	double d = 0;
	size_t n = left;

	read_octets(data, left, v);
	if (v->type != VALUE_TEXT || v->length < 3 || (unsigned char)v->text[0] != 0x9f)
		return;
	if ((unsigned char)v->text[1] == 0x78 &&
	    asn_parse_float(data, &n, &type, &f, sizeof f) != NULL) {
		v->type = VALUE_REAL;
		v->real = (double)f;
	} else if ((unsigned char)v->text[1] == 0x79 &&
		   asn_parse_double(data, &n, &type, &d, sizeof d) != NULL) {
		v->type = VALUE_REAL;
		v->real = d;
	}
}

static void read_oid(u_char *data, size_t left, struct answer_room *room, struct value *v)
{
	u_char type = 0;
	oid name[MAX_OID_LEN];
	size_t n = MAX_OID_LEN;

	v->type = VALUE_NULL;
	if (asn_parse_objid(data, &left, &type, name, &n) == NULL)
		return;
	v->oid = keep_oid(room, name, n);
	if (v->oid.n > 0)
		v->type = VALUE_OID;
}

/* `data` stands at the value's tag, `left` counts to the end of the PDU. */
static void read_value(u_char type, u_char *data, size_t left, struct answer_room *room,
		       struct value *v)
{
	switch (type) {
	case ASN_INTEGER:
		read_integer(data, left, v);
		break;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_UINTEGER:
	case ASN_TIMETICKS:
		read_unsigned(data, left, v);
		break;
	case ASN_COUNTER64:
		read_counter64(data, left, v);
		break;
	case ASN_OCTET_STR:
	case ASN_IPADDRESS:
		read_octets(data, left, v);
		break;
	case ASN_OPAQUE:
		read_opaque(data, left, v);
		break;
	case ASN_OBJECT_ID:
		read_oid(data, left, room, v);
		break;
	case SNMP_NOSUCHOBJECT:
	case SNMP_NOSUCHINSTANCE:
	case SNMP_ENDOFMIBVIEW:
		v->type = VALUE_MISSING;
		break;
	default:
		v->type = VALUE_NULL;
	}
}

static int read_varbinds(u_char *p, size_t left, struct answer_room *room, struct answer *ret)
{
	u_char type = 0;

	p = asn_parse_sequence(p, &left, &type, ASN_SEQUENCE | ASN_CONSTRUCTOR, "varbinds");
	if (p == NULL)
		return -EBADMSG;
	while (left > 0) {
		oid name[MAX_OID_LEN];
		size_t name_length = MAX_OID_LEN, value_length = 0;
		u_char value_type = 0;
		u_char *value = NULL;
		u_char *end = p + left;

		if (ret->n == SNMP_MAX_VARBINDS)
			return -EBADMSG;
		p = snmp_parse_var_op(p, name, &name_length, &value_type, &value_length, &value,
				      &left);
		if (p == NULL || value == NULL || value > end)
			return -EBADMSG;
		struct varbind *vb = &room->varbinds[ret->n];
		memset(vb, 0, sizeof *vb);
		vb->name = keep_oid(room, name, name_length);
		if (vb->name.n == 0 && name_length > 0)
			return -EBADMSG;
		read_value(value_type, value, (size_t)(p - value), room, &vb->value);
		ret->n++;
	}
	ret->varbinds = room->varbinds;
	return 0;
}

static u_char *read_long(u_char *p, size_t *left, long *ret)
{
	u_char type = 0;

	return p != NULL ? asn_parse_int(p, left, &type, ret, sizeof *ret) : NULL;
}

static u_char *skip(u_char *p, size_t *left)
{
	u_char type = 0;
	size_t n = *left;
	u_char *content = p != NULL ? asn_parse_header(p, &n, &type) : NULL;

	if (content == NULL || (size_t)(content - p) + n > *left)
		return NULL;
	*left -= (size_t)(content - p) + n;
	return content + n;
}

/* RFC 1157: enterprise, agent address, generic, specific, time stamp, varbinds */
static u_char *read_trap_v1(u_char *p, size_t *left, struct answer_room *room, struct answer *ret)
{
	oid name[MAX_OID_LEN];
	size_t n = MAX_OID_LEN;
	u_char type = 0;

	p = asn_parse_objid(p, left, &type, name, &n);
	if (p == NULL)
		return NULL;
	ret->enterprise = keep_oid(room, name, n);
	p = skip(p, left);
	p = read_long(p, left, &ret->generic);
	p = read_long(p, left, &ret->specific);
	return skip(p, left);
}

int pdu_parse(unsigned char *pdu, size_t length, struct answer_room *room, struct answer *ret)
{
	size_t left = length;
	u_char type = 0;
	long id = 0;

	memset(ret, 0, sizeof *ret);
	room->used = 0;
	if (length < 2)
		return -EBADMSG;
	u_char *p = asn_parse_header(pdu, &left, &type);
	if (p == NULL || (size_t)(p - pdu) + left > length)
		return -EBADMSG;
	ret->type = type;
	if (type == PDU_TRAP_V1) {
		p = read_trap_v1(p, &left, room, ret);
	} else {
		p = read_long(p, &left, &id);
		p = read_long(p, &left, &ret->error_status);
		p = read_long(p, &left, &ret->error_index);
	}
	if (p == NULL)
		return -EBADMSG;
	ret->id = (uint32_t)id;
	return read_varbinds(p, left, room, ret);
}

void inform_to_response(unsigned char *pdu)
{
	pdu[0] = PDU_RESPONSE;
}
