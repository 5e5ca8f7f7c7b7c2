#include "collector/io/http/rota.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/sse.h"
#include "common/core/rfc3339.h"

/* Row i tells of turn i of the plan what the plan need not know. */
struct entry {
	char id[32], by[ACCESS_NAME_MAX + 1];
	char *label;	 /* owned; NULL for a configured one */
	bool configured; /* not kept, not ended here */
};

struct rota {
	struct http *http;
	struct oncall_plan *plan; /* of the sources; NULL: no rota */
	struct entry *all;	  /* as many as the plan has turns */
	unsigned last;		  /* number of the newest id */
};

static uint32_t count(const struct rota *r)
{
	return r->plan != NULL ? r->plan->n_turns : 0;
}

int rota_open(struct rota **ret, struct http *h)
{
	unsigned n[2] = { 0 };
	struct rota *r = calloc(1, sizeof *r);

	if (r == NULL)
		return -ENOMEM;
	r->http = h;
	r->plan = h->src.plan;
	r->all = calloc(count(r) + (size_t)1, sizeof *r->all);
	if (r->all == NULL) {
		free(r);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count(r); i++) {
		bool holiday = r->plan->turns[i].holiday;

		r->all[i].configured = true;
		(void)snprintf(r->all[i].id, sizeof r->all[i].id, "%s-%u",
			       holiday ? "holiday" : "swap", ++n[holiday]);
	}
	*ret = r;
	return 0;
}

static void forget(struct rota *r, uint32_t i)
{
	struct oncall_plan *p = r->plan;

	free(r->all[i].label);
	memmove(&r->all[i], &r->all[i + 1], (p->n_turns - i - 1) * sizeof *r->all);
	memmove(&p->turns[i], &p->turns[i + 1], (p->n_turns - i - 1) * sizeof *p->turns);
	p->n_turns--;
}

void rota_close(struct rota **rp)
{
	struct rota *r = *rp;

	if (r == NULL)
		return;
	for (uint32_t i = count(r); i-- > 0;)
		if (!r->all[i].configured)
			forget(r, i); /* its label goes with us */
	free(r->all);
	free(r);
	*rp = NULL;
}

static void forget_past(struct rota *r)
{
	int64_t now = http_view(r->http).now.wall_ms;

	for (uint32_t i = count(r); i-- > 0;)
		if (!r->all[i].configured && r->plan->turns[i].until_wall_ms <= now)
			forget(r, i);
}

static json_t *people(const struct rota *r, const struct oncall_turn *t)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < t->n_people; i++)
		(void)json_array_append_new(list, json_string(r->plan->people[t->people[i]].id));
	return list;
}

json_t *rota_json(const struct rota *r, size_t i)
{
	const struct oncall_turn *t = &r->plan->turns[i];
	const struct entry *e = &r->all[i];
	json_t *j =
		json_pack("{s:s,s:o,s:o,s:o,s:b}", "id", e->id, "from", view_time(t->from_wall_ms),
			  "until", view_time(t->until_wall_ms), "by",
			  view_text(e->by[0] != '\0' ? e->by : NULL), "configured", e->configured);

	if (t->holiday) {
		(void)json_object_set_new(j, "name", view_text(t->label));
		(void)json_object_set_new(j, "people", people(r, t));
		(void)json_object_set_new(j, "shift_s", json_integer(t->shift_ms / 1000));
	} else {
		(void)json_object_set_new(j, "person",
					  json_string(r->plan->people[t->people[0]].id));
		(void)json_object_set_new(j, "reason", view_text(t->label));
	}
	return j;
}

json_t *rota_list(struct rota *r, bool holidays)
{
	int64_t now = http_view(r->http).now.wall_ms;
	json_t *list = json_array();

	for (uint32_t i = 0; i < count(r); i++)
		if (r->plan->turns[i].holiday == holidays && r->plan->turns[i].until_wall_ms > now)
			(void)json_array_append_new(list, rota_json(r, i));
	return list;
}

static void keep(struct rota *r)
{
	json_t *list = json_array();
	char *text;

	for (uint32_t i = 0; i < count(r); i++)
		if (!r->all[i].configured)
			(void)json_array_append_new(list, rota_json(r, i));
	text = json_dumps(list, JSON_COMPACT);
	if (text != NULL && r->http->src.keep != NULL)
		r->http->src.keep(r->http->src.arg, ROTA_KEY, text, strlen(text));
	free(text);
	json_decref(list);
}

/* The rota has changed: it is kept, and every open page looks again. */
static void changed(struct rota *r)
{
	struct view v = http_view(r->http);
	uint32_t who = oncall_at(r->plan, v.now.wall_ms);

	keep(r);
	sse_send(r->http->sse, "oncall",
		 json_pack("{s:o}", "now",
			   view_text(who < r->plan->n_people ? r->plan->people[who].id : NULL)));
}

/* Room for one more row; it is not counted yet. */
static int grow(struct rota *r)
{
	size_t n = count(r) + (size_t)1;
	struct entry *all = realloc(r->all, n * sizeof *all);
	struct oncall_turn *turns;

	if (all == NULL)
		return -ENOMEM;
	r->all = all;
	turns = realloc(r->plan->turns, n * sizeof *turns);
	if (turns == NULL)
		return -ENOMEM;
	r->plan->turns = turns;
	return 0;
}

static int append(struct rota *r, const struct oncall_turn *t, const struct entry *e)
{
	struct entry row = *e;
	int error;

	if (r->plan == NULL || count(r) >= ROTA_MAX)
		return -ENOSPC;
	error = grow(r);
	row.label = error == 0 && t->label != NULL ? strdup(t->label) : NULL;
	if (error < 0 || (t->label != NULL && row.label == NULL))
		return -ENOMEM;
	r->all[count(r)] = row;
	r->plan->turns[count(r)] = *t;
	r->plan->turns[count(r)].label = row.label;
	r->plan->n_turns++;
	return 0;
}

int rota_add(struct rota *r, const struct oncall_turn *turn, const char *by, size_t *ret)
{
	int64_t now = http_view(r->http).now.wall_ms;
	struct entry e = { .label = NULL };
	int error;

	forget_past(r);
	(void)snprintf(e.id, sizeof e.id, "%c%" PRId64 "-%u", turn->holiday ? 'h' : 's', now / 1000,
		       ++r->last);
	(void)snprintf(e.by, sizeof e.by, "%s", by);
	error = append(r, turn, &e);
	if (error < 0)
		return error;
	*ret = count(r) - 1;
	changed(r);
	return 0;
}

int rota_end(struct rota *r, const char *id, bool holiday)
{
	forget_past(r);
	for (uint32_t i = 0; i < count(r); i++) {
		if (strcmp(r->all[i].id, id) != 0 || r->plan->turns[i].holiday != holiday)
			continue;
		if (r->all[i].configured)
			return -EPERM;
		forget(r, i);
		changed(r);
		return 0;
	}
	return -ENOENT;
}

static void add_person(const struct rota *r, struct oncall_turn *t, const json_t *id)
{
	for (uint32_t i = 0; json_is_string(id) && i < r->plan->n_people; i++)
		if (strcmp(r->plan->people[i].id, json_string_value(id)) == 0 &&
		    t->n_people < TURN_PEOPLE_MAX)
			t->people[t->n_people++] = i;
}

/* People who are no longer in the file have no turn. */
static void restore(struct rota *r, const json_t *j)
{
	const json_t *list = json_object_get(j, "people"), *id;
	struct oncall_turn t = { .holiday = list != NULL,
				 .shift_ms =
					 json_integer_value(json_object_get(j, "shift_s")) * 1000 };
	const char *by = json_string_value(json_object_get(j, "by"));
	struct entry e = { .label = NULL };
	size_t i;

	t.label = json_string_value(json_object_get(j, t.holiday ? "name" : "reason"));
	add_person(r, &t, json_object_get(j, "person"));
	json_array_foreach(list, i, id) add_person(r, &t, id);
	if (t.n_people == 0 || t.shift_ms < 0 ||
	    !rfc3339_parse(json_string_value(json_object_get(j, "from")), &t.from_wall_ms) ||
	    !rfc3339_parse(json_string_value(json_object_get(j, "until")), &t.until_wall_ms))
		return;
	(void)snprintf(e.id, sizeof e.id, "%s", json_string_value(json_object_get(j, "id")));
	(void)snprintf(e.by, sizeof e.by, "%s", by != NULL ? by : "");
	(void)append(r, &t, &e);
}

void rota_restore(struct rota *r, const void *buf, size_t len)
{
	json_t *list = r->plan != NULL ? json_loadb(buf, len, 0, NULL) : NULL;
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j) if (json_is_string(json_object_get(j, "id"))) restore(r, j);
	json_decref(list);
}
