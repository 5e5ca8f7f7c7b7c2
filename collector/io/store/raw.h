/* raw.h - readings that no roll has taken yet. */
#ifndef LW_STORE_RAW_H
#define LW_STORE_RAW_H

#include "collector/io/store/shape.h"

/* Of the shapes of a table, ordered by device and time. */
struct raw_item {
	const struct shape_row *shape; /* the table's */
	int64_t time_ds;
	uint8_t flags;
	size_t at, len; /* of its body in bytes */
};
struct raw_set {
	struct raw_item *items;
	size_t n, cap;
	uint8_t *bytes;
	size_t len, room;
};
struct raw_filter {
	int64_t after_id, upto_id; /* rows of `raw` */
	int64_t from_ds, until_ds;
	unsigned part, parts; /* only shapes whose device % parts == part; parts 0: all */
};
int raw_load(sqlite3 *db, const struct shape_table *t, const struct raw_filter *f,
	     struct raw_set *ret);
void raw_fini(struct raw_set *s);

#endif
