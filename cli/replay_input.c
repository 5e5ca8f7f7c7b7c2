#include <errno.h>
#include <math.h>
#include <string.h>

#include "cli/replay.h"
#include "common/core/rfc3339.h"

static int wrong(char *reterr, const char *key, const char *what)
{
	(void)snprintf(reterr, REPLAY_ERROR, "%s: %s", key, what);
	return -EINVAL;
}

static int read_time(const json_t *line, const char *key, int64_t *ret, char *reterr)
{
	const char *text = json_string_value(json_object_get(line, key));

	if (text == NULL || !rfc3339_parse(text, ret))
		return wrong(reterr, key, "wants a time such as \"2026-11-24T02:00:00Z\"");
	return 0;
}

static int find(const json_t *line, const char *key, enum entity_kind kind,
		const struct topology *t, uint32_t *ret, char *reterr)
{
	const char *id = json_string_value(json_object_get(line, key));

	if (id == NULL)
		return wrong(reterr, key, "missing; wants the name of one of the configuration");
	*ret = topology_find(t, kind, id);
	if (*ret != NO_ENTITY)
		return 0;
	(void)snprintf(reterr, REPLAY_ERROR, "%s: \"%.80s\" is not in the configuration", key, id);
	return -EINVAL;
}

/* "metric", "metric#2", "metric@name". */
static const struct metric *split_name(const char *name, struct reading *r)
{
	char bare[READING_NAME_MAX];
	size_t n = strcspn(name, "#@");
	unsigned line;

	if (n >= sizeof bare)
		return NULL;
	memcpy(bare, name, n);
	bare[n] = '\0';
	if (name[n] == '#') {
		if (sscanf(name + n + 1, "%5u", &line) != 1 || line < 1 || line > 65535)
			return NULL;
		r->instance = (uint16_t)(line - 1);
	} else if (name[n] == '@') {
		uint32_t hash = 2166136261U;

		r->label = name + n + 1;
		for (const char *c = r->label; *c != '\0'; c++)
			hash = (hash ^ (uint8_t)*c) * 16777619U;
		r->instance = (uint16_t)(1 + hash % 65535);
	}
	return metric_by_name(bare);
}

static void read_value(const json_t *value, const struct metric *m, struct reading *r)
{
	int64_t v;

	r->reason = REASON_GOOD;
	if (json_is_number(value))
		r->value = json_number_value(value);
	else if (json_is_boolean(value))
		r->value = json_is_true(value) ? 1 : 0;
	else if (json_is_string(value) && metric_parse_word(m, json_string_value(value), &v))
		r->value = (double)v;
	else
		r->reason = json_is_null(value) ? REASON_MISSING : REASON_TYPE;
}

static int read_values(struct replay_event *e, const json_t *values, char *reterr)
{
	const char *name;
	json_t *value;

	if (!json_is_object(values))
		return wrong(reterr, "values", "wants an object {metric: value}");
	json_object_foreach((json_t *)(uintptr_t)values, name, value)
	{
		struct reading *r = &e->readings[e->n_readings];

		if (e->n_readings == REPLAY_MAX_READINGS)
			return wrong(reterr, "values", "more than 512 of them");
		*r = (struct reading){ 0 };
		const struct metric *m = split_name(name, r);
		if (m == NULL) {
			(void)snprintf(reterr, REPLAY_ERROR, "values: \"%.80s\" is no metric",
				       name);
			return -EINVAL;
		}
		if (m->kind == METRIC_TEXT)
			continue;
		r->metric = m->id;
		read_value(value, m, r);
		e->n_readings++;
	}
	e->has_values = true;
	return 0;
}

static int read_report(struct replay_event *e, const struct topology *t, char *reterr)
{
	const json_t *reachable = json_object_get(e->json, "reachable");
	const json_t *values = json_object_get(e->json, "values");
	int r = find(e->json, "device", ENTITY_DEVICE, t, &e->entity, reterr);

	if (r < 0)
		return r;
	if (reachable != NULL && !json_is_boolean(reachable))
		return wrong(reterr, "reachable", "wants true or false");
	e->has_reachable = reachable != NULL;
	e->up = json_is_true(reachable);
	if (values == NULL && reachable == NULL)
		return wrong(reterr, "values", "missing; a report has values or reachable");
	if (values != NULL)
		r = read_values(e, values, reterr);
	e->historical = json_is_true(json_object_get(e->json, "historical"));
	e->observed_ms = e->at_ms;
	if (r == 0 && json_object_get(e->json, "observed") != NULL)
		r = read_time(e->json, "observed", &e->observed_ms, reterr);
	return r;
}

static int read_agent(struct replay_event *e, const struct topology *t, char *reterr)
{
	return find(e->json, "agent", ENTITY_AGENT, t, &e->entity, reterr);
}

static int read_broker(struct replay_event *e, const struct topology *t, char *reterr)
{
	const char *state = json_string_value(json_object_get(e->json, "state"));

	(void)t;
	if (state == NULL || (strcmp(state, "up") != 0 && strcmp(state, "down") != 0))
		return wrong(reterr, "state", "wants \"up\" or \"down\"");
	e->up = strcmp(state, "up") == 0;
	return 0;
}

static int read_ack(struct replay_event *e, const struct topology *t, char *reterr)
{
	const json_t *incident = json_object_get(e->json, "incident");

	(void)t;
	e->by = json_string_value(json_object_get(e->json, "by"));
	if (!json_is_integer(incident) || json_integer_value(incident) < 1 ||
	    json_integer_value(incident) > UINT32_MAX)
		return wrong(reterr, "incident", "wants its number");
	if (e->by == NULL || e->by[0] == '\0')
		return wrong(reterr, "by", "wants the id of a person");
	e->incident = (uint32_t)json_integer_value(incident);
	return 0;
}

static int read_mute(struct replay_event *e, const struct topology *t, char *reterr)
{
	const char *code = json_string_value(json_object_get(e->json, "code"));
	uint32_t parts[TARGET_PARTS];

	e->silence = (struct silence_view){
		.target = json_string_value(json_object_get(e->json, "target")),
		.code = code,
		.by = json_string_value(json_object_get(e->json, "by")),
		.reason = json_string_value(json_object_get(e->json, "reason")),
		.from_wall_ms = e->at_ms
	};
	if (e->silence.target == NULL || topology_target(t, e->silence.target, parts) == 0)
		return wrong(reterr, "target", "wants a device, service, seat or centre");
	if (e->silence.by == NULL || e->silence.by[0] == '\0')
		return wrong(reterr, "by", "wants the id of a person");
	if (json_object_get(e->json, "from") != NULL &&
	    read_time(e->json, "from", &e->silence.from_wall_ms, reterr) < 0)
		return -EINVAL;
	return read_time(e->json, "until", &e->silence.until_wall_ms, reterr);
}

static int read_unmute(struct replay_event *e, const struct topology *t, char *reterr)
{
	const json_t *silence = json_object_get(e->json, "silence");

	(void)t;
	if (!json_is_integer(silence) || json_integer_value(silence) < 1 ||
	    json_integer_value(silence) > UINT32_MAX)
		return wrong(reterr, "silence", "wants its number: 1, 2 … in order of the mutes");
	e->incident = (uint32_t)json_integer_value(silence);
	return 0;
}

static int read_end(struct replay_event *e, const struct topology *t, char *reterr)
{
	(void)e;
	(void)t;
	(void)reterr;
	return 0;
}

static int read_line(struct replay_event *e, const struct topology *t, char *reterr)
{
	static const struct {
		const char *name;
		enum replay_type type;
		int (*read)(struct replay_event *e, const struct topology *t, char *reterr);
	} types[] = {
		{ "birth", REPLAY_BIRTH, read_agent },	   { "death", REPLAY_DEATH, read_agent },
		{ "silence", REPLAY_SILENCE, read_agent }, { "report", REPLAY_REPORT, read_report },
		{ "broker", REPLAY_BROKER, read_broker },  { "ack", REPLAY_ACK, read_ack },
		{ "mute", REPLAY_MUTE, read_mute },	   { "unmute", REPLAY_UNMUTE, read_unmute },
		{ "end", REPLAY_END, read_end },
	};
	const char *type = json_string_value(json_object_get(e->json, "type"));
	int r = read_time(e->json, "at", &e->at_ms, reterr);

	if (r < 0)
		return r;
	for (size_t i = 0; type != NULL && i < sizeof types / sizeof *types; i++) {
		if (strcmp(types[i].name, type) != 0)
			continue;
		e->type = types[i].type;
		return types[i].read(e, t, reterr);
	}
	return wrong(reterr, "type",
		     "wants birth, death, silence, report, broker, ack, mute, unmute or end");
}

int replay_parse(struct replay_event *ret, const char *line, size_t len, const struct topology *t,
		 char reterr[REPLAY_ERROR])
{
	json_error_t error;
	int r;

	ret->n_readings = 0;
	ret->has_reachable = ret->has_values = ret->historical = ret->up = false;
	ret->by = NULL;
	ret->json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(ret->json)) {
		(void)snprintf(reterr, REPLAY_ERROR, "not a JSON object: %.120s",
			       ret->json == NULL ? error.text : "wants {…}");
		json_decref(ret->json);
		return -EINVAL;
	}
	r = read_line(ret, t, reterr);
	if (r < 0)
		json_decref(ret->json);
	return r;
}
