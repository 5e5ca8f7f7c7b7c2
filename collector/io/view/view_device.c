/* view_device.c - devices, agents, readings, metrics. */
#include <math.h>
#include <string.h>

#include "collector/io/view/find.h"
#include "collector/io/view/view.h"

static json_t *wall_of(const struct view *v, int64_t mono_ms)
{
	if (mono_ms == INT64_MIN)
		return json_null();
	return view_time(v->now.wall_ms - (v->now.mono_ms - mono_ms));
}

static json_t *needs(const struct view *v, const struct entity *e)
{
	json_t *all = json_array();

	for (uint32_t i = 0; i < e->n_needs; i++) {
		json_t *any = json_array();

		for (uint32_t k = 0; k < e->needs[i].n_any; k++)
			(void)json_array_append_new(any, view_entity_id(v, e->needs[i].any[k]));
		(void)json_array_append_new(all, any);
	}
	return all;
}

static json_t *alarms_of(const struct view *v, uint32_t entity)
{
	json_t *names = json_array();
	char name[VIEW_NAME_MAX];

	for (const struct alarm_view *a = find_next(v, entity, NULL); a != NULL;
	     a = find_next(v, entity, a))
		(void)json_array_append_new(names, json_string(view_alarm_name(v, a, name)));
	return names;
}

/* Why this profile reads it: what the device says it is. */
static json_t *evidence(const struct live_device *d)
{
	static const unsigned texts[] = { M_SYS_DESCR, M_SYS_NAME };
	json_t *lines = json_array();

	for (size_t i = 0; d != NULL && i < sizeof texts / sizeof *texts; i++) {
		const char *text = live_text(d, texts[i]);

		if (text != NULL)
			(void)json_array_append_new(
				lines, json_sprintf("%s: %s", metric_by_id(texts[i])->name, text));
	}
	return lines;
}

static json_t *identity(const struct live_device *d, unsigned metric)
{
	return view_text(d != NULL ? live_text(d, metric) : NULL);
}

static json_t *interval(const struct entity *e, const struct live_device *d)
{
	uint32_t ms = d != NULL && d->interval_ms != 0 ? d->interval_ms : e->interval_ms;

	return ms != 0 ? json_integer(ms) : json_null();
}

static json_t *reachable(const struct view *v, uint32_t entity, const struct live_device *d,
			 enum entity_state state)
{
	if (d == NULL || state == STATE_UNKNOWN)
		return json_null();
	return json_boolean(engine_is_reachable(v->engine, entity));
}

json_t *view_device(const struct view *v, uint32_t entity)
{
	const struct entity *e = &v->t->entities[entity];
	const struct live_device *d = live_get(v->live, entity);
	int64_t since = 0;
	enum entity_state state = engine_state(v->engine, entity, &since);

	return json_pack(
		"{s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
		"id", e->id, "name", e->name != NULL ? e->name : e->id, "class",
		device_class_name(e->device_class), "site",
		view_text(e->site < v->t->n_sites ? v->t->sites[e->site].id : NULL), "seat",
		view_text(e->seat < v->t->n_seats ? v->t->seats[e->seat].id : NULL), "agent",
		view_entity_id(v, e->agent), "state", view_state_name(state), "since",
		view_time(since), "reachable", reachable(v, entity, d, state), "seen_at",
		wall_of(v, d != NULL ? d->heard_mono_ms : INT64_MIN), "profile",
		view_text(d != NULL ? d->profile : NULL), "vendor", identity(d, M_DEVICE_VENDOR),
		"model", identity(d, M_DEVICE_MODEL), "version", identity(d, M_DEVICE_VERSION),
		"serial", identity(d, M_DEVICE_SERIAL), "evidence", evidence(d), "depends_on",
		needs(v, e), "alarms", alarms_of(v, entity), "interval_ms", interval(e, d));
}

static json_t *own_reading(const struct view *v, uint32_t entity, unsigned metric)
{
	struct reading r;

	if (live_value(v->live, entity, metric, 0, &r) < 0 || r.reason != REASON_GOOD)
		return json_null();
	return json_real(r.value);
}

json_t *view_agent(const struct view *v, uint32_t entity, uint32_t n_devices)
{
	const struct entity *e = &v->t->entities[entity];
	const struct live_agent *a = live_agent_get(v->live, entity);
	int64_t since = 0;
	enum entity_state state = engine_state(v->engine, entity, &since);
	bool offset = a != NULL && a->offset_ms != INT64_MIN;

	return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:I}", "id", e->id, "site",
			 view_text(e->site < v->t->n_sites ? v->t->sites[e->site].id : NULL),
			 "state", view_state_name(state), "since", view_time(since), "seen_at",
			 wall_of(v, a != NULL ? a->heard_mono_ms : INT64_MIN), "version",
			 view_text(a != NULL && a->version[0] != '\0' ? a->version : NULL),
			 "offset_ms", offset ? json_integer(a->offset_ms) : json_null(),
			 "journal_used_percent", own_reading(v, entity, M_AGENT_JOURNAL_FULL),
			 "journal_oldest_s", own_reading(v, entity, M_AGENT_JOURNAL_AGE), "devices",
			 (json_int_t)n_devices);
}

static const char *const kind_names[] = { "gauge", "counter", "state", "flag", "bits", "text" };

json_t *view_metric(const struct metric *m)
{
	return json_pack("{s:s,s:s,s:s,s:I,s:f,s:f}", "name", m->name, "kind", kind_names[m->kind],
			 "unit", m->unit, "decimals", (json_int_t)m->decimals, "min", m->min, "max",
			 m->max);
}

static json_t *number(const struct metric *m, double value)
{
	if (!isfinite(value))
		return json_null();
	if (m->decimals == 0 && fabs(value) < 9e15)
		return json_integer((json_int_t)llround(value));
	return json_real(metric_unscale(m, metric_scale(m, value)));
}

static json_t *value_of(const struct metric *m, double value)
{
	const char *word = m->kind == METRIC_STATE ? metric_word(m, llround(value)) : NULL;

	return word != NULL ? json_string(word) : number(m, value);
}

json_t *view_reading(const struct view *v, const struct live_device *d, const struct live_slot *s,
		     const char *device)
{
	const struct metric *m = metric_by_id(s->metric);
	const char *label = s->label > 0 ? d->labels[s->label - 1] : NULL;
	bool good = s->reason == REASON_GOOD, stale = good && live_is_stale(d, v->now.mono_ms);
	char name[READING_NAME_MAX];
	json_t *j;

	if (m == NULL)
		return NULL;
	(void)reading_name(name, sizeof name, s->metric, s->instance, label);
	j = json_pack("{s:s,s:o,s:o,s:s,s:s,s:s,s:o,s:o,s:o}", "metric", name, "value",
		      good ? value_of(m, s->value) : json_null(), "number",
		      good ? number(m, s->value) : json_null(), "unit", m->unit, "kind",
		      kind_names[m->kind], "quality",
		      !good   ? "unknown"
		      : stale ? "stale"
			      : "good",
		      "reason",
		      view_text(!good	? reading_reason_name(s->reason)
				: stale ? reading_reason_name(REASON_STALE)
					: NULL),
		      "at", wall_of(v, d->read_mono_ms), "age_ms",
		      d->read_mono_ms == INT64_MIN
			      ? json_null()
			      : json_integer(v->now.mono_ms - d->read_mono_ms));
	if (device != NULL)
		(void)json_object_set_new(j, "device", json_string(device));
	return j;
}
