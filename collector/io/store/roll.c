/* roll.c - raw readings into hourly column chunks, in the roller's thread.
 *
 * A roll takes the raw rows up to the newest one it sees, in as many passes over them as its
 * memory asks for, and commits chunks marked with its number; they count from the moment the mark
 * `rolled` moves up to that number, in the same commit the raw rows stop counting. A crash before
 * leaves marked chunks and a crash after it raw rows; the next roll deletes either. Then come the hourly figures of the days touched, and what is too old goes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/day.h"
#include "collector/io/store/roll.h"

enum { BATCH_BYTES = 1 << 20, ZSTD_LEVEL = 3, MS_PER_HOUR = 3600000 };

struct touched {
	int64_t device, day;
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
	struct touched *touched;
	size_t n_touched;
	int64_t device; /* of the walk */
	uint64_t rows;
};

static int flush(struct roller *x)
{
	int r = 0;

	if (x->batch != NULL && x->batch->n > 0)
		r = x->commit(x->arg, x->batch);
	store_batch_free(x->batch);
	x->batch = NULL;
	return r;
}

/* Room for a row with `len` bytes; full batches go to the disk first. */
static int row(struct roller *x, enum op_kind kind, size_t len, struct op **ret)
{
	if (x->batch != NULL && store_batch_bytes(x->batch) + len > BATCH_BYTES) {
		int r = flush(x);
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

static int mark(struct roller *x, int64_t device, int64_t day)
{
	struct touched *t = x->touched;
	size_t n = x->n_touched;

	if (n > 0 && t[n - 1].device == device && t[n - 1].day == day)
		return 0;
	if ((n & (n - 1)) == 0) {
		t = realloc(t, (n == 0 ? 1 : n * 2) * sizeof *t);
		if (t == NULL)
			return -ENOMEM;
		x->touched = t;
	}
	t[n] = (struct touched){ device, day };
	x->n_touched++;
	return 0;
}

/* Compress `plain`, which is freed, and put it as a row with the numbers i. */
static int put_body(struct roller *x, enum op_kind kind, const int64_t i[4], uint8_t *plain,
		    size_t len)
{
	uint8_t *body = NULL;
	size_t body_len = 0;
	struct op *op;
	int r = body_deflate(x->zstd, plain, len, &body, &body_len);

	free(plain);
	if (r == 0)
		r = row(x, kind, body_len, &op);
	if (r == 0) {
		memcpy(op->i, i, 4 * sizeof *i);
		batch_put(x->batch, op, 0, body, body_len);
	}
	free(body);
	return r;
}

/* visit_fn: an hour of a device's raw rows */
static int put_chunk(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	struct roller *x = arg;
	uint8_t *plain;
	size_t len;
	int r = chunk_pack(c, &plain, &len);

	if (r < 0)
		return r;
	x->rows += c->n_rows;
	r = put_body(x, OP_CHUNK, (int64_t[]){ x->device, hour, x->upto, shape->id }, plain, len);
	return r == 0 ? mark(x, x->device, hour / 24) : r;
}

static int roll_devices(struct roller *x, const struct raw_set *raw)
{
	int r = 0;

	for (size_t i = 0; i < raw->n && r == 0;) {
		int64_t device = raw->items[i].shape->device;
		struct walk_span span = { .device = device, .until_ds = INT64_MAX, .rolled = -1 };

		x->device = device;
		r = device_walk(x->reader, &x->shapes, raw, &span, put_chunk, x);
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
	int r = row(x, OP_ROLLED, 0, &op);

	if (r == 0) {
		op->i[0] = x->upto;
		r = flush(x);
	}
	return r;
}

/* visit_fn */
static int sum_up(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	return day_add(arg, shape, hour, c);
}

static int put_day(struct roller *x, const struct touched *t)
{
	struct walk_span span = { .device = t->device,
				  .from_ds = t->day * DS_PER_DAY,
				  .until_ds = (t->day + 1) * DS_PER_DAY,
				  .rolled = x->upto };
	struct day d = { 0 };
	uint8_t *plain;
	size_t len;
	int r = device_walk(x->reader, &x->shapes, NULL, &span, sum_up, &d);

	if (r == 0)
		r = day_pack(&d, &plain, &len);
	day_fini(&d);
	if (r < 0)
		return r;
	return put_body(x, OP_DAY, (int64_t[]){ t->device, t->day, x->upto, 0 }, plain, len);
}

static int put_days(struct roller *x)
{
	int r = 0;

	for (size_t i = 0; i < x->n_touched && r == 0; i++)
		r = put_day(x, &x->touched[i]);
	return r == 0 ? flush(x) : r;
}

/* Slice by slice, so that no commit of the loop waits long. */
static int purge_raw(struct roller *x, int64_t upto)
{
	struct op *op;
	int r = 0;

	while (r == 0 && sql_number(x->reader->db, "SELECT min(id) FROM raw", INT64_MAX) <= upto) {
		r = row(x, OP_PURGE_RAW, 0, &op);
		if (r == 0) {
			op->i[0] = upto;
			r = flush(x);
		}
	}
	return r;
}

static int64_t too_old(int64_t now_ms, int64_t keep_ms, int64_t unit_ms)
{
	return keep_ms > 0 ? (now_ms - keep_ms) / unit_ms : INT64_MIN;
}

static int purge_old(struct roller *x)
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
		r = row(x, OP_PURGE_OLD, 0, &op);
		if (r == 0) {
			op->i[0] = last;
			op->i[1] = hour;
			op->i[2] = day;
		}
	}
	return r == 0 ? flush(x) : r;
}

/* Chunks of a roll that was cut short are not part of the history. */
static int unroll(struct roller *x)
{
	struct op *op;
	int r = row(x, OP_UNROLL, 0, &op);

	return r == 0 ? flush(x) : r;
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
			r = put_days(x);
		if (r == 0)
			r = purge_raw(x, x->upto);
	}
	return r == 0 ? purge_old(x) : r;
}

int roll(struct store_reader *r, const struct roll_options *o, roll_commit_fn *commit, void *arg,
	 uint64_t *ret_rows)
{
	struct roller x = { .reader = r, .o = o, .commit = commit, .arg = arg };
	int e = -ENOMEM;

	x.zstd = ZSTD_createCCtx();
	if (x.zstd != NULL) {
		(void)ZSTD_CCtx_setParameter(x.zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		(void)ZSTD_CCtx_setParameter(x.zstd, ZSTD_c_checksumFlag, 0);
		e = roll_all(&x);
	}
	store_batch_free(x.batch);
	shapes_fini(&x.shapes);
	free(x.touched);
	(void)ZSTD_freeCCtx(x.zstd);
	if (e == 0)
		*ret_rows = x.rows;
	return e;
}
