/* body.c - compressed bodies: 0 and the bytes, or 1 and zstd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/walk.h"

enum { BLOCK_BYTES = 512 /* what a table of its own pays for */ };

/* One frame, with a block that ends (and its own table of codes) at each cut worth it. */
static size_t compress(ZSTD_CCtx *z, ZSTD_outBuffer *out, const void *buf, size_t len,
		       const size_t *cuts, size_t n_cuts)
{
	ZSTD_inBuffer in = { buf, 0, 0 };
	size_t left = 0, last = 0;

	(void)ZSTD_CCtx_reset(z, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_setPledgedSrcSize(z, len);
	for (size_t i = 0; i < n_cuts && !ZSTD_isError(left); i++) {
		if (cuts[i] - last < BLOCK_BYTES || cuts[i] >= len)
			continue;
		last = in.size = cuts[i];
		left = ZSTD_compressStream2(z, out, &in, ZSTD_e_flush);
	}
	in.size = len;
	return ZSTD_isError(left) ? left : ZSTD_compressStream2(z, out, &in, ZSTD_e_end);
}

int body_deflate(ZSTD_CCtx *z, const void *buf, size_t len, const size_t *cuts, size_t n_cuts,
		 uint8_t **ret, size_t *ret_len)
{
	size_t room = ZSTD_compressBound(len) + n_cuts * 8;
	uint8_t *body = malloc(room + len + 1);

	if (body == NULL)
		return -ENOMEM;
	ZSTD_outBuffer out = { body + 1, room, 0 };
	/* more left than there was room for: as it is, like an error */
	if (compress(z, &out, buf, len, cuts, n_cuts) != 0 || out.pos >= len) {
		body[0] = 0;
		memcpy(body + 1, buf, len);
		out.pos = len;
	} else {
		body[0] = 1;
	}
	*ret = body;
	*ret_len = out.pos + 1;
	return 0;
}

int body_inflate(ZSTD_DCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len)
{
	const uint8_t *in = buf;
	unsigned long long size = len - 1;

	if (len == 0 || in[0] > 1)
		return -EBADMSG;
	if (in[0] == 1)
		size = ZSTD_getFrameContentSize(in + 1, len - 1);
	if (size > (64u << 20)) /* also the two error values */
		return -EBADMSG;
	uint8_t *out = malloc((size_t)size + 1);
	if (out == NULL)
		return -ENOMEM;
	if (in[0] == 0) {
		memcpy(out, in + 1, (size_t)size);
	} else if (ZSTD_decompressDCtx(z, out, (size_t)size, in + 1, len - 1) != size) {
		free(out);
		return -EBADMSG;
	}
	*ret = out;
	*ret_len = (size_t)size;
	return 0;
}

int unpack_body(ZSTD_DCtx *z, sqlite3_stmt *st, int column, struct chunk *ret)
{
	uint8_t *plain = NULL;
	size_t len = 0;
	int r = body_inflate(z, sqlite3_column_blob(st, column),
			     (size_t)sqlite3_column_bytes(st, column), &plain, &len);

	if (r == 0)
		r = chunk_unpack(plain, len, ret);
	free(plain);
	return r;
}
