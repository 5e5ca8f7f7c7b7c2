/* roll_days.c - days: their hourly figures, and their chunks of hours joined into one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/day.h"
#include "collector/io/store/roller.h"

enum { MS_PER_DAY = 86400000, JOINS_A_ROLL = 20000 /* days of devices; the next roll goes on */ };

/* ---- the hourly figures of days ---- */

struct figures {
	struct day day;
	uint32_t hours; /* that are to be summed up */
};

/* visit_fn */
static int sum_up(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	struct figures *f = arg;

	return (f->hours >> hour % 24 & 1) != 0 ? day_add(&f->day, shape, hour, c) : 0;
}

/* The newest roll of the chunks of a day before `before`; -1: there is none. */
static int64_t newest_roll(struct roller *x, int64_t device, int64_t day, int64_t before)
{
	int64_t roll = -1;

	(void)sqlite3_bind_int64(x->newest, 1, device);
	(void)sqlite3_bind_int64(x->newest, 2, day);
	(void)sqlite3_bind_int64(x->newest, 3, before);
	if (sqlite3_step(x->newest) == SQLITE_ROW &&
	    sqlite3_column_type(x->newest, 0) != SQLITE_NULL)
		roll = sqlite3_column_int64(x->newest, 0);
	(void)sqlite3_reset(x->newest);
	return roll;
}

/* What is kept of a day, when it holds all up to roll `at_least`. */
static bool kept_figures(struct roller *x, int64_t device, int64_t day, int64_t at_least,
			 struct day *ret)
{
	uint8_t *plain = NULL;
	size_t len = 0;
	bool good = false;

	(void)sqlite3_bind_int64(x->kept, 1, device);
	(void)sqlite3_bind_int64(x->kept, 2, day);
	if (sqlite3_step(x->kept) == SQLITE_ROW && sqlite3_column_int64(x->kept, 0) >= at_least)
		good = body_inflate(x->reader->zstd, sqlite3_column_blob(x->kept, 1),
				    (size_t)sqlite3_column_bytes(x->kept, 1), &plain, &len) == 0 &&
		       day_unpack(plain, len, day, ret) == 0;
	(void)sqlite3_reset(x->kept);
	free(plain);
	return good;
}

static void forget_hours(struct day *d, uint32_t hours)
{
	for (size_t i = 0; i < d->n; i++) {
		for (int h = 0; h < 24; h++) {
			if ((hours >> h & 1) != 0)
				memset(&d->columns[i].hours[h], 0, sizeof d->columns[i].hours[h]);
		}
	}
}

/* Only the hours touched are summed up again, when the others are known. */
static int put_day(struct roller *x, const struct touched *t)
{
	struct figures f = { .hours = t->hours };
	int64_t before = newest_roll(x, t->device, t->day, t->roll);
	struct plain p = { 0 };

	if (before >= 0 && kept_figures(x, t->device, t->day, before, &f.day))
		forget_hours(&f.day, f.hours);
	else if (before >= 0)
		f.hours = 0xffffff;
	int first = __builtin_ctz(f.hours), last = 31 - __builtin_clz(f.hours);
	struct walk_span span = { .device = t->device,
				  .from_ds = (t->day * 24 + first) * DS_PER_HOUR,
				  .until_ds = (t->day * 24 + last + 1) * DS_PER_HOUR,
				  .rolled = x->upto };
	int r = device_walk(x->reader, &x->shapes, NULL, &span, sum_up, &f);
	if (r == 0)
		r = day_pack(&f.day, &p.bytes, &p.len);
	day_fini(&f.day);
	if (r < 0)
		return r;
	return roller_put_body(x, OP_DAY, (int64_t[]){ t->device, t->day, t->roll, 0, 0 }, &p);
}

/* A day with a damaged chunk keeps its damage; the others go on. */
int roller_put_days(struct roller *x)
{
	int r = 0;

	for (size_t i = 0; i < x->touched.n && r == 0; i++) {
		r = put_day(x, &x->touched.list[i]);
		r = r == -EBADMSG ? 0 : r;
	}
	return r == 0 ? roller_flush(x) : r;
}

/* ---- chunks of hours into chunks of days ---- */

/* Days that are over, with hours that wait, and of which this roll had nothing. */
static int find_joins(struct roller *x, struct touched_list *ret)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	int r = sql_error(sqlite3_prepare_v2(
		x->reader->db,
		"SELECT device, hour / 24 AS d, max(roll) AS newest FROM chunk WHERE hours = 1 "
		"GROUP BY device, d HAVING d < ?1 AND newest <= ?2 LIMIT ?3",
		-1, &st, NULL));

	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(st, 1, x->o->now_ms / MS_PER_DAY);
	(void)sqlite3_bind_int64(st, 2, x->from);
	(void)sqlite3_bind_int64(st, 3, JOINS_A_ROLL);
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		r = touched_add(ret, &(struct touched){ sqlite3_column_int64(st, 0),
							sqlite3_column_int64(st, 1),
							sqlite3_column_int64(st, 2), 0xffffff });
	if (r == 0)
		r = sql_error(rc);
	(void)sqlite3_finalize(st);
	return r;
}

static int mark_row(struct roller *x, enum op_kind kind, const struct touched *t)
{
	struct op *op;
	int r = roller_row(x, kind, 0, &op);

	if (r == 0) {
		op->i[0] = t->device;
		op->i[1] = t->day;
		op->i[2] = t->roll;
	}
	return r;
}

static int put_joined(struct roller *x, const struct touched *t)
{
	struct walk_span span = { .device = t->device,
				  .from_ds = t->day * DS_PER_DAY,
				  .until_ds = (t->day + 1) * DS_PER_DAY,
				  .rolled = t->roll,
				  .by_day = true };
	int r = mark_row(x, OP_JOIN, t);

	x->device = t->device;
	x->roll = t->roll;
	if (r == 0)
		r = device_walk(x->reader, &x->shapes, NULL, &span, roller_put_chunk, x);
	return r == 0 ? mark_row(x, OP_JOINED, t) : r;
}

static int join_day(struct roller *x, const struct touched *t)
{
	struct day unused = { 0 };
	int r = 0;

	/* a crash came between the chunks and the figures: they are made up for while they can be */
	if (kept_figures(x, t->device, t->day, t->roll, &unused))
		day_fini(&unused);
	else
		r = put_day(x, t);
	if (r == 0 && x->batch != NULL && store_batch_bytes(x->batch) > ROLL_BATCH_BYTES / 2)
		r = roller_flush(x);
	if (r < 0)
		return r;
	size_t n = x->batch != NULL ? x->batch->n : 0;
	x->whole = true;
	r = put_joined(x, t);
	x->whole = false;
	if (r < 0 && x->batch != NULL)
		x->batch->n = n;
	return r;
}

int roller_join_days(struct roller *x)
{
	struct touched_list days = { 0 };
	int r = find_joins(x, &days);

	x->hours = 24;
	for (size_t i = 0; i < days.n && r == 0; i++) {
		r = join_day(x, &days.list[i]);
		r = r == -EBADMSG ? 0 : r;
	}
	free(days.list);
	return r == 0 ? roller_flush(x) : r;
}
