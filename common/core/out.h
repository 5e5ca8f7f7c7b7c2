/* out.h - a text that is put together piece by piece in a buffer of the caller's. Pure. */
#ifndef LW_OUT_H
#define LW_OUT_H

#include <stddef.h>
#include <stdint.h>

/* { buf, size, 0 } with size > 0 and buf[0] = '\0'. Where a piece does not fit it is cut at a
 * character's start (UTF-8), and nothing comes after it. */
struct out {
	char *buf;
	size_t size, len;
};

void out_put(struct out *o, const char *s);
void out_put_n(struct out *o, const char *s, size_t n);
void out_number(struct out *o, int64_t v,
		unsigned digits); /* decimal; zeros in front up to digits */

/* All of these texts, the last followed by NULL, into buf; size > 0. Returns the length. */
size_t out_join(char *buf, size_t size, ...) __attribute__((sentinel));

#endif
