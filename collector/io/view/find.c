#include "collector/io/view/find.h"

struct site_trouble find_site_trouble(const struct view *v, uint32_t site)
{
	const struct incident_view *i;
	struct site_trouble t = { 0, SEVERITY_CLEARED };
	size_t n = engine_incidents(v->engine, &i);

	for (size_t k = 0; k < n; k++) {
		if (i[k].site != site || i[k].closed_wall_ms != 0)
			continue;
		t.incidents_open++;
		if (i[k].severity > t.worst)
			t.worst = i[k].severity;
	}
	return t;
}

const struct alarm_view *find_alarm(const struct view *v, uint64_t id)
{
	const struct alarm_view *a;
	size_t n = engine_alarms(v->engine, &a);

	for (size_t k = 0; k < n; k++)
		if (a[k].id == id)
			return &a[k];
	return NULL;
}

const struct incident_view *find_incident(const struct view *v, uint32_t number)
{
	const struct incident_view *i;
	size_t n = engine_incidents(v->engine, &i);

	for (size_t k = 0; k < n; k++)
		if (i[k].number == number)
			return &i[k];
	return NULL;
}

uint32_t find_entity(const struct view *v, const char *id)
{
	static const enum entity_kind order[] = { ENTITY_DEVICE, ENTITY_SITE, ENTITY_AGENT,
						  ENTITY_BROKER, ENTITY_COLLECTOR };

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		uint32_t e = topology_find(v->t, order[i], id);

		if (e != NO_ENTITY)
			return e;
	}
	return NO_ENTITY;
}
