/* body.c - compressed bodies: 0 and the bytes, or 1 and zstd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/walk.h"

int body_deflate(ZSTD_CCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len)
{
	size_t bound = ZSTD_compressBound(len);
	uint8_t *out = malloc(bound + len + 1);

	if (out == NULL)
		return -ENOMEM;
	size_t n = ZSTD_compress2(z, out + 1, bound, buf, len);
	if (ZSTD_isError(n) || n >= len) {
		out[0] = 0;
		memcpy(out + 1, buf, len);
		n = len;
	} else {
		out[0] = 1;
	}
	*ret = out;
	*ret_len = n + 1;
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
