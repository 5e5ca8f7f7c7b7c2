/* view_incident.c - incidents with what they touch, and the rota. */
#include <string.h>

#include "collector/io/view/find.h"
#include "collector/io/view/view.h"

/* An event about a great storm must stay small: beyond these, only the counts tell. */
enum {
	INCIDENT_ALARMS = 100,
	INCIDENT_ENTITIES = 256,
	INCIDENT_SEATS = 256,
	SHIFTS = 64,
	WHY_MAX = 1024
};
#define FOUR_WEEKS_MS INT64_C(2419200000)

struct touched {
	uint32_t entities[INCIDENT_ENTITIES];
	size_t n;
};

static bool touches(const struct touched *t, uint32_t entity)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->entities[i] == entity)
			return true;
	return false;
}

/* The names of its alarms, and which entities they touch (the first INCIDENT_ENTITIES of them). */
static json_t *alarm_names(const struct view *v, const struct incident_view *i, struct touched *ret)
{
	json_t *names = json_array();

	for (size_t k = 0; k < i->n_alarms; k++) {
		const struct incident_member *m = &i->members[k];

		if (k < INCIDENT_ALARMS)
			(void)json_array_append_new(
				names,
				json_sprintf("%s/%s", v->t->entities[m->entity].id, m->code));
		if (ret->n < INCIDENT_ENTITIES && !touches(ret, m->entity))
			ret->entities[ret->n++] = m->entity;
	}
	return names;
}

static json_t *touched_ids(const struct view *v, const struct touched *t)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < t->n; i++)
		(void)json_array_append_new(ids, view_entity_id(v, t->entities[i]));
	return ids;
}

static bool seat_lost(const struct view *v, uint32_t seat, const struct touched *t)
{
	const struct seat *s = &v->t->seats[seat];
	uint32_t limiting = NO_ENTITY;

	if (engine_seat_ready(v->engine, seat, &limiting))
		return false;
	return touches(t, limiting) || touches(t, s->workstation) || touches(t, s->headset) ||
	       touches(t, s->phone);
}

static json_t *seats_lost(const struct view *v, uint32_t site, const struct touched *t,
			  json_int_t *ret_n)
{
	json_t *seats = json_array();
	uint32_t first = 0, n = v->t->n_seats;

	if (site < v->t->n_sites) {
		first = v->t->sites[site].first_seat;
		n = v->t->sites[site].n_seats;
	}
	*ret_n = 0;
	for (uint32_t i = first; i < first + n; i++)
		if (seat_lost(v, i, t) && (*ret_n)++ < INCIDENT_SEATS)
			(void)json_array_append_new(seats, json_string(v->t->seats[i].id));
	return seats;
}

static json_int_t n_standing(const struct incident_view *i)
{
	json_int_t n = 0;

	for (size_t k = 0; k < i->n_alarms; k++)
		n += i->members[k].active;
	return n;
}

static json_t *told(const struct view *v, uint32_t incident)
{
	json_t *people = json_array();

	for (uint32_t i = 0; v->plan != NULL && i < v->plan->n_people; i++)
		if (engine_was_told(v->engine, incident, i))
			(void)json_array_append_new(people, json_string(v->plan->people[i].id));
	return people;
}

static const char *step_target(const struct oncall_plan *p, const struct escalation_step *s)
{
	static const char *const to[] = { "oncall", "next", "everyone" };

	return s->to == ESCALATE_PERSON && s->person < p->n_people ? p->people[s->person].id
								   : to[s->to % 3];
}

/* Whom the escalation tells next, and when. */
static void add_next_page(const struct view *v, json_t *j, uint32_t incident)
{
	struct escalation_step step;
	int64_t at = 0;
	bool waits = v->plan != NULL && engine_next_page(v->engine, incident, &at, &step);

	(void)json_object_set_new(j, "escalates_at", view_time(waits ? at : 0));
	(void)json_object_set_new(j, "escalates_to",
				  view_text(waits ? step_target(v->plan, &step) : NULL));
}

static void add_reason(const struct view *v, json_t *j, const struct incident_view *i)
{
	static const char *const langs[] = { "vi", "en" };
	json_t *why = json_object();
	char text[WHY_MAX];

	for (size_t k = 0; k < 2; k++) {
		(void)engine_reason(v->engine, i, langs[k], text, sizeof text);
		(void)json_object_set_new(why, langs[k], json_string(text));
	}
	(void)json_object_set(j, "reason", json_object_get(why, "vi"));
	(void)json_object_set_new(j, "why", why);
}

json_t *view_incident(const struct view *v, const struct incident_view *i)
{
	struct touched touched = { .n = 0 };
	const struct incident_member *root = i->n_alarms > 0 ? &i->members[0] : NULL;
	const char *entity = root != NULL ? v->t->entities[root->entity].id : "?";
	const char *code = root != NULL ? root->code : "?";
	json_t *names = alarm_names(v, i, &touched), *seats, *j;
	json_int_t n_seats;

	seats = seats_lost(v, i->site, &touched, &n_seats);
	j = json_pack(
		"{s:I,s:s,s:o,s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:b,s:b,s:o}",
		"incident", (json_int_t)i->number, "state",
		i->closed_wall_ms != 0 ? "closed" : "open", "site",
		view_text(i->site < v->t->n_sites ? v->t->sites[i->site].id : NULL), "root",
		json_sprintf("%s/%s", entity, code), "root_entity", entity, "root_code", code,
		"severity", view_severity_name(i->severity), "opened_at",
		view_time(i->opened_wall_ms), "closed_at", view_time(i->closed_wall_ms), "owner",
		view_text(i->owner), "owned_until", view_time(i->owned_until_wall_ms), "alarms",
		names, "entities", touched_ids(v, &touched), "seats", seats, "n_alarms",
		(json_int_t)i->n_alarms, "n_standing", n_standing(i), "n_seats", n_seats, "planned",
		(int)i->planned, "shelved", (int)i->shelved, "told", told(v, i->number));
	if (j == NULL)
		return NULL;
	add_reason(v, j, i);
	add_next_page(v, j, i->number);
	return j;
}

static json_t *channels(const struct person *p)
{
	json_t *c = json_array();

	for (uint32_t i = 0; i < p->n_channels; i++)
		(void)json_array_append_new(c, json_string(p->channels[i]));
	return c;
}

/* Whether they can be reached is proven by deliveries and drills: the caller fills it in. */
static json_t *people(const struct oncall_plan *p)
{
	json_t *all = json_array();

	for (uint32_t i = 0; i < p->n_people; i++) {
		const struct person *x = &p->people[i];

		(void)json_array_append_new(
			all, json_pack("{s:s,s:s,s:s,s:o,s:n,s:n}", "id", x->id, "name",
				       x->name != NULL ? x->name : x->id, "language",
				       x->language != NULL ? x->language : "vi", "channels",
				       channels(x), "reachable", "proven_at"));
	}
	return all;
}

static json_t *shift(const struct view *v, uint32_t who, int64_t from, int64_t until)
{
	const struct oncall_turn *t = oncall_turn_at(v->plan, from);

	return json_pack("{s:s,s:o,s:o,s:s,s:o}", "person", v->plan->people[who].id, "from",
			 view_time(from), "until", view_time(until), "kind",
			 t == NULL    ? "rotation"
			 : t->holiday ? "holiday"
				      : "swap",
			 "label", view_text(t != NULL ? t->label : NULL));
}

static json_t *shifts(const struct view *v)
{
	const struct oncall_plan *p = v->plan;
	int64_t end = v->now.wall_ms + FOUR_WEEKS_MS;
	json_t *all = json_array();

	for (int64_t at = v->now.wall_ms; at < end && json_array_size(all) < SHIFTS;) {
		const struct oncall_turn *t = oncall_turn_at(p, at);
		uint32_t who = oncall_at(p, at);
		int64_t until = oncall_next_change(p, at);

		while (until < end && oncall_at(p, until) == who && oncall_turn_at(p, until) == t)
			until = oncall_next_change(p, until);
		until = until > end && p->n_rotation < 2 ? end : until;
		if (who < p->n_people)
			(void)json_array_append_new(all, shift(v, who, at, until));
		at = until;
	}
	return all;
}

static json_t *escalation(const struct oncall_plan *p)
{
	static const char *const to[] = { "oncall", "next", "everyone" };
	json_t *all = json_array();

	for (uint32_t i = 0; i < p->n_steps; i++) {
		const struct escalation_step *s = &p->steps[i];
		const char *name = s->to == ESCALATE_PERSON && s->person < p->n_people
					   ? p->people[s->person].id
					   : to[s->to % 3];

		(void)json_array_append_new(all, json_pack("{s:f,s:s}", "after_s",
							   (double)s->after_ms / 1000, "to", name));
	}
	return all;
}

json_t *view_oncall(const struct view *v)
{
	static const struct oncall_plan nobody = { 0 };
	struct view w = *v;
	uint32_t now = NO_PERSON;

	if (v->plan == NULL)
		w.plan = &nobody;
	else
		now = oncall_at(v->plan, v->now.wall_ms);
	return json_pack("{s:o,s:o,s:o,s:o}", "now",
			 view_text(now < w.plan->n_people ? w.plan->people[now].id : NULL),
			 "people", people(w.plan), "shifts",
			 w.plan->n_people > 0 ? shifts(&w) : json_array(), "escalation",
			 escalation(w.plan));
}
