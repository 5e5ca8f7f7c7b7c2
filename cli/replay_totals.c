/* How long each site and device was up, down, planned, unknown: as noticed live, then healed by what
 * was told afterwards. */
#include <errno.h>
#include <stdlib.h>

#include "cli/replay.h"
#include "collector/core/availability.h"
#include "common/core/grow.h"

enum {
	CONTINUOUS_MS = 60000 /* a reading speaks for the time since the one before it */
};
#define FAR_MS (100 * 366 * 86400000LL)

struct observed {
	int64_t at_ms;
	enum entity_state state;
};

struct history {
	struct observed *rows;
	size_t n, cap;
};

struct replay_totals {
	const struct topology *t;
	struct timeline *lines;
	struct history *late;
	bool *site_late;
	int64_t from_ms;
};

int replay_totals_new(struct replay_totals **ret, const struct topology *t, int64_t from_ms)
{
	struct replay_totals *r = calloc(1, sizeof *r);
	size_t n = t->n_entities + (size_t)1;

	if (r == NULL)
		return -ENOMEM;
	r->t = t;
	r->from_ms = from_ms;
	r->lines = calloc(n, sizeof *r->lines);
	r->late = calloc(n, sizeof *r->late);
	r->site_late = calloc(t->n_sites + (size_t)1, sizeof *r->site_late);
	if (r->lines == NULL || r->late == NULL || r->site_late == NULL) {
		replay_totals_free(r);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < t->n_entities; i++) {
		if (timeline_init(&r->lines[i], from_ms, from_ms + FAR_MS) < 0) {
			replay_totals_free(r);
			return -ENOMEM;
		}
	}
	*ret = r;
	return 0;
}

void replay_totals_free(struct replay_totals *r)
{
	if (r == NULL)
		return;
	for (uint32_t i = 0; r->lines != NULL && i < r->t->n_entities; i++)
		timeline_fini(&r->lines[i]);
	for (uint32_t i = 0; r->late != NULL && i < r->t->n_entities; i++)
		free(r->late[i].rows);
	free(r->lines);
	free(r->late);
	free(r->site_late);
	free(r);
}

int replay_totals_state(struct replay_totals *r, uint32_t entity, enum entity_state s,
			int64_t since_ms)
{
	return timeline_set(&r->lines[entity], s, since_ms > r->from_ms ? since_ms : r->from_ms, 0);
}

int replay_totals_observed(struct replay_totals *r, uint32_t entity, enum entity_state s,
			   int64_t observed_ms)
{
	struct history *h = &r->late[entity];

	struct observed *rows = grow(h->rows, h->n, &h->cap, 16, sizeof *rows);

	if (rows == NULL)
		return -ENOMEM;
	h->rows = rows;
	h->rows[h->n++] = (struct observed){ observed_ms, s };
	if (r->t->entities[entity].site != NO_ENTITY)
		r->site_late[r->t->entities[entity].site] = true;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct observed *x = a, *y = b;

	return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms;
}

static const struct stretch *stretch_at(const struct timeline *t, int64_t at_ms)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].from_ms <= at_ms && at_ms < t->rows[i].until_ms)
			return &t->rows[i];
	return NULL;
}

/* From each reading to the next, never past the end of the gap that it lies in; and the short gap
 * before the first of them, in which nothing can have changed unnoticed. */
static int heal(struct timeline *t, struct history *h)
{
	int r = 0;

	if (h->n > 1)
		qsort(h->rows, h->n, sizeof *h->rows, by_time);
	for (uint32_t i = 0; i < h->n && r == 0; i++) {
		const struct stretch *gap = stretch_at(t, h->rows[i].at_ms);
		int64_t from = h->rows[i].at_ms, until;

		if (gap == NULL || gap->state != STATE_UNKNOWN)
			continue;
		until = gap->until_ms;
		if (i + 1 < h->n && h->rows[i + 1].at_ms < until)
			until = h->rows[i + 1].at_ms;
		if (gap > t->rows && from - gap->from_ms <= CONTINUOUS_MS)
			r = timeline_heal(t, gap[-1].state, gap->from_ms, from, 0);
		if (r == 0)
			r = timeline_heal(t, h->rows[i].state, from, until, 0);
	}
	return r;
}

/* A seat answers while all of its parts do, one PBX among them. */
static int seat_line(struct replay_totals *r, const struct seat *s, struct timeline *ret,
		     int64_t until_ms)
{
	const struct site *site = &r->t->sites[s->site];
	const uint32_t parts[] = { s->workstation, s->headset, s->phone };
	const struct timeline *members[4], *pbxs[16];
	struct timeline pbx = { 0 };
	size_t n = 0, n_pbx = 0;
	int e = 0;

	for (size_t i = 0; i < 3; i++)
		if (parts[i] != NO_ENTITY)
			members[n++] = &r->lines[parts[i]];
	for (uint32_t i = 0; i < site->n_pbx && i < 16; i++)
		pbxs[n_pbx++] = &r->lines[site->pbx[i]];
	if (n_pbx > 0) {
		e = timeline_combine(&pbx, pbxs, n_pbx, 1, r->from_ms, until_ms);
		members[n++] = &pbx;
	}
	if (e == 0)
		e = timeline_combine(ret, members, n, n, r->from_ms, until_ms);
	timeline_fini(&pbx);
	return e;
}

/* What the centre's parts now know of the time when the centre itself was unknown. */
static int heal_site(struct replay_totals *r, uint32_t i, int64_t until_ms)
{
	const struct site *s = &r->t->sites[i];
	struct timeline *seats = calloc(s->n_seats + (size_t)1, sizeof *seats);
	const struct timeline **members = calloc(s->n_seats + (size_t)1, sizeof *members);
	struct timeline all = { 0 };
	int e = seats != NULL && members != NULL ? 0 : -ENOMEM;

	for (uint32_t k = 0; k < s->n_seats && e == 0; k++) {
		members[k] = &seats[k];
		e = seat_line(r, &r->t->seats[s->first_seat + k], &seats[k], until_ms);
	}
	if (e == 0 && s->n_seats > 0)
		e = timeline_combine(&all, members, s->n_seats, 1, r->from_ms, until_ms);
	if (e == 0 && s->n_seats > 0)
		e = timeline_fill(&r->lines[s->entity], &all);
	for (uint32_t k = 0; seats != NULL && k < s->n_seats; k++)
		timeline_fini(&seats[k]);
	timeline_fini(&all);
	free(seats);
	free(members);
	return e;
}

static json_t *seconds(int64_t ms)
{
	return ms % 1000 == 0 ? json_integer(ms / 1000) : json_real((double)ms / 1000);
}

static int print_entity(const struct replay_totals *r, uint32_t entity, int64_t until_ms,
			const char *at, FILE *out)
{
	struct availability a;

	availability_of(&r->lines[entity], &a);
	(void)until_ms;
	return replay_print_line(
		out, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "at", at, "type",
			       "availability", "entity", r->t->entities[entity].id, "up_s",
			       seconds(a.up_ms), "down_s", seconds(a.down_ms), "planned_s",
			       seconds(a.planned_ms), "unknown_s", seconds(a.unknown_ms)));
}

static int cut(struct replay_totals *r, uint32_t entity, int64_t until_ms)
{
	struct timeline part;
	int e = timeline_cut(&part, &r->lines[entity], r->from_ms, until_ms);

	if (e < 0)
		return e;
	timeline_fini(&r->lines[entity]);
	r->lines[entity] = part;
	return 0;
}

int replay_totals_print(struct replay_totals *r, int64_t until_ms, FILE *out)
{
	char at[32];
	int e = 0;

	for (uint32_t i = 0; i < r->t->n_entities && e == 0; i++) {
		if (r->t->entities[i].kind > ENTITY_SITE)
			continue;
		e = cut(r, i, until_ms);
		if (e == 0)
			e = heal(&r->lines[i], &r->late[i]);
	}
	for (uint32_t i = 0; i < r->t->n_sites && e == 0; i++)
		if (r->site_late[i])
			e = heal_site(r, i, until_ms);
	(void)replay_time(at, until_ms);
	for (uint32_t i = 0; i < r->t->n_entities && e == 0; i++)
		if (r->t->entities[i].kind <= ENTITY_SITE)
			e = print_entity(r, i, until_ms, at, out);
	return e;
}
