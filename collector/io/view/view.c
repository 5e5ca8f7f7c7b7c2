#include "collector/io/view/view.h"

#include <stdio.h>
#include <string.h>

#include "collector/io/view/find.h"
#include "common/core/rfc3339.h"

static const char *const severities[] = { "cleared", "warning", "minor", "major", "critical" };
static const char *const states[] = { "unknown", "up", "down", "planned" };
static const char *const capacities[] = { "unknown", "full", "degraded", "critical", "dark" };
static const char *const kinds[] = { "device", "site", "agent", "broker", "collector" };
static const char *const lives[] = { "raised", "acknowledged", "shelved", "cleared" };

const char *view_severity_name(enum severity s)
{
	return severities[s];
}

const char *view_state_name(enum entity_state s)
{
	return states[s];
}

const char *view_capacity_name(enum capacity_state s)
{
	return capacities[s];
}

const char *view_kind_name(enum entity_kind k)
{
	return kinds[k];
}

static int parse(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int view_severity_parse(const char *name)
{
	return parse(severities, sizeof severities / sizeof *severities, name);
}

int view_state_parse(const char *name)
{
	return parse(states, sizeof states / sizeof *states, name);
}

json_t *view_time(int64_t unix_ms)
{
	char buf[RFC3339_SIZE];

	return unix_ms <= 0 ? json_null() : json_string(rfc3339_format(buf, unix_ms));
}

json_t *view_text(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

json_t *view_entity_id(const struct view *v, uint32_t entity)
{
	return view_text(entity < v->t->n_entities ? v->t->entities[entity].id : NULL);
}

static json_t *site_id(const struct view *v, uint32_t site)
{
	return view_text(site < v->t->n_sites ? v->t->sites[site].id : NULL);
}

static json_t *minutes(int32_t n)
{
	return n >= 0 ? json_integer(n) : json_null();
}

static json_t *capacity_json(const struct view *v, const struct capacity *c)
{
	return json_pack("{s:o,s:I,s:I,s:I,s:s,s:o,s:o,s:o,s:o}", "site", site_id(v, c->site),
			 "seats_ready", (json_int_t)c->seats_ready, "seats_total",
			 (json_int_t)c->seats_total, "seats_unknown", (json_int_t)c->seats_unknown,
			 "state", capacities[c->state], "limiting", view_entity_id(v, c->limiting),
			 "minutes_left", minutes(c->minutes_left), "minutes_low",
			 minutes(c->minutes_low), "minutes_high", minutes(c->minutes_high));
}

json_t *view_capacity(const struct view *v, uint32_t site)
{
	struct capacity c;

	engine_capacity(v->engine, site, &c);
	return capacity_json(v, &c);
}

static json_t *ids(const struct view *v, const uint32_t *entities, uint32_t n)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < n; i++)
		(void)json_array_append_new(a, view_entity_id(v, entities[i]));
	return a;
}

/* Calls expected in each local hour; null where nobody configured them. */
static json_t *calls(const struct site *s)
{
	json_t *a = s->calls_per_hour != NULL ? json_array() : json_null();

	for (uint32_t i = 0; s->calls_per_hour != NULL && i < 24; i++)
		(void)json_array_append_new(a, json_real(s->calls_per_hour[i]));
	return a;
}

static json_t *location(const struct site *s)
{
	return s->is_located ? json_pack("[f,f]", s->north, s->east) : json_null();
}

static void add_part(const struct view *v, json_t *parts, uint32_t entity, const char *role)
{
	json_int_t alarms = 0;

	for (const struct alarm_view *a = find_next(v, entity, NULL); a != NULL;
	     a = find_next(v, entity, a))
		alarms++;
	(void)json_array_append_new(
		parts, json_pack("{s:o,s:s,s:s,s:I}", "id", view_entity_id(v, entity), "role", role,
				 "state", states[engine_state(v->engine, entity, NULL)], "alarms",
				 alarms));
}

/* What the centre stands on: power, the line to the collector, PBX. */
static json_t *parts(const struct view *v, const struct site *s)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < s->n_power; i++)
		add_part(v, list, s->power[i], "power");
	if (s->uplink != NO_ENTITY)
		add_part(v, list, s->uplink, "link");
	for (uint32_t i = 0; i < s->n_pbx; i++)
		add_part(v, list, s->pbx[i], "pbx");
	return list;
}

json_t *view_site(const struct view *v, uint32_t site)
{
	const struct site *s = &v->t->sites[site];
	int64_t since = 0;
	enum entity_state state = engine_state(v->engine, s->entity, &since);
	struct site_trouble trouble = find_site_trouble(v, site);

	return json_pack(
		"{s:s,s:s,s:s,s:I,s:s,s:o,s:o,s:o,s:o,s:o,s:I,s:o,s:o,s:o,s:o}", "id", s->id,
		"name", s->name != NULL ? s->name : s->id, "timezone",
		s->timezone != NULL ? s->timezone : "UTC", "minimum_seats",
		(json_int_t)s->minimum_seats, "state", states[state], "since", view_time(since),
		"capacity", view_capacity(v, site), "power", ids(v, s->power, s->n_power), "uplink",
		view_entity_id(v, s->uplink), "pbx", ids(v, s->pbx, s->n_pbx), "incidents_open",
		(json_int_t)trouble.incidents_open, "worst",
		view_text(trouble.worst > SEVERITY_CLEARED ? severities[trouble.worst] : NULL),
		"calls_per_hour", calls(s), "location", location(s), "parts", parts(v, s));
}

json_t *view_seat(const struct view *v, uint32_t seat)
{
	const struct seat *s = &v->t->seats[seat];
	uint32_t limiting = NO_ENTITY;
	bool ready = engine_seat_ready(v->engine, seat, &limiting);
	bool unknown = !ready && limiting != NO_ENTITY &&
		       engine_state(v->engine, limiting, NULL) == STATE_UNKNOWN;

	return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:o}", "id", s->id, "site", site_id(v, s->site),
			 "state",
			 ready	   ? "ready"
			 : unknown ? "unknown"
				   : "not_ready",
			 "limiting", view_entity_id(v, ready ? NO_ENTITY : limiting), "workstation",
			 view_entity_id(v, s->workstation), "headset",
			 view_entity_id(v, s->headset), "phone", view_entity_id(v, s->phone));
}

const char *view_alarm_name(const struct view *v, const struct alarm_view *a,
			    char buf[VIEW_NAME_MAX])
{
	const char *id = a->entity < v->t->n_entities ? v->t->entities[a->entity].id : "?";

	(void)snprintf(buf, VIEW_NAME_MAX, "%s/%s", id, a->code);
	return buf;
}

json_t *view_alarm(const struct view *v, const struct alarm_view *a)
{
	const struct entity *e = &v->t->entities[a->entity];
	char name[VIEW_NAME_MAX];

	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "id", (json_int_t)a->id,
			 "alarm", view_alarm_name(v, a, name), "entity", e->id, "kind",
			 kinds[e->kind], "code", a->code, "severity", severities[a->severity],
			 "state", lives[a->life], "raised_at", view_time(a->raised_wall_ms), "site",
			 site_id(v, e->site), "incident",
			 a->incident != 0 ? json_integer(a->incident) : json_null());
}

static json_t *effect_alarm(const struct view *v, const struct effect *e)
{
	json_t *j = view_alarm(v, &e->alarm.view);

	if (!e->alarm.raised)
		(void)json_object_set_new(j, "state", json_string("cleared"));
	return j;
}

static json_t *effect_incident(const struct view *v, const struct effect *e)
{
	static const char *const changes[] = { "opened", "updated", "closed" };
	json_t *j = view_incident(v, &e->incident.view);

	(void)json_object_set_new(j, "change", json_string(changes[e->incident.change]));
	return j;
}

static json_t *effect_page(const struct view *v, const struct effect *e)
{
	static const char *const reasons[] = { "opened", "worse", "escalated", "resolved" };
	const char *to = v->plan != NULL && e->page.person < v->plan->n_people
				 ? v->plan->people[e->page.person].id
				 : NULL;

	return json_pack("{s:I,s:o,s:s,s:I}", "incident", (json_int_t)e->page.incident, "to",
			 view_text(to), "reason", reasons[e->page.reason], "step",
			 (json_int_t)e->page.step);
}

static json_t *effect_state(const struct view *v, const struct effect *e)
{
	const struct entity *x = &v->t->entities[e->state.entity];

	return json_pack("{s:s,s:s,s:s,s:o}", "entity", x->id, "kind", kinds[x->kind], "state",
			 states[e->state.state], "since", view_time(e->state.since_wall_ms));
}

static uint32_t site_entity(const struct view *v, uint32_t site)
{
	return site < v->t->n_sites ? v->t->sites[site].entity : NO_ENTITY;
}

json_t *view_effect(const struct view *v, const struct effect *e, const char **ret_type,
		    uint32_t *ret_entity)
{
	static const char *const types[] = { "alarm", "incident", "page", "capacity", "state" };

	*ret_type = types[e->kind];
	*ret_entity = NO_ENTITY;
	switch (e->kind) {
	case EFFECT_ALARM:
		*ret_entity = e->alarm.view.entity;
		return effect_alarm(v, e);
	case EFFECT_INCIDENT:
		*ret_entity = site_entity(v, e->incident.view.site);
		return effect_incident(v, e);
	case EFFECT_PAGE:
		return effect_page(v, e);
	case EFFECT_CAPACITY:
		*ret_entity = site_entity(v, e->capacity.site);
		return capacity_json(v, &e->capacity);
	case EFFECT_STATE:
		*ret_entity = e->state.entity;
		return effect_state(v, e);
	}
	return NULL;
}
