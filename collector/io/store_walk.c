/* store_walk.c - the readings of a device from both places where they live: hourly column chunks
 * and raw rows that no roll has taken yet. Damaged rows end the walk with -EBADMSG. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store_sqlite.h"
#include "common/core/registry.h"

int64_t rolled_upto(sqlite3 *db)
{
	return sql_number(db, "SELECT value FROM meta WHERE key = 'rolled'", 0);
}

int64_t name_id(sqlite3 *db, const char *text)
{
	sqlite3_stmt *st = NULL;
	int64_t id = 0;

	if (sqlite3_prepare_v2(db, "SELECT id FROM name WHERE text = ?", -1, &st, NULL) !=
	    SQLITE_OK)
		return 0;
	(void)sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		id = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return id;
}

/* ---- shapes ---- */

int columns_pack(const struct store_shape *sh, uint8_t **ret, size_t *ret_len)
{
	size_t room = 10, len;

	for (size_t i = 0; i < sh->n; i++)
		room += 30 + (sh->label[i] != NULL ? strlen(sh->label[i]) : 0);
	uint8_t *buf = malloc(room);
	if (buf == NULL)
		return -ENOMEM;
	len = varint_put(buf, sh->n);
	for (size_t i = 0; i < sh->n; i++) {
		size_t n = sh->label[i] != NULL ? strlen(sh->label[i]) + 1 : 0;

		len += varint_put(buf + len, sh->metric[i]);
		len += varint_put(buf + len, sh->instance[i]);
		len += varint_put(buf + len, n);
		if (n > 1)
			memcpy(buf + len, sh->label[i], n - 1);
		len += n > 0 ? n - 1 : 0;
	}
	*ret = buf;
	*ret_len = len;
	return 0;
}

static void shape_row_fini(struct shape_row *s)
{
	for (size_t i = 0; s->series != NULL && i < s->n; i++)
		free((void *)(uintptr_t)s->series[i].label);
	free(s->series);
	free(s->nominal);
	memset(s, 0, sizeof *s);
}

static size_t unpack_column_name(const uint8_t *buf, size_t len, struct store_series *ret)
{
	uint64_t v[3];
	size_t pos = 0;

	for (int i = 0; i < 3; i++) {
		size_t used = varint_get(buf + pos, len - pos, &v[i]);
		if (used == 0)
			return 0;
		pos += used;
	}
	if (v[0] > UINT16_MAX || v[1] > UINT16_MAX || v[2] > len - pos + 1)
		return 0;
	ret->metric = (uint16_t)v[0];
	ret->instance = (uint16_t)v[1];
	ret->label = v[2] > 0 ? strndup((const char *)buf + pos, (size_t)v[2] - 1) : NULL;
	return pos + (v[2] > 0 ? (size_t)v[2] - 1 : 0);
}

int columns_unpack(const void *buf, size_t len, struct shape_row *ret)
{
	struct shape_row s = { 0 };
	uint64_t n;
	size_t pos = varint_get(buf, len, &n);

	if (pos == 0 || n > CHUNK_MAX_COLUMNS)
		return -EBADMSG;
	s.series = calloc((size_t)n + 1, sizeof *s.series);
	s.nominal = calloc((size_t)n + 1, sizeof *s.nominal);
	if (s.series == NULL || s.nominal == NULL) {
		shape_row_fini(&s);
		return -ENOMEM;
	}
	for (s.n = 0; s.n < n; s.n++) {
		size_t used =
			unpack_column_name((const uint8_t *)buf + pos, len - pos, &s.series[s.n]);
		if (used == 0) {
			shape_row_fini(&s);
			return -EBADMSG;
		}
		pos += used;
		const struct metric *m = metric_by_id(s.series[s.n].metric);
		s.nominal[s.n] = m != NULL ? m->nominal : 0;
	}
	*ret = s;
	return 0;
}

void shapes_fini(struct shape_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		shape_row_fini(&t->rows[i]);
	free(t->rows);
	memset(t, 0, sizeof *t);
}

static int shapes_add(struct shape_table *t, sqlite3_stmt *st)
{
	struct shape_row *p = t->rows, row;

	if ((t->n & (t->n - 1)) == 0) { /* room is a power of two */
		p = realloc(t->rows, (t->n == 0 ? 1 : t->n * 2) * sizeof *p);
		if (p == NULL)
			return -ENOMEM;
		t->rows = p;
	}
	int r = columns_unpack(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2),
			       &row);
	if (r < 0)
		return r;
	row.id = sqlite3_column_int64(st, 0);
	row.device = sqlite3_column_int64(st, 1);
	t->rows[t->n++] = row;
	return 0;
}

int shapes_load(sqlite3 *db, int64_t device, struct shape_table *ret)
{
	struct shape_table t = { 0 };
	sqlite3_stmt *st = NULL;
	int rc = 0;
	int r = sql_error(
		sqlite3_prepare_v2(db,
				   device == 0 ? "SELECT id, device, columns FROM shape ORDER BY id"
					       : "SELECT id, device, columns FROM shape WHERE "
						 "device = ? ORDER BY id",
				   -1, &st, NULL));

	if (r < 0)
		return r;
	if (device != 0)
		(void)sqlite3_bind_int64(st, 1, device);
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		r = shapes_add(&t, st);
	if (r == 0)
		r = sql_error(rc);
	(void)sqlite3_finalize(st);
	if (r < 0) {
		shapes_fini(&t);
		return r;
	}
	*ret = t;
	return 0;
}

const struct shape_row *shape_by_id(const struct shape_table *t, int64_t id)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->rows[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->rows[lo].id == id ? &t->rows[lo] : NULL;
}

/* ---- compressed bodies: 0 and the bytes, or 1 and zstd ---- */

int body_deflate(ZSTD_CCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len)
{
	size_t bound = ZSTD_compressBound(len);
	uint8_t *out = malloc(bound + len + 1);

	if (out == NULL)
		return -ENOMEM;
	size_t n = ZSTD_compress2(z, out + 1, bound, buf, len);
	if (ZSTD_isError(n) || n >= len) {
		out[0] = 0;
		memcpy(out + 1, buf, len);
		n = len;
	} else {
		out[0] = 1;
	}
	*ret = out;
	*ret_len = n + 1;
	return 0;
}

int body_inflate(ZSTD_DCtx *z, const void *buf, size_t len, uint8_t **ret, size_t *ret_len)
{
	const uint8_t *in = buf;
	unsigned long long size = len - 1;

	if (len == 0 || in[0] > 1)
		return -EBADMSG;
	if (in[0] == 1)
		size = ZSTD_getFrameContentSize(in + 1, len - 1);
	if (size > (64u << 20)) /* also the two error values */
		return -EBADMSG;
	uint8_t *out = malloc((size_t)size + 1);
	if (out == NULL)
		return -ENOMEM;
	if (in[0] == 0) {
		memcpy(out, in + 1, (size_t)size);
	} else if (ZSTD_decompressDCtx(z, out, (size_t)size, in + 1, len - 1) != size) {
		free(out);
		return -EBADMSG;
	}
	*ret = out;
	*ret_len = (size_t)size;
	return 0;
}

int unpack_body(ZSTD_DCtx *z, sqlite3_stmt *st, int column, struct chunk *ret)
{
	uint8_t *plain = NULL;
	size_t len = 0;
	int r = body_inflate(z, sqlite3_column_blob(st, column),
			     (size_t)sqlite3_column_bytes(st, column), &plain, &len);

	if (r == 0)
		r = chunk_unpack(plain, len, ret);
	free(plain);
	return r;
}

/* ---- raw rows ---- */

void raw_fini(struct raw_set *s)
{
	free(s->items);
	free(s->bytes);
	memset(s, 0, sizeof *s);
}

static int raw_keep(struct raw_set *s, struct raw_item *item, const uint8_t *body)
{
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 256 : s->cap * 2;
		struct raw_item *p = realloc(s->items, cap * sizeof *p);
		if (p == NULL)
			return -ENOMEM;
		s->items = p;
		s->cap = cap;
	}
	if (s->len + item->len > s->room) {
		size_t room = s->room * 2 + item->len + 4096;
		uint8_t *p = realloc(s->bytes, room);
		if (p == NULL)
			return -ENOMEM;
		s->bytes = p;
		s->room = room;
	}
	item->at = s->len;
	if (item->len > 0)
		memcpy(s->bytes + s->len, body, item->len);
	s->len += item->len;
	s->items[s->n++] = *item;
	return 0;
}

/* One item at buf; returns the bytes used, 0 at damage. item->at is within buf. */
static size_t raw_next(const uint8_t *buf, size_t len, int64_t row_time_ds, uint64_t *ret_shape,
		       struct raw_item *ret)
{
	uint64_t v[4];
	size_t pos = 0;

	for (int i = 0; i < 4; i++) {
		size_t used = varint_get(buf + pos, len - pos, &v[i]);
		if (used == 0)
			return 0;
		pos += used;
	}
	if (v[3] > len - pos)
		return 0;
	*ret_shape = v[0];
	*ret = (struct raw_item){ .time_ds = (int64_t)((uint64_t)row_time_ds +
						       (uint64_t)unzigzag(v[1])),
				  .flags = (uint8_t)v[2],
				  .at = pos,
				  .len = (size_t)v[3] };
	return pos + ret->len;
}

static bool wanted(const struct raw_filter *f, const struct raw_item *item)
{
	if (item->shape == NULL || item->time_ds < f->from_ds || item->time_ds >= f->until_ds)
		return false;
	return f->parts == 0 || (unsigned)(item->shape->device % f->parts) == f->part;
}

static int raw_row(struct raw_set *s, const struct shape_table *t, const struct raw_filter *f,
		   sqlite3_stmt *st)
{
	const uint8_t *buf = sqlite3_column_blob(st, 1);
	size_t len = (size_t)sqlite3_column_bytes(st, 1), pos = 0;
	const struct shape_row *sh = NULL;
	struct raw_item item;
	uint64_t id;

	while (pos < len) {
		size_t used =
			raw_next(buf + pos, len - pos, sqlite3_column_int64(st, 0), &id, &item);
		if (used == 0)
			return -EBADMSG;
		if (sh == NULL || sh->id != (int64_t)id)
			sh = shape_by_id(t, (int64_t)id);
		item.shape = sh;
		if (wanted(f, &item)) {
			int r = raw_keep(s, &item, buf + pos + item.at);
			if (r < 0)
				return r;
		}
		pos += used;
	}
	return 0;
}

static int by_device_and_time(const void *a, const void *b)
{
	const struct raw_item *x = a, *y = b;

	if (x->shape->device != y->shape->device)
		return x->shape->device < y->shape->device ? -1 : 1;
	if (x->time_ds != y->time_ds)
		return x->time_ds < y->time_ds ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

int raw_load(sqlite3 *db, const struct shape_table *t, const struct raw_filter *f,
	     struct raw_set *ret)
{
	struct raw_set s = { 0 };
	sqlite3_stmt *st = NULL;
	int rc = 0;
	int r = sql_error(sqlite3_prepare_v2(
		db, "SELECT time, body FROM raw WHERE id > ? AND id <= ?", -1, &st, NULL));

	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(st, 1, f->after_id);
	(void)sqlite3_bind_int64(st, 2, f->upto_id);
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		r = raw_row(&s, t, f, st);
	if (r == 0)
		r = sql_error(rc);
	(void)sqlite3_finalize(st);
	if (r < 0) {
		raw_fini(&s);
		return r;
	}
	if (s.n > 1)
		qsort(s.items, s.n, sizeof *s.items, by_device_and_time);
	*ret = s;
	return 0;
}

/* ---- the walk ---- */

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
