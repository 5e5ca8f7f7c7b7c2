/* fingerprint_file.c - the reference file of a prompt.
 *
 *   linewatch-fingerprint 1 FRAMES
 *   a01f 3302 .... 8810 …        16 frames a line; "...." is a pause, which is not compared
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/fingerprint.h"
#include "common/core/out.h"

enum { PER_LINE = 16, VERSION = 1, NUMBER_MAX = 24 };

static const char magic[] = "linewatch-fingerprint";

/* What does not fit is counted all the same. */
struct sheet {
	char *buf;
	size_t size, n;
};

static void put(struct sheet *s, const char *text)
{
	for (; *text != '\0'; text++, s->n++)
		if (s->n + 1 < s->size)
			s->buf[s->n] = *text;
}

static void put_number(struct sheet *s, size_t v)
{
	char text[NUMBER_MAX] = "";
	struct out o = { text, sizeof text, 0 };

	out_number(&o, (int64_t)v, 0);
	put(s, text);
}

static void put_frame(struct sheet *s, uint16_t bits)
{
	static const char hex[] = "0123456789abcdef";
	const char text[] = { hex[bits >> 12], hex[bits >> 8 & 15], hex[bits >> 4 & 15],
			      hex[bits & 15], '\0' };

	put(s, text);
}

size_t fp_write(const struct fingerprint *f, char *buf, size_t size)
{
	struct sheet o = { buf, size, 0 };

	put(&o, magic);
	put(&o, " ");
	put_number(&o, VERSION);
	put(&o, " ");
	put_number(&o, f->n);
	put(&o, "\n");
	for (size_t i = 0; i < f->n; i++) {
		if (f->voiced[i])
			put_frame(&o, f->bits[i]);
		else
			put(&o, "....");
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
