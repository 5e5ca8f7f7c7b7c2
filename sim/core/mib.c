#include "sim/core/mib.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIALECTS_MAX = 8 };

struct mib_set {
	struct mib mib[DIALECTS_MAX];
	size_t n;
};

static int by_oid(const void *a, const void *b)
{
	const struct mib_object *x = a, *y = b;
	return oid_compare(&x->oid, &y->oid);
}

static int load(struct mib *m, const struct mib_table *t)
{
	size_t n = 0;

	while (t->rows[n].oid != NULL)
		n++;
	m->dialect = t->dialect;
	m->objects = calloc(n + 1, sizeof *m->objects);
	if (m->objects == NULL)
		return -ENOMEM;
	for (m->n = 0; m->n < n; m->n++) {
		m->objects[m->n].row = &t->rows[m->n];
		if (oid_parse(t->rows[m->n].oid, &m->objects[m->n].oid) < 0)
			return -EINVAL;
	}
	qsort(m->objects, n, sizeof *m->objects, by_oid);
	return 0;
}

int mib_set_new(struct mib_set **ret)
{
	struct mib_set *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;
	for (; mib_tables[s->n].dialect != NULL; s->n++) {
		int r = s->n == DIALECTS_MAX ? -ENOSPC : load(&s->mib[s->n], &mib_tables[s->n]);
		if (r < 0) {
			mib_set_free(s);
			return r;
		}
	}
	*ret = s;
	return 0;
}

void mib_set_free(struct mib_set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < DIALECTS_MAX; i++)
		free(s->mib[i].objects);
	free(s);
}

const struct mib *mib_of(const struct mib_set *s, const char *dialect)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->mib[i].dialect, dialect) == 0)
			return &s->mib[i];
	return NULL;
}

/* Index of the first object at or after `oid`. */
static size_t lower_bound(const struct mib *m, const struct oid *oid)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (oid_compare(&m->objects[mid].oid, oid) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct mib_object *mib_get(const struct mib *m, const struct oid *oid)
{
	size_t i = lower_bound(m, oid);

	return i < m->n && oid_compare(&m->objects[i].oid, oid) == 0 ? &m->objects[i] : NULL;
}

const struct mib_object *mib_next(const struct mib *m, const struct oid *oid)
{
	size_t i = lower_bound(m, oid);

	if (i < m->n && oid_compare(&m->objects[i].oid, oid) == 0)
		i++;
	return i < m->n ? &m->objects[i] : NULL;
}

static int64_t word_number(const struct mib_word *words, int64_t state)
{
	for (; words->number != 0; words++)
		if (words->state == state)
			return words->number;
	return 1; /* "unknown" or "other" in every MIB here */
}

static int64_t number_of(const struct mib_row *row, const struct sim_world *w,
			 const struct sim_device *d)
{
	double v;

	if (row->metric == METRIC_NONE)
		return (int64_t)row->scale;
	if (row->metric == M_SYS_UPTIME) {
		v = sim_told(d, M_SYS_UPTIME, 0);
		return (int64_t)(isnan(v) ? (double)(w->now_ms - d->boot_ms) / 10 : v * 100);
	}
	v = sim_told(d, row->metric, row->instance);
	if (isnan(v))
		return 0;
	return row->words != NULL ? word_number(row->words, llround(v)) : llround(v * row->scale);
}

/* 32-bit types wrap as the real ones do. */
static int64_t fit(uint8_t tag, int64_t v)
{
	if (tag == BER_INTEGER)
		return (int32_t)v;
	return tag == BER_COUNTER64 ? v : (int64_t)(uint32_t)v;
}

void mib_put_value(struct ber_out *o, const struct mib_row *row, const struct sim_world *w,
		   const struct sim_device *d)
{
	struct oid oid;
	const char *text = row->metric == M_SYS_NAME ? d->id : row->text;

	if (row->tag == BER_OCTETS)
		ber_put_text(o, BER_OCTETS, text, strlen(text));
	else if (row->tag == BER_OID && oid_parse(text, &oid) == 0)
		ber_put_oid(o, &oid);
	else
		ber_put_int(o, row->tag, fit(row->tag, number_of(row, w, d)));
}
