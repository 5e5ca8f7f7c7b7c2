/* Who is heard: agents by their heartbeats and wills, a site by all its agents, everybody by the
 * collector's own connection. Each agent has one deadline, pushed on lazily. */
#include "collector/core/engine_priv.h"

static struct site_live *site_of(struct engine *e, const struct agent *a)
{
	uint32_t site = e->t->entities[a->entity].site;

	return site != NO_ENTITY ? &e->sites[site] : NULL;
}

static void count(struct engine *e, struct agent *a, enum agent_state s, int by)
{
	struct site_live *site = site_of(e, a);
	uint32_t d = (uint32_t)by; /* wraps as meant */

	if (s == AGENT_NEVER)
		return;
	e->n_known += d;
	e->n_alive += s == AGENT_ALIVE ? d : 0;
	e->n_lost += s == AGENT_LOST ? d : 0;
	if (site == NULL)
		return;
	if (site->n_known == (by > 0 ? 0 : 1))
		e->n_agent_sites += d;
	site->n_known += d;
	site->n_alive += s == AGENT_ALIVE ? d : 0;
	site->n_lost += s == AGENT_LOST ? d : 0;
}

void liveness_count(struct engine *e, struct agent *a)
{
	count(e, a, (enum agent_state)a->state, 1);
}

bool liveness_everybody_lost(const struct engine *e)
{
	return e->n_agent_sites >= 2 && e->n_lost == e->n_known && e->n_known >= 3;
}

/* A site whose agents are all lost is isolated; when that is true of everybody, it is us. */
static void check_isolation(struct engine *e, uint32_t site)
{
	alarm_set(e, e->t->broker, "lost", BAD_INFERRED, liveness_everybody_lost(e));
	if (site == NO_ENTITY)
		return;
	const struct site_live *s = &e->sites[site];
	alarm_set(e, e->t->sites[site].entity, "isolated", BAD_INFERRED,
		  s->n_known >= 2 && s->n_lost == s->n_known);
}

static void change(struct engine *e, struct agent *a, enum agent_state s)
{
	uint32_t site = e->t->entities[a->entity].site;
	bool link_was = site != NO_ENTITY && e->sites[site].n_alive > 0;

	if (a->state == s)
		return;
	count(e, a, (enum agent_state)a->state, -1);
	a->state = (uint8_t)s;
	count(e, a, s, 1);
	alarm_set(e, a->entity, "lost", BAD_DERIVED, s == AGENT_LOST);
	check_isolation(e, site);
	engine_touch(e, a->entity);
	e->look = true;
	if (site == NO_ENTITY)
		return;
	engine_touch(e, e->t->sites[site].entity);
	if (!link_was && e->sites[site].n_alive > 0) {
		e->sites[site].heard_ms = e->now.mono_ms;
		due_arm(&e->due, &e->sites[site].armed, DUE_CAPACITY, site,
			e->now.mono_ms + RETURN_MS);
	}
	if (link_was != (e->sites[site].n_alive > 0))
		capacity_seats_of(e, e->t->sites[site].entity);
}

static void hide(struct engine *e, struct agent *a, bool forget)
{
	a->hidden = true;
	for (uint32_t i = 0; i < a->n_devices; i++)
		device_hide(e, e->devices[a->first_device + i], forget);
}

static void show(struct engine *e, struct agent *a)
{
	a->hidden = false;
	for (uint32_t i = 0; i < a->n_devices; i++)
		engine_touch(e, e->devices[a->first_device + i]);
}

static int64_t deadline(const struct agent *a)
{
	int64_t silent = a->heard_ms + LOST_AFTER_MS, died = a->died_ms + DEATH_GRACE_MS;

	if (a->dying)
		return died < silent ? died : silent; /* a will is no reprieve from silence */
	return a->heard_ms + (a->state == AGENT_ALIVE ? SUSPECT_AFTER_MS : LOST_AFTER_MS);
}

void liveness_watch(struct engine *e, uint32_t row)
{
	struct agent *a = &e->agents[row];

	if (e->broker_up && (a->state == AGENT_ALIVE || a->state == AGENT_SUSPECT))
		due_arm(&e->due, &a->armed, DUE_AGENT, row, deadline(a));
}

/* While we were away ourselves nobody could call it lost in time; now that it is heard again, the
 * silence was no less long, and what it hid was not known. */
static void note_silence(struct engine *e, const struct agent *a)
{
	const struct site_live *site = site_of(e, a);
	int64_t since = a->heard_wall_ms, long_ago = e->now.wall_ms - LOST_AFTER_MS;

	if ((a->state != AGENT_ALIVE && a->state != AGENT_SUSPECT) || a->hidden ||
	    since >= long_ago)
		return;
	state_was_unknown(e, a->entity, since);
	for (uint32_t i = 0; i < a->n_devices; i++)
		state_was_unknown(e, e->devices[a->first_device + i], since);
	if (site != NULL && site->last_wall_ms > 0 && site->last_wall_ms < long_ago)
		state_was_unknown(e, e->t->sites[e->t->entities[a->entity].site].entity,
				  site->last_wall_ms);
}

void liveness_heard(struct engine *e, uint32_t agent, bool birth)
{
	uint32_t row = e->nodes[agent].row;
	struct agent *a = &e->agents[row];

	(void)birth; /* a heartbeat after a will that was not this session's counts as much */
	note_silence(e, a);
	a->heard_ms = e->now.mono_ms;
	a->heard_wall_ms = e->now.wall_ms;
	if (site_of(e, a) != NULL)
		site_of(e, a)->last_wall_ms = e->now.wall_ms;
	a->dying = false;
	change(e, a, AGENT_ALIVE);
	if (a->hidden)
		show(e, a);
	liveness_watch(e, row);
}

void liveness_died(struct engine *e, uint32_t agent)
{
	uint32_t row = e->nodes[agent].row;
	struct agent *a = &e->agents[row];

	if (a->state == AGENT_LOST || a->dying)
		return;
	a->dying = true;
	a->died_ms = e->now.mono_ms;
	a->died_wall_ms = e->now.wall_ms;
	if (a->state == AGENT_NEVER) {
		a->heard_ms = e->now.mono_ms;
		a->heard_wall_ms = e->now.wall_ms;
	}
	change(e, a, AGENT_SUSPECT);
	liveness_watch(e, row);
}

void liveness_due(struct engine *e, uint32_t row)
{
	struct agent *a = &e->agents[row];

	a->armed = INT64_MAX;
	if (!e->broker_up || (a->state != AGENT_ALIVE && a->state != AGENT_SUSPECT))
		return;
	if (e->now.mono_ms >= deadline(a)) {
		if (a->state == AGENT_ALIVE) {
			change(e, a, AGENT_SUSPECT);
		} else {
			change(e, a, AGENT_LOST);
			hide(e, a, true);
		}
	}
	liveness_watch(e, row);
}

/* While our own connection is down, silence says nothing about anybody; when it is back, everybody
 * gets the time to be heard that a fresh start gives. */
void liveness_broker(struct engine *e, bool up)
{
	if (up == e->broker_up)
		return;
	e->broker_up = up;
	e->broker_changed = e->now;
	alarm_set(e, e->t->broker, "lost", BAD_REPORTED, !up);
	engine_touch(e, e->t->broker);
	if (up)
		liveness_blind(e, false);
	for (uint32_t i = 0; i < e->n_agents && up; i++) {
		struct agent *a = &e->agents[i];

		if (a->state != AGENT_ALIVE && a->state != AGENT_SUSPECT)
			continue;
		a->heard_ms = e->now.mono_ms;
		if (a->dying)
			a->died_ms = e->now.mono_ms;
		change(e, a, AGENT_SUSPECT);
		liveness_watch(e, i);
	}
}

void liveness_blind(struct engine *e, bool blind)
{
	/* Inferred from silence: the devices are hidden by their agents already. Back: each agent's
	 * are hidden until it is heard. */
	if (blind == e->blind || (blind && e->broker_up))
		return;
	e->blind = blind;
	for (uint32_t i = 0; i < e->n_agents; i++) {
		engine_touch(e, e->agents[i].entity);
		if (blind && e->agents[i].state != AGENT_LOST)
			hide(e, &e->agents[i], false);
	}
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		if (e->t->entities[i].kind == ENTITY_DEVICE && e->t->entities[i].agent == NO_ENTITY)
			engine_touch(e, i);
	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		engine_touch(e, e->t->sites[i].entity);
		engine_touch_site(e, i);
	}
}
