/* roll.c - raw readings into hourly column chunks, and those into chunks of days, in the roller's
 * thread.
 *
 * A roll takes the raw rows up to the newest one it sees, in as many passes over them as its
 * memory asks for, and commits chunks marked with its number; they count from the moment the mark
 * `rolled` moves up to that number, in the same commit the raw rows stop counting. A crash before
 * leaves marked chunks and a crash after it raw rows; the next roll deletes either. Then come the
 * hourly figures of the days touched. Days that are over and that no backlog is filling have their
 * chunks joined, each day of a device in one commit; what is too old goes, and pages that stay
 * empty are given back to the file system. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/roller.h"

enum {
	ZSTD_HOURS = 3, /* written 24 times until the day is over */
	ZSTD_DAYS = 9,
	MS_PER_HOUR = 3600000,
	SHRINK_PAGES = 256, /* a commit */
};

int roller_flush(struct roller *x)
{
	int r = 0;

	if (x->batch != NULL && x->batch->n > 0)
		r = x->commit(x->arg, x->batch);
	store_batch_free(x->batch);
	x->batch = NULL;
	return r;
}

int roller_row(struct roller *x, enum op_kind kind, size_t len, struct op **ret)
{
	if (x->batch != NULL && !x->whole && store_batch_bytes(x->batch) + len > ROLL_BATCH_BYTES) {
		int r = roller_flush(x);
		if (r < 0)
			return r;
	}
	if (x->batch == NULL)
		x->batch = store_batch_new(NULL);
	if (x->batch == NULL)
		return -ENOMEM;
	*ret = batch_op(x->batch, kind, len);
	return *ret != NULL ? 0 : -ENOMEM;
}

int touched_add(struct touched_list *l, const struct touched *t)
{
	if ((l->n & (l->n - 1)) == 0) { /* room is a power of two */
		struct touched *p = realloc(l->list, (l->n == 0 ? 1 : l->n * 2) * sizeof *p);
		if (p == NULL)
			return -ENOMEM;
		l->list = p;
	}
	l->list[l->n++] = *t;
	return 0;
}

/* A device's hours come in order, and in one pass. */
static int mark(struct roller *x, int64_t hour)
{
	struct touched_list *l = &x->touched;
	struct touched t = { x->device, hour / 24, x->upto, 1u << hour % 24 };

	if (l->n == 0 || l->list[l->n - 1].device != t.device || l->list[l->n - 1].day != t.day)
		return touched_add(l, &t);
	l->list[l->n - 1].hours |= t.hours;
	return 0;
}

int roller_put_body(struct roller *x, enum op_kind kind, const int64_t i[5], struct plain *p)
{
	uint8_t *body = NULL;
	size_t body_len = 0;
	struct op *op;
	int r = body_deflate(x->zstd, p->bytes, p->len, p->cuts, p->n_cuts, &body, &body_len);

	free(p->bytes);
	free(p->cuts);
	if (r == 0)
		r = roller_row(x, kind, body_len, &op);
	if (r == 0) {
		memcpy(op->i, i, 5 * sizeof *i);
		batch_put(x->batch, op, 0, body, body_len);
	}
	free(body);
	return r;
}

int roller_put_chunk(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	struct roller *x = arg;
	struct plain p = { .n_cuts = c->n_columns };
	int r = -ENOMEM;

	p.cuts = calloc(c->n_columns + 1, sizeof *p.cuts);
	if (p.cuts != NULL)
		r = chunk_pack(c, &p.bytes, &p.len, p.cuts);
	if (r < 0) {
		free(p.cuts);
		return r;
	}
	(void)ZSTD_CCtx_setParameter(x->zstd, ZSTD_c_compressionLevel,
				     x->hours > 1 ? ZSTD_DAYS : ZSTD_HOURS);
	r = roller_put_body(x, OP_CHUNK,
			    (int64_t[]){ x->device, hour, x->roll, shape->id, x->hours }, &p);
	return r == 0 && x->hours == 1 ? mark(x, hour) : r;
}

/* visit_fn */
static int put_hour(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	struct roller *x = arg;

	x->rows += c->n_rows;
	return roller_put_chunk(x, shape, hour, c);
}

static int roll_devices(struct roller *x, const struct raw_set *raw)
{
	int r = 0;

	for (size_t i = 0; i < raw->n && r == 0;) {
		int64_t device = raw->items[i].shape->device;
		struct walk_span span = { .device = device, .until_ds = INT64_MAX, .rolled = -1 };

		x->device = device;
		r = device_walk(x->reader, &x->shapes, raw, &span, put_hour, x);
		while (i < raw->n && raw->items[i].shape->device == device)
			i++;
	}
	return r;
}

static int roll_passes(struct roller *x)
{
	int64_t bytes = sql_number(x->reader->db,
				   "SELECT sum(length(body)) FROM raw WHERE id > "
				   "coalesce((SELECT value FROM meta WHERE key = 'rolled'), 0)",
				   0);
	/* a kept reading takes about three times its bytes in the row */
	unsigned parts = (unsigned)((uint64_t)bytes * 3 / x->o->pass_bytes) + 1;
	int r = 0;

	x->roll = x->upto;
	x->hours = 1;
	for (unsigned p = 0; p < parts && r == 0; p++) {
		struct raw_filter f = { .after_id = x->from,
					.upto_id = x->upto,
					.until_ds = INT64_MAX,
					.part = p,
					.parts = parts };
		struct raw_set raw;

		r = raw_load(x->reader->db, &x->shapes, &f, &raw);
		if (r < 0)
			break;
		r = roll_devices(x, &raw);
		raw_fini(&raw);
	}
	return r;
}

static int move_mark(struct roller *x)
{
	struct op *op;
	int r = roller_row(x, OP_ROLLED, 0, &op);

	if (r == 0) {
		op->i[0] = x->upto;
		r = roller_flush(x);
	}
	return r;
}

/* ---- what goes ---- */

/* Pages that no row needs: a sixteenth of the file is left for the next hour. */
static int shrink(struct roller *x)
{
	sqlite3 *db = x->reader->db;
	struct op *op;
	int r = 0;

	if (sql_number(db, "PRAGMA auto_vacuum", 0) != 2)
		return 0;
	while (r == 0) {
		int64_t spare = sql_number(db, "PRAGMA freelist_count", 0) -
				sql_number(db, "PRAGMA page_count", 0) / 16;
		if (spare <= 0)
			break;
		r = roller_row(x, OP_SHRINK, 0, &op);
		if (r == 0) {
			op->i[0] = spare < SHRINK_PAGES ? spare : SHRINK_PAGES;
			r = roller_flush(x);
		}
	}
	return r;
}

/* Slice by slice, so that no commit of the loop waits long. */
static int purge_raw(struct roller *x, int64_t upto)
{
	struct op *op;
	int r = 0;

	while (r == 0 && sql_number(x->reader->db, "SELECT min(id) FROM raw", INT64_MAX) <= upto) {
		r = roller_row(x, OP_PURGE_RAW, 0, &op);
		if (r == 0) {
			op->i[0] = upto;
			r = roller_flush(x);
		}
	}
	return r;
}

static int64_t too_old(int64_t now_ms, int64_t keep_ms, int64_t unit_ms)
{
	return keep_ms > 0 ? (now_ms - keep_ms) / unit_ms : INT64_MIN;
}

static int purge_readings(struct roller *x)
{
	int64_t hour = too_old(x->o->now_ms, x->o->keep_readings_ms, MS_PER_HOUR);
	int64_t day = too_old(x->o->now_ms, x->o->keep_hourly_ms, 24 * MS_PER_HOUR), last = 0;
	struct op *op;
	int r = 0;

	if (hour == INT64_MIN && day == INT64_MIN)
		return 0;
	for (size_t i = 0; i < x->shapes.n && r == 0; i++) {
		if (x->shapes.rows[i].device == last)
			continue;
		last = x->shapes.rows[i].device;
		r = roller_row(x, OP_PURGE_OLD, 0, &op);
		if (r == 0) {
			op->i[0] = last;
			op->i[1] = hour;
			op->i[2] = day;
		}
	}
	return r;
}

static int purge_outbox(struct roller *x)
{
	struct op *op;

	if (x->o->keep_outbox_ms <= 0)
		return 0;
	int r = roller_row(x, OP_PURGE_OUTBOX, 0, &op);
	if (r == 0)
		op->i[0] = x->o->now_ms - x->o->keep_outbox_ms;
	return r;
}

static int forget_boot(struct roller *x, const char *agent, int64_t boot, int64_t before_ms)
{
	struct op *op;
	int r = roller_row(x, OP_FORGET_BOOT, strlen(agent) + 1, &op);

	if (r == 0) {
		op->i[0] = boot;
		op->i[1] = before_ms;
		batch_text(x->batch, op, 0, agent);
	}
	return r;
}

/* Boots that nothing was heard of for so long, when the agent was heard since. */
static int purge_ranges(struct roller *x)
{
	int64_t before_ms = x->o->now_ms - x->o->keep_ranges_ms;
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;

	if (x->o->keep_ranges_ms <= 0)
		return 0;
	int r = sql_error(sqlite3_prepare_v2(
		x->reader->db,
		"SELECT text, boot FROM ranges AS r JOIN name ON name.id = agent WHERE "
		"changed_ms < ?1 AND changed_ms < (SELECT max(changed_ms) FROM ranges WHERE "
		"agent = r.agent)",
		-1, &st, NULL));
	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(st, 1, before_ms);
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		r = forget_boot(x, (const char *)sqlite3_column_text(st, 0),
				sqlite3_column_int64(st, 1), before_ms);
	if (r == 0)
		r = sql_error(rc);
	(void)sqlite3_finalize(st);
	return r;
}

static int purge_old(struct roller *x)
{
	int r = purge_readings(x);

	if (r == 0)
		r = purge_outbox(x);
	if (r == 0)
		r = purge_ranges(x);
	return r == 0 ? roller_flush(x) : r;
}

/* Chunks of a roll that was cut short are not part of the history. */
static int unroll(struct roller *x)
{
	struct op *op;
	int r = roller_row(x, OP_UNROLL, 0, &op);

	return r == 0 ? roller_flush(x) : r;
}

static int roll_all(struct roller *x)
{
	x->from = rolled_upto(x->reader->db);
	x->upto = sql_number(x->reader->db, "SELECT max(id) FROM raw", x->from);
	int r = unroll(x);

	if (r == 0)
		r = purge_raw(x, x->from); /* what a crash left */
	if (r == 0)
		r = shapes_load(x->reader->db, 0, &x->shapes);
	if (r < 0)
		return r;
	if (x->upto > x->from) {
		r = roll_passes(x);
		if (r == 0)
			r = move_mark(x);
		if (r == 0)
			r = roller_put_days(x);
		if (r == 0)
			r = purge_raw(x, x->upto);
	}
	if (r == 0)
		r = roller_join_days(x);
	if (r == 0)
		r = purge_old(x);
	return r == 0 ? shrink(x) : r;
}

static int prepare(struct roller *x)
{
	sqlite3 *db = x->reader->db;
	int r = sql_error(sqlite3_prepare_v2(
		db, "SELECT roll, body FROM day WHERE device = ? AND day = ?", -1, &x->kept, NULL));

	if (r == 0)
		r = sql_error(sqlite3_prepare_v2(
			db,
			"SELECT max(roll) FROM chunk WHERE device = ?1 AND hour >= ?2 * 24 AND "
			"hour < (?2 + 1) * 24 AND roll < ?3",
			-1, &x->newest, NULL));
	return r;
}

int roll(struct store_reader *r, const struct roll_options *o, roll_commit_fn *commit, void *arg,
	 uint64_t *ret_rows)
{
	struct roller x = { .reader = r, .o = o, .commit = commit, .arg = arg };
	int e = -ENOMEM;

	x.zstd = ZSTD_createCCtx();
	if (x.zstd != NULL)
		e = prepare(&x);
	if (e == 0) {
		(void)ZSTD_CCtx_setParameter(x.zstd, ZSTD_c_checksumFlag, 0);
		e = roll_all(&x);
	}
	(void)sqlite3_finalize(x.kept);
	(void)sqlite3_finalize(x.newest);
	store_batch_free(x.batch);
	shapes_fini(&x.shapes);
	free(x.touched.list);
	(void)ZSTD_freeCCtx(x.zstd);
	if (e == 0)
		*ret_rows = x.rows;
	return e;
}
