/* archive_row.h - a line of an archive as rows of a batch. Touches no file: what reads the lines
 * carries the batch out. Everything in a line is checked; the chain's hashes are made again.
 *
 * Lines come in the order of their kinds: archive, shape and readings, hours, record, head, hole,
 * quarantine, ranges, outbox, blob, end. */
#ifndef LW_STORE_ARCHIVE_ROW_H
#define LW_STORE_ARCHIVE_ROW_H

#include <zstd.h>

#include "collector/io/store/archive_text.h"
#include "collector/io/store/batch.h"
#include "collector/io/store/chain.h"

enum archive_stage {
	STAGE_NOTHING,
	STAGE_ARCHIVE,
	STAGE_READINGS,
	STAGE_HOURS,
	STAGE_RECORD,
	STAGE_HEAD,
	STAGE_HOLE,
	STAGE_QUARANTINE,
	STAGE_RANGES,
	STAGE_OUTBOX,
	STAGE_BLOB,
	STAGE_END
};

struct archive_shape {
	int64_t id;
	struct store_shape *shape;
};
struct archive_rows {
	enum archive_stage stage;     /* of the newest line */
	struct archive_shape *shapes; /* ascending by id within a device, found from the end */
	size_t n_shapes;
	/* Before the first line behind the readings: the figures that follow count as made by the roll
	 * that it leads to, `rolled`. NULL: nothing is to be done. */
	int (*readings_over)(void *arg);
	void *arg;
	int64_t rolled;
	int64_t n; /* newest record */
	uint8_t hash[HASH_BYTES];
	uint64_t records, readings;
	ZSTD_CCtx *zstd;
};
int archive_rows_init(struct archive_rows *a);
void archive_rows_fini(struct archive_rows *a);

struct archive_line {
	const char *text;
	size_t len;
	uint64_t before;	   /* lines */
	const uint8_t *sum_before; /* of them, ARCHIVE_SUM_BYTES */
};
/* -EBADMSG: reterr says what is wrong with the line. */
int archive_rows_take(struct archive_rows *a, const struct archive_line *l, struct store_batch *b,
		      char *reterr, size_t reterr_size);

#endif
