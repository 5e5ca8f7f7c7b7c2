/* api_now.c - how things are: status, sites, seats, devices, readings, agents. */
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/page.h"
#include "collector/io/http/request.h"
#include "collector/io/http/sse.h"
#include "collector/io/view/find.h"

enum { STORE_LAGS_AT = 16, SEEN_MS = 30000 };

static json_t *incident_counts(const struct view *v)
{
	const struct incident_view *i;
	size_t n = engine_incidents(v->engine, &i);
	json_int_t open = 0, critical = 0, unowned = 0;

	for (size_t k = 0; k < n; k++) {
		if (i[k].closed_wall_ms != 0)
			continue;
		open++;
		critical += i[k].severity == SEVERITY_CRITICAL;
		unowned += i[k].owner == NULL;
	}
	return json_pack("{s:I,s:I,s:I}", "open", open, "critical", critical, "unowned", unowned);
}

static json_t *alarm_counts(const struct view *v)
{
	const struct alarm_view *a;
	size_t n = engine_alarms(v->engine, &a);
	json_int_t by[SEVERITY_CRITICAL + 1] = { 0 };

	for (size_t k = 0; k < n; k++)
		if (a[k].life != ALARM_LIFE_CLEARED)
			by[a[k].severity]++;
	return json_pack("{s:I,s:I,s:I,s:I}", "warning", by[SEVERITY_WARNING], "minor",
			 by[SEVERITY_MINOR], "major", by[SEVERITY_MAJOR], "critical",
			 by[SEVERITY_CRITICAL]);
}

void count_agents(const struct view *v, struct counts *ret)
{
	*ret = (struct counts){ 0 };
	for (uint32_t i = 0; i < v->t->n_entities; i++) {
		const struct live_agent *a = live_agent_get(v->live, i);

		if (v->t->entities[i].kind == ENTITY_DEVICE)
			ret->devices++;
		if (v->t->entities[i].kind != ENTITY_AGENT)
			continue;
		ret->agents++;
		ret->agents_seen += a != NULL && a->heard_mono_ms != INT64_MIN &&
				    v->now.mono_ms - a->heard_mono_ms < SEEN_MS;
	}
}

void http_health_now(const struct http *h, struct http_health *ret, struct store_stats *ret_store)
{
	*ret = (struct http_health){ 0 };
	*ret_store = (struct store_stats){ 0 };
	if (h->src.health != NULL)
		h->src.health(h->src.arg, ret);
	if (h->src.store != NULL)
		store_stats(h->src.store, ret_store);
}

bool store_is_well(const struct store_stats *s)
{
	return s->last_error == 0 && s->waiting < STORE_LAGS_AT;
}

static json_t *collector_json(const struct http *h, const struct view *v)
{
	struct http_health health;
	struct store_stats store;
	struct counts counts;

	http_health_now(h, &health, &store);
	count_agents(v, &counts);
	return json_pack("{s:s,s:o,s:I,s:b,s:b,s:I,s:I,s:I,s:I,s:I}", "version", LW_VERSION,
			 "since", view_time(health.since_wall_ms), "uptime_s",
			 (json_int_t)((v->now.wall_ms - health.since_wall_ms) / 1000),
			 "broker_connected", (int)health.broker_connected, "store_ok",
			 (int)store_is_well(&store), "store_waiting", (json_int_t)store.waiting,
			 "agents_seen", (json_int_t)counts.agents_seen, "agents_total",
			 (json_int_t)counts.agents, "devices_total", (json_int_t)counts.devices,
			 "quarantined", (json_int_t)health.quarantined);
}

static json_t *all_sites(const struct view *v)
{
	json_t *sites = json_array();

	for (uint32_t i = 0; i < v->t->n_sites; i++)
		(void)json_array_append_new(sites, view_site(v, i));
	return sites;
}

json_t *status_json(const struct http *h)
{
	struct view v = http_view(h);
	json_t *sites;

	find_index(&v);
	sites = all_sites(&v);
	find_index_free(&v);
	return json_pack("{s:o,s:I,s:o,s:o,s:o,s:o,s:o}", "at", view_time(v.now.wall_ms),
			 "event_id", (json_int_t)sse_last_id(h->sse), "hotline",
			 view_capacity(&v, NO_ENTITY), "sites", sites, "incidents",
			 incident_counts(&v), "alarms", alarm_counts(&v), "collector",
			 collector_json(h, &v));
}

int get_status(struct request *q)
{
	return reply(q, MHD_HTTP_OK, status_json(q->http));
}

int get_start(struct request *q)
{
	return reply(q, MHD_HTTP_OK,
		     json_pack("{s:o,s:o,s:o,s:o}", "session", session_json(q), "status",
			       status_json(q->http), "incidents", incidents_now(q->http), "oncall",
			       oncall_json(q->http)));
}

int get_healthz(struct request *q)
{
	return reply(q, MHD_HTTP_OK,
		     json_pack("{s:s,s:[],s:s}", "status", "ok", "reasons", "version", LW_VERSION));
}

int get_readyz(struct request *q)
{
	struct http_health health;
	struct store_stats store;
	json_t *reasons = json_array();
	bool ok;

	http_health_now(q->http, &health, &store);
	if (!health.broker_connected)
		(void)json_array_append_new(reasons, json_string("broker not connected"));
	if (!store_is_well(&store))
		(void)json_array_append_new(reasons, json_string("store failing or behind"));
	ok = json_array_size(reasons) == 0;
	return reply(q, ok ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
		     json_pack("{s:s,s:o,s:s}", "status", ok ? "ok" : "unready", "reasons", reasons,
			       "version", LW_VERSION));
}

static uint32_t site_index(const struct topology *t, const char *id)
{
	for (uint32_t i = 0; i < t->n_sites; i++)
		if (strcmp(t->sites[i].id, id) == 0)
			return i;
	return NO_ENTITY;
}

bool param_site(struct request *q, uint32_t *ret)
{
	const char *id = request_param(q, "site");

	*ret = NO_ENTITY;
	if (id == NULL)
		return true;
	*ret = site_index(q->http->src.topology, id);
	if (*ret != NO_ENTITY)
		return true;
	(void)problem(q, MHD_HTTP_NOT_FOUND, "no_such_site", id);
	return false;
}

int get_sites(struct request *q)
{
	struct view v = http_view(q->http);
	struct page p;

	if (!page_begin(&p, q))
		return 0;
	for (uint32_t i = 0; i < v.t->n_sites; i++)
		if (page_wants(&p, v.t->sites[i].id))
			page_add(&p, view_site(&v, i), v.t->sites[i].id);
	return page_reply(&p, "sites");
}

int get_site(struct request *q)
{
	struct view v = http_view(q->http);
	uint32_t i = site_index(v.t, q->id.text);

	if (i == NO_ENTITY)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_site", q->id.text);
	return reply(q, MHD_HTTP_OK, view_site(&v, i));
}

int get_seats(struct request *q)
{
	struct view v = http_view(q->http);
	uint32_t site;
	struct page p;

	if (!param_site(q, &site) || !page_begin(&p, q))
		return 0;
	for (uint32_t i = 0; i < v.t->n_seats; i++) {
		const struct seat *s = &v.t->seats[i];

		if (!page_wants(&p, s->id) || (site != NO_ENTITY && s->site != site))
			continue;
		if (!page_add(&p, view_seat(&v, i), s->id))
			break;
	}
	return page_reply(&p, "seats");
}

struct filter {
	uint32_t site, agent;
	enum device_class class;
	int state; /* -1: any */
};

static bool read_filter(struct request *q, struct filter *f)
{
	const char *class = request_param(q, "class"), *state = request_param(q, "state");
	const char *agent = request_param(q, "agent");

	*f = (struct filter){ .class = CLASS_NONE, .state = -1, .agent = NO_ENTITY };
	if (!param_site(q, &f->site))
		return false;
	if (class != NULL && !device_class_parse(class, &f->class)) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "class");
		return false;
	}
	if (state != NULL && (f->state = view_state_parse(state)) < 0) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "state");
		return false;
	}
	if (agent != NULL) {
		f->agent = topology_find(q->http->src.topology, ENTITY_AGENT, agent);
		if (f->agent == NO_ENTITY) {
			(void)problem(q, MHD_HTTP_NOT_FOUND, "not_found", agent);
			return false;
		}
	}
	return true;
}

static bool passes(const struct view *v, const struct filter *f, uint32_t i)
{
	const struct entity *e = &v->t->entities[i];

	return e->kind == ENTITY_DEVICE && (f->site == NO_ENTITY || e->site == f->site) &&
	       (f->class == CLASS_NONE || e->device_class == f->class) &&
	       (f->agent == NO_ENTITY || e->agent == f->agent) &&
	       (f->state < 0 || (int)engine_state(v->engine, i, NULL) == f->state);
}

/* Where a page over entities begins: after the entity that the page before ended with. */
static uint32_t first_entity(const struct view *v, const struct page *p, enum entity_kind kind)
{
	uint32_t last = p->after != NULL ? topology_find(v->t, kind, p->after) : NO_ENTITY;

	return last == NO_ENTITY ? 0 : last + 1;
}

int get_devices(struct request *q)
{
	struct view v = http_view(q->http);
	struct filter f;
	struct page p;

	if (!read_filter(q, &f) || !page_begin(&p, q))
		return 0;
	find_index(&v);
	for (uint32_t i = first_entity(&v, &p, ENTITY_DEVICE); i < v.t->n_entities; i++)
		if (passes(&v, &f, i) && !page_add(&p, view_device(&v, i), v.t->entities[i].id))
			break;
	find_index_free(&v);
	return page_reply(&p, "devices");
}

static void add_readings(const struct view *v, json_t *list, uint32_t entity, unsigned metric,
			 const char *device)
{
	const struct live_device *d = live_get(v->live, entity);

	for (uint32_t i = 0; d != NULL && i < d->n_slots; i++)
		if (metric == METRIC_NONE || d->slots[i].metric == metric)
			(void)json_array_append_new(list, view_reading(v, d, &d->slots[i], device));
}

static uint32_t device_of(struct request *q, const struct view *v)
{
	uint32_t i = topology_find(v->t, ENTITY_DEVICE, q->id.text);

	if (i == NO_ENTITY)
		(void)problem(q, MHD_HTTP_NOT_FOUND, "no_such_device", q->id.text);
	return i;
}

int get_device(struct request *q)
{
	struct view v = http_view(q->http);
	uint32_t i = device_of(q, &v);
	json_t *device, *readings;

	if (i == NO_ENTITY)
		return 0;
	device = view_device(&v, i);
	readings = json_array();
	add_readings(&v, readings, i, METRIC_NONE, NULL);
	(void)json_object_set_new(device, "readings", readings);
	return reply(q, MHD_HTTP_OK, device);
}

int get_device_readings(struct request *q)
{
	struct view v = http_view(q->http);
	uint32_t i = device_of(q, &v);
	json_t *readings;

	if (i == NO_ENTITY)
		return 0;
	readings = json_array();
	add_readings(&v, readings, i, METRIC_NONE, NULL);
	return reply(q, MHD_HTTP_OK, json_pack("{s:o}", "readings", readings));
}

int get_readings(struct request *q)
{
	struct view v = http_view(q->http);
	const char *name = request_param(q, "metric"), *only = request_param(q, "device");
	const struct metric *metric = name != NULL ? metric_by_name(name) : NULL;
	struct filter f;
	struct page p;

	if (name != NULL && metric == NULL)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "metric");
	if (!read_filter(q, &f) || !page_begin(&p, q))
		return 0;
	for (uint32_t i = first_entity(&v, &p, ENTITY_DEVICE); i < v.t->n_entities; i++) {
		const char *id = v.t->entities[i].id;

		if (!passes(&v, &f, i) || (only != NULL && strcmp(only, id) != 0))
			continue;
		add_readings(&v, p.list, i, metric != NULL ? metric->id : METRIC_NONE, id);
		if (!page_goes_on(&p, id))
			break;
	}
	return page_reply(&p, "readings");
}

int get_agents(struct request *q)
{
	struct view v = http_view(q->http);
	uint32_t *devices = calloc(v.t->n_entities + (size_t)1, sizeof *devices);
	uint32_t site;
	struct page p;

	if (devices == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	if (!param_site(q, &site) || !page_begin(&p, q)) {
		free(devices);
		return 0;
	}
	for (uint32_t i = 0; i < v.t->n_entities; i++)
		if (v.t->entities[i].agent < v.t->n_entities)
			devices[v.t->entities[i].agent]++;
	for (uint32_t i = first_entity(&v, &p, ENTITY_AGENT); i < v.t->n_entities; i++) {
		const struct entity *e = &v.t->entities[i];

		if (e->kind != ENTITY_AGENT || (site != NO_ENTITY && e->site != site))
			continue;
		if (!page_add(&p, view_agent(&v, i, devices[i]), e->id))
			break;
	}
	free(devices);
	return page_reply(&p, "agents");
}

int get_metrics(struct request *q)
{
	json_t *list = json_array();

	for (size_t i = 0; metric_at(i) != NULL; i++)
		(void)json_array_append_new(list, view_metric(metric_at(i)));
	return reply(q, MHD_HTTP_OK, json_pack("{s:o}", "metrics", list));
}
