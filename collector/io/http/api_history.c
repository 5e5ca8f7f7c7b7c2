/* api_history.c - one metric of one device over time: raw, or in buckets of min, mean and max; where
 * there is nothing good, a gap with its reason. Read and reduced in the reader's thread. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/request.h"
#include "collector/io/store/store_read.h"

enum { POINTS = 1000, RAW_MAX = 20000, BUCKETS_MAX = 5000, GAPS_MAX = 2000, HOUR_MS = 3600000 };
enum { SILENCE_AT_LEAST_MS = 60000 };

struct bucket {
	int64_t at_ms;
	double min, max, sum;
	uint64_t n;
};

struct gap {
	int64_t from, until;
	const char *reason;
};

struct past {
	char device[ROUTE_ID_MAX], name[READING_NAME_MAX];
	const struct metric *metric;
	bool found;
	struct store_series series;
	char *label;
	int64_t from_ms, to_ms, resolution_ms, silence_ms;
	struct bucket *buckets;
	size_t n, room;
	struct gap gaps[GAPS_MAX];
	size_t n_gaps;
	int64_t last_ms; /* of the newest point */
	bool bad;	 /* that point was not good */
};

static void add_gap(struct past *p, int64_t from, int64_t until, const char *reason)
{
	struct gap *last = p->n_gaps > 0 ? &p->gaps[p->n_gaps - 1] : NULL;

	if (last != NULL && last->until >= from && strcmp(last->reason, reason) == 0) {
		last->until = until;
		return;
	}
	if (p->n_gaps < GAPS_MAX)
		p->gaps[p->n_gaps++] = (struct gap){ from, until, reason };
}

static struct bucket *bucket_at(struct past *p, int64_t at_ms)
{
	int64_t start = p->resolution_ms > 0 ? at_ms - at_ms % p->resolution_ms : at_ms;

	if (p->n > 0 && p->buckets[p->n - 1].at_ms == start)
		return &p->buckets[p->n - 1];
	if (p->n == p->room)
		return NULL;
	p->buckets[p->n] = (struct bucket){ start, (double)INFINITY, (double)-INFINITY, 0, 0 };
	return &p->buckets[p->n++];
}

static void put(struct bucket *b, double min, double mean, double max, uint64_t n)
{
	if (n == 0)
		return;
	b->min = fmin(b->min, min);
	b->max = fmax(b->max, max);
	b->sum += mean * (double)n;
	b->n += n;
}

static void note_silence(struct past *p, int64_t at_ms)
{
	if (at_ms - p->last_ms <= p->silence_ms)
		return;
	add_gap(p, p->last_ms, at_ms, "no_reading");
	p->bad = false;
	/* Raw points must not be joined over it. */
	if (p->resolution_ms == 0 && p->n > 0)
		(void)bucket_at(p, p->last_ms + 1);
}

/* A gap of bad readings lasts until the next reading, whatever that is. */
static void note_quality(struct past *p, int64_t at_ms, const char *reason)
{
	struct gap *last = p->n_gaps > 0 ? &p->gaps[p->n_gaps - 1] : NULL;

	if (p->bad && last != NULL)
		last->until = at_ms;
	if (reason != NULL && (!p->bad || last == NULL || strcmp(last->reason, reason) != 0))
		add_gap(p, at_ms, at_ms, reason);
	p->bad = reason != NULL;
}

static const char *reason_of(unsigned flags, const struct store_value *v)
{
	if ((flags & STORE_READING_SILENT) != 0)
		return reading_reason_name(REASON_UNREACHABLE);
	return v->reason != REASON_GOOD ? reading_reason_name((enum reading_reason)v->reason)
					: NULL;
}

static int take_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct past *p = arg;
	const char *reason = reason_of(flags, v);
	double value = reason == NULL ? metric_unscale(p->metric, v->scaled) : 0;
	struct bucket *b;

	note_silence(p, wall_ms);
	note_quality(p, wall_ms, reason);
	p->last_ms = wall_ms;
	b = bucket_at(p, wall_ms);
	if (b == NULL)
		return 1;
	put(b, value, value, value, reason == NULL ? 1 : 0);
	return 0;
}

static int take_hour(void *arg, const struct store_hour *h)
{
	struct past *p = arg;
	struct bucket *b;

	if (h->hour_ms > p->last_ms)
		add_gap(p, p->last_ms, h->hour_ms, "no_reading");
	if (h->n == 0)
		add_gap(p, h->hour_ms, h->hour_ms + HOUR_MS, "unknown");
	p->last_ms = h->hour_ms + HOUR_MS;
	b = bucket_at(p, h->hour_ms);
	if (b == NULL)
		return 1;
	if (h->n > 0)
		put(b, metric_unscale(p->metric, h->min),
		    h->mean / (double)metric_scale(p->metric, 1.0),
		    metric_unscale(p->metric, h->max), h->n);
	return 0;
}

static int match_series(void *arg, const struct store_series *s)
{
	struct past *p = arg;
	char name[READING_NAME_MAX];

	(void)reading_name(name, sizeof name, s->metric, s->instance, s->label);
	if (p->found || strcmp(name, p->name) != 0)
		return 0;
	p->found = true;
	p->series = *s;
	p->label = s->label != NULL ? strdup(s->label) : NULL;
	p->series.label = p->label;
	return 0;
}

static void work_history(struct request *q, struct store_reader *r)
{
	struct past *p = q->data;
	bool hours = p->resolution_ms >= HOUR_MS;

	q->work_status = store_read_device(r, p->device, match_series, p);
	if (q->work_status < 0)
		return;
	p->last_ms = p->from_ms;
	if (p->found && hours)
		q->work_status = store_read_hours(r, p->device, &p->series, p->from_ms, p->to_ms,
						  take_hour, p);
	else if (p->found)
		q->work_status = store_read_series(r, p->device, &p->series, p->from_ms, p->to_ms,
						   take_point, p);
	if (p->to_ms - p->last_ms > (hours ? HOUR_MS : p->silence_ms) || !p->found)
		add_gap(p, p->last_ms, p->to_ms, "no_reading");
}

static json_t *columns(const struct past *p)
{
	json_t *t = json_array(), *min = json_array(), *avg = json_array(), *max = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct bucket *b = &p->buckets[i];

		(void)json_array_append_new(t, json_real((double)b->at_ms / 1000));
		(void)json_array_append_new(min, b->n > 0 ? json_real(b->min) : json_null());
		(void)json_array_append_new(avg, b->n > 0 ? json_real(b->sum / (double)b->n)
							  : json_null());
		(void)json_array_append_new(max, b->n > 0 ? json_real(b->max) : json_null());
	}
	return json_pack("{s:o,s:o,s:o,s:o}", "t", t, "min", min, "avg", avg, "max", max);
}

static json_t *gaps_json(const struct past *p)
{
	json_t *gaps = json_array();

	for (size_t i = 0; i < p->n_gaps; i++)
		(void)json_array_append_new(gaps, json_pack("{s:f,s:f,s:s}", "from",
							    (double)p->gaps[i].from / 1000, "until",
							    (double)p->gaps[i].until / 1000,
							    "reason", p->gaps[i].reason));
	return gaps;
}

static void past_fini(struct past *p)
{
	free(p->buckets);
	free(p->label);
	p->buckets = NULL;
	p->label = NULL;
}

static void answer_history(struct request *q)
{
	struct past *p = q->data;
	json_t *j;

	if (q->work_status < 0) {
		past_fini(p);
		(void)problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "no_store", NULL);
		return;
	}
	j = columns(p);
	(void)json_object_set_new(j, "entity", json_string(p->device));
	(void)json_object_set_new(j, "metric", json_string(p->name));
	(void)json_object_set_new(j, "unit", json_string(p->metric->unit));
	(void)json_object_set_new(j, "from", view_time(p->from_ms));
	(void)json_object_set_new(j, "to", view_time(p->to_ms));
	(void)json_object_set_new(j, "resolution_s", json_real((double)p->resolution_ms / 1000));
	(void)json_object_set_new(j, "gaps", gaps_json(p));
	past_fini(p);
	(void)reply(q, MHD_HTTP_OK, j);
}

/* The metric's row from "battery.charge_percent#2", "host.disk_used_percent@/home". */
static const struct metric *metric_of(const char *name)
{
	char bare[READING_NAME_MAX];

	(void)snprintf(bare, sizeof bare, "%s", name);
	bare[strcspn(bare, "#@")] = '\0';
	return metric_by_name(bare);
}

static bool read_resolution(struct request *q, struct past *p)
{
	const char *text = request_param(q, "resolution");
	int64_t span = p->to_ms - p->from_ms, ms;
	char *end = NULL;

	if (text == NULL) {
		ms = span / POINTS;
		ms = ms <= 10000 ? 0 : ms < HOUR_MS ? ms - ms % 1000 : ms - ms % HOUR_MS;
	} else {
		ms = strtoll(text, &end, 10) * 1000;
		if (end == text || *end != '\0' || ms < 0 || ms > INT64_C(31622400000) ||
		    (ms > 0 && span / ms > BUCKETS_MAX)) {
			(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "resolution");
			return false;
		}
	}
	p->resolution_ms = ms;
	p->room = ms == 0 ? RAW_MAX : (size_t)(span / ms) + 3;
	p->buckets = calloc(p->room, sizeof *p->buckets);
	if (p->buckets == NULL)
		(void)problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	return p->buckets != NULL;
}

static int64_t silence_of(const struct view *v, uint32_t entity)
{
	const struct live_device *d = live_get(v->live, entity);
	int64_t interval = d != NULL ? d->interval_ms : 0;

	return 3 * interval > SILENCE_AT_LEAST_MS ? 3 * interval : SILENCE_AT_LEAST_MS;
}

int get_history(struct request *q)
{
	const char *entity = request_param(q, "entity"), *name = request_param(q, "metric");
	const struct metric *metric = name != NULL ? metric_of(name) : NULL;
	struct view v = http_view(q->http);
	uint32_t i = entity != NULL ? topology_find(v.t, ENTITY_DEVICE, entity) : NO_ENTITY;
	struct past *p;

	if (metric == NULL || metric->kind == METRIC_TEXT)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "metric");
	if (entity == NULL)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "entity");
	if (i == NO_ENTITY)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_device", entity);
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	q->data = p;
	p->metric = metric;
	p->silence_ms = silence_of(&v, i);
	(void)snprintf(p->device, sizeof p->device, "%s", entity);
	(void)snprintf(p->name, sizeof p->name, "%s", name);
	if (!param_span(q, &p->from_ms, &p->to_ms) || !read_resolution(q, p)) {
		past_fini(p);
		return 0;
	}
	(void)ask_store(q, work_history, answer_history);
	if (q->work == NULL)
		past_fini(p);
	return 0;
}
