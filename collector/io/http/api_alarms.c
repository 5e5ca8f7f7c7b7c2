/* api_alarms.c - alarms and incidents, as they are now and as the log tells them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/act.h"
#include "collector/io/http/incident_filter.h"
#include "collector/io/http/log_read.h"
#include "collector/io/http/page.h"
#include "collector/io/http/request.h"
#include "collector/io/view/find.h"

enum { SHOWN_AFTER_END_MS = 600000 };

static int by_id(const void *a, const void *b)
{
	uint64_t x = (*(const struct alarm_view *const *)a)->id;
	uint64_t y = (*(const struct alarm_view *const *)b)->id;

	return (x > y) - (x < y);
}

/* Pointers in order of id; malloc'ed, NULL: no memory or none. */
static const struct alarm_view **sorted(const struct view *v, size_t *ret_n)
{
	const struct alarm_view *a, **all;
	size_t n = engine_alarms(v->engine, &a);

	*ret_n = n;
	all = n > 0 ? malloc(n * sizeof *all) : NULL;
	if (all == NULL) {
		*ret_n = 0;
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		all[i] = &a[i];
	qsort(all, n, sizeof *all, by_id);
	return all;
}

int get_alarms(struct request *q)
{
	struct view v = http_view(q->http);
	const char *severity = request_param(q, "severity");
	int least = severity != NULL ? view_severity_parse(severity) : SEVERITY_WARNING;
	const struct alarm_view **all;
	uint64_t after;
	uint32_t site;
	struct page p;
	size_t n;

	if (least < SEVERITY_WARNING)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "severity");
	if (!param_site(q, &site) || !page_begin(&p, q))
		return 0;
	after = p.after != NULL ? strtoull(p.after, NULL, 10) : 0;
	all = sorted(&v, &n);
	for (size_t i = 0; i < n; i++) {
		const struct alarm_view *a = all[i];
		char id[24];

		if (a->id <= after || (int)a->severity < least || a->life == ALARM_LIFE_CLEARED ||
		    (site != NO_ENTITY && v.t->entities[a->entity].site != site))
			continue;
		(void)snprintf(id, sizeof id, "%" PRIu64, a->id);
		if (!page_add(&p, view_alarm(&v, a), id))
			break;
	}
	free((void *)all);
	return page_reply(&p, "alarms");
}

struct incidents_wanted {
	bool open, closed, all; /* all: from the log too */
	uint32_t site, after;
	struct incident_filter filter;
	const struct log_incidents *log; /* NULL: not asked */
};

#define EVERY_INCIDENT                                                                             \
	{                                                                                          \
		.open = true, .closed = true, .site = NO_ENTITY, .after = UINT32_MAX, .filter = {  \
			.to_ms = INT64_MAX,                                                        \
			.class = CLASS_NONE                                                        \
		}                                                                                  \
	}

static bool wanted(const struct view *v, const struct incidents_wanted *w,
		   const struct incident_view *i)
{
	bool open = i->closed_wall_ms == 0;
	bool recent = !open && v->now.wall_ms - i->closed_wall_ms < SHOWN_AFTER_END_MS;

	if ((w->site != NO_ENTITY && i->site != w->site) || i->number >= w->after)
		return false;
	return open ? w->open : w->closed && (w->all || recent);
}

/* Once it is over, the engine has forgotten whom it cost; the log has not. */
static json_t *with_seats(json_t *incident, const json_t *told)
{
	if (told != NULL &&
	    strcmp(json_string_value(json_object_get(incident, "state")), "closed") == 0)
		incident_add_seats(incident, told);
	return incident;
}

/* false: the page is full. */
static bool add_one(struct page *p, const struct view *v, const struct incidents_wanted *w,
		    const struct incident_view *i)
{
	const json_t *told = w->log != NULL ? log_incidents_find(w->log, i->number) : NULL;
	json_t *j = with_seats(view_incident(v, i), told);
	char id[16];

	if (!incident_filter_wants(&w->filter, v->t, j)) {
		json_decref(j);
		return true;
	}
	(void)snprintf(id, sizeof id, "%" PRIu32, i->number);
	return page_add(p, j, id);
}

/* Newest first: from the engine, then what only the log remembers. */
static void add_now(struct page *p, const struct view *v, const struct incidents_wanted *w)
{
	const struct incident_view *i;
	size_t n = engine_incidents(v->engine, &i);
	uint32_t below = w->after;

	for (size_t k = 0; k < n; k++) {
		const struct incident_view *newest = NULL;

		for (size_t m = 0; m < n; m++)
			if (i[m].number < below && (newest == NULL || i[m].number > newest->number))
				newest = &i[m];
		if (newest == NULL)
			return;
		below = newest->number;
		if (wanted(v, w, newest) && !add_one(p, v, w, newest))
			return;
	}
}

json_t *in_words(const struct request *q, json_t *incident)
{
	json_t *why = json_object_get(incident, "why");

	if (why != NULL)
		(void)json_object_set(incident, "reason", json_object_get(why, request_lang(q)));
	return incident;
}

static int reply_incidents(struct page *p, const struct request *q)
{
	json_t *incident;
	size_t i;

	json_array_foreach(p->list, i, incident)(void) in_words(q, incident);
	return page_reply(p, "incidents");
}

json_t *incidents_now(const struct http *h)
{
	struct view v = http_view(h);
	struct incidents_wanted w = EVERY_INCIDENT;
	struct page p = { .limit = PAGE_DEFAULT, .list = json_array(), .started = true };

	add_now(&p, &v, &w);
	return p.list;
}

static void answer_from_log(struct request *q)
{
	struct log_incidents *log = q->data;
	struct view v = http_view(q->http);
	struct incidents_wanted w = EVERY_INCIDENT;
	struct page p;
	json_t *j;
	size_t i;

	if (q->work_status < 0) {
		log_incidents_fini(log);
		(void)problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "no_store", NULL);
		return;
	}
	if (!page_begin(&p, q) || !incident_filter_read(q, &w.filter)) {
		log_incidents_fini(log);
		return;
	}
	w.all = true;
	w.log = log;
	w.after = p.after != NULL ? (uint32_t)strtoul(p.after, NULL, 10) : UINT32_MAX;
	w.site = log->site;
	w.open = !log->closed_only;
	add_now(&p, &v, &w);
	json_array_foreach(log->incidents, i, j)
	{
		uint32_t number = (uint32_t)json_integer_value(json_object_get(j, "incident"));
		char id[16];

		if (number >= w.after || find_incident(&v, number) != NULL || p.next[0] != '\0' ||
		    !incident_filter_wants(&w.filter, v.t, j))
			continue;
		(void)snprintf(id, sizeof id, "%" PRIu32, number);
		(void)page_add(&p, json_incref(j), id);
	}
	log_incidents_fini(log);
	(void)reply_incidents(&p, q);
}

int get_incidents(struct request *q)
{
	const char *state = request_param(q, "state");
	struct view v = http_view(q->http);
	struct incidents_wanted w = EVERY_INCIDENT;
	bool closed = state != NULL && strcmp(state, "closed") == 0;
	struct page p;

	if (state != NULL && !closed && strcmp(state, "open") != 0 && strcmp(state, "all") != 0)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "state");
	if (!param_site(q, &w.site) || !incident_filter_read(q, &w.filter))
		return 0;
	if (state != NULL && strcmp(state, "open") != 0 && q->http->src.store != NULL)
		return log_incidents_ask(q, w.site, closed, w.filter.to_ms, answer_from_log);
	w.closed = state == NULL || strcmp(state, "open") != 0;
	w.open = !closed;
	if (!page_begin(&p, q))
		return 0;
	if (p.after != NULL)
		w.after = (uint32_t)strtoul(p.after, NULL, 10);
	add_now(&p, &v, &w);
	return reply_incidents(&p, q);
}

static void answer_incident(struct request *q)
{
	struct log_incident *log = q->data;
	struct view v = http_view(q->http);
	const struct incident_view *i = find_incident(&v, log->number);
	json_t *j =
		i != NULL ? with_seats(view_incident(&v, i), log->last) : json_incref(log->last);
	char number[16];

	if (j == NULL || json_is_null(j)) {
		(void)snprintf(number, sizeof number, "%" PRIu32, log->number);
		json_decref(j);
		log_incident_fini(log);
		(void)problem(q, MHD_HTTP_NOT_FOUND, "no_such_incident", number);
		return;
	}
	(void)json_object_set(j, "timeline", log->timeline);
	log_incident_fini(log);
	(void)reply(q, MHD_HTTP_OK, in_words(q, j));
}

bool incident_number(struct request *q, uint32_t *ret)
{
	char *end;
	unsigned long n = strtoul(q->id.text, &end, 10);

	if (end == q->id.text || *end != '\0' || n == 0 || n >= UINT32_MAX ||
	    q->id.text[0] == '-') {
		(void)problem(q, MHD_HTTP_NOT_FOUND, "no_such_incident", q->id.text);
		return false;
	}
	*ret = (uint32_t)n;
	return true;
}

int get_incident(struct request *q)
{
	struct view v = http_view(q->http);
	const struct incident_view *i;
	uint32_t number;
	json_t *j;

	if (!incident_number(q, &number))
		return 0;
	i = find_incident(&v, number);
	if (q->http->src.store != NULL)
		return log_incident_ask(q, number, i != NULL ? i->opened_wall_ms : 0,
					answer_incident);
	if (i == NULL)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_incident", q->id.text);
	j = view_incident(&v, i);
	(void)json_object_set_new(j, "timeline", json_array());
	return reply(q, MHD_HTTP_OK, in_words(q, j));
}
