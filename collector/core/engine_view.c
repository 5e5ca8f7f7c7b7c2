/* Looking at the engine, and what people tell it. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

size_t engine_alarms(const struct engine *ce, const struct alarm_view **ret)
{
	struct engine *e = (struct engine *)(uintptr_t)ce; /* the views are a cache of its own */
	size_t n = 0;

	if (e->alarm_views_size < e->n_alarms) {
		e->alarm_views_size = e->n_alarms;
		e->alarm_views =
			realloc(e->alarm_views, e->alarm_views_size * sizeof *e->alarm_views);
		assert(e->alarm_views != NULL);
	}
	for (uint32_t i = 0; i < e->n_alarms; i++)
		if (e->alarms[i].used && e->alarms[i].raised)
			e->alarm_views[n++] = alarm_view_of(e, &e->alarms[i]);
	*ret = e->alarm_views;
	return n;
}

size_t engine_incidents(const struct engine *ce, const struct incident_view **ret)
{
	struct engine *e = (struct engine *)(uintptr_t)ce;
	size_t n = 0;

	if (e->incident_views_size < e->n_incidents) {
		e->incident_views_size = e->n_incidents;
		e->incident_views = realloc(e->incident_views,
					    e->incident_views_size * sizeof *e->incident_views);
		assert(e->incident_views != NULL);
	}
	for (uint32_t i = 0; i < e->n_incidents; i++)
		if (e->incidents[i].used)
			e->incident_views[n++] = incident_view_of(e, &e->incidents[i]);
	*ret = e->incident_views;
	return n;
}

bool engine_incident(const struct engine *e, uint32_t number, struct incident_view *ret)
{
	uint32_t row = incident_by_number(e, number);

	if (row == NONE)
		return false;
	*ret = incident_view_of(e, &e->incidents[row]);
	return true;
}

void engine_capacity(const struct engine *e, uint32_t site, struct capacity *ret)
{
	*ret = site == NO_ENTITY ? e->hotline : e->sites[site].told;
}

enum entity_state engine_state(const struct engine *e, uint32_t entity, int64_t *ret_since_wall_ms)
{
	if (ret_since_wall_ms != NULL)
		*ret_since_wall_ms = e->nodes[entity].since_wall_ms;
	return (enum entity_state)e->nodes[entity].state;
}

bool engine_is_reachable(const struct engine *e, uint32_t device)
{
	return e->nodes[device].reachable == HEARD_YES;
}

bool engine_seat_ready(const struct engine *e, uint32_t seat, uint32_t *ret_limiting)
{
	uint32_t limiting = e->sites[e->t->seats[seat].site].told.limiting;
	bool gone = limiting != NO_ENTITY && e->t->entities[limiting].needed_for_seats &&
		    e->nodes[limiting].raw == STATE_DOWN;

	if (ret_limiting != NULL)
		*ret_limiting = gone ? limiting : e->seats[seat].limiting;
	return !gone && e->seats[seat].raw == HEARD_YES;
}

int engine_ack(struct engine *e, uint32_t incident, const char *by, int64_t until_wall_ms,
	       struct instant now)
{
	uint32_t row = incident_by_number(e, incident);
	char *owner;

	if (by == NULL || by[0] == '\0' || (until_wall_ms != 0 && until_wall_ms <= now.wall_ms))
		return -EINVAL;
	if (row == NONE || !e->incidents[row].open)
		return -ENOENT;
	owner = strdup(by);
	if (owner == NULL)
		return -ENOMEM;
	if (now.mono_ms > e->now.mono_ms)
		e->now = now;
	struct incident *in = &e->incidents[row];
	free(in->owner);
	in->owner = owner;
	in->owned_until_wall_ms = until_wall_ms;
	in->acked = true;
	in->acked_ms = e->now.mono_ms;
	in->dirty = true;
	incident_touch(e, row);
	return 0;
}
