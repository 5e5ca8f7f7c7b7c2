/* fingerprint_file.c - the reference file of a prompt.
 *
 *   linewatch-fingerprint 1 FRAMES
 *   a01f 3302 .... 8810 …        16 frames a line; "...." is a pause, which is not compared
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/fingerprint.h"

enum { PER_LINE = 16, VERSION = 1, HEAD_MAX = 48 };

static const char magic[] = "linewatch-fingerprint";

struct out {
	char *buf;
	size_t size, n;
};

static void put(struct out *o, const char *text)
{
	for (; *text != '\0'; text++, o->n++)
		if (o->n + 1 < o->size)
			o->buf[o->n] = *text;
}

size_t fp_write(const struct fingerprint *f, char *buf, size_t size)
{
	struct out o = { buf, size, 0 };
	char word[HEAD_MAX];

	(void)snprintf(word, sizeof word, "%s %d %zu\n", magic, VERSION, f->n);
	put(&o, word);
	for (size_t i = 0; i < f->n; i++) {
		(void)snprintf(word, sizeof word, "%04x", f->bits[i]);
		put(&o, f->voiced[i] ? word : "....");
		put(&o, i % PER_LINE == PER_LINE - 1 || i + 1 == f->n ? "\n" : " ");
	}
	if (size > 0)
		buf[o.n < size ? o.n : size - 1] = '\0';
	return o.n;
}

static int read_head(const char *line, size_t *ret_frames)
{
	char *end;
	size_t len = strlen(magic);

	if (strncmp(line, magic, len) != 0 || line[len] != ' ')
		return -EINVAL;
	if (strtoul(line + len, &end, 10) != VERSION || *end != ' ')
		return -EINVAL;
	unsigned long n = strtoul(end, &end, 10);
	if (*end != '\0' || n == 0 || n > FP_REFERENCE_FRAMES)
		return -EINVAL;
	*ret_frames = n;
	return 0;
}

static int read_frame(struct fingerprint *f, const char *word, size_t len)
{
	char copy[5] = { 0 };
	char *end;

	if (len != 4 || f->n == FP_REFERENCE_FRAMES)
		return -EINVAL;
	memcpy(copy, word, 4);
	f->voiced[f->n] = strcmp(copy, "....") != 0;
	f->bits[f->n] = 0;
	f->level_db[f->n] = 0;
	if (f->voiced[f->n]) {
		if (strspn(copy, "0123456789abcdefABCDEF") != 4)
			return -EINVAL;
		f->bits[f->n] = (uint16_t)strtoul(copy, &end, 16);
	}
	f->n++;
	return 0;
}

static int read_row(struct fingerprint *f, const char *line)
{
	for (const char *p = line + strspn(line, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (read_frame(f, p, len) < 0)
			return -EINVAL;
		p += len;
	}
	return 0;
}

/* The next line into `buf` without its end; returns the place after it, NULL: too long. */
static const char *take_line(const char *p, const char *end, char *buf, size_t size)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));
	const char *stop = nl != NULL ? nl : end;
	size_t len = (size_t)(stop - p);

	if (len > 0 && p[len - 1] == '\r')
		len--;
	if (len >= size || memchr(p, '\0', len) != NULL)
		return NULL;
	memcpy(buf, p, len);
	buf[len] = '\0';
	return nl != NULL ? nl + 1 : end;
}

int fp_read(struct fingerprint *ret, const char *text, size_t len, unsigned *reterr_line)
{
	char line[PER_LINE * 5 + 8];
	size_t frames = 0;
	unsigned number = 0;

	ret->n = 0;
	for (const char *p = text, *end = text + len; p < end;) {
		number++;
		p = take_line(p, end, line, sizeof line);
		if (p == NULL)
			goto bad;
		if (number == 1 ? read_head(line, &frames) < 0 : read_row(ret, line) < 0)
			goto bad;
	}
	if (ret->n == frames && fp_n_voiced(ret) > 0)
		return 0;
bad:
	*reterr_line = number;
	return -EINVAL;
}
