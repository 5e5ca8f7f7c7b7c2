#include "common/core/out.h"

#include <string.h>

void out_put_n(struct out *o, const char *s, size_t n)
{
	size_t room = o->size - 1 - o->len, fits = n;

	if (n > room) {
		fits = room;
		while (fits > 0 && ((unsigned char)s[fits] & 0xc0) == 0x80)
			fits--;
	}
	memcpy(o->buf + o->len, s, fits);
	o->len += fits;
	o->buf[o->len] = '\0';
	if (fits < n)
		o->size = o->len + 1;
}

void out_put(struct out *o, const char *s)
{
	out_put_n(o, s, strlen(s));
}
