#include "collector/io/view/find.h"

#include <stdlib.h>

struct site_trouble find_site_trouble(const struct view *v, uint32_t site)
{
	const struct incident_view *i;
	struct site_trouble t = { 0, SEVERITY_CLEARED };
	size_t n = engine_incidents(v->engine, &i);

	for (size_t k = 0; k < n; k++) {
		if (i[k].site != site || i[k].closed_wall_ms != 0)
			continue;
		t.incidents_open++;
		if (i[k].severity > t.worst && !i[k].shelved)
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

static int by_entity(const void *a, const void *b)
{
	const struct alarm_view *x = *(const struct alarm_view *const *)a;
	const struct alarm_view *y = *(const struct alarm_view *const *)b;

	if (x->entity != y->entity)
		return x->entity < y->entity ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

void find_index(struct view *v)
{
	const struct alarm_view *a;
	size_t n = engine_alarms(v->engine, &a);

	v->by_entity = malloc((n + 1) * sizeof *v->by_entity);
	if (v->by_entity == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		v->by_entity[i] = &a[i];
	v->n_by_entity = n;
	qsort(v->by_entity, n, sizeof *v->by_entity, by_entity);
}

void find_index_free(struct view *v)
{
	free((void *)v->by_entity);
	v->by_entity = NULL;
	v->n_by_entity = 0;
}

/* The first row whose (entity, id) is greater. */
static size_t first_after(const struct view *v, uint32_t entity, uint64_t id)
{
	size_t low = 0, high = v->n_by_entity;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct alarm_view *a = v->by_entity[mid];

		if (a->entity < entity || (a->entity == entity && a->id <= id))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct alarm_view *find_next(const struct view *v, uint32_t entity,
				   const struct alarm_view *last)
{
	const struct alarm_view *a, *best = NULL;
	uint64_t id = last != NULL ? last->id : 0;
	size_t n;

	if (v->by_entity != NULL) {
		n = first_after(v, entity, id);
		return n < v->n_by_entity && v->by_entity[n]->entity == entity ? v->by_entity[n]
									       : NULL;
	}
	n = engine_alarms(v->engine, &a);
	for (size_t k = 0; k < n; k++)
		if (a[k].entity == entity && a[k].id > id && (best == NULL || a[k].id < best->id))
			best = &a[k];
	return best;
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
