/* series.c - readings of a span: one metric raw or by the hour, or everything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/day.h"

enum { MS_PER_DAY = 86400000 };

/* A snapshot of one device (or all): what every look at readings begins with. */
struct look {
	struct store_reader *reader;
	struct shape_table shapes;
	struct raw_set raw;
	struct walk_span span;
};

static void look_close(struct look *l)
{
	raw_fini(&l->raw);
	shapes_fini(&l->shapes);
	(void)sql_exec(l->reader->db, "COMMIT");
}

static int64_t to_ds(int64_t ms)
{
	return ms / 100 + (ms % 100 > 0);
}

/* device NULL: all of them. 1: there is no such device. */
static int look_open(struct look *ret, struct store_reader *r, const char *device, int64_t from_ms,
		     int64_t until_ms)
{
	struct look l = { .reader = r };
	int e = sql_exec(r->db, "BEGIN");

	if (e < 0)
		return e;
	l.span = (struct walk_span){ .device = device != NULL ? name_id(r->db, device) : 0,
				     .from_ds = to_ds(from_ms),
				     .until_ds = to_ds(until_ms),
				     .rolled = rolled_upto(r->db) };
	struct raw_filter f = { .after_id = l.span.rolled,
				.upto_id = INT64_MAX,
				.from_ds = l.span.from_ds,
				.until_ds = l.span.until_ds };
	if (device != NULL && l.span.device == 0) {
		look_close(&l);
		return 1;
	}
	e = shapes_load(r->db, l.span.device, &l.shapes);
	if (e == 0)
		e = raw_load(r->db, &l.shapes, &f, &l.raw);
	if (e < 0) {
		look_close(&l);
		return e;
	}
	*ret = l;
	return 0;
}

/* ---- one metric, raw ---- */

struct point {
	int64_t time_ds;
	size_t order;
	uint8_t flags;
	struct store_value value;
};

/* The points of an hour: shapes come one after the other, times shall not. */
struct series_visit {
	const struct store_series *series;
	store_point_fn *fn;
	void *arg;
	int64_t hour;
	struct point *points;
	size_t n, cap;
};

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->time_ds != y->time_ds)
		return x->time_ds < y->time_ds ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int hand_out_hour(struct series_visit *v)
{
	bool sorted = true;
	int r = 0;

	for (size_t i = 1; i < v->n; i++)
		sorted &= v->points[i - 1].time_ds <= v->points[i].time_ds;
	if (!sorted)
		qsort(v->points, v->n, sizeof *v->points, by_time);
	for (size_t i = 0; i < v->n && r == 0; i++)
		r = v->fn(v->arg, v->points[i].time_ds * 100, v->points[i].flags,
			  &v->points[i].value);
	v->n = 0;
	return r;
}

static int keep_column(struct series_visit *v, const struct chunk *c, size_t column)
{
	if (v->n + c->n_rows > v->cap) {
		size_t cap = v->cap * 2 + c->n_rows;
		struct point *p = realloc(v->points, cap * sizeof *p);
		if (p == NULL)
			return -ENOMEM;
		v->points = p;
		v->cap = cap;
	}
	for (size_t k = 0; k < c->n_rows; k++) {
		v->points[v->n] = (struct point){ c->time_ds[k], v->n, c->flags[k],
						  c->values[k * c->n_columns + column] };
		v->n++;
	}
	return 0;
}

/* visit_fn */
static int visit_series(void *arg, const struct shape_row *shape, int64_t hour,
			const struct chunk *c)
{
	struct series_visit *v = arg;
	int r = hour != v->hour ? hand_out_hour(v) : 0;

	v->hour = hour;
	for (size_t i = 0; i < shape->n && r == 0; i++) {
		if (same_series(&shape->series[i], v->series))
			return keep_column(v, c, i);
	}
	return r;
}

int store_read_series(struct store_reader *r, const char *device, const struct store_series *s,
		      int64_t from_ms, int64_t until_ms, store_point_fn *fn, void *arg)
{
	struct series_visit v = { .series = s, .fn = fn, .arg = arg };
	struct look l;
	int e = look_open(&l, r, device, from_ms, until_ms);

	if (e != 0)
		return e < 0 ? e : 0;
	e = device_walk(r, &l.shapes, &l.raw, &l.span, visit_series, &v);
	if (e == 0)
		e = hand_out_hour(&v);
	free(v.points);
	look_close(&l);
	return e;
}

/* ---- one metric by the hour ---- */

struct hours {
	struct look look;
	const struct store_series *series;
	store_hour_fn *fn;
	void *arg;
	int64_t from_ms, until_ms;
	sqlite3_stmt *days, *newest; /* the kept figures; the newest roll of each day */
};

static int hand_out_day(struct hours *h, const struct day *d)
{
	const struct day_column *c = day_column(d, h->series);
	int r = 0;

	for (int i = 0; c != NULL && i < 24 && r == 0; i++) {
		const struct store_hour *x = &c->hours[i];

		if (x->n + x->n_unknown > 0 && x->hour_ms >= h->from_ms && x->hour_ms < h->until_ms)
			r = h->fn(h->arg, x);
	}
	return r;
}

/* visit_fn */
static int sum_up(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	return day_add(arg, shape, hour, c);
}

static int compute_day(struct hours *h, int64_t day, struct day *ret)
{
	struct walk_span span = { .device = h->look.span.device,
				  .from_ds = day * DS_PER_DAY,
				  .until_ds = (day + 1) * DS_PER_DAY,
				  .rolled = h->look.span.rolled };
	struct day d = { 0 };
	int r = device_walk(h->look.reader, &h->look.shapes, &h->look.raw, &span, sum_up, &d);

	if (r < 0)
		day_fini(&d);
	else
		*ret = d;
	return r;
}

/* The kept figures of the day when they hold all of it; 1: they do not. */
static int kept_day(struct hours *h, int64_t day, int64_t newest_roll, struct day *ret)
{
	uint8_t *plain = NULL;
	size_t len;
	int r = 1;

	(void)sqlite3_bind_int64(h->days, 1, h->look.span.device);
	(void)sqlite3_bind_int64(h->days, 2, day);
	if (sqlite3_step(h->days) == SQLITE_ROW &&
	    sqlite3_column_int64(h->days, 0) >= newest_roll) {
		r = body_inflate(h->look.reader->zstd, sqlite3_column_blob(h->days, 1),
				 (size_t)sqlite3_column_bytes(h->days, 1), &plain, &len);
		if (r == 0)
			r = day_unpack(plain, len, day, ret);
		free(plain);
	}
	(void)sqlite3_reset(h->days);
	return r;
}

static bool raw_has_day(const struct hours *h, int64_t day)
{
	const struct raw_set *raw = &h->look.raw;

	for (size_t i = 0; i < raw->n; i++) {
		if (raw->items[i].time_ds / DS_PER_DAY == day)
			return true;
	}
	return false;
}

/* The next day with anything in it at or after `day`, INT64_MAX: none. */
static int64_t next_day(struct hours *h, int64_t day, bool *chunk_there, int64_t *chunk_day)
{
	int64_t next = INT64_MAX;

	while (*chunk_there && *chunk_day < day) {
		*chunk_there = sqlite3_step(h->newest) == SQLITE_ROW;
		*chunk_day = *chunk_there ? sqlite3_column_int64(h->newest, 0) : INT64_MAX;
	}
	if (*chunk_there)
		next = *chunk_day;
	for (size_t i = 0; i < h->look.raw.n; i++) {
		int64_t d = h->look.raw.items[i].time_ds / DS_PER_DAY;
		if (d >= day && d < next)
			next = d;
	}
	return next;
}

static int walk_days(struct hours *h)
{
	int64_t chunk_day = INT64_MIN, day = h->from_ms / MS_PER_DAY;
	bool chunk_there = true;
	int r = 0;

	while (r == 0) {
		struct day d = { 0 };

		day = next_day(h, day, &chunk_there, &chunk_day);
		if (day == INT64_MAX || day * MS_PER_DAY >= h->until_ms)
			break;
		int64_t roll = chunk_there && chunk_day == day ? sqlite3_column_int64(h->newest, 1)
							       : INT64_MAX;
		r = raw_has_day(h, day) ? 1 : kept_day(h, day, roll, &d);
		if (r == 1)
			r = compute_day(h, day, &d);
		if (r == 0)
			r = hand_out_day(h, &d);
		day_fini(&d);
		day++;
	}
	return r;
}

/* Days whose readings have gone by age live on as figures only: all days of either kind. */
static const char newest_sql[] =
	"SELECT d, max(roll) FROM (SELECT hour / 24 AS d, roll FROM chunk WHERE device = ?1 AND "
	"hour >= ?2 * 24 AND hour < ?3 * 24 AND roll <= ?4 UNION ALL SELECT day, 0 FROM day WHERE "
	"device = ?1 AND day >= ?2 AND day < ?3) GROUP BY d ORDER BY d";

static int prepare_hours(struct hours *h)
{
	sqlite3 *db = h->look.reader->db;
	int r = sql_error(sqlite3_prepare_v2(
		db, "SELECT roll, body FROM day WHERE device = ? AND day = ?", -1, &h->days, NULL));

	if (r == 0)
		r = sql_error(sqlite3_prepare_v2(db, newest_sql, -1, &h->newest, NULL));
	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(h->newest, 1, h->look.span.device);
	(void)sqlite3_bind_int64(h->newest, 2, h->from_ms / MS_PER_DAY);
	(void)sqlite3_bind_int64(h->newest, 3, (h->until_ms - 1) / MS_PER_DAY + 1);
	(void)sqlite3_bind_int64(h->newest, 4, h->look.span.rolled);
	return 0;
}

int store_read_hours(struct store_reader *r, const char *device, const struct store_series *s,
		     int64_t from_ms, int64_t until_ms, store_hour_fn *fn, void *arg)
{
	struct hours h = { .series = s, .fn = fn, .arg = arg };

	/* whole hours, and their days whole: figures are of hours */
	h.from_ms = from_ms > 0 ? from_ms / 3600000 * 3600000 : 0;
	h.until_ms = until_ms;
	int e = look_open(&h.look, r, device, h.from_ms / MS_PER_DAY * MS_PER_DAY,
			  until_ms > INT64_MAX - MS_PER_DAY
				  ? until_ms
				  : (until_ms / MS_PER_DAY + 1) * MS_PER_DAY);
	if (e != 0)
		return e < 0 ? e : 0;
	e = prepare_hours(&h);
	if (e == 0)
		e = walk_days(&h);
	(void)sqlite3_finalize(h.days);
	(void)sqlite3_finalize(h.newest);
	look_close(&h.look);
	return e;
}

/* ---- what there is of a device ---- */

static bool seen_before(const struct shape_table *t, size_t row, size_t column)
{
	const struct store_series *s = &t->rows[row].series[column];

	for (size_t i = 0; i <= row; i++) {
		for (size_t k = 0; k < (i < row ? t->rows[i].n : column); k++) {
			if (same_series(&t->rows[i].series[k], s))
				return true;
		}
	}
	return false;
}

int store_read_device(struct store_reader *r, const char *device, store_series_fn *fn, void *arg)
{
	struct shape_table t = { 0 };
	int64_t id = name_id(r->db, device);
	int e = id == 0 ? 0 : shapes_load(r->db, id, &t);

	for (size_t i = 0; i < t.n && e == 0; i++) {
		for (size_t k = 0; k < t.rows[i].n && e == 0; k++) {
			if (!seen_before(&t, i, k))
				e = fn(arg, &t.rows[i].series[k]);
		}
	}
	shapes_fini(&t);
	return e;
}

/* ---- everything ---- */

struct all_visit {
	const char *device;
	store_reading_fn *fn;
	void *arg;
};

static int visit_all(void *arg, const struct shape_row *shape, int64_t hour, const struct chunk *c)
{
	struct all_visit *v = arg;
	int r = 0;

	(void)hour;
	for (size_t k = 0; k < c->n_rows && r == 0; k++)
		r = v->fn(v->arg, v->device, shape->series, shape->n, c->time_ds[k] * 100,
			  c->flags[k], c->values + k * c->n_columns);
	return r;
}

int store_read_all(struct store_reader *r, int64_t from_ms, int64_t until_ms, store_reading_fn *fn,
		   void *arg)
{
	sqlite3_stmt *st = NULL;
	struct look l;
	int rc = 0;
	int e = look_open(&l, r, NULL, from_ms, until_ms);

	if (e < 0)
		return e;
	e = sql_error(sqlite3_prepare_v2(r->db,
					 "SELECT id, text FROM name WHERE id IN "
					 "(SELECT device FROM shape) ORDER BY text",
					 -1, &st, NULL));
	while (e == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct all_visit v = { (const char *)sqlite3_column_text(st, 1), fn, arg };

		l.span.device = sqlite3_column_int64(st, 0);
		e = device_walk(r, &l.shapes, &l.raw, &l.span, visit_all, &v);
	}
	if (e == 0)
		e = sql_error(rc);
	(void)sqlite3_finalize(st);
	look_close(&l);
	return e;
}
