/* api_silence.c - silences: said in advance or of an alarm that stands (shelving), listed, taken back.
 * The engine owns them and keeps them with its state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/silence.h"
#include "collector/io/http/act.h"
#include "collector/io/http/request.h"
#include "collector/io/store/store_read.h"
#include "collector/io/view/find.h"
#include "common/core/rfc3339.h"

enum { REASON_MAX = 200, CODE_MAX = 64, PAST_EVENTS = 20000 };
#define PAST_MS	   INT64_C(2592000000) /* 30 days, for the preview */
#define LONGEST_MS INT64_C(2678400000) /* 31 days: what nobody remembers must not stay silent */

static json_t *silence_json(const struct silence_view *s)
{
	return json_pack("{s:I,s:s,s:o,s:o,s:o,s:o,s:s,s:b}", "silence", (json_int_t)s->number,
			 "target", s->target, "code", view_text(s->code), "from",
			 view_time(s->from_wall_ms), "until", view_time(s->until_wall_ms), "reason",
			 view_text(s->reason), "by", s->by, "active", (int)s->active);
}

static const struct silence_view *find_silence(const struct view *v, uint32_t number)
{
	const struct silence_view *all;
	size_t n = engine_silences(v->engine, &all);

	for (size_t i = 0; i < n; i++)
		if (all[i].number == number)
			return &all[i];
	return NULL;
}

int get_silences(struct request *q)
{
	struct view v = http_view(q->http);
	const struct silence_view *all;
	size_t n = engine_silences(v.engine, &all);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, silence_json(&all[i]));
	return reply(q, MHD_HTTP_OK, json_pack("{s:o}", "silences", list));
}

/* What the request wants; false: it has replied. */
static bool read_silence(struct request *q, struct silence_view *s)
{
	const char *from, *until;
	int64_t now = http_view(q->http).now.wall_ms;

	if (!act_by(q, &s->by) || !body_text(q, "target", ROUTE_ID_MAX - 1, &s->target) ||
	    !body_text(q, "code", CODE_MAX, &s->code) || !body_text(q, "from", 40, &from) ||
	    !body_text(q, "until", 40, &until) || !body_text(q, "reason", REASON_MAX, &s->reason))
		return false;
	s->from_wall_ms = now;
	if (s->target != NULL && (from == NULL || rfc3339_parse(from, &s->from_wall_ms)) &&
	    rfc3339_parse(until, &s->until_wall_ms) && s->until_wall_ms > s->from_wall_ms &&
	    s->until_wall_ms > now && s->until_wall_ms - s->from_wall_ms <= LONGEST_MS)
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member",
		      s->target == NULL ? "target" : "until");
	return false;
}

static int refused(struct request *q, int r, const struct silence_view *s)
{
	static const struct {
		int error;
		int status;
		const char *problem;
	} rows[] = { { -ENOENT, MHD_HTTP_NOT_FOUND, "not_found" },
		     { -EPERM, MHD_HTTP_CONFLICT, "never_shelved" },
		     { -EINVAL, MHD_HTTP_BAD_REQUEST, "bad_member" } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].error == r)
			return problem(q, rows[i].status, rows[i].problem,
				       r == -EINVAL ? "code" : s->target);
	return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
}

static json_t *codes_json(const char *const *codes, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(codes[i]));
	return list;
}

/* A look at a silence before it is said. */
struct preview {
	struct silence_scope scope;
	const struct topology *topology;
	uint32_t target[TARGET_PARTS], n_target;
	char code[CODE_MAX + 1]; /* empty: every one */
	int64_t from_ms;
	json_int_t past; /* alarms that it would have covered since; -1: nobody knows */
};

static int count_past(void *arg, const struct store_event_row *row)
{
	struct preview *p = arg;
	uint32_t entity =
		row->entity != NULL
			? topology_find(p->topology, (enum entity_kind)row->kind, row->entity)
			: NO_ENTITY;
	json_t *alarm;

	if (entity == NO_ENTITY || !topology_targets(p->topology, p->target, p->n_target, entity))
		return 0;
	alarm = json_loads(row->json, 0, NULL);
	const char *code = json_string_value(json_object_get(alarm, "code"));
	const char *state = json_string_value(json_object_get(alarm, "state"));
	p->past += code != NULL && state != NULL && strcmp(state, "cleared") != 0 &&
		   (p->code[0] == '\0' || strcmp(p->code, code) == 0);
	json_decref(alarm);
	return 0;
}

static void work_preview(struct request *q, struct store_reader *r)
{
	struct preview *p = q->data;

	q->work_status = store_read_events(r, "alarm", NULL, p->from_ms, INT64_MAX, PAST_EVENTS,
					   count_past, p);
}

static json_t *scope_json(const struct view *v, const struct silence_scope *s)
{
	json_t *alarms = json_array();

	for (uint32_t i = 0; i < s->n_alarms && i < SCOPE_ALARMS; i++) {
		const struct alarm_view *a = find_alarm(v, s->alarms[i]);

		if (a != NULL)
			(void)json_array_append_new(alarms, view_alarm(v, a));
	}
	return json_pack("{s:I,s:o,s:o,s:o,s:I,s:n}", "things", (json_int_t)s->n_things, "codes",
			 codes_json(s->codes, s->n_codes), "never",
			 codes_json(s->steady, s->n_steady), "alarms", alarms, "n_alarms",
			 (json_int_t)s->n_alarms, "past");
}

static void answer_preview(struct request *q)
{
	const struct preview *p = q->data;
	struct view v = http_view(q->http);
	json_t *j = scope_json(&v, &p->scope);

	if (q->work_status == 0)
		(void)json_object_set_new(j, "past", json_integer(p->past));
	(void)reply(q, MHD_HTTP_OK, j);
}

int get_silence_preview(struct request *q)
{
	struct silence_view wish = { .target = request_param(q, "target"),
				     .code = request_param(q, "code") };
	struct view v = http_view(q->http);
	struct preview *p;
	int r;

	if (wish.target == NULL)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "target");
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	q->data = p;
	r = engine_silence_scope(v.engine, &wish, &p->scope);
	if (r < 0)
		return refused(q, r, &wish);
	p->topology = v.t;
	p->n_target = topology_target(v.t, wish.target, p->target);
	p->from_ms = v.now.wall_ms - PAST_MS;
	(void)snprintf(p->code, sizeof p->code, "%s", wish.code != NULL ? wish.code : "");
	if (q->http->src.store == NULL)
		return reply(q, MHD_HTTP_OK, scope_json(&v, &p->scope));
	return ask_store(q, work_preview, answer_preview);
}

int post_silence(struct request *q)
{
	struct silence_view wish = { 0 };
	struct view v = http_view(q->http);
	const struct silence_view *s;
	uint32_t number = 0;
	json_t *j;
	int r;

	if (!read_silence(q, &wish))
		return 0;
	r = engine_silence(q->http->src.engine, &wish, &number, v.now);
	if (r < 0)
		return refused(q, r, &wish);
	s = find_silence(&v, number);
	if (s == NULL)
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	j = silence_json(s);
	json_decref(act_happened(q, "silence", find_entity(&v, wish.target), json_incref(j)));
	audit(q, wish.by, "silence", wish.target, "ok");
	act_engine_changed(q);
	return reply(q, MHD_HTTP_CREATED, j);
}

int delete_silence(struct request *q)
{
	struct view v = http_view(q->http);
	char *end;
	unsigned long number = strtoul(q->id.text, &end, 10);
	const struct silence_view *s =
		*end == '\0' && number <= UINT32_MAX ? find_silence(&v, (uint32_t)number) : NULL;
	uint32_t entity;
	json_t *data;

	if (s == NULL)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_silence", q->id.text);
	entity = find_entity(&v, s->target);
	data = json_pack("{s:I,s:s,s:s}", "silence", (json_int_t)s->number, "target", s->target,
			 "by", request_user(q));
	(void)engine_silence_end(q->http->src.engine, (uint32_t)number, v.now);
	json_decref(act_happened(q, "silence_end", entity, data));
	audit(q, request_user(q), "silence_end", v.t->entities[entity].id, "ok");
	act_engine_changed(q);
	return reply_nothing(q, MHD_HTTP_NO_CONTENT);
}
