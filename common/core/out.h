/* out.h - a text that is put together piece by piece in a buffer of the caller's. Pure. */
#ifndef LW_OUT_H
#define LW_OUT_H

#include <stddef.h>

/* { buf, size, 0 } with size > 0 and buf[0] = '\0'. Where a piece does not fit it is cut at a
 * character's start (UTF-8), and nothing comes after it. */
struct out {
	char *buf;
	size_t size, len;
};

void out_put(struct out *o, const char *s);
void out_put_n(struct out *o, const char *s, size_t n);

#endif
