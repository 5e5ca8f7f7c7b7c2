/* walk.c - the readings of a device from both places where they live: column chunks and raw rows
 * that no roll has taken yet. Damaged rows end the walk with -EBADMSG. */
#include "collector/io/store/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walker {
	struct store_reader *reader;
	const struct shape_table *shapes;
	const struct raw_set *raw;
	const struct walk_span *span;
	size_t raw_at; /* next raw item of the device */
	sqlite3_stmt *chunks;
	bool chunk_there;
	const struct shape_row *shape; /* of `rows` */
	struct chunk rows;
	int64_t hour;
	visit_fn *visit;
	void *arg;
};

static int hand_out(struct walker *w)
{
	int r = 0;

	if (w->rows.n_rows > 0) {
		chunk_sort(&w->rows);
		r = w->visit(w->arg, w->shape, w->hour, &w->rows);
	}
	chunk_fini(&w->rows);
	w->shape = NULL;
	return r;
}

static int add_row(struct walker *w, const struct shape_row *sh, int64_t time_ds, uint8_t flags,
		   const struct store_value *v)
{
	int r = 0;

	if (time_ds < w->span->from_ds || time_ds >= w->span->until_ds)
		return 0;
	if (w->shape != sh) {
		r = hand_out(w);
		if (r == 0)
			r = chunk_init(&w->rows, sh->n);
		w->shape = sh;
	}
	if (r == 0)
		r = chunk_append(&w->rows, time_ds, flags, v);
	if (r == -ENOSPC) {
		r = hand_out(w);
		if (r == 0)
			r = add_row(w, sh, time_ds, flags, v);
	}
	return r;
}

static int64_t raw_hour(const struct walker *w)
{
	if (w->raw == NULL || w->raw_at >= w->raw->n)
		return INT64_MAX;
	const struct raw_item *item = &w->raw->items[w->raw_at];
	if (item->shape->device != w->span->device)
		return INT64_MAX;
	return item->time_ds / DS_PER_HOUR;
}

static int add_raw(struct walker *w)
{
	const struct raw_item *item = &w->raw->items[w->raw_at++];
	const struct shape_row *sh = item->shape;
	struct store_value *v = calloc(sh->n + 1, sizeof *v);

	if (v == NULL)
		return -ENOMEM;
	int r = reading_unpack(w->raw->bytes + item->at, item->len, sh->nominal, sh->n, v);
	if (r == 0)
		r = add_row(w, sh, item->time_ds, item->flags, v);
	free(v);
	return r;
}

static int add_chunk(struct walker *w)
{
	const struct shape_row *sh = shape_by_id(w->shapes, sqlite3_column_int64(w->chunks, 1));
	struct chunk c;

	if (sh == NULL)
		return -EBADMSG;
	int r = unpack_body(w->reader->zstd, w->chunks, 2, &c);
	if (r < 0)
		return r;
	if (c.n_columns != sh->n)
		r = -EBADMSG;
	for (size_t i = 0; i < c.n_rows && r == 0; i++)
		r = add_row(w, sh, c.time_ds[i], c.flags[i], c.values + i * c.n_columns);
	chunk_fini(&c);
	return r;
}

static int next_chunk(struct walker *w)
{
	int rc = sqlite3_step(w->chunks);

	w->chunk_there = rc == SQLITE_ROW;
	return sql_error(rc);
}

static int walk_hour(struct walker *w)
{
	int r = 0;

	while (r == 0 && w->chunk_there && sqlite3_column_int64(w->chunks, 0) == w->hour) {
		r = add_chunk(w);
		if (r == 0)
			r = next_chunk(w);
	}
	while (r == 0 && raw_hour(w) == w->hour)
		r = add_raw(w);
	return r == 0 ? hand_out(w) : r;
}

static int prepare(struct walker *w)
{
	if (w->span->rolled < 0)
		return 0;
	int r = sql_error(sqlite3_prepare_v2(
		w->reader->db,
		"SELECT hour, shape, body FROM chunk WHERE device = ? AND hour >= ? AND hour <= ? "
		"AND roll <= ? ORDER BY hour",
		-1, &w->chunks, NULL));

	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(w->chunks, 1, w->span->device);
	(void)sqlite3_bind_int64(w->chunks, 2, w->span->from_ds / DS_PER_HOUR);
	(void)sqlite3_bind_int64(w->chunks, 3, (w->span->until_ds - 1) / DS_PER_HOUR);
	(void)sqlite3_bind_int64(w->chunks, 4, w->span->rolled);
	return next_chunk(w);
}

/* First raw item of the device. */
static size_t seek_raw(const struct raw_set *raw, int64_t device)
{
	size_t lo = 0, hi = raw != NULL ? raw->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (raw->items[mid].shape->device < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int device_walk(struct store_reader *r, const struct shape_table *t, const struct raw_set *raw,
		const struct walk_span *span, visit_fn *visit, void *arg)
{
	struct walker w = { .reader = r,
			    .shapes = t,
			    .raw = raw,
			    .span = span,
			    .raw_at = seek_raw(raw, span->device),
			    .visit = visit,
			    .arg = arg };
	int e = prepare(&w);

	while (e == 0) {
		int64_t chunk_hour = w.chunk_there ? sqlite3_column_int64(w.chunks, 0) : INT64_MAX;
		int64_t raw_h = raw_hour(&w);

		w.hour = chunk_hour < raw_h ? chunk_hour : raw_h;
		if (w.hour == INT64_MAX)
			break;
		e = walk_hour(&w);
	}
	chunk_fini(&w.rows);
	(void)sqlite3_finalize(w.chunks);
	return e;
}
