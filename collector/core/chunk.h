/* chunk.h - readings as bytes: one reading packed, and an hour of a device as columns. Pure.
 *
 * A packed reading holds the unknown columns first (gap, reason), then each good value less its
 * nominal. A chunk holds the times as differences of differences, then column after column the
 * reasons and the values as differences, runs of zeros as their length. Numbers are LEB128. What
 * comes from the disk is checked: damaged bytes give -EBADMSG. */
#ifndef LW_CHUNK_H
#define LW_CHUNK_H

#include <stddef.h>
#include <stdint.h>

struct store_value {
	uint8_t reason; /* enum reading_reason; REASON_GOOD: scaled counts */
	int64_t scaled;
};

enum { CHUNK_MAX_COLUMNS = 4096, CHUNK_MAX_ROWS = 1 << 16, CHUNK_MAX_CELLS = 1 << 20 };

/* LEB128; returns the bytes used, 0 when it does not fit or is damaged. */
size_t varint_put(uint8_t *buf, uint64_t v); /* at most 10 bytes */
size_t varint_get(const uint8_t *buf, size_t len, uint64_t *ret);
uint64_t zigzag(int64_t v);
int64_t unzigzag(uint64_t v);

size_t reading_pack_bound(size_t n_columns);
/* nominal: a number a column. Returns the length. */
size_t reading_pack(uint8_t *buf, const struct store_value *v, const int64_t *nominal, size_t n);
int reading_unpack(const uint8_t *buf, size_t len, const int64_t *nominal, size_t n,
		   struct store_value *ret);

/* Rows in order of time; values row by row. Owns its arrays. */
struct chunk {
	size_t n_rows, n_columns, cap_rows;
	int64_t *time_ds; /* Unix time in 0.1 s */
	uint8_t *flags;
	struct store_value *values;
};

int chunk_init(struct chunk *c, size_t n_columns);
void chunk_fini(struct chunk *c);
/* -ENOSPC: full, pack it and begin another. */
int chunk_append(struct chunk *c, int64_t time_ds, uint8_t flags, const struct store_value *v);
/* By time, stable; equal rows (time and values) become one. -ENOMEM: left unsorted. */
int chunk_sort(struct chunk *c);
/* malloc'ed bytes, not compressed. ret_ends: NULL, or room for where each column ends in them. */
int chunk_pack(const struct chunk *c, uint8_t **ret, size_t *ret_len, size_t *ret_ends);
int chunk_unpack(const uint8_t *buf, size_t len, struct chunk *ret); /* ret: not initialised */

/* Of one column over rows [first, last): what a chart of hours shows. */
struct chunk_summary {
	uint32_t n, n_unknown;
	int64_t min, max;
	double mean;
};
void chunk_summarise(const struct chunk *c, size_t column, size_t first, size_t last,
		     struct chunk_summary *ret);

#endif
