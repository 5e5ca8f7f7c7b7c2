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
/* cuts: NULL, or n ascending places where one kind of numbers ends and another begins. */
int body_deflate(ZSTD_CCtx *z, const void *buf, size_t len, const size_t *cuts, size_t n_cuts,
		 uint8_t **ret, size_t *ret_len);
/* ret: room for len / 2 + 1. */
int ranges_unpack(const uint8_t *buf, size_t len, struct store_range *ret, size_t *ret_n);
int unpack_body(ZSTD_DCtx *z, sqlite3_stmt *st, int column, struct chunk *ret);

/* All readings of a device, hour by hour (or day by day), each shape's sorted and without doubles.
 * An hour comes in a piece a shape, in more when it is very full. hour: the first of it. */
typedef int visit_fn(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c);
struct walk_span {
	int64_t device, from_ds, until_ds, rolled; /* chunks of rolls up to `rolled`, -1: none */
	bool by_day;
};
int device_walk(struct store_reader *r, const struct shape_table *t, const struct raw_set *raw,
		const struct walk_span *span, visit_fn *visit, void *arg);

#endif
