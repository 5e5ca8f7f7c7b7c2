/* batch.h - what a batch holds: rows to write, and the bytes behind them. */
#ifndef LW_STORE_BATCH_H
#define LW_STORE_BATCH_H

#include "collector/io/store/store.h"

struct store_shape {
	_Atomic unsigned refs;
	size_t n;
	uint16_t *metric, *instance;
	char **label;
	int64_t *nominal;
	char *device;
	int64_t id; /* the writer's, valid while epoch is the writer's */
	uint64_t epoch;
};

enum op_kind {
	OP_READING,
	OP_RANGES,
	OP_HOLE,
	OP_STATE, /* and healed stretches, and events: the chain */
	OP_BLOB,
	OP_QUARANTINE,
	OP_OUTBOX_ADD,
	OP_OUTBOX_DONE,
	OP_OUTBOX_FAILED,
	OP_OUTBOX_ROW, /* an archive's: rows as they were */
	OP_HEAD,
	OP_SHAPE,
	OP_CHUNK, /* the roller's from here on */
	OP_DAY,
	OP_UNROLL, /* chunks of a roll that was cut short */
	OP_ROLLED,
	OP_JOIN,   /* the chunks of a device's day go: longer ones follow */
	OP_JOINED, /* and are part of the history */
	OP_SHRINK,
	OP_PURGE_RAW,
	OP_PURGE_OLD,
	OP_PURGE_OUTBOX,
	OP_FORGET_BOOT,
	OP_KINDS
};
struct op {
	enum op_kind kind;
	int64_t i[5];
	struct store_shape *shape;
	size_t at[3]; /* into bytes; texts end with NUL */
	size_t len[3];
	bool null[3];
};

struct store_batch {
	struct op *ops;
	size_t n, cap;
	uint8_t *bytes;
	size_t len, room;
};

struct op *batch_op(struct store_batch *b, enum op_kind kind, size_t bytes);
void store_batch_clear(struct store_batch *b); /* empty, its memory kept */
struct link;
int batch_link(struct store_batch *b, const struct link *l); /* a record of the chain */
void batch_put(struct store_batch *b, struct op *op, int slot, const void *buf, size_t len);
void batch_text(struct store_batch *b, struct op *op, int slot, const char *text);
const void *op_bytes(const struct store_batch *b, const struct op *op, int slot);

#endif
