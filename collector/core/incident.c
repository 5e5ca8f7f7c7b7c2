/* An incident's life: opened, joined, merged, closed when it has been quiet for a while. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

/* A root that has just come and gone may come again: one incident, told once. */
#define QUIET_PENALTY 1.3
#define ONE_FAULT     2.2 /* raised and cleared once is no flapping: it waits, but not for long */

void incident_touch(struct engine *e, uint32_t row)
{
	if (e->incidents[row].stale)
		return;
	e->incidents[row].stale = true;
	e->stale = engine_grow(e->stale, e->n_stale, &e->stale_size, sizeof *e->stale);
	e->stale[e->n_stale++] = row;
}

static void changed(struct engine *e, uint32_t row)
{
	e->incidents[row].dirty = true;
	incident_touch(e, row);
}

enum severity incident_severity(const struct incident *in)
{
	int s = SEVERITY_CRITICAL;

	while (s > SEVERITY_CLEARED && in->by_severity[s] == 0)
		s--;
	return (enum severity)s;
}

enum capacity_state incident_level(const struct incident *in)
{
	int s = CAPACITY_DARK;

	while (s > CAPACITY_FULL && in->by_level[s] == 0)
		s--;
	return (enum capacity_state)s;
}

/* What an active alarm means for the centre's capacity. */
static enum capacity_state level_of(const struct engine *e, const struct incident_member *m)
{
	if (e->t->entities[m->entity].kind == ENTITY_SITE)
		return strcmp(m->code, "dark") == 0	       ? CAPACITY_DARK
		       : strcmp(m->code, "below_minimum") == 0 ? CAPACITY_CRITICAL
							       : CAPACITY_FULL;
	return e->t->entities[m->entity].seat != NO_ENTITY ? CAPACITY_DEGRADED : CAPACITY_FULL;
}

void incident_count(struct engine *e, struct incident *in, uint32_t member, bool counted)
{
	const struct incident_member *m = &in->members[member];

	if (in->counted[member] == counted)
		return;
	in->counted[member] = counted;
	if (counted && m->severity > (enum severity)in->worst)
		in->worst = (uint8_t)m->severity;
	in->by_severity[m->severity] += counted ? 1 : UINT32_MAX; /* wraps to one less */
	in->by_level[level_of(e, m)] += counted ? 1 : UINT32_MAX;
}

static uint32_t add_member(struct incident *in, struct incident_member m)
{
	uint32_t n = in->n_members, size = in->size;

	in->members = engine_grow(in->members, n, &in->size, sizeof *in->members);
	if (in->size != size) {
		in->ids = realloc(in->ids, in->size * sizeof *in->ids);
		in->counted = realloc(in->counted, in->size * sizeof *in->counted);
		assert(in->ids != NULL && in->counted != NULL);
	}
	in->members[n] = m;
	in->ids[n] = m.id;
	in->counted[n] = false;
	in->n_members++;
	in->n_active += m.active;
	return n;
}

void incident_join(struct engine *e, uint32_t row, uint32_t alarm_row)
{
	struct incident *in = &e->incidents[row];
	struct alarm_row *a = &e->alarms[alarm_row];

	a->unassigned = false;
	a->incident = row;
	a->member = add_member(in, (struct incident_member){ .id = a->id,
							     .entity = a->entity,
							     .code = alarm_rule(e, a)->code,
							     .severity = alarm_severity(e, a),
							     .active = a->raised,
							     .onset_wall_ms = a->onset_wall_ms });
	incident_count(e, in, a->member, a->raised && !a->shelved);
	changed(e, row);
}

static uint32_t make_row(struct engine *e)
{
	uint32_t row = e->free_incident;

	while (row < e->n_incidents && e->incidents[row].used)
		row++;
	e->free_incident = row + 1;
	if (row == e->n_incidents) {
		e->incidents =
			engine_grow(e->incidents, row, &e->incidents_size, sizeof *e->incidents);
		e->n_incidents++;
	}
	return row;
}

uint32_t incident_open(struct engine *e, uint32_t root_alarm)
{
	uint32_t row = make_row(e), n_people = e->plan != NULL ? e->plan->n_people : 0;

	e->incidents[row] = (struct incident){
		.number = ++e->last_number,
		.used = true,
		.open = true,
		.site = e->t->entities[e->alarms[root_alarm].entity].site,
		.opened_ms = e->now.mono_ms,
		.opened_wall_ms = e->now.wall_ms,
		.told_level = CAPACITY_FULL,
		.armed = INT64_MAX,
		.told = calloc(n_people + (size_t)1, 1),
		.change = INCIDENT_OPENED,
	};
	assert(e->incidents[row].told != NULL);
	incident_join(e, row, root_alarm);
	return row;
}

uint32_t incident_alarm_row(const struct engine *e, const struct incident *in, uint32_t member)
{
	const struct incident_member *m = &in->members[member];
	uint32_t row = e->nodes[m->entity].alarms;

	while (row != NONE && strcmp(alarm_rule(e, &e->alarms[row])->code, m->code) != 0)
		row = e->alarms[row].next;
	return row;
}

static void swap_members(struct engine *e, struct incident *in, uint32_t a, uint32_t b)
{
	struct incident_member m = in->members[a];
	bool c = in->counted[a];
	uint32_t rows[2] = { incident_alarm_row(e, in, a), incident_alarm_row(e, in, b) };

	in->members[a] = in->members[b];
	in->ids[a] = in->members[a].id;
	in->counted[a] = in->counted[b];
	in->members[b] = m;
	in->ids[b] = m.id;
	in->counted[b] = c;
	if (rows[0] != NONE)
		e->alarms[rows[0]].member = b;
	if (rows[1] != NONE)
		e->alarms[rows[1]].member = a;
}

void incident_set_root(struct engine *e, uint32_t row, uint32_t member)
{
	struct incident *in = &e->incidents[row];

	if (member != 0)
		swap_members(e, in, 0, member);
	in->site = e->t->entities[in->members[0].entity].site;
	changed(e, row);
}

static void detach(struct engine *e, uint32_t row)
{
	struct incident *in = &e->incidents[row];

	for (uint32_t i = 0; i < in->n_members; i++) {
		uint32_t a = incident_alarm_row(e, in, i);

		if (a == NONE || e->alarms[a].incident != row)
			continue;
		e->alarms[a].incident = NONE;
		alarm_arm(e, a, e->now.mono_ms + 1);
	}
}

static void close_incident(struct engine *e, uint32_t row)
{
	struct incident *in = &e->incidents[row];

	detach(e, row);
	in->open = false;
	in->closed_ms = e->now.mono_ms;
	in->closed_wall_ms = e->now.wall_ms;
	in->change = INCIDENT_CLOSED;
	changed(e, row);
}

/* All of `from` becomes part of `into`; who was told of the one was told of both. */
void incident_merge(struct engine *e, uint32_t into, uint32_t from)
{
	struct incident *a = &e->incidents[into], *b = &e->incidents[from];
	uint32_t n_people = e->plan != NULL ? e->plan->n_people : 0;

	for (uint32_t i = 0; i < b->n_members; i++) {
		uint32_t row = incident_alarm_row(e, b, i);

		if (row != NONE && e->alarms[row].incident == from)
			incident_join(e, into, row);
	}
	for (uint32_t i = 0; i < n_people; i++)
		a->told[i] = a->told[i] || b->told[i];
	if (b->paged && !a->paged) {
		a->paged = true;
		a->paged_ms = b->paged_ms;
		a->step = b->step;
		a->acked = b->acked;
		a->acked_ms = b->acked_ms;
		a->told_severity = b->told_severity;
		a->told_level = b->told_level;
	}
	if (a->owner == NULL) {
		a->owner = b->owner;
		b->owner = NULL;
		a->owned_until_wall_ms = b->owned_until_wall_ms;
	}
	b->paged = false; /* nothing is resolved by it */
	close_incident(e, from);
}

static void activate(struct engine *e, struct alarm_row *a)
{
	struct incident *in = &e->incidents[a->incident];
	struct incident_member *m = &in->members[a->member];

	m->id = in->ids[a->member] = a->id;
	m->active = true;
	in->n_active++;
}

/* Inferred from what needs it: over when all of that is. */
static void end_inferred(struct engine *e, const struct incident *in)
{
	uint32_t root = incident_alarm_row(e, in, 0);

	if (in->n_active == 1 && root != NONE && e->alarms[root].raised &&
	    e->alarms[root].inferred &&
	    e->t->entities[e->alarms[root].entity].kind == ENTITY_DEVICE)
		alarm_condition(e, e->alarms[root].entity, e->alarms[root].rule,
				(struct bad){ BAD_INFERRED, 0 }, false);
}

void incident_alarm_changed(struct engine *e, uint32_t alarm_row)
{
	struct alarm_row *a = &e->alarms[alarm_row];

	if (a->incident == NONE) {
		e->look = true;
		return;
	}
	struct incident *in = &e->incidents[a->incident];
	struct incident_member *m = &in->members[a->member];
	enum severity before = incident_severity(in);

	if (a->raised && !m->active) {
		activate(e, a);
	} else if (!a->raised && m->active) {
		m->active = false;
		in->n_active--;
		if (in->n_active == 0) {
			in->quiet_ms = e->now.mono_ms;
			changed(e, a->incident);
		}
	}
	incident_count(e, in, a->member, a->raised && !a->shelved);
	if (incident_severity(in) != before)
		changed(e, a->incident);
	else
		incident_touch(e, a->incident);
	end_inferred(e, in);
}

void incident_steady(struct engine *e, uint32_t alarm_row)
{
	uint32_t row = e->alarms[alarm_row].incident;

	if (row == NONE)
		return;
	e->incidents[row].steady = true;
	incident_touch(e, row);
}

/* When it may be closed: quiet long enough, and nothing in it likely to come again at once. */
static int64_t may_close_ms(const struct engine *e, const struct incident *in)
{
	int64_t at = in->quiet_ms + LINGER_MS;
	uint32_t root = incident_alarm_row(e, in, 0);

	if (root != NONE) {
		const struct alarm *life = &e->alarms[root].life;
		int64_t now = e->now.mono_ms;
		int64_t calm = alarm_penalty_falls_to(life, QUIET_PENALTY, now);

		if (alarm_penalty(life, in->quiet_ms) < ONE_FAULT && calm > in->quiet_ms + WAIT_MS)
			calm = in->quiet_ms + WAIT_MS;
		if (calm > now && calm > at)
			at = calm;
	}
	return at;
}

/* Its root is being worked on, and no critical alarm of a centre that is not. */
static bool is_planned(const struct engine *e, const struct incident *in)
{
	uint32_t site = in->site;

	if (!entity_is_planned(e, in->members[0].entity))
		return false;
	if (site != NO_ENTITY && e->nodes[e->t->sites[site].entity].planned > 0)
		return true;
	return incident_level(in) < CAPACITY_CRITICAL;
}

bool incident_is_muted(const struct incident *in)
{
	return in->n_active > 0 && incident_severity(in) == SEVERITY_CLEARED;
}

static void note_muted(struct engine *e, struct incident *in)
{
	bool muted = incident_is_muted(in);

	if (muted == in->muted || in->n_active == 0)
		return;
	in->muted = muted;
	in->dirty = true;
	if (!muted)
		escalation_resume(e, in);
}

static void look_at(struct engine *e, uint32_t row)
{
	struct incident *in = &e->incidents[row];
	int64_t wake = INT64_MAX;

	if (in->open && in->n_active == 0 && e->now.mono_ms >= may_close_ms(e, in))
		close_incident(e, row);
	if (in->open)
		in->planned = is_planned(e, in);
	note_muted(e, in);
	escalation_lapse(e, in);
	if (in->dirty) {
		struct effect *f = engine_effect(e, EFFECT_INCIDENT);

		in->dirty = false;
		f->incident.view = incident_view_of(e, in);
		f->incident.change = in->change;
		in->change = INCIDENT_UPDATED;
	}
	if (in->open)
		escalation_step(e, in);
	else if (in->paged)
		escalation_resolved(e, in);
	if (in->open && in->n_active == 0)
		wake = may_close_ms(e, in);
	else if (in->open)
		wake = escalation_wake(e, in);
	else
		wake = in->closed_ms + KEEP_CLOSED_MS;
	due_arm(&e->due, &in->armed, DUE_INCIDENT, row, wake);
}

static void forget(struct incident *in)
{
	free(in->members);
	free(in->ids);
	free(in->counted);
	free(in->told);
	free(in->owner);
	memset(in, 0, sizeof *in);
}

void incident_due(struct engine *e, uint32_t row)
{
	struct incident *in = &e->incidents[row];

	in->armed = INT64_MAX;
	if (!in->used)
		return;
	if (!in->open && !in->stale && e->now.mono_ms >= in->closed_ms + KEEP_CLOSED_MS) {
		forget(in);
		if (row < e->free_incident)
			e->free_incident = row;
	} else {
		incident_touch(e, row);
	}
}

static int by_number(const struct engine *e, uint32_t a, uint32_t b)
{
	return e->incidents[a].number < e->incidents[b].number ? -1 : 1;
}

/* In order of number, whatever woke them: few rows, nearly sorted. */
static void sort_stale(struct engine *e)
{
	for (uint32_t i = 1; i < e->n_stale; i++) {
		uint32_t row = e->stale[i], k = i;

		for (; k > 0 && by_number(e, row, e->stale[k - 1]) < 0; k--)
			e->stale[k] = e->stale[k - 1];
		e->stale[k] = row;
	}
}

void incident_flush(struct engine *e)
{
	if (e->n_stale < 1000)
		sort_stale(e);
	for (uint32_t i = 0; i < e->n_stale; i++) {
		look_at(e, e->stale[i]); /* may mark it stale again only by itself */
		e->incidents[e->stale[i]].stale = false;
	}
	e->n_stale = 0;
}

uint32_t incident_by_number(const struct engine *e, uint32_t number)
{
	for (uint32_t i = 0; i < e->n_incidents; i++)
		if (e->incidents[i].used && e->incidents[i].number == number)
			return i;
	return NONE;
}

/* Of what is active, of one that is over the worst; of what was silenced all along, the same of that. */
static enum severity severity_seen(const struct incident *in)
{
	bool over = in->n_active == 0;
	enum severity s = over ? (enum severity)in->worst : incident_severity(in);

	if (s != SEVERITY_CLEARED)
		return s;
	for (uint32_t i = 0; i < in->n_members; i++)
		if ((over || in->members[i].active) && in->members[i].severity > s)
			s = in->members[i].severity;
	return s;
}

struct incident_view incident_view_of(const struct engine *e, const struct incident *in)
{
	(void)e;
	return (struct incident_view){ .number = in->number,
				       .root = in->ids[0],
				       .site = in->site,
				       .severity = severity_seen(in),
				       .opened_wall_ms = in->opened_wall_ms,
				       .closed_wall_ms = in->closed_wall_ms,
				       .owner = in->owner,
				       .owned_until_wall_ms = in->owned_until_wall_ms,
				       .alarms = in->ids,
				       .members = in->members,
				       .n_alarms = in->n_members,
				       .planned = in->planned,
				       .shelved = in->open && incident_is_muted(in),
				       .paged = in->paged };
}
