/* api_rota.c - the rota: who is on call, the escalation; and what people change: swaps, holidays. */
#include <errno.h>
#include <string.h>

#include "collector/io/http/act.h"
#include "collector/io/http/request.h"
#include "collector/io/http/rota.h"
#include "common/core/rfc3339.h"

enum { PROVEN_MS = 7 * 86400000, DAY_S = 86400, SHIFT_MIN_S = 60, SHIFT_MAX_S = 31 * DAY_S };
#define SPAN_MAX_MS (INT64_C(366) * DAY_S * 1000)

/* Proof older than a week counts as none. */
static void add_proof(const struct http *h, json_t *person, uint32_t i, int64_t now)
{
	struct http_proof p = { 0 };

	if (h->src.proof != NULL)
		p = h->src.proof(h->src.arg, i);
	if (!p.known)
		return;
	(void)json_object_set_new(person, "proven_at", view_time(p.wall_ms));
	if (now - p.wall_ms <= PROVEN_MS)
		(void)json_object_set_new(person, "reachable", json_boolean(p.reached));
}

json_t *oncall_json(const struct http *h)
{
	struct view v = http_view(h);
	json_t *j = view_oncall(&v), *person;
	size_t i;

	json_array_foreach(json_object_get(j, "people"), i, person)
		add_proof(h, person, (uint32_t)i, v.now.wall_ms);
	(void)json_object_set_new(j, "swaps", rota_list(h->rota, false));
	(void)json_object_set_new(j, "holidays", rota_list(h->rota, true));
	return j;
}

int get_oncall(struct request *q)
{
	return reply(q, MHD_HTTP_OK, oncall_json(q->http));
}

/* from and until of the body into the turn; false: it has replied. */
static bool read_span(struct request *q, struct oncall_turn *t)
{
	int64_t now = http_view(q->http).now.wall_ms;
	const char *from, *until;

	if (!body_text(q, "from", 40, &from) || !body_text(q, "until", 40, &until))
		return false;
	t->from_wall_ms = now;
	if (from != NULL && !rfc3339_parse(from, &t->from_wall_ms)) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "from");
		return false;
	}
	if (until == NULL || !rfc3339_parse(until, &t->until_wall_ms) ||
	    t->until_wall_ms <= t->from_wall_ms || t->until_wall_ms <= now ||
	    t->until_wall_ms - t->from_wall_ms > SPAN_MAX_MS) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "until");
		return false;
	}
	return true;
}

static bool add_person(struct request *q, const char *member, const json_t *id,
		       struct oncall_turn *t)
{
	const struct oncall_plan *p = q->http->src.plan;

	for (uint32_t i = 0; p != NULL && json_is_string(id) && i < p->n_people; i++)
		if (strcmp(p->people[i].id, json_string_value(id)) == 0) {
			t->people[t->n_people++] = i;
			return true;
		}
	if (json_is_string(id))
		(void)problem(q, MHD_HTTP_NOT_FOUND, "no_such_person", json_string_value(id));
	else
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", member);
	return false;
}

static int add(struct request *q, const char *type, const struct oncall_turn *t, const char *by)
{
	const char *person = q->http->src.plan->people[t->people[0]].id;
	size_t i;

	if (rota_add(q->http->rota, t, by, &i) < 0)
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	json_decref(act_happened(q, type, NO_ENTITY, rota_json(q->http->rota, i)));
	audit(q, by, type, t->holiday ? t->label : person, "ok");
	return reply(q, MHD_HTTP_CREATED, rota_json(q->http->rota, i));
}

int post_swap(struct request *q)
{
	struct oncall_turn t = { 0 };
	const char *by;

	if (!act_by(q, &by) || !body_text(q, "reason", ROTA_LABEL_MAX, &t.label) ||
	    !add_person(q, "person", json_object_get(q->in, "person"), &t) || !read_span(q, &t))
		return 0;
	return add(q, "swap", &t, by);
}

int post_holiday(struct request *q)
{
	struct oncall_turn t = { .holiday = true };
	const json_t *people = json_object_get(q->in, "people"), *id;
	const char *by;
	int64_t shift_s;
	size_t i;

	if (!act_by(q, &by) || !body_text(q, "name", ROTA_LABEL_MAX, &t.label) ||
	    !body_int(q, "shift_s", SHIFT_MIN_S, SHIFT_MAX_S, &shift_s))
		return 0;
	if (t.label == NULL)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "name");
	if (json_array_size(people) == 0 || json_array_size(people) > TURN_PEOPLE_MAX)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", "people");
	json_array_foreach(people, i, id) if (!add_person(q, "people", id, &t)) return 0;
	if (!read_span(q, &t))
		return 0;
	t.shift_ms = (shift_s > 0 ? shift_s : DAY_S) * 1000;
	return add(q, "holiday", &t, by);
}

static int end(struct request *q, const char *type, bool holiday)
{
	int r = rota_end(q->http->rota, q->id.text, holiday);

	if (r == -EPERM)
		return problem(q, MHD_HTTP_CONFLICT, "configured_turn", q->id.text);
	if (r < 0)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_turn", q->id.text);
	json_decref(act_happened(q, type, NO_ENTITY,
				 json_pack("{s:s,s:s}", "id", q->id.text, "by", request_user(q))));
	audit(q, request_user(q), type, q->id.text, "ok");
	return reply_nothing(q, MHD_HTTP_NO_CONTENT);
}

int delete_swap(struct request *q)
{
	return end(q, "swap_end", false);
}

int delete_holiday(struct request *q)
{
	return end(q, "holiday_end", true);
}
