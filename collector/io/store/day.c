/* day.c - hourly figures of a device, a row a day: what charts over months are drawn from. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/day.h"

enum { DAY_VERSION = 1, MEAN_STEPS = 256, MS_PER_HOUR = 3600000 };

bool same_series(const struct store_series *a, const struct store_series *b)
{
	if (a->metric != b->metric)
		return false;
	if (a->label != NULL || b->label != NULL) /* a label names the instance */
		return a->label != NULL && b->label != NULL && strcmp(a->label, b->label) == 0;
	return a->instance == b->instance;
}

void day_fini(struct day *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->columns[i].label);
	free(d->columns);
	memset(d, 0, sizeof *d);
}

const struct day_column *day_column(const struct day *d, const struct store_series *s)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct day_column *c = &d->columns[i];
		struct store_series have = { c->metric, c->instance, c->label };

		if (same_series(&have, s))
			return c;
	}
	return NULL;
}

static struct day_column *add_column(struct day *d, const struct store_series *s)
{
	struct day_column *p = realloc(d->columns, (d->n + 1) * sizeof *p);

	if (p == NULL)
		return NULL;
	d->columns = p;
	p += d->n;
	memset(p, 0, sizeof *p);
	p->metric = s->metric;
	p->instance = s->instance;
	if (s->label != NULL) {
		p->label = strdup(s->label);
		if (p->label == NULL)
			return NULL;
	}
	d->n++;
	return p;
}

static void merge(struct store_hour *h, const struct chunk_summary *s)
{
	if (s->n > 0) {
		h->min = h->n == 0 || s->min < h->min ? s->min : h->min;
		h->max = h->n == 0 || s->max > h->max ? s->max : h->max;
		h->mean = (h->mean * h->n + s->mean * s->n) / ((double)h->n + s->n);
	}
	h->n += s->n;
	h->n_unknown += s->n_unknown;
}

int day_add(struct day *d, const struct shape_row *s, int64_t hour, const struct chunk *c)
{
	for (size_t i = 0; i < s->n; i++) {
		struct chunk_summary sum;
		struct day_column *column =
			(struct day_column *)(uintptr_t)day_column(d, &s->series[i]);

		if (column == NULL)
			column = add_column(d, &s->series[i]);
		if (column == NULL)
			return -ENOMEM;
		chunk_summarise(c, i, 0, c->n_rows, &sum);
		struct store_hour *h = &column->hours[hour % 24];
		h->hour_ms = hour * MS_PER_HOUR;
		merge(h, &sum);
	}
	return 0;
}

static size_t put_hour(uint8_t *buf, const struct store_hour *h)
{
	size_t len = varint_put(buf, h->n);

	len += varint_put(buf + len, h->n_unknown);
	if (h->n == 0)
		return len;
	len += varint_put(buf + len, zigzag(h->min));
	len += varint_put(buf + len, (uint64_t)h->max - (uint64_t)h->min);
	double above = (h->mean - (double)h->min) * MEAN_STEPS;
	return len + varint_put(buf + len, above < 0 ? 0 : (uint64_t)llround(fmin(above, 9e18)));
}

int day_pack(const struct day *d, uint8_t **ret, size_t *ret_len)
{
	size_t room = 32, len;

	for (size_t i = 0; i < d->n; i++)
		room += 64 + 24 * 50 + (d->columns[i].label ? strlen(d->columns[i].label) : 0);
	uint8_t *buf = malloc(room);
	if (buf == NULL)
		return -ENOMEM;
	len = varint_put(buf, DAY_VERSION);
	len += varint_put(buf + len, d->n);
	for (size_t i = 0; i < d->n; i++) {
		const struct day_column *c = &d->columns[i];
		size_t n = c->label != NULL ? strlen(c->label) : 0;

		len += varint_put(buf + len, c->metric);
		len += varint_put(buf + len, c->instance);
		len += varint_put(buf + len, c->label != NULL ? n + 1 : 0);
		if (n > 0)
			memcpy(buf + len, c->label, n);
		len += n;
		for (int h = 0; h < 24; h++)
			len += put_hour(buf + len, &c->hours[h]);
	}
	*ret = buf;
	*ret_len = len;
	return 0;
}

struct scan {
	const uint8_t *buf;
	size_t len, pos;
	bool bad;
};

static uint64_t number(struct scan *s)
{
	uint64_t v = 0;
	size_t used = varint_get(s->buf + s->pos, s->len - s->pos, &v);

	s->bad |= used == 0;
	s->pos += used;
	return s->bad ? 0 : v;
}

static void get_hour(struct scan *s, int64_t hour, struct store_hour *ret)
{
	uint64_t n = number(s), unknown = number(s);

	ret->hour_ms = hour * MS_PER_HOUR;
	ret->n = (uint32_t)n;
	ret->n_unknown = (uint32_t)unknown;
	if (n == 0)
		return;
	ret->min = unzigzag(number(s));
	ret->max = (int64_t)((uint64_t)ret->min + number(s));
	ret->mean = (double)ret->min + (double)number(s) / MEAN_STEPS;
}

static int get_column(struct scan *s, int64_t day, struct day *d)
{
	struct store_series series = { 0 };
	char label[256];

	series.metric = (uint16_t)number(s);
	series.instance = (uint16_t)number(s);
	uint64_t n = number(s);
	if (s->bad || n > sizeof label || (n > 0 && n - 1 > s->len - s->pos))
		return -EBADMSG;
	if (n > 0) {
		memcpy(label, s->buf + s->pos, (size_t)n - 1);
		label[n - 1] = '\0';
		s->pos += (size_t)n - 1;
		series.label = label;
	}
	struct day_column *c = add_column(d, &series);
	if (c == NULL)
		return -ENOMEM;
	for (int h = 0; h < 24; h++)
		get_hour(s, day * 24 + h, &c->hours[h]);
	return s->bad ? -EBADMSG : 0;
}

int day_unpack(const uint8_t *buf, size_t len, int64_t day, struct day *ret)
{
	struct scan s = { .buf = buf, .len = len };
	struct day d = { 0 };
	uint64_t version = number(&s), n = number(&s);
	int r = s.bad || version != DAY_VERSION || n > CHUNK_MAX_COLUMNS ? -EBADMSG : 0;

	for (uint64_t i = 0; i < n && r == 0; i++)
		r = get_column(&s, day, &d);
	if (r == 0 && s.pos != len)
		r = -EBADMSG;
	if (r < 0) {
		day_fini(&d);
		return r;
	}
	*ret = d;
	return 0;
}
