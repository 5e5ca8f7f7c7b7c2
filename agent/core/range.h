/* range.h - a range of IPv4 addresses, as a person writes it. Pure. */
#ifndef LW_RANGE_H
#define LW_RANGE_H

#include <stdint.h>

enum { RANGE_MAX = 4096 }; /* a /20: more is a mistake, or nobody's business */

struct range {
	uint32_t first; /* host byte order */
	uint32_t count;
};

/* "10.1.0.0/24" (without its network and broadcast address), "10.1.0.10-40", "10.1.0.7". Returns 0,
 * -EINVAL when it is none of these, -E2BIG above RANGE_MAX. */
int range_parse(const char *text, struct range *ret);

/* "10.1.0.7" into at least 16 bytes. */
void range_format(uint32_t address, char *ret);

#endif
