/* raw.c - readings of the last hour or so, many a row, in the order they came. */
#include "collector/io/store/raw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/chunk.h"
#include "common/core/grow.h"

void raw_fini(struct raw_set *s)
{
	free(s->items);
	free(s->bytes);
	memset(s, 0, sizeof *s);
}

static int raw_keep(struct raw_set *s, struct raw_item *item, const uint8_t *body)
{
	struct raw_item *items = grow(s->items, s->n, &s->cap, 256, sizeof *items);

	if (items == NULL)
		return -ENOMEM;
	s->items = items;
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
