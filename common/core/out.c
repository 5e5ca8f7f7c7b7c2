#include "common/core/out.h"

#include <stdarg.h>
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

void out_number(struct out *o, int64_t v, unsigned digits)
{
	char text[20];
	size_t at = sizeof text;
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		text[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0 || (sizeof text - at < digits && at > 0));
	if (v < 0)
		out_put(o, "-");
	out_put_n(o, text + at, sizeof text - at);
}

size_t out_join(char *buf, size_t size, ...)
{
	struct out o = { buf, size, 0 };
	const char *text;
	va_list texts;

	buf[0] = '\0';
	va_start(texts, size);
	while ((text = va_arg(texts, const char *)) != NULL)
		out_put(&o, text);
	va_end(texts);
	return o.len;
}
