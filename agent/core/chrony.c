#include "agent/core/chrony.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
	VERSION = 6,
	REQUEST = 1,
	REPLY = 2,
	REQUEST_DATA = 20,
	REPLY_DATA = 28,
	UNSYNCHRONISED = 3
};

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* 7 bits of exponent, 25 of coefficient, both signed. */
static double real(const uint8_t *p)
{
	uint32_t x = u32(p);
	int exponent = (int)(x >> 25);
	int32_t coefficient = (int32_t)(x & 0x1ffffff);

	exponent -= exponent >= 64 ? 128 : 0;
	coefficient -= coefficient >= 1 << 24 ? 1 << 25 : 0;
	return ldexp(coefficient, exponent - 25);
}

void chrony_request(uint8_t ret[CHRONY_REQUEST_BYTES], enum chrony_command c, uint32_t sequence,
		    uint32_t index)
{
	memset(ret, 0,
	       CHRONY_REQUEST_BYTES); /* as long as the longest answer, or chronyd is silent */
	ret[0] = VERSION;
	ret[1] = REQUEST;
	ret[5] = (uint8_t)c;
	put32(ret + 8, sequence);
	put32(ret + REQUEST_DATA, index);
}

static void take_sources(const uint8_t *d, struct chrony_reply *r)
{
	r->n_sources = u32(d);
}

static void take_source(const uint8_t *d, struct chrony_reply *r)
{
	for (unsigned bits = u16(d + 30) & 0xff; bits != 0; bits >>= 1)
		r->reach += bits & 1;
}

static void take_tracking(const uint8_t *d, struct chrony_reply *r)
{
	r->stratum = u16(d + 24);
	r->synchronised = u16(d + 26) != UNSYNCHRONISED;
	r->correction_s = real(d + 40);
}

int chrony_parse(const uint8_t *bytes, size_t length, struct chrony_reply *ret)
{
	static const struct {
		enum chrony_command command;
		uint16_t reply;
		size_t data; /* at least */
		void (*take)(const uint8_t *d, struct chrony_reply *r);
	} kinds[] = {
		{ CHRONY_SOURCES, 2, 4, take_sources },
		{ CHRONY_SOURCE, 3, 32, take_source },
		{ CHRONY_TRACKING, 5, 44, take_tracking },
	};

	if (length < REPLY_DATA || bytes[0] != VERSION || bytes[1] != REPLY || u16(bytes + 8) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (u16(bytes + 4) != kinds[i].command || u16(bytes + 6) != kinds[i].reply ||
		    length < REPLY_DATA + kinds[i].data)
			continue;
		*ret = (struct chrony_reply){ .command = kinds[i].command,
					      .sequence = u32(bytes + 16) };
		kinds[i].take(bytes + REPLY_DATA, ret);
		return 0;
	}
	return -EBADMSG;
}
