#include "collector/core/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

void *engine_grow(void *rows, uint32_t n, uint32_t *size, size_t row_size)
{
	if (n < *size)
		return rows;
	while (*size <= n)
		*size = *size == 0 ? 16 : *size * 2;
	rows = realloc(rows, *size * row_size);
	assert(rows != NULL);
	return rows;
}

struct effect *engine_effect(struct engine *e, enum effect_kind kind)
{
	if (e->n_effects == e->effects_size) {
		e->effects_size = e->effects_size == 0 ? 64 : e->effects_size * 2;
		e->effects = realloc(e->effects, e->effects_size * sizeof *e->effects);
		assert(e->effects != NULL);
	}
	struct effect *f = &e->effects[e->n_effects++];
	memset(f, 0, sizeof *f);
	f->kind = kind;
	f->wall_ms = e->now.wall_ms;
	return f;
}

void engine_touch(struct engine *e, uint32_t entity)
{
	if (e->nodes[entity].dirty)
		return;
	e->nodes[entity].dirty = true;
	e->dirty_nodes =
		engine_grow(e->dirty_nodes, e->n_dirty, &e->dirty_size, sizeof *e->dirty_nodes);
	e->dirty_nodes[e->n_dirty++] = entity;
}

void engine_touch_site(struct engine *e, uint32_t site)
{
	if (site == NO_ENTITY || e->sites[site].dirty)
		return;
	e->sites[site].dirty = true;
	e->dirty_sites = engine_grow(e->dirty_sites, e->n_dirty_sites, &e->dirty_sites_size,
				     sizeof *e->dirty_sites);
	e->dirty_sites[e->n_dirty_sites++] = site;
}

static void init_nodes(struct engine *e)
{
	for (uint32_t i = 0; i < e->t->n_entities; i++) {
		struct node *n = &e->nodes[i];
		const struct entity *ent = &e->t->entities[i];

		n->heard_ms = INT64_MIN;
		n->since_wall_ms = e->now.wall_ms;
		n->alarms = n->row = NONE;
		if (ent->kind == ENTITY_AGENT)
			e->n_agents++;
		else if (ent->device_class == CLASS_UPS)
			e->n_ups++;
		else if (ent->device_class == CLASS_PBX)
			e->n_pbx++;
		e->n_needed += ent->needed_for_seats && ent->kind == ENTITY_DEVICE;
	}
	e->nodes[e->t->broker].observed = e->observed[e->t->broker] = OBSERVED_UP;
	e->nodes[e->t->broker].raw = e->nodes[e->t->broker].state = STATE_UP;
	e->nodes[e->t->collector].observed = e->observed[e->t->collector] = OBSERVED_UP;
	e->nodes[e->t->collector].raw = e->nodes[e->t->collector].state = STATE_UP;
}

struct span_of_sites {
	uint32_t *first, *n;
};

static int make_rows(struct engine *e)
{
	uint32_t agent = 0, ups = 0, pbx = 0;

	e->agents = calloc(e->n_agents + (size_t)1, sizeof *e->agents);
	e->ups = calloc(e->n_ups + (size_t)1, sizeof *e->ups);
	e->pbx = calloc(e->n_pbx + (size_t)1, sizeof *e->pbx);
	if (e->agents == NULL || e->ups == NULL || e->pbx == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < e->t->n_entities; i++) {
		const struct entity *ent = &e->t->entities[i];

		if (ent->kind == ENTITY_AGENT) {
			e->agents[agent].entity = i;
			e->agents[agent].armed = INT64_MAX;
			e->nodes[i].row = agent++;
		} else if (ent->device_class == CLASS_UPS) {
			e->ups[ups].entity = i;
			discharge_init(&e->ups[ups].model);
			e->nodes[i].row = ups++;
		} else if (ent->device_class == CLASS_PBX) {
			const double unknown = __builtin_nan("");

			e->pbx[pbx] = (struct pbx){ .entity = i,
						    .calls = unknown,
						    .calls_limit = unknown,
						    .channels = unknown,
						    .channels_total = unknown,
						    .registered = unknown };
			e->nodes[i].row = pbx++;
		}
	}
	return 0;
}

/* Where a UPS or PBX keeps which sites hang on it: any class may stand in `power`. */
static struct span_of_sites fed_by(struct engine *e, uint32_t entity)
{
	enum device_class c = e->t->entities[entity].device_class;
	struct span_of_sites none = { NULL, NULL };

	if (e->t->entities[entity].kind != ENTITY_DEVICE || (c != CLASS_UPS && c != CLASS_PBX))
		return none;
	if (c == CLASS_UPS)
		return (struct span_of_sites){ &e->ups[e->nodes[entity].row].first_fed,
					       &e->ups[e->nodes[entity].row].n_fed };
	return (struct span_of_sites){ &e->pbx[e->nodes[entity].row].first_fed,
				       &e->pbx[e->nodes[entity].row].n_fed };
}

static void count_fed(struct engine *e, const uint32_t *by, uint32_t n, uint32_t *ret_total)
{
	for (uint32_t i = 0; i < n; i++) {
		struct span_of_sites s = fed_by(e, by[i]);

		if (s.n != NULL) {
			++*s.n;
			++*ret_total;
		}
	}
}

static void fill_fed(struct engine *e, uint32_t site, const uint32_t *by, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct span_of_sites s = fed_by(e, by[i]);

		if (s.n != NULL)
			e->fed[*s.first + (*s.n)++] = site;
	}
}

static uint32_t place_fed(uint32_t *first, uint32_t *n, uint32_t at)
{
	*first = at;
	at += *n;
	*n = 0;
	return at;
}

/* A site's PBX or UPS may stand in another one: counted, placed, filled. */
static int list_fed(struct engine *e)
{
	uint32_t total = 0, at = 0;

	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		count_fed(e, e->t->sites[i].power, e->t->sites[i].n_power, &total);
		count_fed(e, e->t->sites[i].pbx, e->t->sites[i].n_pbx, &total);
	}
	e->fed = calloc(total + (size_t)1, sizeof *e->fed);
	if (e->fed == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < e->n_ups; i++)
		at = place_fed(&e->ups[i].first_fed, &e->ups[i].n_fed, at);
	for (uint32_t i = 0; i < e->n_pbx; i++)
		at = place_fed(&e->pbx[i].first_fed, &e->pbx[i].n_fed, at);
	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		fill_fed(e, i, e->t->sites[i].power, e->t->sites[i].n_power);
		fill_fed(e, i, e->t->sites[i].pbx, e->t->sites[i].n_pbx);
	}
	return 0;
}

static int list_needed(struct engine *e)
{
	uint32_t n = 0;

	e->needed = calloc(e->n_needed + (size_t)1, sizeof *e->needed);
	if (e->needed == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		if (e->t->entities[i].needed_for_seats && e->t->entities[i].kind == ENTITY_DEVICE)
			e->needed[n++] = i;
	return 0;
}

/* Devices grouped by their agent: counted, summed, filled. */
static int sort_devices(struct engine *e)
{
	uint32_t n = 0;

	e->devices = malloc((e->t->n_entities + (size_t)1) * sizeof *e->devices);
	if (e->devices == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		if (e->t->entities[i].agent != NO_ENTITY)
			e->agents[e->nodes[e->t->entities[i].agent].row].n_devices++;
	for (uint32_t i = 0; i < e->n_agents; i++) {
		e->agents[i].first_device = n;
		n += e->agents[i].n_devices;
		e->agents[i].n_devices = 0;
	}
	for (uint32_t i = 0; i < e->t->n_entities; i++) {
		if (e->t->entities[i].agent == NO_ENTITY)
			continue;
		struct agent *a = &e->agents[e->nodes[e->t->entities[i].agent].row];

		e->devices[a->first_device + a->n_devices++] = i;
	}
	return 0;
}

static void init_sites(struct engine *e)
{
	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		struct site_live *s = &e->sites[i];

		s->armed = INT64_MAX;
		s->unknown = e->t->sites[i].n_seats;
		s->told = (struct capacity){ .site = i,
					     .seats_total = e->t->sites[i].n_seats,
					     .seats_unknown = e->t->sites[i].n_seats,
					     .limiting = NO_ENTITY,
					     .minutes_left = -1,
					     .minutes_low = -1,
					     .minutes_high = -1 };
	}
	e->hotline = (struct capacity){ .site = NO_ENTITY,
					.limiting = NO_ENTITY,
					.minutes_left = -1,
					.minutes_low = -1,
					.minutes_high = -1 };
	for (uint32_t i = 0; i < e->t->n_seats; i++)
		e->seats[i].limiting = NO_ENTITY;
}

int engine_new(struct engine **ret, const struct topology *t, const struct ruleset *rules,
	       const struct oncall_plan *plan, struct instant now)
{
	int r = -ENOMEM;
	size_t n = t->n_entities + (size_t)1;
	struct engine *e = calloc(1, sizeof *e);

	if (e == NULL)
		return -ENOMEM;
	e->t = t;
	e->rules = rules;
	e->plan = plan;
	e->now = e->started = e->broker_changed = now;
	e->broker_up = true;
	e->free_alarm = NONE;
	e->nodes = calloc(n, sizeof *e->nodes);
	e->observed = calloc(n, sizeof *e->observed);
	e->sites = calloc(t->n_sites + (size_t)1, sizeof *e->sites);
	e->seats = calloc(t->n_seats + (size_t)1, sizeof *e->seats);
	e->scratch = calloc(plan != NULL ? plan->n_people + (size_t)1 : 1, sizeof *e->scratch);
	if (e->nodes == NULL || e->observed == NULL || e->sites == NULL || e->seats == NULL ||
	    e->scratch == NULL)
		goto fail;
	r = rootcause_new(&e->rc, t);
	if (r < 0)
		goto fail;
	init_nodes(e);
	init_sites(e);
	r = make_rows(e);
	if (r == 0)
		r = sort_devices(e);
	if (r == 0)
		r = list_needed(e);
	if (r == 0)
		r = list_fed(e);
	if (r < 0)
		goto fail;
	*ret = e;
	return 0;
fail:
	engine_free(e);
	return r;
}

static void incident_fini(struct incident *in)
{
	free(in->members);
	free(in->ids);
	free(in->counted);
	free(in->told);
	free(in->owner);
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	for (uint32_t i = 0; i < e->n_incidents; i++)
		incident_fini(&e->incidents[i]);
	for (uint32_t i = 0; i < e->n_windows; i++)
		free(e->windows[i].id);
	for (uint32_t i = 0; i < e->n_silences; i++)
		silence_fini(&e->silences[i]);
	rootcause_free(e->rc);
	free(e->nodes);
	free(e->observed);
	free(e->agents);
	free(e->devices);
	free(e->needed);
	free(e->fed);
	free(e->sites);
	free(e->seats);
	free(e->ups);
	free(e->pbx);
	free(e->alarms);
	free(e->incidents);
	free(e->windows);
	free(e->silences);
	free(e->silence_views);
	free(e->due.rows);
	free(e->dirty_nodes);
	free(e->dirty_sites);
	free(e->waiting);
	free(e->stale);
	free(e->symptoms);
	free(e->roots);
	free(e->effects);
	free(e->alarm_views);
	free(e->incident_views);
	free(e->scratch);
	free(e);
}

/* Time never runs backwards inside; a wall clock that jumps is taken as it is. */
static void enter(struct engine *e, struct instant now)
{
	if (now.mono_ms < e->now.mono_ms)
		now.mono_ms = e->now.mono_ms;
	e->now = now;
}

void engine_birth(struct engine *e, uint32_t agent, struct instant now)
{
	enter(e, now);
	liveness_heard(e, agent, true);
}

void engine_heartbeat(struct engine *e, uint32_t agent, struct instant now)
{
	enter(e, now);
	liveness_heard(e, agent, false);
}

void engine_death(struct engine *e, uint32_t agent, struct instant now)
{
	enter(e, now);
	liveness_died(e, agent);
}

void engine_broker(struct engine *e, bool up, struct instant now)
{
	enter(e, now);
	liveness_broker(e, up);
}

void engine_report(struct engine *e, uint32_t device, const struct reading *readings, size_t n,
		   struct instant now)
{
	enter(e, now);
	device_readings(e, device, readings, n);
}

void engine_reachable(struct engine *e, uint32_t device, bool reachable, struct instant now)
{
	enter(e, now);
	device_set_reachable(e, device, reachable);
}

void engine_unanswered(struct engine *e, uint32_t device, int64_t since_mono_ms, struct instant now)
{
	enter(e, now);
	device_set_reachable(e, device, false);
	alarm_backdate(e, device, "unreachable", since_mono_ms);
}

int engine_condition(struct engine *e, uint32_t entity, const char *code, bool bad,
		     struct instant now)
{
	enter(e, now);
	if (rule_find(e->rules, rule_subject(&e->t->entities[entity]), code) == NO_RULE)
		return -ENOENT;
	alarm_set(e, entity, code, BAD_REPORTED, bad);
	return 0;
}

static void window_turn(struct engine *e, struct window *w, bool open)
{
	struct node *n = &e->nodes[w->entity];

	if (w->open == open)
		return;
	w->open = open;
	n->planned = (uint8_t)(n->planned + (open ? 1 : -1));
	e->n_open_windows += open ? 1 : UINT32_MAX; /* wraps to one less */
	engine_touch(e, w->entity);
	if (e->t->entities[w->entity].kind == ENTITY_SITE)
		for (uint32_t i = 0; i < e->t->n_entities; i++)
			if (e->t->entities[i].site == e->t->entities[w->entity].site)
				engine_touch(e, i);
	for (uint32_t i = 0; i < e->n_incidents; i++)
		if (e->incidents[i].used && e->incidents[i].open)
			incident_touch(e, i);
}

static void window_due(struct engine *e, uint32_t row)
{
	struct window *w = &e->windows[row];
	int64_t wall = e->now.wall_ms, next = INT64_MAX;

	w->armed = INT64_MAX;
	window_turn(e, w, wall >= w->from_wall_ms && wall < w->until_wall_ms);
	if (wall < w->from_wall_ms)
		next = w->from_wall_ms;
	else if (wall < w->until_wall_ms)
		next = w->until_wall_ms;
	if (next != INT64_MAX)
		due_arm(&e->due, &w->armed, DUE_MAINTENANCE, row, e->now.mono_ms + next - wall);
}

int engine_maintenance(struct engine *e, const char *id, uint32_t entity, int64_t from_wall_ms,
		       int64_t until_wall_ms, struct instant now)
{
	uint32_t row = 0;

	enter(e, now);
	while (row < e->n_windows &&
	       (e->windows[row].entity != entity || strcmp(e->windows[row].id, id) != 0))
		row++;
	if (row == e->n_windows) {
		if (until_wall_ms <= from_wall_ms)
			return -ENOENT;
		char *copy = strdup(id);
		if (copy == NULL)
			return -ENOMEM;
		e->windows = engine_grow(e->windows, row, &e->windows_size, sizeof *e->windows);
		e->windows[row] =
			(struct window){ .id = copy, .entity = entity, .armed = INT64_MAX };
		e->n_windows++;
	}
	e->windows[row].from_wall_ms = from_wall_ms;
	e->windows[row].until_wall_ms = until_wall_ms;
	window_due(e, row);
	return 0;
}

static void handle(struct engine *e, const struct due *d)
{
	static void (*const handlers[])(struct engine * e, uint32_t row) = {
		[DUE_AGENT] = liveness_due,    [DUE_ALARM] = alarm_due,
		[DUE_INCIDENT] = incident_due, [DUE_MAINTENANCE] = window_due,
		[DUE_SILENCE] = silence_due,   [DUE_CAPACITY] = capacity_due,
	};

	if (d->kind == DUE_SETTLE) {
		e->alarms[d->index].settle_armed = INT64_MAX;
		e->look = true;
	} else {
		handlers[d->kind](e, d->index);
	}
}

static void refresh_dirty(struct engine *e)
{
	for (uint32_t i = 0; i < e->n_dirty; i++) {
		e->nodes[e->dirty_nodes[i]].dirty = false;
		device_refresh(e, e->dirty_nodes[i]);
	}
	e->n_dirty = 0;
}

void engine_tick(struct engine *e, struct instant now)
{
	struct due d;

	enter(e, now);
	do {
		while (due_pop(&e->due, e->now.mono_ms, &d))
			handle(e, &d);
		refresh_dirty(e);
		capacity_settle(e);
		if (e->look && e->n_dirty == 0)
			incident_group(e);
	} while (e->n_dirty > 0 || e->n_dirty_sites > 0 || due_next(&e->due) <= e->now.mono_ms);
	incident_flush(e);
}

int64_t engine_wake_ms(const struct engine *e)
{
	if (e->n_dirty > 0 || e->n_dirty_sites > 0 || e->look || e->n_stale > 0)
		return e->now.mono_ms;
	return due_next(&e->due);
}

const struct effect *engine_effects(const struct engine *e, size_t *ret_n)
{
	*ret_n = e->n_effects;
	return e->effects;
}

void engine_effects_clear(struct engine *e)
{
	e->n_effects = 0;
}
