#include "collector/io/http/log_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/incident_filter.h"
#include "collector/io/store/store_read.h"
#include "common/core/rfc3339.h"

enum { INCIDENT_EVENTS = 20000, TIMELINE_EVENTS = 5000, BEFORE_MS = 120000 };

static json_t *parsed(const struct store_event_row *row)
{
	json_t *data = row->json != NULL ? json_loads(row->json, 0, NULL) : NULL;

	if (json_is_object(data))
		return data;
	json_decref(data);
	return json_object();
}

static json_t *event_json(const struct store_event_row *row, json_t *data)
{
	const char *entity = row->entity != NULL && row->entity[0] != '\0' ? row->entity : NULL;

	return json_pack("{s:I,s:o,s:s,s:o,s:o}", "id", (json_int_t)row->n, "at",
			 view_time(row->wall_ms), "type", row->type, "entity", view_text(entity),
			 "data", data);
}

/* ---- incidents ---- */

/* An incident that begins in the wanted span is told to its end, if it has one within this time. */
#define LONGEST_MS INT64_C(2678400000)

struct key {
	char text[24];
};

static struct key key_of(json_int_t number)
{
	struct key k;

	(void)snprintf(k.text, sizeof k.text, "%" JSON_INTEGER_FORMAT, number);
	return k;
}

static int keep_row(void *arg, const struct store_event_row *row)
{
	(void)json_array_append_new(arg, parsed(row));
	return 0;
}

static void work_incidents(struct request *q, struct store_reader *r)
{
	struct log_incidents *l = q->data;
	json_t *rows = json_array();

	q->work_status = store_read_events(r, "incident", NULL, 0, l->until_ms, INCIDENT_EVENTS,
					   keep_row, rows);
	for (size_t i = json_array_size(rows); i > 0; i--) {
		json_t *j = json_array_get(rows, i - 1);
		json_int_t number = json_integer_value(json_object_get(j, "incident"));
		const char *site = json_string_value(json_object_get(j, "site"));
		const char *state = json_string_value(json_object_get(j, "state"));
		json_t *newer = json_object_get(l->by_number, key_of(number).text);

		if (newer != NULL)
			incident_add_seats(newer, j);
		if (number == 0 || newer != NULL || state == NULL)
			continue;
		(void)json_object_set(l->by_number, key_of(number).text, j);
		if ((l->closed_only && strcmp(state, "closed") != 0) ||
		    (l->site_id != NULL && (site == NULL || strcmp(site, l->site_id) != 0)))
			continue;
		(void)json_object_del(j, "change");
		(void)json_array_append(l->incidents, j);
	}
	json_decref(rows);
}

int log_incidents_ask(struct request *q, uint32_t site, bool closed_only, int64_t to_ms,
		      void (*then)(struct request *))
{
	struct log_incidents *l = calloc(1, sizeof *l);

	if (l == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	l->site = site;
	l->site_id = site != NO_ENTITY ? q->http->src.topology->sites[site].id : NULL;
	l->closed_only = closed_only;
	l->until_ms = to_ms < INT64_MAX - LONGEST_MS ? to_ms + LONGEST_MS : INT64_MAX;
	l->incidents = json_array();
	l->by_number = json_object();
	q->data = l;
	(void)ask_store(q, work_incidents, then);
	if (q->work == NULL)
		log_incidents_fini(l);
	return 0;
}

void log_incidents_fini(struct log_incidents *l)
{
	json_decref(l->incidents);
	json_decref(l->by_number);
	l->incidents = l->by_number = NULL;
}

json_t *log_incidents_find(const struct log_incidents *l, uint32_t number)
{
	return json_object_get(l->by_number, key_of(number).text);
}

/* ---- one incident ---- */

struct collecting {
	struct log_incident *l;
	json_t *alarms; /* names that belong to it */
	json_t *before; /* alarm rows, judged once all names are known */
};

static bool names(const json_t *list, const char *name)
{
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j) if (name != NULL &&
					   strcmp(json_string_value(j), name) == 0) return true;
	return false;
}

static void add_names(json_t *all, const json_t *more)
{
	json_t *j;
	size_t i;

	json_array_foreach(more, i, j) if (json_is_string(j) && !names(all, json_string_value(j)))(
		void) json_array_append(all, j);
}

static int collect(void *arg, const struct store_event_row *row)
{
	struct collecting *c = arg;
	json_t *data = parsed(row);
	const json_t *number = json_object_get(data, "incident");
	bool ours = json_integer_value(number) == (json_int_t)c->l->number;

	if (ours && strcmp(row->type, "incident") == 0) {
		json_t *earlier = c->l->last;

		c->l->last = json_deep_copy(data);
		(void)json_object_del(c->l->last, "change");
		incident_add_seats(c->l->last, earlier);
		json_decref(earlier);
		add_names(c->alarms, json_object_get(data, "alarms"));
	}
	if (ours || strcmp(row->type, "alarm") == 0)
		(void)json_array_append_new(c->before, event_json(row, data));
	else
		json_decref(data);
	return 0;
}

static int64_t opened_at(struct store_reader *r, uint32_t number)
{
	json_t *rows = json_array();
	int64_t ms = 0;
	const json_t *j;
	size_t i;

	(void)store_read_events(r, "incident", NULL, 0, INT64_MAX, INCIDENT_EVENTS, keep_row, rows);
	json_array_foreach(rows, i, j) if (json_integer_value(json_object_get(j, "incident")) ==
					   (json_int_t)number)(void)
		rfc3339_parse(json_string_value(json_object_get(j, "opened_at")), &ms);
	json_decref(rows);
	return ms;
}

/* An alarm that is not its own, or its own but come again after it was over. */
static bool of_another(const struct collecting *c, const json_t *event)
{
	const char *alarm =
		json_string_value(json_object_get(json_object_get(event, "data"), "alarm"));
	const char *over = json_string_value(json_object_get(c->l->last, "closed_at"));

	if (strcmp(json_string_value(json_object_get(event, "type")), "alarm") != 0)
		return false;
	return !names(c->alarms, alarm) ||
	       (over != NULL && strcmp(json_string_value(json_object_get(event, "at")), over) > 0);
}

static void work_incident(struct request *q, struct store_reader *r)
{
	struct log_incident *l = q->data;
	struct collecting c = { l, json_array(), json_array() };
	json_t *j;
	size_t i;

	if (l->from_ms == 0) /* over and forgotten: the log says when it was */
		l->from_ms = opened_at(r, l->number);
	q->work_status = store_read_events(r, NULL, NULL, l->from_ms - BEFORE_MS, INT64_MAX,
					   l->from_ms == 0 ? 1 : 0, collect, &c);
	json_array_foreach(c.before, i, j)
	{
		if (!of_another(&c, j) && json_array_size(l->timeline) < TIMELINE_EVENTS)
			(void)json_array_append(l->timeline, j);
	}
	json_decref(c.alarms);
	json_decref(c.before);
}

int log_incident_ask(struct request *q, uint32_t number, int64_t from_ms,
		     void (*then)(struct request *))
{
	struct log_incident *l = calloc(1, sizeof *l);

	if (l == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	l->number = number;
	l->from_ms = from_ms;
	l->last = json_null();
	l->timeline = json_array();
	q->data = l;
	(void)ask_store(q, work_incident, then);
	if (q->work == NULL)
		log_incident_fini(l);
	return 0;
}

void log_incident_fini(struct log_incident *l)
{
	json_decref(l->last);
	json_decref(l->timeline);
	l->last = l->timeline = NULL;
}

/* ---- the log itself ---- */

struct log_wanted {
	char *type, *entity;
	int64_t since_ms, until_ms;
	size_t limit;
	json_t *rows;
};

static int add_row(void *arg, const struct store_event_row *row)
{
	/* Newest first: the reader gives them the other way round. */
	(void)json_array_insert_new(arg, 0, event_json(row, parsed(row)));
	return 0;
}

static void work_log(struct request *q, struct store_reader *r)
{
	struct log_wanted *w = q->data;

	q->work_status = store_read_events(r, w->type, w->entity, w->since_ms, w->until_ms,
					   w->limit, add_row, w->rows);
}

static void log_wanted_fini(struct log_wanted *w)
{
	free(w->type);
	free(w->entity);
	json_decref(w->rows);
	w->type = w->entity = NULL;
	w->rows = NULL;
}

static void answer_log(struct request *q)
{
	struct log_wanted *w = q->data;

	if (q->work_status < 0)
		(void)problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "no_store", NULL);
	else
		(void)reply(q, MHD_HTTP_OK, json_pack("{s:O}", "log", w->rows));
	log_wanted_fini(w);
}

static char *copy_param(const struct request *q, const char *name)
{
	const char *text = request_param(q, name);

	return text != NULL ? strdup(text) : NULL;
}

int get_log(struct request *q)
{
	int64_t since, until;
	struct log_wanted *w;
	size_t limit;

	if (!param_limit(q, &limit) || !param_time(q, "since", 0, &since) ||
	    !param_time(q, "until", INT64_MAX, &until))
		return 0;
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	*w = (struct log_wanted){
		copy_param(q, "type"), copy_param(q, "entity"), since, until, limit, json_array()
	};
	q->data = w;
	(void)ask_store(q, work_log, answer_log);
	if (q->work == NULL)
		log_wanted_fini(w);
	return 0;
}
