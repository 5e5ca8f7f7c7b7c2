/* shape.h - the columns of each device as the file knows them. */
#ifndef LW_STORE_SHAPE_H
#define LW_STORE_SHAPE_H

#include "collector/io/store/batch.h"
#include "collector/io/store/schema.h"

struct shape_row {
	int64_t id, device;
	size_t n;
	struct store_series *series; /* labels owned */
	int64_t *nominal;
};
int columns_pack(const struct store_shape *sh, uint8_t **ret, size_t *ret_len);
int columns_unpack(const void *buf, size_t len, struct shape_row *ret);

/* The shapes of one device, or of all (device 0), ascending by id. */
struct shape_table {
	struct shape_row *rows;
	size_t n;
};
int shapes_load(sqlite3 *db, int64_t device, struct shape_table *ret);
void shapes_fini(struct shape_table *t);
const struct shape_row *shape_by_id(const struct shape_table *t, int64_t id); /* NULL: no such */

#endif
