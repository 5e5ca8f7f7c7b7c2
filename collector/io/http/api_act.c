/* api_act.c - what people do: acknowledge, take, note, judge, shelve, plan. Each is in the engine
 * first, in the log and the audit record with it, and out to every open page. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/act.h"
#include "collector/io/http/request.h"
#include "collector/io/http/sse.h"
#include "collector/io/http/windows.h"
#include "collector/io/view/find.h"
#include "common/core/rfc3339.h"

enum { NOTE_MAX = 500, REASON_MAX = 200, WEEK_S = 604800 };

void act_engine_changed(struct request *q)
{
	if (q->http->src.engine_changed != NULL)
		q->http->src.engine_changed(q->http->src.arg);
}

/* To the store's log and to every page; the answer's shape too. Takes data. */
json_t *act_happened(struct request *q, const char *type, uint32_t entity, json_t *data)
{
	struct view v = http_view(q->http);
	const struct entity *e = entity < v.t->n_entities ? &v.t->entities[entity] : NULL;
	char *text = json_dumps(data, JSON_COMPACT);
	json_t *event;

	if (text != NULL && q->http->src.happened != NULL)
		q->http->src.happened(q->http->src.arg, type, e != NULL ? (int)e->kind : 0,
				      e != NULL ? e->id : NULL, text);
	free(text);
	event = json_pack("{s:o,s:s,s:o,s:o}", "at", view_time(v.now.wall_ms), "type", type,
			  "entity", view_text(e != NULL ? e->id : NULL), "data", data);
	sse_send(q->http->sse, "note", json_incref(event));
	return event;
}

/* The person: who signed in; an anonymous technician may say who it is. */
bool act_by(struct request *q, const char **ret)
{
	const char *by;

	if (!body_text(q, "by", 64, &by))
		return false;
	*ret = q->who.via == VIA_ANONYMOUS && by != NULL ? by : request_user(q);
	return true;
}

static const struct incident_view *open_incident(struct request *q, uint32_t *ret_number)
{
	struct view v = http_view(q->http);
	const struct incident_view *i;

	if (!incident_number(q, ret_number))
		return NULL;
	i = find_incident(&v, *ret_number);
	if (i == NULL)
		(void)problem(q, MHD_HTTP_NOT_FOUND, "no_such_incident", q->id.text);
	else if (i->closed_wall_ms != 0) {
		(void)problem(q, MHD_HTTP_CONFLICT, "incident_over", q->id.text);
		return NULL;
	}
	return i;
}

static uint32_t site_entity(const struct view *v, uint32_t site)
{
	return site < v->t->n_sites ? v->t->sites[site].entity : NO_ENTITY;
}

static int own(struct request *q, const char *type)
{
	struct view v = http_view(q->http);
	const struct incident_view *i;
	uint32_t number, entity;
	int64_t seconds, until;
	const char *by;

	if (!act_by(q, &by) || !body_int(q, "seconds", 60, WEEK_S, &seconds))
		return 0;
	i = open_incident(q, &number);
	if (i == NULL)
		return 0;
	entity = site_entity(&v, i->site);
	until = seconds > 0 ? v.now.wall_ms + seconds * 1000 : 0;
	if (engine_ack(q->http->src.engine, number, by, until, v.now) < 0)
		return problem(q, MHD_HTTP_CONFLICT, "incident_over", q->id.text);
	json_decref(act_happened(q, type, entity,
				 json_pack("{s:I,s:s,s:o}", "incident", (json_int_t)number, "by",
					   by, "until", view_time(until))));
	audit(q, by, type, q->id.text, "ok");
	act_engine_changed(q);
	v = http_view(q->http);
	i = find_incident(&v, number);
	if (i == NULL)
		return problem(q, MHD_HTTP_CONFLICT, "incident_over", q->id.text);
	return reply(q, MHD_HTTP_OK, in_words(q, view_incident(&v, i)));
}

int post_ack(struct request *q)
{
	return own(q, "ack");
}

int post_take(struct request *q)
{
	return own(q, "take");
}

/* Notes and verdicts may come after the incident is over. */
static int write_down(struct request *q, const char *type, const char *member, const char *text)
{
	struct view v = http_view(q->http);
	const struct incident_view *i;
	uint32_t number;
	const char *by;
	json_t *event;

	if (!act_by(q, &by) || !incident_number(q, &number))
		return 0;
	i = find_incident(&v, number);
	if (i == NULL && q->http->src.store == NULL)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_incident", q->id.text);
	event = act_happened(
		q, type, i != NULL ? site_entity(&v, i->site) : NO_ENTITY,
		json_pack("{s:I,s:s,s:s}", "incident", (json_int_t)number, member, text, "by", by));
	audit(q, by, type, q->id.text, "ok");
	return reply(q, MHD_HTTP_OK, event);
}

int post_note(struct request *q)
{
	const char *text;

	if (!body_text(q, "text", NOTE_MAX, &text))
		return 0;
	if (text == NULL)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "text");
	return write_down(q, "note", "text", text);
}

int post_verdict(struct request *q)
{
	static const char *const words[] = { "useful", "noise", "late", "wrong_cause" };
	const char *verdict;

	if (!body_text(q, "verdict", 32, &verdict))
		return 0;
	for (size_t i = 0; verdict != NULL && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], verdict) == 0)
			return write_down(q, "verdict", "verdict", verdict);
	return problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "verdict");
}

static bool may_be_hidden(const struct view *v, const struct alarm_view *a)
{
	return v->t->entities[a->entity].kind != ENTITY_SITE || a->severity != SEVERITY_CRITICAL;
}

int post_shelve(struct request *q)
{
	struct view v = http_view(q->http);
	uint64_t id = strtoull(q->id.text, NULL, 10);
	const struct alarm_view *a = find_alarm(&v, id);
	char name[VIEW_NAME_MAX];
	const char *by, *reason, *code;
	int64_t seconds, until;
	uint32_t entity, incident, number;

	if (!act_by(q, &by) || !body_text(q, "reason", REASON_MAX, &reason) ||
	    !body_int(q, "seconds", 60, WEEK_S, &seconds))
		return 0;
	if (seconds == 0)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "seconds");
	if (a == NULL)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_alarm", q->id.text);
	if (!may_be_hidden(&v, a))
		return problem(q, MHD_HTTP_CONFLICT, "never_shelved", NULL);
	(void)view_alarm_name(&v, a, name);
	entity = a->entity;
	incident = a->incident;
	code = a->code;
	until = v.now.wall_ms + seconds * 1000;
	if (engine_shelve(q->http->src.engine, id, by, until, &number, v.now) < 0)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_alarm", q->id.text);
	json_decref(act_happened(q, "shelve", entity,
				 json_pack("{s:I,s:s,s:s,s:o,s:o,s:I,s:s,s:s}", "incident",
					   (json_int_t)incident, "alarm", name, "by", by, "until",
					   view_time(until), "reason", view_text(reason), "silence",
					   (json_int_t)number, "target", v.t->entities[entity].id,
					   "code", code)));
	audit(q, by, "shelve", name, "ok");
	act_engine_changed(q);
	v = http_view(q->http);
	a = find_alarm(&v, id);
	if (a == NULL)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_alarm", q->id.text);
	return reply(q, MHD_HTTP_OK, view_alarm(&v, a));
}

int get_maintenance(struct request *q)
{
	int64_t now = http_view(q->http).now.wall_ms;
	json_t *list = json_array();
	size_t n;
	const struct window *w = windows_list(q->http->windows, &n);

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, window_json(&w[i], now));
	return reply(q, MHD_HTTP_OK, json_pack("{s:o}", "maintenance", list));
}

static bool read_window(struct request *q, struct window *x, const char *by)
{
	const char *target, *from, *until, *reason;
	int64_t now = http_view(q->http).now.wall_ms;

	if (!body_text(q, "target", ROUTE_ID_MAX - 1, &target) ||
	    !body_text(q, "from", 40, &from) || !body_text(q, "until", 40, &until) ||
	    !body_text(q, "reason", REASON_MAX, &reason))
		return false;
	x->from_ms = now;
	if (target == NULL || (from != NULL && !rfc3339_parse(from, &x->from_ms)) ||
	    !rfc3339_parse(until, &x->until_ms) || x->until_ms <= x->from_ms ||
	    x->until_ms <= now) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member",
			      target == NULL ? "target" : "until");
		return false;
	}
	(void)snprintf(x->target, sizeof x->target, "%s", target);
	(void)snprintf(x->by, sizeof x->by, "%s", by);
	(void)snprintf(x->reason, sizeof x->reason, "%s", reason != NULL ? reason : "");
	return true;
}

int post_maintenance(struct request *q)
{
	struct window x = { 0 };
	struct view v = http_view(q->http);
	const char *by;
	int r;

	if (!act_by(q, &by) || !read_window(q, &x, by))
		return 0;
	r = windows_add(q->http->windows, &x);
	if (r == -ENOENT)
		return problem(q, MHD_HTTP_NOT_FOUND, "not_found", x.target);
	if (r < 0)
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	json_decref(act_happened(q, "maintenance", find_entity(&v, x.target),
				 window_json(&x, v.now.wall_ms)));
	audit(q, by, "maintenance", x.target, "ok");
	return reply(q, MHD_HTTP_CREATED, window_json(&x, v.now.wall_ms));
}

int delete_maintenance(struct request *q)
{
	int r = windows_end(q->http->windows, q->id.text);

	if (r == -EPERM)
		return problem(q, MHD_HTTP_CONFLICT, "configured", q->id.text);
	if (r < 0)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_window", q->id.text);
	json_decref(act_happened(q, "maintenance_end", NO_ENTITY,
				 json_pack("{s:s,s:s}", "id", q->id.text, "by", request_user(q))));
	audit(q, request_user(q), "maintenance_end", q->id.text, "ok");
	return reply_nothing(q, MHD_HTTP_NO_CONTENT);
}
