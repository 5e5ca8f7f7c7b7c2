#include "collector/core/availability.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MS_PER_HOUR = 3600000 };

static int reserve(struct timeline *t, size_t n)
{
	if (n <= t->cap)
		return 0;
	size_t cap = t->cap * 2 < n ? n + 8 : t->cap * 2;
	struct stretch *p = realloc(t->rows, cap * sizeof *p);
	if (p == NULL)
		return -ENOMEM;
	t->rows = p;
	t->cap = cap;
	return 0;
}

/* At the end; joins what is of one piece. */
static int append(struct timeline *t, const struct stretch *s)
{
	if (s->from_ms >= s->until_ms)
		return 0;
	struct stretch *last = t->n > 0 ? &t->rows[t->n - 1] : NULL;
	if (last != NULL && last->state == s->state && last->record == s->record) {
		last->until_ms = s->until_ms;
		return 0;
	}
	int r = reserve(t, t->n + 1);
	if (r == 0)
		t->rows[t->n++] = *s;
	return r;
}

int timeline_init(struct timeline *t, int64_t from_ms, int64_t until_ms)
{
	assert(from_ms <= until_ms);
	memset(t, 0, sizeof *t);
	t->from_ms = from_ms;
	t->until_ms = until_ms;
	return append(t, &(struct stretch){ from_ms, until_ms, STATE_UNKNOWN, 0 });
}

void timeline_fini(struct timeline *t)
{
	free(t->rows);
	memset(t, 0, sizeof *t);
}

int timeline_set(struct timeline *t, enum entity_state state, int64_t since_ms, uint64_t record)
{
	if (since_ms >= t->until_ms)
		return 0;
	if (since_ms < t->from_ms)
		since_ms = t->from_ms;
	while (t->n > 0 && t->rows[t->n - 1].from_ms >= since_ms)
		t->n--;
	if (t->n > 0)
		t->rows[t->n - 1].until_ms = since_ms;
	return append(t, &(struct stretch){ since_ms, t->until_ms, state, record });
}

/* One stretch with [from, until) of it replaced when it is unknown. */
static int append_healed(struct timeline *t, const struct stretch *s, const struct stretch *by)
{
	int64_t from = by->from_ms > s->from_ms ? by->from_ms : s->from_ms;
	int64_t until = by->until_ms < s->until_ms ? by->until_ms : s->until_ms;
	struct stretch part = *s;

	if (s->state != STATE_UNKNOWN || from >= until)
		return append(t, s);
	part.until_ms = from;
	int r = append(t, &part);
	if (r == 0)
		r = append(t, &(struct stretch){ from, until, by->state, by->record });
	part = *s;
	part.from_ms = until;
	return r == 0 ? append(t, &part) : r;
}

int timeline_heal(struct timeline *t, enum entity_state state, int64_t from_ms, int64_t until_ms,
		  uint64_t record)
{
	struct stretch by = { from_ms, until_ms, state, record };
	struct timeline out = { .from_ms = t->from_ms, .until_ms = t->until_ms };
	int r = reserve(&out, t->n + 2);

	for (size_t i = 0; i < t->n && r == 0; i++)
		r = append_healed(&out, &t->rows[i], &by);
	if (r < 0) {
		timeline_fini(&out);
		return r;
	}
	timeline_fini(t);
	*t = out;
	return 0;
}

int timeline_fill(struct timeline *t, const struct timeline *other)
{
	struct timeline out = { .from_ms = t->from_ms, .until_ms = t->until_ms };
	size_t k = 0;
	int r = 0;

	for (size_t i = 0; i < t->n && r == 0; i++) {
		struct stretch s = t->rows[i];

		if (s.state != STATE_UNKNOWN) {
			r = append(&out, &s);
			continue;
		}
		while (k < other->n && other->rows[k].until_ms <= s.from_ms)
			k++;
		for (size_t m = k; m < other->n && other->rows[m].from_ms < s.until_ms && r == 0;
		     m++) {
			struct stretch o = other->rows[m];

			o.from_ms = o.from_ms > s.from_ms ? o.from_ms : s.from_ms;
			o.until_ms = o.until_ms < s.until_ms ? o.until_ms : s.until_ms;
			r = append(&out, o.state == STATE_UNKNOWN
						 ? &(struct stretch){ o.from_ms, o.until_ms,
								      STATE_UNKNOWN, s.record }
						 : &o);
		}
	}
	if (r < 0) {
		timeline_fini(&out);
		return r;
	}
	timeline_fini(t);
	*t = out;
	return 0;
}

static enum entity_state judge(const size_t count[4], size_t n, size_t needed)
{
	size_t up = count[STATE_UP];

	if (n == 0)
		return STATE_UNKNOWN;
	if (up >= needed)
		return STATE_UP;
	up += count[STATE_UNKNOWN];
	if (up >= needed)
		return STATE_UNKNOWN;
	return up + count[STATE_PLANNED] >= needed ? STATE_PLANNED : STATE_DOWN;
}

/* All members at time t: counts, the end of the piece, and whose record explains a change. */
static int64_t look(const struct timeline *const *members, size_t *at, size_t n, int64_t t,
		    int64_t until, size_t count[4], uint64_t *ret_record)
{
	*ret_record = 0;
	memset(count, 0, 4 * sizeof *count);
	for (size_t i = 0; i < n; i++) {
		const struct timeline *m = members[i];

		while (at[i] + 1 < m->n && m->rows[at[i]].until_ms <= t)
			at[i]++;
		count[m->rows[at[i]].state]++;
		if (m->rows[at[i]].until_ms < until)
			until = m->rows[at[i]].until_ms;
		if (m->rows[at[i]].from_ms == t)
			*ret_record = m->rows[at[i]].record;
	}
	return until;
}

int timeline_combine(struct timeline *ret, const struct timeline *const *members, size_t n,
		     size_t needed, int64_t from_ms, int64_t until_ms)
{
	struct timeline out = { .from_ms = from_ms, .until_ms = until_ms };
	size_t *at = calloc(n + 1, sizeof *at), count[4];
	int r = at == NULL ? -ENOMEM : 0;

	for (int64_t t = from_ms; t < until_ms && r == 0;) {
		uint64_t record;
		int64_t end = look(members, at, n, t, until_ms, count, &record);
		enum entity_state s = judge(count, n, needed);

		if (out.n > 0 && out.rows[out.n - 1].state == s)
			out.rows[out.n - 1].until_ms = end;
		else
			r = append(&out, &(struct stretch){ t, end, s, record });
		t = end;
	}
	free(at);
	if (r < 0) {
		timeline_fini(&out);
		return r;
	}
	*ret = out;
	return 0;
}

int timeline_cut(struct timeline *ret, const struct timeline *t, int64_t from_ms, int64_t until_ms)
{
	struct timeline out = { .from_ms = from_ms, .until_ms = until_ms };

	for (size_t i = 0; i < t->n; i++) {
		struct stretch s = t->rows[i];

		s.from_ms = s.from_ms > from_ms ? s.from_ms : from_ms;
		s.until_ms = s.until_ms < until_ms ? s.until_ms : until_ms;
		if (append(&out, &s) < 0) {
			timeline_fini(&out);
			return -ENOMEM;
		}
	}
	*ret = out;
	return 0;
}

/* ---- sums ---- */

static int64_t *part_of(struct availability *a, enum entity_state s)
{
	int64_t *const parts[] = { &a->unknown_ms, &a->up_ms, &a->down_ms, &a->planned_ms };

	return parts[s];
}

void availability_of(const struct timeline *t, struct availability *ret)
{
	int64_t outage_from = 0;
	bool down = false;

	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < t->n; i++) {
		const struct stretch *s = &t->rows[i];

		*part_of(ret, s->state) += s->until_ms - s->from_ms;
		if (s->state != STATE_DOWN) {
			down = false;
			continue;
		}
		if (!down) {
			ret->outages++;
			outage_from = s->from_ms;
		}
		down = true;
		if (s->until_ms - outage_from > ret->longest_ms) {
			ret->longest_ms = s->until_ms - outage_from;
			ret->longest_from_ms = outage_from;
		}
	}
}

void availability_bars(const struct timeline *t, const int64_t *starts, size_t n,
		       struct availability *bars)
{
	size_t i = 0, k = 0;

	while (i < t->n && k < n) {
		const struct stretch *s = &t->rows[i];
		int64_t from = s->from_ms > starts[k] ? s->from_ms : starts[k];
		int64_t until = s->until_ms < starts[k + 1] ? s->until_ms : starts[k + 1];

		if (until > from)
			*part_of(&bars[k], s->state) += until - from;
		if (s->until_ms < starts[k + 1])
			i++;
		else
			k++;
	}
}

void availability_add(struct availability *sum, const struct availability *a)
{
	sum->up_ms += a->up_ms;
	sum->down_ms += a->down_ms;
	sum->planned_ms += a->planned_ms;
	sum->unknown_ms += a->unknown_ms;
	sum->outages += a->outages;
	if (a->longest_ms > sum->longest_ms) {
		sum->longest_ms = a->longest_ms;
		sum->longest_from_ms = a->longest_from_ms;
	}
}

struct bounds availability_bounds(const struct availability *a)
{
	double all = (double)(a->up_ms + a->down_ms + a->unknown_ms);

	if (all <= 0)
		return (struct bounds){ 1, 1 };
	return (struct bounds){ (double)a->up_ms / all, (double)(a->up_ms + a->unknown_ms) / all };
}

int64_t availability_mtbf_ms(const struct availability *a)
{
	return a->outages > 0 ? a->up_ms / a->outages : -1;
}

int64_t availability_mttr_ms(const struct availability *a)
{
	return a->outages > 0 ? a->down_ms / a->outages : -1;
}

double callers_during(const struct timeline *t, enum entity_state state,
		      const double calls_per_hour[24], const struct zone *z)
{
	double callers = 0;

	for (size_t i = 0; i < t->n; i++) {
		int64_t at = t->rows[i].from_ms;

		while (t->rows[i].state == state && at < t->rows[i].until_ms) {
			int64_t s = at / 1000, local = s + zone_offset(z, s);
			int64_t left_ms = MS_PER_HOUR - (local % 3600 * 1000 + at % 1000);
			int64_t end = at + left_ms;

			end = end < t->rows[i].until_ms ? end : t->rows[i].until_ms;
			callers += calls_per_hour[local / 3600 % 24] * (double)(end - at) /
				   MS_PER_HOUR;
			at = end;
		}
	}
	return callers;
}
