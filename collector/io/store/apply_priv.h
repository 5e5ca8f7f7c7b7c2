/* apply_priv.h - what the two files of the writer's side share: its statements, one a kind of row. */
#ifndef LW_STORE_APPLY_PRIV_H
#define LW_STORE_APPLY_PRIV_H

#include "collector/io/store/apply.h"

enum stmt {
	ST_RAW,
	ST_SHAPE_FIND,
	ST_SHAPE_ADD,
	ST_NAME_FIND,
	ST_NAME_ADD,
	ST_RANGES,
	ST_OUTBOX_ROW,
	ST_HEAD,
	ST_HOLE,
	ST_RECORD,
	ST_WATCHED,
	ST_BLOB_SET,
	ST_BLOB_DROP,
	ST_QUARANTINE,
	ST_QUARANTINE_TRIM,
	ST_OUTBOX_ADD,
	ST_OUTBOX_DONE,
	ST_OUTBOX_FAILED,
	ST_CHUNK,
	ST_DAY,
	ST_UNROLL,
	ST_ROLLED,
	ST_PURGE_RAW,
	ST_JOIN,
	ST_JOINED,
	ST_PURGE_CHUNKS,
	ST_PURGE_DAYS,
	ST_PURGE_OUTBOX,
	ST_FORGET_RANGES,
	ST_FORGET_LAYOUTS,
	ST_END
};

sqlite3_stmt *apply_begin(struct apply *a, enum stmt which);
int apply_run(sqlite3_stmt *st);				   /* one step, and ready again */
int apply_intern(struct apply *a, const char *text, int64_t *ret); /* the name's id */
void apply_bind_bytes(sqlite3_stmt *st, int at, const void *buf, size_t len);

typedef int put_fn(struct apply *a, const struct store_batch *b, const struct op *op);
put_fn apply_chunk, apply_day, apply_unroll, apply_rolled, apply_join, apply_joined, apply_shrink,
	apply_purge_raw, apply_purge_old, apply_purge_outbox, apply_forget_boot;

#endif
