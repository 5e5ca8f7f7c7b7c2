/* roller.h - what the files of the roller share: a roll under way. */
#ifndef LW_STORE_ROLLER_H
#define LW_STORE_ROLLER_H

#include "collector/io/store/roll.h"

enum { ROLL_BATCH_BYTES = 1 << 20 };

struct touched {
	int64_t device, day, roll;
	uint32_t hours; /* a bit each */
};

struct touched_list {
	struct touched *list;
	size_t n;
};

struct roller {
	struct store_reader *reader;
	const struct roll_options *o;
	roll_commit_fn *commit;
	void *arg;
	struct shape_table shapes;
	int64_t from, upto; /* raw rows (from, upto] */
	ZSTD_CCtx *zstd;
	struct store_batch *batch;
	bool whole; /* what is added now must be one commit */
	struct touched_list touched;
	int64_t device; /* of the walk */
	int64_t roll;	/* of the chunks that are written */
	int hours;	/* they hold */
	uint64_t rows;
	sqlite3_stmt *kept, *newest; /* the figures of a day; the newest roll in it */
};

int touched_add(struct touched_list *l, const struct touched *t);

int roller_flush(struct roller *x);
/* Room for a row with `len` bytes; full batches go to the disk first, unless they must be whole. */
int roller_row(struct roller *x, enum op_kind kind, size_t len, struct op **ret);
struct plain {
	uint8_t *bytes;
	size_t len;
	size_t *cuts, n_cuts;
};
/* Compress p, whose bytes and cuts are freed, and put it as a row with the numbers i. */
int roller_put_body(struct roller *x, enum op_kind kind, const int64_t i[5], struct plain *p);
visit_fn roller_put_chunk; /* an hour of a device's raw rows, or a day of its chunks */

int roller_put_days(struct roller *x); /* figures of the days touched */
int roller_join_days(struct roller *x);

#endif
