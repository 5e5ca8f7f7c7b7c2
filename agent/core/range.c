#include "agent/core/range.h"

#include <errno.h>
#include <stddef.h>

/* Reads a number of at most `most`, moves *p behind it. */
static int read_number(const char **p, uint32_t most, uint32_t *ret)
{
	uint32_t v = 0;
	const char *start = *p;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		v = v * 10 + (uint32_t)(**p - '0');
		if (v > most)
			return -EINVAL;
	}
	*ret = v;
	return *p > start ? 0 : -EINVAL;
}

static int read_address(const char **p, uint32_t *ret)
{
	uint32_t address = 0, part = 0;

	for (int i = 0; i < 4; i++) {
		if ((i > 0 && *(*p)++ != '.') || read_number(p, 255, &part) < 0)
			return -EINVAL;
		address = address << 8 | part;
	}
	*ret = address;
	return 0;
}

static int of_prefix(const char *p, uint32_t address, struct range *ret)
{
	uint32_t bits = 0;

	if (read_number(&p, 32, &bits) < 0 || *p != '\0')
		return -EINVAL;
	if (bits < 20)
		return -E2BIG;
	uint32_t size = UINT32_C(1) << (32 - bits);
	ret->first = address & ~(size - 1);
	ret->count = size;
	if (size > 2) { /* not the network's and the broadcast address */
		ret->first++;
		ret->count -= 2;
	}
	return 0;
}

static int of_last(const char *p, uint32_t address, struct range *ret)
{
	uint32_t last = 0;

	if (read_number(&p, 255, &last) < 0 || *p != '\0' || last < (address & 255))
		return -EINVAL;
	ret->first = address;
	ret->count = last - (address & 255) + 1;
	return 0;
}

int range_parse(const char *text, struct range *ret)
{
	struct range r = { 0, 1 };
	int e = read_address(&text, &r.first);

	if (e == 0 && *text == '/')
		e = of_prefix(text + 1, r.first, &r);
	else if (e == 0 && *text == '-')
		e = of_last(text + 1, r.first, &r);
	else if (e == 0 && *text != '\0')
		e = -EINVAL;
	if (e == 0)
		*ret = r;
	return e;
}

static char *put(char *p, uint32_t v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

void range_format(uint32_t address, char *ret)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		ret = put(ret, address >> shift & 255);
		*ret++ = shift > 0 ? '.' : '\0';
	}
}
