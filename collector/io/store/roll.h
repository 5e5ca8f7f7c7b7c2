/* roll.h - raw readings into column chunks, chunks of hours into chunks of days, and what is too old away. */
#ifndef LW_STORE_ROLL_H
#define LW_STORE_ROLL_H

#include "collector/io/store/batch.h"
#include "collector/io/store/walk.h"

typedef int roll_commit_fn(void *arg, struct store_batch *b); /* blocks until it is on disk */
struct roll_options {
	int64_t now_ms;
	int64_t keep_readings_ms, keep_hourly_ms, keep_outbox_ms, keep_ranges_ms; /* 0: for ever */
	size_t pass_bytes; /* memory a pass may take */
};
int roll(struct store_reader *r, const struct roll_options *o, roll_commit_fn *commit, void *arg,
	 uint64_t *ret_rows);

#endif
