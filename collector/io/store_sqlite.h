/* store_sqlite.h - what the files of the SQLite store share; nobody else includes it.
 *
 * Threads: the loop fills batches and hears what became of them; the writer alone writes; the
 * reader answers store_ask; the roller turns raw readings into hourly column chunks, reading by
 * itself and handing its rows to the writer. */
#ifndef LW_STORE_SQLITE_H
#define LW_STORE_SQLITE_H

#include <sodium.h>
#include <sqlite3.h>
#include <zstd.h>

#include "collector/io/store_read.h"

enum { HASH_BYTES = 32, RAW_ROW_BYTES = 1980, DS_PER_HOUR = 36000, DS_PER_DAY = 864000 };

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

/* ---- batches (store_batch.c) ---- */
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
	OP_CHUNK, /* the roller's from here on */
	OP_DAY,
	OP_UNROLL, /* chunks of a roll that was cut short */
	OP_ROLLED,
	OP_PURGE_RAW,
	OP_PURGE_OLD,
	OP_KINDS
};
enum { SPAN_EVENT = 0, SPAN_STATE = 1, SPAN_HEALED = 2 };

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
void batch_put(struct store_batch *b, struct op *op, int slot, const void *buf, size_t len);
void batch_text(struct store_batch *b, struct op *op, int slot, const char *text);
const void *op_bytes(const struct store_batch *b, const struct op *op, int slot);

/* ---- schema (store_schema.c) ---- */
enum { SCHEMA_VERSION = 2 };
int schema_open(sqlite3 **ret, const char *path, const char *vfs, bool writer, char *reterr,
		size_t reterr_size);
int schema_migrate(sqlite3 *db, int upto, char *reterr, size_t reterr_size);
int sql_error(int rc); /* SQLite's result as negative errno */
int sql_exec(sqlite3 *db, const char *sql);
/* One number, or `dflt` when there is no row. */
int64_t sql_number(sqlite3 *db, const char *sql, int64_t dflt);

/* ---- the chain (store_chain.c) ---- */
struct link {
	int64_t n, wall_ms, span, kind, state, since_ms, until_ms;
	const char *type, *entity, *body;
};
struct chain {
	int64_t n; /* newest record, 0: none */
	uint8_t hash[HASH_BYTES];
	int64_t head_n, head_day;
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
};
int chain_keys(struct chain *c, const char *path); /* reads or makes the key */
int chain_load(struct chain *c, sqlite3 *db);
void chain_hash(uint8_t ret[HASH_BYTES], const uint8_t before[HASH_BYTES], const struct link *l);
int chain_sign(struct chain *c, sqlite3 *db, int64_t wall_ms); /* the day's head, when due */

/* ---- the writer's side of a batch (store_apply.c) ---- */
struct name_map;
struct apply {
	sqlite3 *db;
	struct chain chain;
	struct name_map *names;
	uint64_t epoch; /* counts roll-backs: ids learnt before one may not exist */
	sqlite3_stmt **stmts;
	uint8_t raw[RAW_ROW_BYTES + 64];
	size_t raw_len;
	int64_t raw_time_ds;
	int64_t raw_id; /* newest: never used again, also when all of them were rolled */
	uint64_t readings;
};
int apply_open(struct apply **ret, sqlite3 *db, const char *key_path);
void apply_close(struct apply **ap);
int apply_batch(struct apply *a, const struct store_batch *b);
void apply_forget(struct apply *a); /* after a roll-back */

/* ---- reading (store_walk.c, store_day.c, store_read.c, store_series.c) ---- */
struct store_reader {
	sqlite3 *db;
	ZSTD_DCtx *zstd;
};

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
int64_t name_id(sqlite3 *db, const char *text);				      /* 0: no such */
int64_t rolled_upto(sqlite3 *db);
int body_inflate(ZSTD_DCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len);
int body_deflate(ZSTD_CCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len);
int unpack_body(ZSTD_DCtx *z, sqlite3_stmt *st, int column, struct chunk *ret);

/* Readings that no roll has taken yet, of the shapes of a table, ordered by device and time. */
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

/* All readings of a device, hour by hour, each shape's sorted and without doubles. An hour may
 * come in several pieces. */
typedef int visit_fn(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c);
struct walk_span {
	int64_t device, from_ds, until_ds, rolled; /* chunks of rolls up to `rolled`, -1: none */
};
int device_walk(struct store_reader *r, const struct shape_table *t, const struct raw_set *raw,
		const struct walk_span *span, visit_fn *visit, void *arg);

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

/* ---- rolling (store_roll.c) ---- */
typedef int roll_commit_fn(void *arg, struct store_batch *b); /* blocks until it is on disk */
struct roll_options {
	int64_t now_ms, keep_readings_ms, keep_hourly_ms;
	size_t pass_bytes; /* memory a pass may take */
};
int roll(struct store_reader *r, const struct roll_options *o, roll_commit_fn *commit, void *arg,
	 uint64_t *ret_rows);

#endif
