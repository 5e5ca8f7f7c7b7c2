#include "sim/core/ber.h"

#include <errno.h>
#include <string.h>

static int get_length(struct ber_in *in, size_t *ret)
{
	size_t n = 0;
	unsigned more;

	if (in->p == in->end)
		return -EBADMSG;
	if (*in->p < 0x80) {
		*ret = *in->p++;
		return 0;
	}
	more = *in->p++ & 0x7fu;
	if (more == 0 || more > 3 || (size_t)(in->end - in->p) < more)
		return -EBADMSG;
	while (more-- > 0)
		n = n << 8 | *in->p++;
	*ret = n;
	return 0;
}

int ber_get(struct ber_in *in, uint8_t *ret_tag, struct ber_in *ret)
{
	size_t n;

	if (in->p == in->end)
		return -EBADMSG;
	*ret_tag = *in->p++;
	int r = get_length(in, &n);
	if (r < 0 || (size_t)(in->end - in->p) < n)
		return -EBADMSG;
	ret->p = in->p;
	ret->end = in->p + n;
	in->p += n;
	return 0;
}

int ber_get_tag(struct ber_in *in, uint8_t tag, struct ber_in *ret)
{
	uint8_t got;
	int r = ber_get(in, &got, ret);

	return r < 0 || got != tag ? -EBADMSG : 0;
}

int ber_get_int(struct ber_in *in, int64_t *ret)
{
	struct ber_in c;
	uint64_t v;

	if (ber_get_tag(in, BER_INTEGER, &c) < 0 || c.p == c.end || c.end - c.p > 8)
		return -EBADMSG;
	v = (*c.p & 0x80) != 0 ? UINT64_MAX : 0;
	while (c.p < c.end)
		v = v << 8 | *c.p++;
	*ret = (int64_t)v;
	return 0;
}

static int get_part(struct ber_in *c, uint32_t *ret)
{
	uint64_t v = 0;

	do {
		if (c->p == c->end || v >> 25 != 0)
			return -EBADMSG;
		v = v << 7 | (*c->p & 0x7fu);
	} while ((*c->p++ & 0x80) != 0);
	*ret = (uint32_t)v;
	return 0;
}

int ber_get_oid(struct ber_in *in, struct oid *ret)
{
	struct ber_in c;
	struct oid o = { 0 };
	uint32_t v;

	if (ber_get_tag(in, BER_OID, &c) < 0 || get_part(&c, &v) < 0)
		return -EBADMSG;
	o.part[0] = v < 40 ? 0 : v < 80 ? 1 : 2;
	o.part[1] = v - o.part[0] * 40;
	for (o.n = 2; c.p < c.end; o.n++)
		if (o.n == BER_OID_MAX || get_part(&c, &o.part[o.n]) < 0)
			return -EBADMSG;
	*ret = o;
	return 0;
}

void ber_out_init(struct ber_out *o, uint8_t *buf, size_t size)
{
	o->start = buf;
	o->p = buf + size;
	o->full = false;
}

void ber_put(struct ber_out *o, const void *bytes, size_t n)
{
	if (o->full || (size_t)(o->p - o->start) < n) {
		o->full = true;
		return;
	}
	o->p -= n;
	memcpy(o->p, bytes, n);
}

static void put_byte(struct ber_out *o, unsigned byte)
{
	uint8_t b = (uint8_t)byte;
	ber_put(o, &b, 1);
}

void ber_put_header(struct ber_out *o, uint8_t tag, const uint8_t *content_end)
{
	size_t n = (size_t)(content_end - o->p);
	unsigned more = 0;

	if (n < 0x80) {
		put_byte(o, (unsigned)n);
	} else {
		for (; n > 0; n >>= 8, more++)
			put_byte(o, (unsigned)(n & 0xff));
		put_byte(o, 0x80 | more);
	}
	put_byte(o, tag);
}

void ber_put_int(struct ber_out *o, uint8_t tag, int64_t v)
{
	const uint8_t *end = o->p;
	uint8_t byte;

	do {
		byte = (uint8_t)(v & 0xff);
		put_byte(o, byte);
		v >>= 8;
	} while (!(v == 0 && (byte & 0x80) == 0) && !(v == -1 && (byte & 0x80) != 0));
	ber_put_header(o, tag, end);
}

void ber_put_text(struct ber_out *o, uint8_t tag, const void *text, size_t n)
{
	const uint8_t *end = o->p;

	ber_put(o, text, n);
	ber_put_header(o, tag, end);
}

static void put_part(struct ber_out *o, uint32_t v)
{
	put_byte(o, v & 0x7f);
	for (v >>= 7; v > 0; v >>= 7)
		put_byte(o, 0x80 | (v & 0x7f));
}

void ber_put_oid(struct ber_out *o, const struct oid *oid)
{
	const uint8_t *end = o->p;

	for (unsigned i = oid->n; i > 2; i--)
		put_part(o, oid->part[i - 1]);
	put_part(o, oid->part[0] * 40 + oid->part[1]);
	ber_put_header(o, BER_OID, end);
}

int oid_parse(const char *text, struct oid *ret)
{
	struct oid o = { 0 };

	for (const char *p = text;; p++) {
		uint64_t v = 0;

		if (*p < '0' || *p > '9' || o.n == BER_OID_MAX)
			return -EINVAL;
		for (; *p >= '0' && *p <= '9' && v <= UINT32_MAX; p++)
			v = v * 10 + (uint64_t)(*p - '0');
		if (v > UINT32_MAX)
			return -EINVAL;
		o.part[o.n++] = (uint32_t)v;
		if (*p == '\0')
			break;
		if (*p != '.')
			return -EINVAL;
	}
	if (o.n < 2)
		return -EINVAL;
	*ret = o;
	return 0;
}

int oid_compare(const struct oid *a, const struct oid *b)
{
	for (unsigned i = 0; i < a->n && i < b->n; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return (int)a->n - (int)b->n;
}
