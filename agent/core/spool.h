/* spool.h - the journal's format: segments of checksummed records. Pure; the bytes are in
 * docs/PROTOCOL.md.
 *
 * A segment starts with a header and a copy of the birth that its reports are to be read by, so it
 * can be replayed alone. A record that is damaged costs itself only: the reader finds the next. */
#ifndef LW_SPOOL_H
#define LW_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SPOOL_HEADER_BYTES = 32,
	SPOOL_FRAME_BYTES = 8, /* before each record's payload */
	SPOOL_RECORD_MAX = 65536
};

enum spool_type {
	SPOOL_CONTEXT = 1, /* a copy of an earlier birth: what the segment's reports are read by */
	SPOOL_REPORT = 2,  /* a birth or a full report */
	SPOOL_DELTA = 3	   /* a delta of the newest SPOOL_REPORT before it */
};

uint32_t spool_crc(const void *bytes, size_t len); /* CRC-32C (Castagnoli) */

struct spool_header {
	uint32_t boot_id;
	uint64_t created_wall_ms;
	bool thinned;
};
void spool_header_write(uint8_t out[SPOOL_HEADER_BYTES], const struct spool_header *h);
bool spool_header_read(const uint8_t *bytes, size_t len, struct spool_header *ret);

void spool_frame_write(uint8_t out[SPOOL_FRAME_BYTES], enum spool_type type, const uint8_t *payload,
		       size_t len);

struct spool_record {
	enum spool_type type;
	size_t at; /* of the frame */
	const uint8_t *payload;
	size_t len;
};

/* The record at or after *at, which is moved past it; false: no more. Bytes that had to be skipped
 * are added to *skipped. */
bool spool_next(const uint8_t *bytes, size_t len, size_t *at, size_t *skipped,
		struct spool_record *ret);

/* A set of sequence numbers as few ranges, in order, not touching. Bounded: a range that does not
 * fit is refused, and its numbers count as not in the set. */
enum { SPOOL_RANGES_MAX = 16 };
struct spool_range {
	uint64_t first, last;
};
struct spool_set {
	struct spool_range ranges[SPOOL_RANGES_MAX];
	unsigned n;
};
bool spool_set_add(struct spool_set *s, uint64_t first, uint64_t last);
bool spool_set_has(const struct spool_set *s, uint64_t seq);
bool spool_set_covers(const struct spool_set *s, uint64_t first, uint64_t last);

#endif
