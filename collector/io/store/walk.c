/* walk.c - the readings of a device from both places where they live: column chunks and raw rows
 * that no roll has taken yet. Damaged rows end the walk with -EBADMSG.
 *
 * Rows come slot by slot, a slot being an hour or a day. A chunk of a day is unpacked once and held
 * while the walk goes through its hours. */
#include "collector/io/store/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The rows of one shape: of the slot under way, or of a chunk of a day. */
struct part {
	const struct shape_row *shape;
	struct chunk rows;
	size_t next; /* held ones: the first row not yet given */
};

struct parts {
	struct part *list;
	size_t n;
};

struct walker {
	struct store_reader *reader;
	const struct shape_table *shapes;
	const struct raw_set *raw;
	const struct walk_span *span;
	size_t raw_at; /* next raw item of the device */
	sqlite3_stmt *chunks;
	bool chunk_there;
	int64_t unit; /* hours a slot */
	int64_t slot;
	struct parts now, held;
	visit_fn *visit;
	void *arg;
};

static struct part *parts_add(struct parts *p, const struct shape_row *shape)
{
	struct part *list = realloc(p->list, (p->n + 1) * sizeof *list);

	if (list == NULL)
		return NULL;
	p->list = list;
	memset(&list[p->n], 0, sizeof *list);
	list[p->n].shape = shape;
	return &list[p->n++];
}

static void parts_clear(struct parts *p)
{
	for (size_t i = 0; i < p->n; i++)
		chunk_fini(&p->list[i].rows);
	p->n = 0;
}

static int hand_out(struct walker *w, struct part *p)
{
	int r = 0;

	if (p->rows.n_rows > 0) {
		(void)chunk_sort(&p->rows);
		r = w->visit(w->arg, p->shape, w->slot * w->unit, &p->rows);
	}
	p->rows.n_rows = 0;
	return r;
}

static int hand_out_all(struct walker *w)
{
	int r = 0;

	for (size_t i = 0; i < w->now.n && r == 0; i++)
		r = hand_out(w, &w->now.list[i]);
	parts_clear(&w->now);
	return r;
}

static int part_of(struct walker *w, const struct shape_row *sh, struct part **ret)
{
	for (size_t i = w->now.n; i > 0; i--) {
		*ret = &w->now.list[i - 1];
		if ((*ret)->shape == sh)
			return 0;
	}
	*ret = parts_add(&w->now, sh);
	return *ret == NULL ? -ENOMEM : chunk_init(&(*ret)->rows, sh->n);
}

static int add_row(struct walker *w, const struct shape_row *sh, int64_t time_ds, uint8_t flags,
		   const struct store_value *v)
{
	struct part *p;

	if (time_ds < w->span->from_ds || time_ds >= w->span->until_ds)
		return 0;
	int r = part_of(w, sh, &p);
	if (r == 0)
		r = chunk_append(&p->rows, time_ds, flags, v);
	if (r == -ENOSPC) {
		r = hand_out(w, p);
		if (r == 0)
			r = chunk_append(&p->rows, time_ds, flags, v);
	}
	return r;
}

/* ---- raw rows ---- */

static int64_t raw_slot(const struct walker *w)
{
	if (w->raw == NULL || w->raw_at >= w->raw->n)
		return INT64_MAX;
	const struct raw_item *item = &w->raw->items[w->raw_at];
	if (item->shape->device != w->span->device)
		return INT64_MAX;
	return item->time_ds / (DS_PER_HOUR * w->unit);
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

/* ---- chunks ---- */

static int next_chunk(struct walker *w)
{
	int rc = sqlite3_step(w->chunks);

	w->chunk_there = rc == SQLITE_ROW;
	return sql_error(rc);
}

/* The row under the cursor, unpacked; rows it shares with nobody yet. */
static int take_chunk(struct walker *w, const struct shape_row **ret_shape, struct chunk *ret)
{
	const struct shape_row *sh = shape_by_id(w->shapes, sqlite3_column_int64(w->chunks, 1));

	if (sh == NULL)
		return -EBADMSG;
	int r = unpack_body(w->reader->zstd, w->chunks, 2, ret);
	if (r < 0)
		return r;
	if (ret->n_columns != sh->n) {
		chunk_fini(ret);
		return -EBADMSG;
	}
	*ret_shape = sh;
	return 0;
}

static int hold(struct walker *w, const struct shape_row *sh, struct chunk *c)
{
	struct part *p = NULL;
	int r = chunk_sort(c);

	if (r == 0)
		p = parts_add(&w->held, sh);
	if (p == NULL) {
		chunk_fini(c);
		return -ENOMEM;
	}
	p->rows = *c;
	while (p->next < c->n_rows && c->time_ds[p->next] < w->span->from_ds)
		p->next++;
	return 0;
}

static int add_rows(struct walker *w, const struct shape_row *sh, struct chunk *c)
{
	int r = 0;

	for (size_t i = 0; i < c->n_rows && r == 0; i++)
		r = add_row(w, sh, c->time_ds[i], c->flags[i], c->values + i * c->n_columns);
	chunk_fini(c);
	return r;
}

static int add_chunk(struct walker *w)
{
	const struct shape_row *sh;
	struct chunk c;
	int r = take_chunk(w, &sh, &c);

	if (r < 0)
		return r;
	return sqlite3_column_int64(w->chunks, 3) > w->unit ? hold(w, sh, &c) : add_rows(w, sh, &c);
}

/* What held chunks have for the slot. */
static int add_held(struct walker *w)
{
	int64_t until = (w->slot + 1) * w->unit * DS_PER_HOUR;
	int r = 0;

	for (size_t i = 0; i < w->held.n && r == 0; i++) {
		struct part *p = &w->held.list[i];
		const struct chunk *c = &p->rows;

		for (; p->next < c->n_rows && c->time_ds[p->next] < until && r == 0; p->next++)
			r = add_row(w, p->shape, c->time_ds[p->next], c->flags[p->next],
				    c->values + p->next * c->n_columns);
	}
	return r;
}

static int64_t held_slot(struct walker *w)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < w->held.n; i++) {
		const struct part *p = &w->held.list[i];

		if (p->next < p->rows.n_rows && p->rows.time_ds[p->next] < first)
			first = p->rows.time_ds[p->next];
	}
	if (first == INT64_MAX || first >= w->span->until_ds) {
		parts_clear(&w->held);
		return INT64_MAX;
	}
	return first / (DS_PER_HOUR * w->unit);
}

/* ---- the walk ---- */

static int64_t chunk_slot(const struct walker *w)
{
	return w->chunk_there ? sqlite3_column_int64(w->chunks, 0) / w->unit : INT64_MAX;
}

static int64_t next_slot(struct walker *w)
{
	int64_t slot = chunk_slot(w), held = held_slot(w), raw = raw_slot(w);

	slot = held < slot ? held : slot;
	return raw < slot ? raw : slot;
}

static int walk_slot(struct walker *w)
{
	int r = 0;

	while (r == 0 && chunk_slot(w) == w->slot) {
		r = add_chunk(w);
		if (r == 0)
			r = next_chunk(w);
	}
	if (r == 0)
		r = add_held(w);
	while (r == 0 && raw_slot(w) == w->slot)
		r = add_raw(w);
	return r == 0 ? hand_out_all(w) : r;
}

/* A chunk of a day stands at its first hour. */
static int prepare(struct walker *w)
{
	if (w->span->rolled < 0)
		return 0;
	int r = sql_error(sqlite3_prepare_v2(
		w->reader->db,
		"SELECT hour, shape, body, hours FROM chunk WHERE device = ? AND hour >= ? AND "
		"hour <= ? AND roll <= ? AND hour + hours > ? ORDER BY hour",
		-1, &w->chunks, NULL));

	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(w->chunks, 1, w->span->device);
	(void)sqlite3_bind_int64(w->chunks, 2, w->span->from_ds / DS_PER_DAY * 24);
	(void)sqlite3_bind_int64(w->chunks, 3, (w->span->until_ds - 1) / DS_PER_HOUR);
	(void)sqlite3_bind_int64(w->chunks, 4, w->span->rolled);
	(void)sqlite3_bind_int64(w->chunks, 5, w->span->from_ds / DS_PER_HOUR);
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
			    .unit = span->by_day ? 24 : 1,
			    .visit = visit,
			    .arg = arg };
	int e = prepare(&w);

	while (e == 0) {
		w.slot = next_slot(&w);
		if (w.slot == INT64_MAX)
			break;
		e = walk_slot(&w);
	}
	parts_clear(&w.now);
	parts_clear(&w.held);
	free(w.now.list);
	free(w.held.list);
	(void)sqlite3_finalize(w.chunks);
	return e;
}
