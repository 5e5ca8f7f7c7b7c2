/* shape.c - the columns of devices: to and from the file. Damaged rows give -EBADMSG. */
#include "collector/io/store/shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/chunk.h"
#include "common/core/registry.h"

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
