/* day.h - hourly figures of a device, a row a day. */
#ifndef LW_STORE_DAY_H
#define LW_STORE_DAY_H

#include "collector/io/store/walk.h"

/* Column summaries of a device's day. */
struct day_column {
	uint16_t metric, instance;
	char *label;
	struct store_hour hours[24];
};
struct day {
	struct day_column *columns;
	size_t n;
};
void day_fini(struct day *d);
int day_add(struct day *d, const struct shape_row *s, int64_t hour, const struct chunk *c);
int day_pack(const struct day *d, uint8_t **ret, size_t *ret_len); /* not compressed */
int day_unpack(const uint8_t *buf, size_t len, int64_t day, struct day *ret);
const struct day_column *day_column(const struct day *d, const struct store_series *s);
bool same_series(const struct store_series *a, const struct store_series *b);

#endif
