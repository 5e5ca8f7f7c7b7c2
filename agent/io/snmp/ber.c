/* ber.c - BER written from its end to its beginning: lengths are known when they are needed. */
#include <string.h>

#include "agent/io/snmp/packet.h"

void ber_bytes(struct ber *b, const void *data, size_t n)
{
	if (n > b->at) {
		b->full = true;
		return;
	}
	b->at -= n;
	if (n > 0)
		memcpy(b->buf + b->at, data, n);
}

static void byte(struct ber *b, unsigned char c)
{
	ber_bytes(b, &c, 1);
}

void ber_header(struct ber *b, unsigned char tag, size_t length)
{
	if (length < 0x80) {
		byte(b, (unsigned char)length);
	} else if (length < 0x100) {
		byte(b, (unsigned char)length);
		byte(b, 0x81);
	} else {
		byte(b, (unsigned char)(length & 0xff));
		byte(b, (unsigned char)(length >> 8));
		byte(b, 0x82);
	}
	byte(b, tag);
}

void ber_integer(struct ber *b, unsigned char tag, int64_t v)
{
	size_t end = b->at;

	do {
		byte(b, (unsigned char)(v & 0xff));
		v >>= 8;
	} while (!b->full && !((v == 0 && (b->buf[b->at] & 0x80) == 0) ||
			       (v == -1 && (b->buf[b->at] & 0x80) != 0)));
	if (!b->full)
		ber_header(b, tag, end - b->at);
}

void ber_octets(struct ber *b, unsigned char tag, const void *data, size_t n)
{
	ber_bytes(b, data, n);
	ber_header(b, tag, n);
}

static void base128(struct ber *b, uint32_t v)
{
	byte(b, (unsigned char)(v & 0x7f));
	for (v >>= 7; v != 0; v >>= 7)
		byte(b, (unsigned char)((v & 0x7f) | 0x80));
}

void ber_oid(struct ber *b, struct oid o)
{
	size_t end = b->at;

	for (unsigned i = o.n; i > 2; i--)
		base128(b, o.id[i - 1]);
	base128(b, (o.n > 0 ? o.id[0] : 0) * 40 + (o.n > 1 ? o.id[1] : 0));
	ber_header(b, 0x06, end - b->at);
}

void ber_wrap(struct ber *b, unsigned char tag, size_t end)
{
	ber_header(b, tag, end - b->at);
}
