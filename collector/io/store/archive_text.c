#include "collector/io/store/archive_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_BYTES = 1 << 20, IO_BYTES = 1 << 16, LEVEL = 6 };

/* ---- out ---- */

int archive_out_open(struct archive_out *o, FILE *file)
{
	memset(o, 0, sizeof *o);
	if (sodium_init() < 0)
		return -EIO;
	o->file = file;
	o->zstd = ZSTD_createCCtx();
	if (o->zstd == NULL)
		return -ENOMEM;
	(void)ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_compressionLevel, LEVEL);
	(void)ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_checksumFlag, 1);
	(void)crypto_generichash_init(&o->sum, NULL, 0, ARCHIVE_SUM_BYTES);
	return 0;
}

static int push(struct archive_out *o, const void *buf, size_t len, ZSTD_EndDirective how)
{
	uint8_t bytes[IO_BYTES];
	ZSTD_inBuffer in = { buf, len, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { bytes, sizeof bytes, 0 };

		left = ZSTD_compressStream2(o->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			return -EIO;
		if (fwrite(bytes, 1, out.pos, o->file) != out.pos)
			return errno != 0 ? -errno : -EIO;
	} while (in.pos < in.size || (how == ZSTD_e_end && left > 0));
	return 0;
}

static int end_frame(struct archive_out *o)
{
	if (o->in_frame == 0)
		return 0;
	o->in_frame = 0;
	return push(o, "", 0, ZSTD_e_end);
}

int archive_out_line(struct archive_out *o, const char *text, size_t len)
{
	int r = push(o, text, len, ZSTD_e_continue);

	if (r == 0)
		r = push(o, "\n", 1, ZSTD_e_continue);
	if (r < 0)
		return r;
	(void)crypto_generichash_update(&o->sum, (const unsigned char *)text, len);
	(void)crypto_generichash_update(&o->sum, (const unsigned char *)"\n", 1);
	o->lines++;
	o->in_frame += len + 1;
	return o->in_frame >= FRAME_BYTES ? end_frame(o) : 0;
}

void archive_out_sum(const struct archive_out *o, uint8_t ret[ARCHIVE_SUM_BYTES])
{
	crypto_generichash_state sum = o->sum;

	(void)crypto_generichash_final(&sum, ret, ARCHIVE_SUM_BYTES);
}

int archive_out_finish(struct archive_out *o)
{
	int r = end_frame(o);

	if (r == 0 && (fflush(o->file) != 0 || fsync(fileno(o->file)) < 0))
		r = -errno;
	return r;
}

void archive_out_close(struct archive_out *o)
{
	(void)ZSTD_freeCCtx(o->zstd);
	o->zstd = NULL;
}

/* ---- in ---- */

int archive_in_open(struct archive_in *i, FILE *file)
{
	memset(i, 0, sizeof *i);
	if (sodium_init() < 0)
		return -EIO;
	i->file = file;
	i->zstd = ZSTD_createDCtx();
	i->in = malloc(IO_BYTES);
	if (i->zstd == NULL || i->in == NULL) {
		archive_in_close(i);
		return -ENOMEM;
	}
	i->left.src = i->in;
	(void)crypto_generichash_init(&i->sum, NULL, 0, ARCHIVE_SUM_BYTES);
	return 0;
}

void archive_in_close(struct archive_in *i)
{
	(void)ZSTD_freeDCtx(i->zstd);
	free(i->in);
	free(i->buf);
	memset(i, 0, sizeof *i);
}

static int damaged(const struct archive_in *i, const char *how, char *reterr, size_t reterr_size)
{
	(void)snprintf(reterr, reterr_size, "line %llu: %s", (unsigned long long)i->lines + 1, how);
	return -EBADMSG;
}

/* More bytes of the file; false: there are none. */
static bool refill(struct archive_in *i)
{
	static const uint8_t magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	if (i->left.pos < i->left.size)
		return true;
	i->left.pos = 0;
	i->left.size = fread(i->in, 1, IO_BYTES, i->file);
	if (!i->begun) {
		i->plain = i->left.size < sizeof magic || memcmp(i->in, magic, sizeof magic) != 0;
		i->begun = true;
	}
	return i->left.size > 0;
}

/* Room for IO_BYTES behind what is there, which moves to the front. */
static int make_room(struct archive_in *i)
{
	if (i->at > 0) {
		memmove(i->buf, i->buf + i->at, i->len - i->at);
		i->len -= i->at;
		i->at = 0;
	}
	if (i->room - i->len >= IO_BYTES)
		return 0;
	size_t room = i->room * 2 + IO_BYTES;
	char *p = realloc(i->buf, room);
	if (p == NULL)
		return -ENOMEM;
	i->buf = p;
	i->room = room;
	return 0;
}

static int take_bytes(struct archive_in *i, char *reterr, size_t reterr_size)
{
	ZSTD_outBuffer out = { i->buf + i->len, i->room - i->len, 0 };

	if (i->plain) {
		size_t n = i->left.size - i->left.pos;

		out.pos = n < out.size ? n : out.size;
		memcpy(out.dst, i->in + i->left.pos, out.pos);
		i->left.pos += out.pos;
	} else {
		i->in_frame = ZSTD_decompressStream(i->zstd, &out, &i->left);
		if (ZSTD_isError(i->in_frame))
			return damaged(i, "damaged: what follows cannot be decompressed", reterr,
				       reterr_size);
	}
	i->len += out.pos;
	i->more_inside = !i->plain && out.pos == out.size;
	return 0;
}

/* 0: there is more; 1: the file has ended. */
static int more(struct archive_in *i, char *reterr, size_t reterr_size)
{
	if (i->len - i->at > ARCHIVE_LINE_MAX)
		return damaged(i, "longer than a line may be", reterr, reterr_size);
	if (!i->more_inside && !refill(i)) {
		if (ferror(i->file))
			return damaged(i, "the file cannot be read", reterr, reterr_size);
		if (i->in_frame != 0 || i->len > i->at)
			return damaged(i, "cut off in its middle", reterr, reterr_size);
		return 1;
	}
	int r = make_room(i);
	return r < 0 ? r : take_bytes(i, reterr, reterr_size);
}

int archive_in_line(struct archive_in *i, const char **ret, size_t *ret_len, char *reterr,
		    size_t reterr_size)
{
	size_t looked = 0;

	if (i->line_len > 0) { /* the newest one is passed */
		(void)crypto_generichash_update(&i->sum, (unsigned char *)i->buf + i->at,
						i->line_len);
		i->at += i->line_len;
		i->line_len = 0;
	}
	for (;;) {
		size_t have = i->len - i->at;
		char *end =
			have > looked ? memchr(i->buf + i->at + looked, '\n', have - looked) : NULL;
		if (end != NULL) {
			*ret = i->buf + i->at;
			*ret_len = (size_t)(end - *ret);
			i->line_len = *ret_len + 1;
			i->lines++;
			return 1;
		}
		looked = have;
		int r = more(i, reterr, reterr_size);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}

void archive_in_sum(const struct archive_in *i, uint8_t ret[ARCHIVE_SUM_BYTES])
{
	crypto_generichash_state sum = i->sum;

	(void)crypto_generichash_final(&sum, ret, ARCHIVE_SUM_BYTES);
}
