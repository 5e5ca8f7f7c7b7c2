/* view.h - what the engine, the topology and the live table know, as the JSON of docs/openapi.yaml.
 * No clock, no I/O; everything returned is a new reference, NULL only without memory. The API, the
 * server-sent events and the store's events use these shapes, so that all three agree. */
#ifndef LW_VIEW_H
#define LW_VIEW_H

#include <jansson.h>

#include "collector/core/engine.h"
#include "collector/core/live.h"
#include "collector/core/oncall.h"
#include "collector/core/topology.h"

struct view {
	const struct topology *t;
	const struct engine *engine;
	const struct live *live;
	const struct oncall_plan *plan; /* NULL: no rota */
	struct instant now;
	/* Alarms by entity, for answers about many devices (find_index); NULL: looked for one by one. */
	const struct alarm_view **by_entity;
	size_t n_by_entity;
};

const char *view_severity_name(enum severity s);
const char *view_state_name(enum entity_state s);
const char *view_capacity_name(enum capacity_state s);
const char *view_kind_name(enum entity_kind k);
/* -1: no such name; 0: for severity "cleared" does not count. */
int view_severity_parse(const char *name);
int view_state_parse(const char *name);

json_t *view_time(int64_t unix_ms);			       /* null for <= 0 */
json_t *view_text(const char *s);			       /* null for NULL */
json_t *view_entity_id(const struct view *v, uint32_t entity); /* null for NO_ENTITY */

json_t *view_capacity(const struct view *v, uint32_t site);
json_t *view_site(const struct view *v, uint32_t site);
json_t *view_seat(const struct view *v, uint32_t seat);
json_t *view_device(const struct view *v, uint32_t entity);
json_t *view_agent(const struct view *v, uint32_t entity, uint32_t n_devices);
json_t *view_alarm(const struct view *v, const struct alarm_view *a);
json_t *view_incident(const struct view *v, const struct incident_view *i);
json_t *view_oncall(const struct view *v);
json_t *view_metric(const struct metric *m);
/* One slot; NULL device: "device" is left out. */
json_t *view_reading(const struct view *v, const struct live_device *d, const struct live_slot *s,
		     const char *device);

/* An effect as an event: the type's name ("alarm", "incident", "state", "capacity", "page"), its
 * entity (index, NO_ENTITY for the hotline) and its data. */
json_t *view_effect(const struct view *v, const struct effect *e, const char **ret_type,
		    uint32_t *ret_entity);

/* An alarm's name into buf: "danang/ups-1/on_battery"; returns buf. */
enum { VIEW_NAME_MAX = 256 };
const char *view_alarm_name(const struct view *v, const struct alarm_view *a,
			    char buf[VIEW_NAME_MAX]);

#endif
