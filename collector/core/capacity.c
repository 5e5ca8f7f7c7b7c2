/* How many seats can answer, and what stands in the way of the others. Counted up and down as the
 * evidence changes: a report costs what hangs on its device, never a look at every seat. */
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

/* What a seat's part is worth: HEARD_NOTHING is unknown. */
static enum heard part(const struct engine *e, uint32_t entity)
{
	enum entity_state s =
		entity != NO_ENTITY ? (enum entity_state)e->nodes[entity].raw : STATE_UP;

	return s == STATE_UP ? HEARD_YES : s == STATE_DOWN ? HEARD_NO : HEARD_NOTHING;
}

/* Any PBX of the site will do. */
static enum heard pbx_part(const struct engine *e, const struct site *site, uint32_t *ret_limiting)
{
	enum heard best = HEARD_NO;

	if (site->n_pbx == 0)
		return HEARD_YES;
	*ret_limiting = site->pbx[0];
	for (uint32_t i = 0; i < site->n_pbx; i++) {
		enum heard h = part(e, site->pbx[i]);

		if (h == HEARD_YES)
			return HEARD_YES;
		if (h == HEARD_NOTHING) {
			best = HEARD_NOTHING;
			*ret_limiting = site->pbx[i];
		}
	}
	return best;
}

/* A workstation whose agent is gone while others of its centre are heard is not a matter of the
 * link: nobody answers there. */
static enum heard workstation_part(const struct engine *e, const struct seat *s)
{
	uint32_t agent =
		s->workstation != NO_ENTITY ? e->t->entities[s->workstation].agent : NO_ENTITY;

	if (agent != NO_ENTITY && e->agents[e->nodes[agent].row].state == AGENT_LOST &&
	    e->sites[s->site].n_alive > 0 &&
	    e->now.mono_ms - e->sites[s->site].heard_ms >= RETURN_MS)
		return HEARD_NO;
	return part(e, s->workstation);
}

/* The power of the centre was at its end when contact was lost: that is dark, not unknown. */
static bool power_gone(const struct engine *e, const struct site *site, uint32_t *ret_limiting)
{
	for (uint32_t i = 0; i < site->n_power; i++) {
		uint32_t u = site->power[i];
		bool last_gasp = false, lost = false;

		for (uint32_t row = e->nodes[u].alarms; row != NONE; row = e->alarms[row].next) {
			const struct alarm_row *a = &e->alarms[row];
			const char *code = alarm_rule(e, a)->code;

			if (!a->raised)
				continue;
			last_gasp = last_gasp || strcmp(code, "low_battery") == 0 ||
				    strcmp(code, "output_off") == 0;
			lost = lost || strcmp(code, "lost_on_battery") == 0 ||
			       (strcmp(code, "output_off") == 0 && e->nodes[u].raw == STATE_DOWN);
		}
		if (!last_gasp || !lost)
			return false;
		*ret_limiting = u;
	}
	return site->n_power > 0;
}

static enum heard seat_raw(const struct engine *e, uint32_t seat, uint32_t *ret_limiting)
{
	const struct seat *s = &e->t->seats[seat];
	const struct site *site = &e->t->sites[s->site];
	uint32_t pbx = NO_ENTITY;
	const enum heard parts[] = { pbx_part(e, site, &pbx), workstation_part(e, s),
				     part(e, s->headset), part(e, s->phone) };
	const uint32_t who[] = { pbx, s->workstation, s->headset, s->phone };
	uint32_t unknown = NO_ENTITY;

	*ret_limiting = NO_ENTITY;
	if (e->sites[s->site].n_alive == 0 && power_gone(e, site, ret_limiting))
		return HEARD_NO;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i] == HEARD_NO) {
			*ret_limiting = who[i];
			return HEARD_NO;
		}
		if (parts[i] == HEARD_NOTHING && unknown == NO_ENTITY)
			unknown = who[i];
	}
	*ret_limiting = unknown;
	return unknown != NO_ENTITY ? HEARD_NOTHING : HEARD_YES;
}

static void seat_refresh(struct engine *e, uint32_t seat)
{
	struct seat_live *s = &e->seats[seat];
	struct site_live *site = &e->sites[e->t->seats[seat].site];
	uint32_t limiting;
	enum heard raw = seat_raw(e, seat, &limiting);

	if (raw == s->raw && limiting == s->limiting)
		return;
	site->ready += (uint32_t)(raw == HEARD_YES) - (uint32_t)(s->raw == HEARD_YES);
	site->unknown += (uint32_t)(raw == HEARD_NOTHING) - (uint32_t)(s->raw == HEARD_NOTHING);
	s->raw = (uint8_t)raw;
	s->limiting = limiting;
	engine_touch_site(e, e->t->seats[seat].site);
}

static void site_refresh(struct engine *e, uint32_t site)
{
	const struct site *s = &e->t->sites[site];

	for (uint32_t i = 0; i < s->n_seats; i++)
		seat_refresh(e, s->first_seat + i);
}

/* Each site that hangs on this UPS or PBX. */
static void fed_sites(struct engine *e, uint32_t entity,
		      void (*each)(struct engine *e, uint32_t site))
{
	const struct entity *ent = &e->t->entities[entity];
	uint32_t row = e->nodes[entity].row, first = 0, n = 0;

	if (ent->kind == ENTITY_DEVICE && ent->device_class == CLASS_UPS) {
		first = e->ups[row].first_fed;
		n = e->ups[row].n_fed;
	} else if (ent->kind == ENTITY_DEVICE && ent->device_class == CLASS_PBX) {
		first = e->pbx[row].first_fed;
		n = e->pbx[row].n_fed;
	}
	for (uint32_t i = 0; i < n; i++)
		each(e, e->fed[first + i]);
}

void capacity_touch_fed(struct engine *e, uint32_t entity)
{
	fed_sites(e, entity, engine_touch_site);
}

void capacity_seats_of(struct engine *e, uint32_t entity)
{
	const struct entity *ent = &e->t->entities[entity];

	if (ent->kind == ENTITY_DEVICE && ent->seat != NO_ENTITY)
		seat_refresh(e, ent->seat);
	else if (ent->kind == ENTITY_AGENT && ent->seat != NO_ENTITY)
		seat_refresh(e, ent->seat);
	else if (ent->kind == ENTITY_SITE)
		site_refresh(e, ent->site);
	else
		fed_sites(e, entity, site_refresh);
	if (ent->kind == ENTITY_DEVICE && ent->needed_for_seats)
		for (uint32_t i = 0; i < e->t->n_sites; i++)
			if (ent->site == NO_ENTITY || ent->site == i)
				engine_touch_site(e, i);
}

/* A service that every seat needs and that is known to be down takes them all. */
static uint32_t needed_and_down(const struct engine *e, uint32_t site)
{
	for (uint32_t i = 0; i < e->n_needed; i++) {
		uint32_t s = e->needed[i];

		if ((e->t->entities[s].site == NO_ENTITY || e->t->entities[s].site == site) &&
		    e->nodes[s].raw == STATE_DOWN)
			return s;
	}
	return NO_ENTITY;
}

static enum capacity_state judge(const struct engine *e, uint32_t site, uint32_t ready,
				 uint32_t unknown)
{
	const struct site *s = &e->t->sites[site];
	uint32_t minimum = s->minimum_seats;

	if (s->n_seats == 0 || unknown == s->n_seats)
		return CAPACITY_UNKNOWN;
	if (ready == s->n_seats)
		return CAPACITY_FULL;
	if (ready + unknown == 0)
		return CAPACITY_DARK;
	if (ready >= minimum && ready > 0)
		return CAPACITY_DEGRADED;
	return ready + unknown < minimum ? CAPACITY_CRITICAL : CAPACITY_UNKNOWN;
}

/* What stands in the way of most seats that are not ready; the first in case of doubt. */
static uint32_t limiting(const struct engine *e, uint32_t site)
{
	const struct site *s = &e->t->sites[site];
	uint32_t best = NO_ENTITY, votes = 0, first = NO_ENTITY;

	/* Majority vote: exact when one thing limits more than half of them. */
	for (uint32_t i = 0; i < s->n_seats; i++) {
		const struct seat_live *l = &e->seats[s->first_seat + i];

		if (l->raw == HEARD_YES || l->limiting == NO_ENTITY)
			continue;
		if (first == NO_ENTITY || (l->raw == HEARD_NO && votes == 0))
			first = first == NO_ENTITY ? l->limiting : first;
		if (votes == 0) {
			best = l->limiting;
			votes = 1;
		} else {
			votes = l->limiting == best ? votes + 1 : votes - 1;
		}
	}
	return votes > 1 ? best : first;
}

/* Nobody of the centre is heard: what carries it is named, not the first device behind it. */
static uint32_t silence_of(const struct engine *e, uint32_t site)
{
	const struct site_live *l = &e->sites[site];
	uint32_t uplink = e->t->sites[site].uplink;

	if (e->blind || liveness_everybody_lost(e))
		return e->t->broker;
	if (l->n_known == 0 || l->n_alive > 0)
		return NO_ENTITY;
	return uplink != NO_ENTITY ? uplink : e->t->sites[site].entity;
}

/* The least of the UPSes that feed the site and run on battery. Returns how many do. */
uint32_t capacity_minutes(const struct engine *e, uint32_t site, struct capacity *c)
{
	const struct site *s = &e->t->sites[site];
	uint32_t n = 0;

	c->minutes_left = c->minutes_low = c->minutes_high = -1;
	for (uint32_t i = 0; i < s->n_power; i++) {
		uint32_t u = s->power[i];

		if (e->t->entities[u].device_class != CLASS_UPS ||
		    !e->ups[e->nodes[u].row].on_battery)
			continue;
		n++;
		struct discharge_left left =
			discharge_left(&e->ups[e->nodes[u].row].model, e->now.mono_ms);
		if (left.minutes < 0 || (c->minutes_left >= 0 && c->minutes_left <= left.minutes))
			continue;
		c->minutes_left = left.minutes;
		c->minutes_low = left.low;
		c->minutes_high = left.high;
	}
	return n;
}

static bool same(const struct capacity *a, const struct capacity *b)
{
	return a->seats_ready == b->seats_ready && a->seats_total == b->seats_total &&
	       a->seats_unknown == b->seats_unknown && a->state == b->state &&
	       a->limiting == b->limiting && a->minutes_left == b->minutes_left;
}

static void set_alarms(struct engine *e, uint32_t site, enum capacity_state s)
{
	uint32_t entity = e->t->sites[site].entity;

	if (s == CAPACITY_UNKNOWN) {
		alarm_forget_code(e, entity, "dark");
		alarm_forget_code(e, entity, "below_minimum");
		return;
	}
	alarm_set(e, entity, "dark", BAD_DERIVED, s == CAPACITY_DARK);
	alarm_set(e, entity, "below_minimum", BAD_DERIVED, s == CAPACITY_CRITICAL);
}

/* While the first reports come in, part of the seats is not yet an answer. */
static bool starting(struct engine *e, uint32_t site)
{
	struct site_live *l = &e->sites[site];
	int64_t until = e->started.mono_ms + STARTING_MS;

	if (!l->judged && l->unknown > 0 && e->now.mono_ms < until) {
		due_arm(&e->due, &l->armed, DUE_CAPACITY, site, until);
		return true;
	}
	l->judged = true;
	return false;
}

static void settle_site(struct engine *e, uint32_t site)
{
	struct site_live *l = &e->sites[site];
	struct capacity c = { .site = site,
			      .seats_ready = l->ready,
			      .seats_total = e->t->sites[site].n_seats,
			      .seats_unknown = l->unknown,
			      .limiting = NO_ENTITY };
	uint32_t gone = needed_and_down(e, site);
	bool begins = starting(e, site);

	if (gone != NO_ENTITY && !begins)
		c.seats_ready = c.seats_unknown = 0;
	c.state = begins ? CAPACITY_UNKNOWN : judge(e, site, c.seats_ready, c.seats_unknown);
	if (c.state != CAPACITY_FULL && !begins)
		c.limiting = gone != NO_ENTITY ? gone : limiting(e, site);
	if (c.state == CAPACITY_UNKNOWN && silence_of(e, site) != NO_ENTITY)
		c.limiting = silence_of(e, site);
	if (capacity_minutes(e, site, &c) > 0)
		due_arm(&e->due, &l->armed, DUE_CAPACITY, site, e->now.mono_ms + 60000);
	if (!begins)
		set_alarms(e, site, c.state);
	if (same(&c, &l->told))
		return;
	bool first = l->told.state == CAPACITY_UNKNOWN && c.state == CAPACITY_UNKNOWN && !l->spoken;
	l->told = c;
	e->hotline_dirty = true;
	engine_touch(e, e->t->sites[site].entity);
	if (first)
		return; /* nothing was ever known */
	l->spoken = true;
	engine_effect(e, EFFECT_CAPACITY)->capacity = c;
}

static void settle_hotline(struct engine *e)
{
	struct capacity c = { .site = NO_ENTITY,
			      .limiting = NO_ENTITY,
			      .minutes_left = -1,
			      .minutes_low = -1,
			      .minutes_high = -1 };
	uint32_t unknown = 0, dark = 0, full = 0, with_seats = 0;

	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		const struct capacity *s = &e->sites[i].told;

		if (s->seats_total == 0)
			continue;
		with_seats++;
		c.seats_ready += s->seats_ready;
		c.seats_total += s->seats_total;
		c.seats_unknown += s->seats_unknown;
		unknown += s->state == CAPACITY_UNKNOWN;
		dark += s->state == CAPACITY_DARK;
		full += s->state == CAPACITY_FULL;
	}
	c.state = c.seats_ready > 0 ? (full == with_seats ? CAPACITY_FULL : CAPACITY_DEGRADED)
		  : unknown > 0	    ? CAPACITY_UNKNOWN
		  : dark > 0	    ? CAPACITY_DARK
				    : CAPACITY_UNKNOWN;
	if (same(&c, &e->hotline))
		return;
	e->hotline = c;
	engine_effect(e, EFFECT_CAPACITY)->capacity = c;
}

static int by_index(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void capacity_settle(struct engine *e)
{
	if (e->n_dirty_sites > 1)
		qsort(e->dirty_sites, e->n_dirty_sites, sizeof *e->dirty_sites, by_index);
	for (uint32_t i = 0; i < e->n_dirty_sites; i++) {
		uint32_t site = e->dirty_sites[i];

		e->sites[site].dirty = false;
		settle_site(e, site);
	}
	e->n_dirty_sites = 0;
	if (e->hotline_dirty)
		settle_hotline(e);
	e->hotline_dirty = false;
}

void capacity_due(struct engine *e, uint32_t site)
{
	e->sites[site].armed = INT64_MAX;
	site_refresh(e, site);
	engine_touch_site(e, site);
}
