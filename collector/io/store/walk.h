/* walk.h - all readings of a device from both places where they live, and compressed bodies. */
#ifndef LW_STORE_WALK_H
#define LW_STORE_WALK_H

#include <zstd.h>

#include "collector/io/store/raw.h"
#include "collector/io/store/store_read.h"

enum { DS_PER_HOUR = 36000, DS_PER_DAY = 864000 };

struct store_reader {
	sqlite3 *db;
	ZSTD_DCtx *zstd;
};

int body_inflate(ZSTD_DCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len);
int body_deflate(ZSTD_CCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len);
int unpack_body(ZSTD_DCtx *z, sqlite3_stmt *st, int column, struct chunk *ret);

/* All readings of a device, hour by hour, each shape's sorted and without doubles. An hour may
 * come in several pieces. */
typedef int visit_fn(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c);
struct walk_span {
	int64_t device, from_ds, until_ds, rolled; /* chunks of rolls up to `rolled`, -1: none */
};
int device_walk(struct store_reader *r, const struct shape_table *t, const struct raw_set *raw,
		const struct walk_span *span, visit_fn *visit, void *arg);

#endif
