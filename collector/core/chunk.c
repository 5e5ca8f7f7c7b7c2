#include "collector/core/chunk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_VERSION = 1, VARINT_MAX = 10 };

size_t varint_put(uint8_t *buf, uint64_t v)
{
	size_t n = 0;

	while (v >= 0x80) {
		buf[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	buf[n++] = (uint8_t)v;
	return n;
}

size_t varint_get(const uint8_t *buf, size_t len, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len && i < VARINT_MAX; i++) {
		v |= (uint64_t)(buf[i] & 0x7f) << (7 * i);
		if (buf[i] < 0x80) {
			*ret = v;
			return i + 1;
		}
	}
	return 0;
}

uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Differences wrap: any two numbers have one, and adding it gives the second back. */
static int64_t wrap_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t wrap_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ---- one reading ---- */

size_t reading_pack_bound(size_t n_columns)
{
	return VARINT_MAX + n_columns * (VARINT_MAX + 4);
}

size_t reading_pack(uint8_t *buf, const struct store_value *v, const int64_t *nominal, size_t n)
{
	size_t len = 0, n_unknown = 0, last = 0;

	for (size_t i = 0; i < n; i++)
		n_unknown += v[i].reason != 0;
	len += varint_put(buf, n_unknown);
	for (size_t i = 0; i < n; i++) {
		if (v[i].reason == 0)
			continue;
		len += varint_put(buf + len, i - last);
		buf[len++] = v[i].reason;
		last = i;
	}
	for (size_t i = 0; i < n; i++) {
		if (v[i].reason == 0)
			len += varint_put(buf + len, zigzag(wrap_sub(v[i].scaled, nominal[i])));
	}
	return len;
}

static size_t unpack_unknown(const uint8_t *buf, size_t len, size_t n, struct store_value *ret)
{
	uint64_t n_unknown, gap, at = 0;
	size_t pos = varint_get(buf, len, &n_unknown);

	if (pos == 0 || n_unknown > n)
		return 0;
	for (uint64_t i = 0; i < n_unknown; i++) {
		size_t used = varint_get(buf + pos, len - pos, &gap);
		if (used == 0 || gap >= n || at + gap >= n || pos + used >= len)
			return 0;
		pos += used;
		at += gap;
		ret[at].reason = buf[pos++];
		if (ret[at].reason == 0)
			return 0;
	}
	return pos;
}

int reading_unpack(const uint8_t *buf, size_t len, const int64_t *nominal, size_t n,
		   struct store_value *ret)
{
	memset(ret, 0, n * sizeof *ret);
	size_t pos = unpack_unknown(buf, len, n, ret);
	if (pos == 0)
		return -EBADMSG;

	for (size_t i = 0; i < n; i++) {
		uint64_t z;

		if (ret[i].reason != 0)
			continue;
		size_t used = varint_get(buf + pos, len - pos, &z);
		if (used == 0)
			return -EBADMSG;
		pos += used;
		ret[i].scaled = wrap_add(unzigzag(z), nominal[i]);
	}
	return pos == len ? 0 : -EBADMSG;
}

/* ---- chunks in memory ---- */

int chunk_init(struct chunk *c, size_t n_columns)
{
	memset(c, 0, sizeof *c);
	if (n_columns > CHUNK_MAX_COLUMNS)
		return -EINVAL;
	c->n_columns = n_columns;
	return 0;
}

void chunk_fini(struct chunk *c)
{
	free(c->time_ds);
	free(c->flags);
	free(c->values);
	memset(c, 0, sizeof *c);
}

static int chunk_reserve(struct chunk *c, size_t rows)
{
	if (rows <= c->cap_rows)
		return 0;
	if (rows > CHUNK_MAX_ROWS || rows * c->n_columns > CHUNK_MAX_CELLS)
		return -ENOSPC;
	size_t cap = c->cap_rows < 16 ? 16 : c->cap_rows * 2;
	cap = cap < rows ? rows : cap;

	int64_t *t = realloc(c->time_ds, cap * sizeof *t);
	if (t == NULL)
		return -ENOMEM;
	c->time_ds = t;
	uint8_t *f = realloc(c->flags, cap);
	if (f == NULL)
		return -ENOMEM;
	c->flags = f;
	struct store_value *v = realloc(c->values, (cap * c->n_columns + 1) * sizeof *v);
	if (v == NULL)
		return -ENOMEM;
	c->values = v;
	c->cap_rows = cap;
	return 0;
}

int chunk_append(struct chunk *c, int64_t time_ds, uint8_t flags, const struct store_value *v)
{
	int r = chunk_reserve(c, c->n_rows + 1);
	if (r < 0)
		return r;
	c->time_ds[c->n_rows] = time_ds;
	c->flags[c->n_rows] = flags;
	memcpy(c->values + c->n_rows * c->n_columns, v, c->n_columns * sizeof *v);
	c->n_rows++;
	return 0;
}

static bool same_values(const struct chunk *c, size_t a, size_t b)
{
	const struct store_value *x = c->values + a * c->n_columns;
	const struct store_value *y = c->values + b * c->n_columns;

	for (size_t i = 0; i < c->n_columns; i++) {
		if (x[i].reason != y[i].reason || (x[i].reason == 0 && x[i].scaled != y[i].scaled))
			return false;
	}
	return true;
}

static void chunk_swap(struct chunk *c, size_t a, size_t b)
{
	int64_t t = c->time_ds[a];
	uint8_t f = c->flags[a];

	c->time_ds[a] = c->time_ds[b];
	c->time_ds[b] = t;
	c->flags[a] = c->flags[b];
	c->flags[b] = f;
	for (size_t i = 0; i < c->n_columns; i++) {
		struct store_value v = c->values[a * c->n_columns + i];
		c->values[a * c->n_columns + i] = c->values[b * c->n_columns + i];
		c->values[b * c->n_columns + i] = v;
	}
}

struct order {
	int64_t time_ds;
	size_t row;
};

static int by_time(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->time_ds != y->time_ds)
		return x->time_ds < y->time_ds ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Put row order[i].row at place i, cycle by cycle. */
static void permute(struct chunk *c, struct order *order)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		size_t at = i;

		while (order[at].row != i) {
			size_t from = order[at].row;
			chunk_swap(c, at, from);
			order[at].row = at;
			at = from;
		}
		order[at].row = at;
	}
}

static bool in_order(const struct chunk *c)
{
	for (size_t i = 1; i < c->n_rows; i++) {
		if (c->time_ds[i] < c->time_ds[i - 1])
			return false;
	}
	return true;
}

static void drop_doubles(struct chunk *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_rows; i++) {
		if (n > 0 && c->time_ds[n - 1] == c->time_ds[i] && same_values(c, n - 1, i))
			continue;
		if (n != i) {
			c->time_ds[n] = c->time_ds[i];
			c->flags[n] = c->flags[i];
			memmove(c->values + n * c->n_columns, c->values + i * c->n_columns,
				c->n_columns * sizeof *c->values);
		}
		n++;
	}
	c->n_rows = n;
}

int chunk_sort(struct chunk *c)
{
	if (!in_order(c)) {
		struct order *order = malloc(c->n_rows * sizeof *order);
		if (order == NULL)
			return -ENOMEM;
		for (size_t i = 0; i < c->n_rows; i++)
			order[i] = (struct order){ c->time_ds[i], i };
		qsort(order, c->n_rows, sizeof *order, by_time);
		permute(c, order);
		free(order);
	}
	drop_doubles(c);
	return 0;
}

/* ---- chunks as bytes ---- */

/* Zeros in a row become 0 and their number less one. */
struct writer {
	uint8_t *buf;
	size_t len;
	uint64_t zeros;
};

static void put_flush(struct writer *w)
{
	if (w->zeros == 0)
		return;
	w->len += varint_put(w->buf + w->len, 0);
	w->len += varint_put(w->buf + w->len, w->zeros - 1);
	w->zeros = 0;
}

static void put(struct writer *w, int64_t v)
{
	if (v == 0) {
		w->zeros++;
		return;
	}
	put_flush(w);
	w->len += varint_put(w->buf + w->len, zigzag(v));
}

struct scanner {
	const uint8_t *buf;
	size_t len, pos;
	uint64_t zeros;
	bool bad;
};

static uint64_t get_raw(struct scanner *s)
{
	uint64_t v = 0;
	size_t used = varint_get(s->buf + s->pos, s->len - s->pos, &v);

	s->bad |= used == 0;
	s->pos += used;
	return s->bad ? 0 : v;
}

static int64_t get(struct scanner *s)
{
	if (s->zeros > 0) {
		s->zeros--;
		return 0;
	}
	uint64_t v = get_raw(s);
	if (v == 0 && !s->bad)
		s->zeros = get_raw(s);
	return unzigzag(v);
}

/* A stream ends with its last row: what is left of a run belongs to nobody. */
static void get_end(struct scanner *s)
{
	s->bad |= s->zeros > 0;
}

static void pack_times(struct writer *w, const struct chunk *c)
{
	int64_t last = 0, step = 0;

	for (size_t i = 0; i < c->n_rows; i++) {
		int64_t d = wrap_sub(c->time_ds[i], last);
		put(w, i < 2 ? d : wrap_sub(d, step));
		step = d;
		last = c->time_ds[i];
	}
	put_flush(w);
}

static void unpack_times(struct scanner *s, struct chunk *c)
{
	int64_t last = 0, step = 0;

	for (size_t i = 0; i < c->n_rows && !s->bad; i++) {
		int64_t d = get(s);
		step = i < 2 ? d : wrap_add(step, d);
		last = wrap_add(last, step);
		c->time_ds[i] = last;
	}
	get_end(s);
}

static void pack_column(struct writer *w, const struct chunk *c, size_t column)
{
	if (c->n_rows == 0)
		return; /* there may be no memory to point into */
	const struct store_value *v = c->values + column;
	int64_t last = 0;

	for (size_t i = 0; i < c->n_rows; i++)
		put(w, (int64_t)v[i * c->n_columns].reason -
			       (i > 0 ? (int64_t)v[(i - 1) * c->n_columns].reason : 0));
	put_flush(w);
	for (size_t i = 0; i < c->n_rows; i++) {
		const struct store_value *x = &v[i * c->n_columns];
		put(w, x->reason == 0 ? wrap_sub(x->scaled, last) : 0);
		last = x->reason == 0 ? x->scaled : last;
	}
	put_flush(w);
}

static void unpack_column(struct scanner *s, struct chunk *c, size_t column)
{
	if (c->n_rows == 0)
		return;
	struct store_value *v = c->values + column;
	int64_t last = 0;

	for (size_t i = 0; i < c->n_rows && !s->bad; i++) {
		last = wrap_add(last, get(s));
		s->bad |= last < 0 || last > UINT8_MAX;
		v[i * c->n_columns].reason = (uint8_t)last;
	}
	get_end(s);
	last = 0;
	for (size_t i = 0; i < c->n_rows && !s->bad; i++) {
		last = wrap_add(last, get(s));
		v[i * c->n_columns].scaled = last;
	}
	get_end(s);
}

static void pack_flags(struct writer *w, const struct chunk *c)
{
	for (size_t i = 0; i < c->n_rows; i++)
		put(w, (int64_t)c->flags[i] - (i > 0 ? (int64_t)c->flags[i - 1] : 0));
	put_flush(w);
}

static void unpack_flags(struct scanner *s, struct chunk *c)
{
	int64_t last = 0;

	for (size_t i = 0; i < c->n_rows && !s->bad; i++) {
		last = wrap_add(last, get(s));
		s->bad |= last < 0 || last > UINT8_MAX;
		c->flags[i] = (uint8_t)last;
	}
	get_end(s);
}

int chunk_pack(const struct chunk *c, uint8_t **ret, size_t *ret_len, size_t *ret_ends)
{
	size_t streams = 2 + 2 * c->n_columns;
	struct writer w = { .buf = malloc(64 + streams * (c->n_rows + 2) * VARINT_MAX) };

	if (w.buf == NULL)
		return -ENOMEM;
	w.len += varint_put(w.buf + w.len, CHUNK_VERSION);
	w.len += varint_put(w.buf + w.len, c->n_rows);
	w.len += varint_put(w.buf + w.len, c->n_columns);
	pack_times(&w, c);
	pack_flags(&w, c);
	for (size_t i = 0; i < c->n_columns; i++) {
		pack_column(&w, c, i);
		if (ret_ends != NULL)
			ret_ends[i] = w.len;
	}
	*ret = w.buf;
	*ret_len = w.len;
	return 0;
}

int chunk_unpack(const uint8_t *buf, size_t len, struct chunk *ret)
{
	struct scanner s = { .buf = buf, .len = len };
	struct chunk c;
	uint64_t version = get_raw(&s), rows = get_raw(&s), columns = get_raw(&s);

	if (s.bad || version != CHUNK_VERSION || rows > CHUNK_MAX_ROWS ||
	    columns > CHUNK_MAX_COLUMNS || rows * columns > CHUNK_MAX_CELLS)
		return -EBADMSG;
	int r = chunk_init(&c, (size_t)columns);
	if (r == 0)
		r = chunk_reserve(&c, (size_t)rows);
	if (r < 0)
		goto fail;

	c.n_rows = (size_t)rows;
	unpack_times(&s, &c);
	unpack_flags(&s, &c);
	for (size_t i = 0; i < c.n_columns && !s.bad; i++)
		unpack_column(&s, &c, i);
	r = s.bad || s.pos != len ? -EBADMSG : 0;
	if (r < 0)
		goto fail;
	*ret = c;
	return 0;
fail:
	chunk_fini(&c);
	return r;
}

void chunk_summarise(const struct chunk *c, size_t column, size_t first, size_t last,
		     struct chunk_summary *ret)
{
	double sum = 0;

	memset(ret, 0, sizeof *ret);
	for (size_t i = first; i < last; i++) {
		const struct store_value *v = &c->values[i * c->n_columns + column];

		if (v->reason != 0) {
			ret->n_unknown++;
			continue;
		}
		if (ret->n == 0 || v->scaled < ret->min)
			ret->min = v->scaled;
		if (ret->n == 0 || v->scaled > ret->max)
			ret->max = v->scaled;
		sum += (double)v->scaled;
		ret->n++;
	}
	ret->mean = ret->n > 0 ? sum / ret->n : 0;
}
