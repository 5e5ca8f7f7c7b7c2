/* text.c - what devices send as text: cleaned, read as numbers, searched for keys. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/plan.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* Length of the UTF-8 sequence at p, 0: not one. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t n = *p < 0x80		 ? 1
		   : (*p & 0xe0) == 0xc0 ? 2
		   : (*p & 0xf0) == 0xe0 ? 3
		   : (*p & 0xf8) == 0xf0 ? 4
					 : 0;

	if (n == 0 || n > left || *p == 0xc0 || *p == 0xc1 || *p > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

size_t text_clean(const char *in, size_t length, char *out, size_t size)
{
	const unsigned char *p = (const unsigned char *)in;
	size_t at = 0;

	while (length > 0 && blank((char)*p)) {
		p++;
		length--;
	}
	while (length > 0 && blank((char)p[length - 1]))
		length--;
	while (length > 0) {
		size_t n = utf8_length(p, length);

		if (at + (n > 0 ? n : 1) >= size)
			break;
		if (n == 0 || *p < 0x20 || *p == 0x7f)
			out[at++] = n == 1 && blank((char)*p) ? ' ' : '?';
		else
			for (size_t i = 0; i < n; i++)
				out[at++] = (char)p[i];
		p += n > 0 ? n : 1;
		length -= n > 0 ? n : 1;
	}
	out[at] = '\0';
	return at;
}

static bool text_number(const char *text, size_t length, double *ret)
{
	char buf[32];
	char *end = NULL;
	size_t n = text_clean(text, length, buf, sizeof buf);

	if (n == 0 || n == sizeof buf - 1 || buf[0] == 'n' || buf[0] == 'N' || buf[0] == 'i')
		return false;
	double v = strtod(buf, &end);
	if (*end == '%')
		end++;
	if (*end != '\0' || !isfinite(v))
		return false;
	*ret = v;
	return true;
}

bool value_number(const struct value *v, double *ret)
{
	switch (v->type) {
	case VALUE_INTEGER:
	case VALUE_TICKS:
		*ret = (double)v->number;
		return true;
	case VALUE_UNSIGNED:
		*ret = (double)(uint64_t)v->number;
		return true;
	case VALUE_REAL:
		*ret = v->real;
		return true;
	case VALUE_TEXT:
		return text_number(v->text, v->length, ret);
	default:
		return false;
	}
}

/* One line "key = value" or "key: value". */
static bool line_value(const char *line, size_t n, const char *key, size_t key_length, double *ret)
{
	while (n > 0 && blank(*line)) {
		line++;
		n--;
	}
	if (n <= key_length || strncmp(line, key, key_length) != 0)
		return false;
	line += key_length;
	n -= key_length;
	while (n > 0 && blank(*line)) {
		line++;
		n--;
	}
	if (n == 0 || (*line != '=' && *line != ':'))
		return false;
	return text_number(line + 1, n - 1, ret);
}

bool text_lookup(const char *text, size_t length, const char *key, size_t key_length, double *ret)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t n = end != NULL ? (size_t)(end - text) : length;

		if (line_value(text, n, key, key_length, ret))
			return true;
		n += end != NULL;
		text += n;
		length -= n;
	}
	return false;
}
