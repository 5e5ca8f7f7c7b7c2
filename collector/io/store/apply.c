/* apply.c - a batch as SQL, in the writer's thread, inside its transaction. One function a
 * kind of row, one prepared statement each. The first error ends it; the writer rolls back. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/apply_priv.h"
#include "collector/io/store/names.h"
#include "collector/io/store/shape.h"

enum { KEEP_QUARANTINE = 1000 };

/* Shapes outlive roll-backs and stores: a number that no other apply has ever used. */
static _Atomic uint64_t epochs;

static const char *const sql[ST_END] = {
	[ST_RAW] = "INSERT INTO raw(time, body, id) VALUES(?,?,?)",
	[ST_SHAPE_FIND] = "SELECT id, columns FROM shape WHERE device = ?",
	[ST_SHAPE_ADD] = "INSERT INTO shape(device, columns) VALUES(?,?)",
	[ST_NAME_FIND] = "SELECT id FROM name WHERE text = ?",
	[ST_NAME_ADD] = "INSERT INTO name(text) VALUES(?)",
	[ST_RANGES] = "INSERT INTO ranges(agent, boot, offset_ms, body, changed_ms) "
		      "VALUES(?,?,?,?,?) ON CONFLICT(agent, boot) DO UPDATE SET "
		      "offset_ms = excluded.offset_ms, body = excluded.body, "
		      "changed_ms = excluded.changed_ms",
	[ST_OUTBOX_ROW] =
		"INSERT INTO outbox(key, due_ms, done_ms, attempts, changed_ms, json, error) "
		"VALUES(?,?,?,?,?,?,?)",
	[ST_HEAD] = "INSERT INTO head(n, wall_ms, hash, public_key, signature) VALUES(?,?,?,?,?)",
	[ST_HOLE] = "INSERT INTO hole(agent, boot, first, last, wall_ms) VALUES(?,?,?,?,?)",
	[ST_RECORD] = "INSERT INTO record(n, wall_ms, span, type, kind, entity, state, since_ms, "
		      "until_ms, body, hash) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
	[ST_WATCHED] = "INSERT INTO watched(kind, entity, top_ms, heal_ms) VALUES(?1,?2,?3,?4) "
		       "ON CONFLICT(kind, entity) DO UPDATE SET "
		       "reach_ms = max(reach_ms, coalesce(top_ms - ?3, 0)), "
		       "top_ms = max(coalesce(top_ms, ?3), coalesce(?3, top_ms)), "
		       "heal_ms = max(heal_ms, ?4)",
	[ST_BLOB_SET] = "INSERT INTO blob(key, value) VALUES(?,?) "
			"ON CONFLICT(key) DO UPDATE SET value = excluded.value",
	[ST_BLOB_DROP] = "DELETE FROM blob WHERE key = ?",
	[ST_QUARANTINE] = "INSERT INTO quarantine(wall_ms, full_len, topic, reason, body) "
			  "VALUES(?,?,?,?,?)",
	[ST_QUARANTINE_TRIM] = "DELETE FROM quarantine WHERE id <= ?",
	[ST_OUTBOX_ADD] = "INSERT INTO outbox(key, due_ms, json, changed_ms) VALUES(?1,?2,?3,?5) "
			  "ON CONFLICT(key) DO NOTHING",
	[ST_OUTBOX_DONE] = "UPDATE outbox SET done_ms = ?2, attempts = attempts + 1, error = NULL, "
			   "changed_ms = ?5 WHERE key = ?1 AND done_ms = 0",
	[ST_OUTBOX_FAILED] = "UPDATE outbox SET due_ms = ?2, attempts = attempts + 1, error = ?4, "
			     "json = coalesce(?3, json), changed_ms = ?5 "
			     "WHERE key = ?1 AND done_ms = 0",
	[ST_CHUNK] = "INSERT INTO chunk(device, hour, roll, shape, hours, body) "
		     "VALUES(?,?,?,?,?,?)",
	[ST_DAY] =
		"INSERT INTO day(device, day, roll, body) VALUES(?,?,?,?) "
		"ON CONFLICT(device, day) DO UPDATE SET roll = excluded.roll, body = excluded.body",
	[ST_UNROLL] = "DELETE FROM chunk WHERE id > "
		      "coalesce((SELECT value FROM meta WHERE key = 'chunks'), 0)",
	[ST_ROLLED] = "INSERT INTO meta(key, value) VALUES('rolled', ?), "
		      "('chunks', (SELECT coalesce(max(id), 0) FROM chunk)) "
		      "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
	[ST_PURGE_RAW] = "DELETE FROM raw WHERE id <= ? AND id IN "
			 "(SELECT id FROM raw ORDER BY id LIMIT 2000)",
	[ST_JOIN] = "DELETE FROM chunk WHERE device = ?1 AND hour >= ?2 * 24 AND "
		    "hour < (?2 + 1) * 24 AND roll <= ?3",
	[ST_JOINED] = "INSERT INTO meta(key, value) VALUES('chunks', "
		      "(SELECT coalesce(max(id), 0) FROM chunk)) "
		      "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
	[ST_PURGE_CHUNKS] = "DELETE FROM chunk WHERE device = ?1 AND hour < ?2 AND "
			    "hour + hours <= ?2",
	[ST_PURGE_DAYS] = "DELETE FROM day WHERE device = ? AND day < ?",
	/* sent, or given up */
	[ST_PURGE_OUTBOX] = "DELETE FROM outbox WHERE changed_ms < ? AND "
			    "(done_ms > 0 OR due_ms = 9223372036854775807)",
	[ST_FORGET_RANGES] = "DELETE FROM ranges WHERE agent = (SELECT id FROM name WHERE "
			     "text = ?1) AND boot = ?2 AND changed_ms < ?3",
	[ST_FORGET_LAYOUTS] = "DELETE FROM blob WHERE key >= ?1 || '/' AND key < ?1 || '0'",
};

sqlite3_stmt *apply_begin(struct apply *a, enum stmt which)
{
	return a->stmts[which];
}

int apply_run(sqlite3_stmt *st)
{
	int r = sql_error(sqlite3_step(st));

	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return r;
}

void apply_bind_bytes(sqlite3_stmt *st, int at, const void *buf, size_t len)
{
	(void)sqlite3_bind_blob64(st, at, buf, len, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *st, int at, const struct store_batch *b, const struct op *op,
		      int slot)
{
	if (op->null[slot])
		(void)sqlite3_bind_null(st, at);
	else
		(void)sqlite3_bind_text64(st, at, op_bytes(b, op, slot), op->len[slot],
					  SQLITE_STATIC, SQLITE_UTF8);
}

/* ---- names and shapes ---- */

int apply_intern(struct apply *a, const char *text, int64_t *ret)
{
	sqlite3_stmt *st = apply_begin(a, ST_NAME_FIND);
	int64_t id = name_map_get(a->names, text);

	if (id == 0) {
		(void)sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
		int rc = sqlite3_step(st);
		id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
		(void)sqlite3_reset(st);
		if (sql_error(rc) < 0)
			return sql_error(rc);
		if (id == 0) {
			st = apply_begin(a, ST_NAME_ADD);
			(void)sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
			int r = apply_run(st);
			if (r < 0)
				return r;
			id = sqlite3_last_insert_rowid(a->db);
		}
		name_map_set(a->names, text, id);
	}
	*ret = id;
	return 0;
}

static int find_shape(struct apply *a, int64_t device, const uint8_t *columns, size_t len,
		      int64_t *ret)
{
	sqlite3_stmt *st = apply_begin(a, ST_SHAPE_FIND);
	int rc;

	*ret = 0;
	(void)sqlite3_bind_int64(st, 1, device);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if ((size_t)sqlite3_column_bytes(st, 1) == len &&
		    (len == 0 || memcmp(sqlite3_column_blob(st, 1), columns, len) == 0)) {
			*ret = sqlite3_column_int64(st, 0);
			break;
		}
	}
	(void)sqlite3_reset(st);
	return sql_error(rc);
}

static int settle_shape(struct apply *a, struct store_shape *sh)
{
	uint8_t *columns = NULL;
	size_t len = 0;
	int64_t device = 0, id = 0;

	if (sh->epoch == a->epoch)
		return 0;
	int r = apply_intern(a, sh->device, &device);
	if (r < 0)
		return r;
	r = columns_pack(sh, &columns, &len);
	if (r < 0)
		return r;
	r = find_shape(a, device, columns, len, &id);
	if (r == 0 && id == 0) {
		sqlite3_stmt *st = apply_begin(a, ST_SHAPE_ADD);
		(void)sqlite3_bind_int64(st, 1, device);
		apply_bind_bytes(st, 2, columns, len);
		r = apply_run(st);
		id = sqlite3_last_insert_rowid(a->db);
	}
	free(columns);
	if (r == 0) {
		sh->id = id;
		sh->epoch = a->epoch;
	}
	return r;
}

static int put_shape(struct apply *a, const struct store_batch *b, const struct op *op)
{
	(void)b;
	return settle_shape(a, op->shape);
}

/* ---- readings: several in one row ---- */

static int flush_raw(struct apply *a)
{
	if (a->raw_len == 0)
		return 0;
	sqlite3_stmt *st = apply_begin(a, ST_RAW);
	(void)sqlite3_bind_int64(st, 1, a->raw_time_ds);
	apply_bind_bytes(st, 2, a->raw, a->raw_len);
	(void)sqlite3_bind_int64(st, 3, ++a->raw_id);
	a->raw_len = 0;
	return apply_run(st);
}

static size_t item_head(uint8_t *buf, const struct apply *a, const struct op *op)
{
	size_t n = varint_put(buf, (uint64_t)op->shape->id);

	n += varint_put(buf + n, zigzag(op->i[0] - a->raw_time_ds));
	n += varint_put(buf + n, (uint64_t)op->i[1]);
	return n + varint_put(buf + n, op->len[0]);
}

/* A reading that fills a row by itself. */
static int put_large(struct apply *a, const struct store_batch *b, const struct op *op)
{
	uint8_t *buf = malloc(op->len[0] + 40);

	if (buf == NULL)
		return -ENOMEM;
	a->raw_time_ds = op->i[0];
	size_t n = item_head(buf, a, op);
	memcpy(buf + n, op_bytes(b, op, 0), op->len[0]);
	sqlite3_stmt *st = apply_begin(a, ST_RAW);
	(void)sqlite3_bind_int64(st, 1, a->raw_time_ds);
	apply_bind_bytes(st, 2, buf, n + op->len[0]);
	(void)sqlite3_bind_int64(st, 3, ++a->raw_id);
	int r = apply_run(st);
	free(buf);
	return r;
}

static int put_reading(struct apply *a, const struct store_batch *b, const struct op *op)
{
	int r = settle_shape(a, op->shape);

	if (r < 0)
		return r;
	a->readings++;
	if (a->raw_len + op->len[0] + 40 > RAW_ROW_BYTES) {
		r = flush_raw(a);
		if (r < 0)
			return r;
	}
	if (op->len[0] + 40 > RAW_ROW_BYTES)
		return put_large(a, b, op);
	if (a->raw_len == 0)
		a->raw_time_ds = op->i[0];
	a->raw_len += item_head(a->raw + a->raw_len, a, op);
	memcpy(a->raw + a->raw_len, op_bytes(b, op, 0), op->len[0]);
	a->raw_len += op->len[0];
	return 0;
}

/* ---- rows of the loop ---- */

static int put_ranges(struct apply *a, const struct store_batch *b, const struct op *op)
{
	int64_t agent;
	int r = apply_intern(a, op_bytes(b, op, 0), &agent);

	if (r < 0)
		return r;
	sqlite3_stmt *st = apply_begin(a, ST_RANGES);
	(void)sqlite3_bind_int64(st, 1, agent);
	(void)sqlite3_bind_int64(st, 2, op->i[0]);
	(void)sqlite3_bind_int64(st, 3, op->i[1]);
	apply_bind_bytes(st, 4, b->bytes + op->at[1], op->len[1]);
	(void)sqlite3_bind_int64(st, 5, op->i[2] > 0 ? op->i[2] : a->now_ms);
	return apply_run(st);
}

static int put_hole(struct apply *a, const struct store_batch *b, const struct op *op)
{
	int64_t agent;
	int r = apply_intern(a, op_bytes(b, op, 0), &agent);

	if (r < 0)
		return r;
	sqlite3_stmt *st = apply_begin(a, ST_HOLE);
	(void)sqlite3_bind_int64(st, 1, agent);
	for (int i = 0; i < 4; i++)
		(void)sqlite3_bind_int64(st, 2 + i, op->i[i]);
	return apply_run(st);
}

/* What a look at a span must know of what was said late. */
static int watch(struct apply *a, const struct link *l, int64_t entity)
{
	sqlite3_stmt *st = apply_begin(a, ST_WATCHED);

	(void)sqlite3_bind_int64(st, 1, l->kind);
	(void)sqlite3_bind_int64(st, 2, entity);
	if (l->span == SPAN_STATE)
		(void)sqlite3_bind_int64(st, 3, l->since_ms);
	(void)sqlite3_bind_int64(st, 4, l->span == SPAN_HEALED ? l->until_ms - l->since_ms : 0);
	return apply_run(st);
}

static int put_link(struct apply *a, const struct store_batch *b, const struct op *op)
{
	struct link l = { .n = a->chain.n + 1,
			  .wall_ms = op->i[0],
			  .span = op->i[1] & 0xff,
			  .kind = op->i[1] >> 8 & 0xff,
			  .state = op->i[1] >> 16,
			  .since_ms = op->i[2],
			  .until_ms = op->i[3],
			  .type = op_bytes(b, op, 0),
			  .entity = op_bytes(b, op, 1),
			  .body = op_bytes(b, op, 2) };
	uint8_t hash[HASH_BYTES];
	int64_t entity;
	int r = apply_intern(a, l.entity, &entity);

	if (r == 0 && l.span != SPAN_EVENT)
		r = watch(a, &l, entity);
	if (r < 0)
		return r;
	chain_hash(hash, a->chain.hash, &l);
	sqlite3_stmt *st = apply_begin(a, ST_RECORD);
	(void)sqlite3_bind_int64(st, 1, l.n);
	(void)sqlite3_bind_int64(st, 2, l.wall_ms);
	(void)sqlite3_bind_int64(st, 3, l.span);
	bind_text(st, 4, b, op, 0);
	(void)sqlite3_bind_int64(st, 5, l.kind);
	(void)sqlite3_bind_int64(st, 6, entity);
	(void)sqlite3_bind_int64(st, 7, l.state);
	(void)sqlite3_bind_int64(st, 8, l.since_ms);
	(void)sqlite3_bind_int64(st, 9, l.until_ms);
	bind_text(st, 10, b, op, 2);
	apply_bind_bytes(st, 11, hash, sizeof hash);
	r = apply_run(st);
	if (r == 0) {
		a->chain.n = l.n;
		memcpy(a->chain.hash, hash, sizeof hash);
	}
	return r;
}

static int put_blob(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, op->null[1] ? ST_BLOB_DROP : ST_BLOB_SET);

	bind_text(st, 1, b, op, 0);
	if (!op->null[1])
		apply_bind_bytes(st, 2, b->bytes + op->at[1], op->len[1]);
	return apply_run(st);
}

static int put_quarantine(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_QUARANTINE);

	(void)sqlite3_bind_int64(st, 1, op->i[0]);
	(void)sqlite3_bind_int64(st, 2, op->i[1]);
	bind_text(st, 3, b, op, 0);
	bind_text(st, 4, b, op, 1);
	apply_bind_bytes(st, 5, op_bytes(b, op, 2), op->len[2]);
	int r = apply_run(st);
	int64_t id = sqlite3_last_insert_rowid(a->db);
	if (r < 0 || id <= KEEP_QUARANTINE)
		return r;
	st = apply_begin(a, ST_QUARANTINE_TRIM);
	(void)sqlite3_bind_int64(st, 1, id - KEEP_QUARANTINE);
	return apply_run(st);
}

static int put_outbox(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, op->kind == OP_OUTBOX_ADD    ? ST_OUTBOX_ADD
					  : op->kind == OP_OUTBOX_DONE ? ST_OUTBOX_DONE
								       : ST_OUTBOX_FAILED);

	bind_text(st, 1, b, op, 0);
	(void)sqlite3_bind_int64(st, 2, op->i[0]);
	bind_text(st, 3, b, op, 1);
	bind_text(st, 4, b, op, 2);
	(void)sqlite3_bind_int64(st, 5, a->now_ms);
	return apply_run(st);
}

static int put_outbox_row(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_OUTBOX_ROW);

	bind_text(st, 1, b, op, 0);
	for (int i = 0; i < 4; i++)
		(void)sqlite3_bind_int64(st, 2 + i, op->i[i]);
	bind_text(st, 6, b, op, 1);
	bind_text(st, 7, b, op, 2);
	return apply_run(st);
}

static int put_head(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_HEAD);

	for (int i = 0; i < 2; i++)
		(void)sqlite3_bind_int64(st, 1 + i, op->i[i]);
	for (int i = 0; i < 3; i++)
		apply_bind_bytes(st, 3 + i, op_bytes(b, op, i), op->len[i]);
	return apply_run(st);
}

static put_fn *const puts_by_kind[OP_KINDS] = {
	[OP_READING] = put_reading,
	[OP_RANGES] = put_ranges,
	[OP_HOLE] = put_hole,
	[OP_STATE] = put_link,
	[OP_BLOB] = put_blob,
	[OP_QUARANTINE] = put_quarantine,
	[OP_OUTBOX_ADD] = put_outbox,
	[OP_OUTBOX_DONE] = put_outbox,
	[OP_OUTBOX_FAILED] = put_outbox,
	[OP_OUTBOX_ROW] = put_outbox_row,
	[OP_HEAD] = put_head,
	[OP_SHAPE] = put_shape,
	[OP_CHUNK] = apply_chunk,
	[OP_DAY] = apply_day,
	[OP_UNROLL] = apply_unroll,
	[OP_ROLLED] = apply_rolled,
	[OP_JOIN] = apply_join,
	[OP_JOINED] = apply_joined,
	[OP_SHRINK] = apply_shrink,
	[OP_PURGE_RAW] = apply_purge_raw,
	[OP_PURGE_OLD] = apply_purge_old,
	[OP_PURGE_OUTBOX] = apply_purge_outbox,
	[OP_FORGET_BOOT] = apply_forget_boot,
};

int apply_batch(struct apply *a, const struct store_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		assert((unsigned)b->ops[i].kind < OP_KINDS);
		int r = puts_by_kind[b->ops[i].kind](a, b, &b->ops[i]);
		if (r < 0)
			return r;
	}
	return flush_raw(a);
}

void apply_forget(struct apply *a)
{
	a->epoch = ++epochs;
	a->raw_len = 0;
	name_map_clear(a->names);
	(void)chain_load(&a->chain, a->db);
}

int apply_open(struct apply **ret, sqlite3 *db, const char *key_path)
{
	struct apply *a = calloc(1, sizeof *a);
	int r = -ENOMEM;

	if (a == NULL)
		return r;
	a->db = db;
	a->raw_id = sql_number(db, "SELECT max(id) FROM raw", rolled_upto(db));
	a->epoch = ++epochs;
	a->stmts = calloc(ST_END, sizeof *a->stmts);
	if (a->stmts == NULL || name_map_new(&a->names) < 0)
		goto fail;
	r = key_path != NULL ? chain_keys(&a->chain, key_path) : 0;
	if (r == 0)
		r = chain_load(&a->chain, db);
	for (size_t i = 0; i < ST_END && r == 0; i++)
		r = sql_error(sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
						 &a->stmts[i], NULL));
	if (r < 0)
		goto fail;
	*ret = a;
	return 0;
fail:
	apply_close(&a);
	return r;
}

void apply_close(struct apply **ap)
{
	struct apply *a = *ap;

	if (a == NULL)
		return;
	for (size_t i = 0; a->stmts != NULL && i < ST_END; i++)
		(void)sqlite3_finalize(a->stmts[i]);
	free(a->stmts);
	name_map_free(a->names);
	sodium_memzero(&a->chain, sizeof a->chain);
	free(a);
	*ap = NULL;
}
