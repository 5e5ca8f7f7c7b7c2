/* api_prometheus.c - /metrics in Prometheus' text format 0.0.4. With more than DEVICES_MAX devices the
 * readings are left out (ask centre by centre: ?site=); one metric says so. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/io/http/page.h"
#include "collector/io/http/peers.h"
#include "collector/io/http/request.h"
#include "collector/io/http/sse.h"

enum { DEVICES_MAX = 3000 };

struct text {
	char *s;
	size_t n;
	FILE *f;
};

static void family(FILE *f, const char *name, const char *type, const char *help)
{
	(void)fprintf(f, "# HELP linewatch_%s %s\n# TYPE linewatch_%s %s\n", name, help, name,
		      type);
}

static void single(FILE *f, const char *name, const char *type, const char *help, double value)
{
	family(f, name, type, help);
	(void)fprintf(f, "linewatch_%s %.17g\n", name, value);
}

/* A label's value: quotes, backslashes and newlines are escaped. */
static void label(FILE *f, const char *name, const char *value, const char *before)
{
	(void)fprintf(f, "%s%s=\"", before, name);
	for (; value != NULL && *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			(void)fputc('\\', f);
		if (*value == '\n')
			(void)fputs("\\n", f);
		else
			(void)fputc(*value, f);
	}
	(void)fputc('"', f);
}

static void put_self(FILE *f, const struct http *h, const struct view *v)
{
	struct http_health x;
	struct store_stats s;
	struct counts c;

	http_health_now(h, &x, &s);
	count_agents(v, &c);
	family(f, "build_info", "gauge", "The program that answers.");
	(void)fprintf(f, "linewatch_build_info{version=\"%s\"} 1\n", LW_VERSION);
	single(f, "start_time_seconds", "gauge", "Unix time of the start.",
	       (double)x.since_wall_ms / 1000);
	single(f, "broker_connected", "gauge", "1: the MQTT broker is reached.",
	       x.broker_connected);
	single(f, "reports_total", "counter", "Reports taken.", (double)x.reports);
	single(f, "reports_historical_total", "counter", "Of these, from the backlog.",
	       (double)x.reports_historical);
	single(f, "reports_duplicate_total", "counter", "Reports that were stored already.",
	       (double)x.duplicates);
	single(f, "quarantined_total", "counter", "Messages that could not be decoded.",
	       (double)x.quarantined);
	single(f, "refused_total", "counter", "Messages under a wrong name or beyond a limit.",
	       (double)x.refused);
	single(f, "births_total", "counter", "Births heard.", (double)x.births);
	single(f, "deaths_total", "counter", "Deaths heard.", (double)x.deaths);
	single(f, "pages_sent_total", "counter", "Pages handed to a gateway.",
	       (double)x.pages_sent);
	single(f, "pages_failed_total", "counter", "Tries that failed.", (double)x.pages_failed);
	single(f, "pages_waiting", "gauge", "Pages in the outbox.", (double)x.pages_waiting);
	single(f, "store_commits_total", "counter", "Transactions on disk.", (double)s.commits);
	single(f, "store_commits_failed_total", "counter", "Transactions that failed.",
	       (double)s.failed_commits);
	single(f, "store_readings_total", "counter", "Readings on disk.", (double)s.readings);
	single(f, "store_waiting", "gauge", "Batches not yet on disk.", (double)s.waiting);
	single(f, "store_last_commit_seconds", "gauge", "The newest transaction, fsync included.",
	       (double)s.last_commit_us / 1e6);
	single(f, "agents", "gauge", "Agents in the configuration.", c.agents);
	single(f, "agents_seen", "gauge", "Agents heard of in the last 30 s.", c.agents_seen);
	single(f, "devices", "gauge", "Devices in the configuration.", c.devices);
}

static void put_process(FILE *f, const struct http *h)
{
	static const char *const codes[] = { "0xx", "1xx", "2xx", "3xx", "4xx", "5xx" };
	struct rusage u;
	long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	if (statm != NULL) {
		if (fscanf(statm, "%*s %ld", &pages) != 1)
			pages = 0;
		(void)fclose(statm);
	}
	(void)getrusage(RUSAGE_SELF, &u);
	(void)fprintf(f,
		      "# HELP process_cpu_seconds_total CPU time.\n"
		      "# TYPE process_cpu_seconds_total counter\n"
		      "process_cpu_seconds_total %.3f\n"
		      "# HELP process_resident_memory_bytes Resident memory.\n"
		      "# TYPE process_resident_memory_bytes gauge\n"
		      "process_resident_memory_bytes %ld\n",
		      (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
			      (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
		      pages * sysconf(_SC_PAGESIZE));
	family(f, "http_responses_total", "counter", "Answers by class.");
	for (size_t i = 2; i < 6; i++)
		(void)fprintf(f, "linewatch_http_responses_total{code=\"%s\"} %" PRIu64 "\n",
			      codes[i], h->answered[i]);
	single(f, "http_connections", "gauge", "Open connections.", peers_count(h->peers));
	single(f, "http_connections_cut_total", "counter",
	       "Connections cut for sending too slowly.", (double)peers_cut(h->peers));
	single(f, "sse_clients", "gauge", "Open event streams.", sse_clients(h->sse));
	single(f, "sse_fell_behind_total", "counter", "Streams that had to be reset.",
	       (double)sse_dropped(h->sse));
}

struct site_gauge {
	const char *name, *help;
	double (*of)(const struct capacity *c);
};

static double ready(const struct capacity *c)
{
	return c->seats_ready;
}

static double total(const struct capacity *c)
{
	return c->seats_total;
}

static double unknown(const struct capacity *c)
{
	return c->seats_unknown;
}

static double power_left(const struct capacity *c)
{
	return c->minutes_left >= 0 ? c->minutes_left * 60.0 : (double)NAN;
}

static double state(const struct capacity *c)
{
	return c->state;
}

static const struct site_gauge gauges[] = {
	{ "seats_ready", "Seats that can answer a call.", ready },
	{ "seats", "Seats there are.", total },
	{ "seats_unknown", "Seats of which nothing is known.", unknown },
	{ "power_left_seconds", "Left on UPS; NaN on mains or not known.", power_left },
	{ "capacity_state", "0 unknown, 1 full, 2 degraded, 3 critical, 4 dark.", state },
};

static void put_sites(FILE *f, const struct view *v)
{
	struct capacity c;

	for (size_t g = 0; g < sizeof gauges / sizeof *gauges; g++) {
		family(f, gauges[g].name, "gauge", gauges[g].help);
		for (uint32_t i = 0; i < v->t->n_sites; i++) {
			engine_capacity(v->engine, i, &c);
			(void)fprintf(f, "linewatch_%s", gauges[g].name);
			label(f, "site", v->t->sites[i].id, "{");
			(void)fprintf(f, "} %g\n", gauges[g].of(&c));
		}
		engine_capacity(v->engine, NO_ENTITY, &c);
		(void)fprintf(f, "linewatch_%s{site=\"\"} %g\n", gauges[g].name, gauges[g].of(&c));
	}
}

static void put_trouble(FILE *f, const struct view *v)
{
	const struct incident_view *i;
	const struct alarm_view *a;
	size_t n = engine_alarms(v->engine, &a);
	unsigned by[SEVERITY_CRITICAL + 1] = { 0 }, open = 0, unowned = 0;

	for (size_t k = 0; k < n; k++)
		if (a[k].life != ALARM_LIFE_CLEARED)
			by[a[k].severity]++;
	family(f, "alarms", "gauge", "Standing alarms by severity.");
	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++)
		(void)fprintf(f, "linewatch_alarms{severity=\"%s\"} %u\n",
			      view_severity_name((enum severity)s), by[s]);
	n = engine_incidents(v->engine, &i);
	for (size_t k = 0; k < n; k++) {
		open += i[k].closed_wall_ms == 0;
		unowned += i[k].closed_wall_ms == 0 && i[k].owner == NULL;
	}
	single(f, "incidents_open", "gauge", "Open incidents.", open);
	single(f, "incidents_unowned", "gauge", "Open incidents that nobody has taken.", unowned);
}

static void entity_labels(FILE *f, const struct view *v, uint32_t i)
{
	const struct entity *e = &v->t->entities[i];

	label(f, e->kind == ENTITY_AGENT ? "agent" : "device", e->id, "{");
	label(f, "site", e->site < v->t->n_sites ? v->t->sites[e->site].id : "", ",");
	if (e->kind == ENTITY_DEVICE)
		label(f, "class", device_class_name(e->device_class), ",");
}

static void put_states(FILE *f, const struct view *v, enum entity_kind kind, uint32_t site)
{
	const char *name = kind == ENTITY_AGENT ? "agent_state" : "device_state";

	family(f, name, "gauge", "0 unknown, 1 up, 2 down, 3 planned.");
	for (uint32_t i = 0; i < v->t->n_entities; i++) {
		const struct entity *e = &v->t->entities[i];

		if (e->kind != kind || (site != NO_ENTITY && e->site != site))
			continue;
		(void)fprintf(f, "linewatch_%s", name);
		entity_labels(f, v, i);
		(void)fprintf(f, "} %d\n", (int)engine_state(v->engine, i, NULL));
	}
}

static void put_offsets(FILE *f, const struct view *v)
{
	family(f, "agent_clock_offset_seconds", "gauge", "The agent's clock less the collector's.");
	for (uint32_t i = 0; i < v->t->n_entities; i++) {
		const struct live_agent *a = live_agent_get(v->live, i);

		if (v->t->entities[i].kind != ENTITY_AGENT || a == NULL ||
		    a->offset_ms == INT64_MIN)
			continue;
		(void)fprintf(f, "linewatch_agent_clock_offset_seconds");
		entity_labels(f, v, i);
		(void)fprintf(f, "} %.3f\n", (double)a->offset_ms / 1000);
	}
}

/* A metric as Prometheus calls it: base units, and counters that say so. */
struct family_name {
	char text[READING_NAME_MAX + 16];
	double scale; /* to the base unit */
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static void name_family(struct family_name *ret, const struct metric *m)
{
	static const struct {
		const char *end, *base;
		double scale;
	} units[] = { { "_ms", "_seconds", 1e-3 },
		      { "_kib", "_bytes", 1024 },
		      { "_days_left", "_left_seconds", 86400 } };
	size_t n = strlen(m->name);

	*ret = (struct family_name){ .scale = 1 };
	(void)snprintf(ret->text, sizeof ret->text, "%s", m->name);
	for (char *p = ret->text; *p != '\0'; p++)
		if (*p == '.')
			*p = '_';
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (!ends_with(m->name, units[i].end))
			continue;
		n -= strlen(units[i].end);
		(void)snprintf(ret->text + n, sizeof ret->text - n, "%s", units[i].base);
		ret->scale = units[i].scale;
	}
	n = strlen(ret->text);
	if (m->kind == METRIC_COUNTER && !ends_with(ret->text, "_total"))
		(void)snprintf(ret->text + n, sizeof ret->text - n, "_total");
}

static void put_slot(FILE *f, const struct view *v, uint32_t i, const struct family_name *name,
		     const struct live_device *d, const struct live_slot *s)
{
	char instance[16];

	(void)fprintf(f, "linewatch_%s", name->text);
	entity_labels(f, v, i);
	(void)snprintf(instance, sizeof instance, "%u", s->instance + 1u);
	if (s->label > 0)
		label(f, "instance_name", d->labels[s->label - 1], ",");
	else if (s->instance > 0)
		label(f, "line", instance, ",");
	(void)fprintf(f, "} %.10g\n", s->value * name->scale);
}

static void put_metric(FILE *f, const struct view *v, const struct metric *m, uint32_t site)
{
	struct family_name name;
	bool any = false;

	name_family(&name, m);
	for (uint32_t i = 0; i < v->t->n_entities; i++) {
		const struct live_device *d = live_get(v->live, i);

		if (d == NULL || (site != NO_ENTITY && v->t->entities[i].site != site) ||
		    live_is_stale(d, v->now.mono_ms))
			continue;
		for (uint32_t k = 0; k < d->n_slots; k++) {
			if (d->slots[k].metric != m->id || d->slots[k].reason != REASON_GOOD)
				continue;
			if (!any)
				family(f, name.text,
				       m->kind == METRIC_COUNTER ? "counter" : "gauge",
				       "As the device says it.");
			any = true;
			put_slot(f, v, i, &name, d, &d->slots[k]);
		}
	}
}

static bool is_too_much(const struct view *v, uint32_t site)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->t->n_entities; i++)
		n += v->t->entities[i].kind == ENTITY_DEVICE &&
		     (site == NO_ENTITY || v->t->entities[i].site == site);
	return n > DEVICES_MAX;
}

int get_prometheus(struct request *q)
{
	struct view v = http_view(q->http);
	struct text t = { 0 };
	uint32_t site;
	bool cut;

	if (!param_site(q, &site))
		return 0;
	t.f = open_memstream(&t.s, &t.n);
	if (t.f == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	cut = is_too_much(&v, site);
	put_self(t.f, q->http, &v);
	put_process(t.f, q->http);
	put_sites(t.f, &v);
	put_trouble(t.f, &v);
	put_states(t.f, &v, ENTITY_AGENT, site);
	put_offsets(t.f, &v);
	single(t.f, "readings_left_out", "gauge",
	       "1: too many devices for one answer, ask by site.", cut);
	if (!cut)
		put_states(t.f, &v, ENTITY_DEVICE, site);
	for (size_t i = 0; !cut && metric_at(i) != NULL; i++)
		put_metric(t.f, &v, metric_at(i), site);
	if (fclose(t.f) != 0) {
		free(t.s);
		t.s = NULL;
	}
	return reply_text(q, MHD_HTTP_OK, t.s, "text/plain; version=0.0.4; charset=utf-8");
}
