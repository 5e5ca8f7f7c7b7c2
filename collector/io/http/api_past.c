/* api_past.c - how things were: availability from the states that the store keeps. The rows are read
 * in the reader's thread, the answer is made on the loop. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/availability.h"
#include "collector/io/http/page.h"
#include "collector/io/http/request.h"
#include "collector/io/http/zones.h"
#include "collector/io/store/store_read.h"
#include "collector/io/view/find.h"

enum { BARS_MAX = 2000, DAY_MS_INT = 86400000 };

struct row {
	uint64_t n; /* in the order in which they were written */
	enum entity_state state;
	bool healed;
	int64_t since, until;
};

struct tally { /* of one entity */
	char *entity;
	int kind;
	struct availability *bars;
};

struct wish {
	char *entity; /* NULL: all */
	int kind;
	enum device_class class; /* CLASS_NONE: all */
	int64_t from_ms, to_ms;
	int64_t *starts; /* n_bars, then to_ms */
	size_t n_bars;
	bool with_bars;
	struct tally *all;
	size_t n;
	/* while reading: the rows of the newest entity */
	struct row *rows;
	size_t n_rows, room;
};

static int by_n(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->n > y->n) - (x->n < y->n);
}

static int apply(struct timeline *t, const struct wish *w, bool healed)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n_rows; i++) {
		const struct row *x = &w->rows[i];

		if (x->healed == healed)
			r = healed ? timeline_heal(t, x->state, x->since, x->until, x->n)
				   : timeline_set(t, x->state, x->since, x->n);
	}
	return r;
}

static int fill_bars(const struct wish *w, const struct timeline *t, struct availability *bars)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n_bars; i++) {
		struct timeline bar = { 0 };

		r = timeline_cut(&bar, t, w->starts[i], w->starts[i + 1]);
		if (r == 0)
			availability_of(&bar, &bars[i]);
		timeline_fini(&bar);
	}
	return r;
}

static int end_entity(struct wish *w)
{
	struct timeline t = { 0 };
	int r;

	if (w->n == 0)
		return 0;
	if (w->n_rows > 0)
		qsort(w->rows, w->n_rows, sizeof *w->rows, by_n);
	r = timeline_init(&t, w->from_ms, w->to_ms);
	if (r == 0)
		r = apply(&t, w, false);
	if (r == 0)
		r = apply(&t, w, true);
	if (r == 0)
		r = fill_bars(w, &t, w->all[w->n - 1].bars);
	timeline_fini(&t);
	w->n_rows = 0;
	return r;
}

static int begin_entity(struct wish *w, const char *entity, int kind)
{
	struct tally *more = realloc(w->all, (w->n + 1) * sizeof *more);

	if (more == NULL)
		return -ENOMEM;
	w->all = more;
	more[w->n] = (struct tally){ strdup(entity), kind,
				     calloc(w->n_bars, sizeof(struct availability)) };
	if (more[w->n].entity == NULL || more[w->n].bars == NULL) {
		free(more[w->n].entity);
		free(more[w->n].bars);
		return -ENOMEM;
	}
	w->n++;
	return 0;
}

static int keep_row(struct wish *w, const struct store_state_row *row)
{
	size_t room = w->room == 0 ? 256 : w->room * 2;
	struct row *more;

	if (w->n_rows == w->room) {
		more = realloc(w->rows, room * sizeof *more);
		if (more == NULL)
			return -ENOMEM;
		w->rows = more;
		w->room = room;
	}
	w->rows[w->n_rows++] = (struct row){ row->n, (enum entity_state)row->state, row->healed,
					     row->since_ms, row->until_ms };
	return 0;
}

static int take_row(void *arg, const struct store_state_row *row)
{
	struct wish *w = arg;
	const struct tally *last = w->n > 0 ? &w->all[w->n - 1] : NULL;
	int r = 0;

	if (last == NULL || last->kind != row->kind || strcmp(last->entity, row->entity) != 0) {
		r = end_entity(w);
		if (r == 0)
			r = begin_entity(w, row->entity, row->kind);
	}
	if (r < 0 || row->state < STATE_UNKNOWN || row->state > STATE_PLANNED)
		return r;
	return keep_row(w, row);
}

static void work_states(struct request *q, struct store_reader *r)
{
	struct wish *w = q->data;

	q->work_status = store_read_states(r, w->entity != NULL ? w->kind : -1, w->entity,
					   w->from_ms, w->to_ms, take_row, w);
	if (q->work_status == 0)
		q->work_status = end_entity(w);
}

static void wish_fini(struct wish *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->all[i].entity);
		free(w->all[i].bars);
	}
	free(w->all);
	free(w->starts);
	free(w->entity);
	free(w->rows);
	memset(w, 0, sizeof *w);
}

static json_t *seconds(int64_t ms)
{
	return ms % 1000 == 0 ? json_integer(ms / 1000) : json_real((double)ms / 1000);
}

static int64_t part(const struct availability *a, size_t column)
{
	const int64_t ms[] = { a->up_ms, a->down_ms, a->planned_ms, a->unknown_ms };

	return ms[column];
}

static const char *const columns[] = { "up_s", "down_s", "planned_s", "unknown_s" };
enum { COLUMNS = sizeof columns / sizeof *columns };

static json_t *bars_json(const struct wish *w, const struct availability *bars)
{
	json_t *o = json_object(), *t = json_array();

	for (size_t i = 0; i < w->n_bars; i++)
		(void)json_array_append_new(t, seconds(w->starts[i]));
	(void)json_object_set_new(o, "t", t);
	for (size_t c = 0; c < COLUMNS; c++) {
		json_t *column = json_array();

		for (size_t i = 0; i < w->n_bars; i++)
			(void)json_array_append_new(column, seconds(part(&bars[i], c)));
		(void)json_object_set_new(o, columns[c], column);
	}
	return o;
}

/* t NULL: nothing was ever said about it. */
static json_t *entity_json(const struct wish *w, const struct entity *e, const struct tally *t)
{
	struct availability *unheard = calloc(w->n_bars, sizeof *unheard);
	const struct availability *bars = t != NULL ? t->bars : unheard;
	struct availability sum = { 0 };
	json_t *j;

	for (size_t i = 0; unheard != NULL && i < w->n_bars; i++)
		unheard[i].unknown_ms = w->starts[i + 1] - w->starts[i];
	for (size_t i = 0; bars != NULL && i < w->n_bars; i++)
		availability_add(&sum, &bars[i]);
	j = json_pack("{s:s,s:s}", "entity", e->id, "kind", view_kind_name(e->kind));
	for (size_t c = 0; c < COLUMNS; c++)
		(void)json_object_set_new(j, columns[c], seconds(part(&sum, c)));
	if (w->with_bars && bars != NULL)
		(void)json_object_set_new(j, "bars", bars_json(w, bars));
	free(unheard);
	return j;
}

static int tally_order(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	int r = strcmp(x->entity, y->entity);

	return r != 0 ? r : (x->kind > y->kind) - (x->kind < y->kind);
}

static const struct tally *tally_of(const struct wish *w, const struct entity *e)
{
	const struct tally key = { e->id, (int)e->kind, NULL };

	return w->n > 0 ? bsearch(&key, w->all, w->n, sizeof key, tally_order) : NULL;
}

static bool is_listed(const struct wish *w, const struct entity *e)
{
	if (w->entity != NULL)
		return (int)e->kind == w->kind && strcmp(e->id, w->entity) == 0;
	if (w->class != CLASS_NONE)
		return e->kind == ENTITY_DEVICE && e->device_class == w->class;
	return e->kind == ENTITY_DEVICE || e->kind == ENTITY_SITE;
}

static void answer_states(struct request *q)
{
	struct wish *w = q->data;
	struct view v = http_view(q->http);
	struct page p;

	if (q->work_status < 0) {
		wish_fini(w);
		(void)problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "no_store", NULL);
		return;
	}
	if (!page_begin(&p, q)) {
		wish_fini(w);
		return;
	}
	if (w->n > 0)
		qsort(w->all, w->n, sizeof *w->all, tally_order);
	for (uint32_t i = 0; i < v.t->n_entities; i++) {
		const struct entity *e = &v.t->entities[i];

		if (!is_listed(w, e) || !page_wants(&p, e->id))
			continue;
		if (!page_add(&p, entity_json(w, e, tally_of(w, e)), e->id))
			break;
	}
	(void)page_reply(&p, "availability");
	(void)json_object_set_new(q->out, "from", view_time(w->from_ms));
	(void)json_object_set_new(q->out, "to", view_time(w->to_ms));
	wish_fini(w);
}

/* false: it has replied. entity NULL is all. */
static bool read_entity(struct request *q, uint32_t *ret)
{
	const char *id = request_param(q, "entity"), *kind = request_param(q, "kind");
	struct view v = http_view(q->http);

	*ret = NO_ENTITY;
	if (id == NULL)
		return true;
	for (int k = ENTITY_DEVICE; kind != NULL && k <= ENTITY_COLLECTOR; k++)
		if (strcmp(kind, view_kind_name((enum entity_kind)k)) == 0)
			*ret = topology_find(v.t, (enum entity_kind)k, id);
	if (kind == NULL)
		*ret = find_entity(&v, id);
	if (*ret == NO_ENTITY)
		(void)problem(q, MHD_HTTP_NOT_FOUND, "not_found", id);
	return *ret != NO_ENTITY;
}

static bool read_class(struct request *q, enum device_class *ret)
{
	const char *name = request_param(q, "class");

	if (name == NULL || device_class_parse(name, ret))
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "class");
	return false;
}

bool param_span(struct request *q, int64_t *ret_from, int64_t *ret_to)
{
	int64_t now = http_view(q->http).now.wall_ms;

	if (!param_time(q, "to", now, ret_to))
		return false;
	if (*ret_to > now)
		*ret_to = now;
	if (!param_time(q, "from", *ret_to - DAY_MS_INT, ret_from))
		return false;
	if (*ret_from < *ret_to && *ret_from >= 0)
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "from");
	return false;
}

/* The step of the bars in ms, 0 for months; false: it has replied. */
static bool read_step(struct request *q, int64_t *ret_ms)
{
	const char *step = request_param(q, "step");
	size_t n = step != NULL ? strlen(step) : 0;

	*ret_ms = 0;
	if (step == NULL || strcmp(step, "month") == 0)
		return true;
	if (n <= 8 && strspn(step, "0123456789") == n)
		*ret_ms = strtoll(step, NULL, 10) * 1000;
	if (*ret_ms >= 60000)
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "step");
	return false;
}

bool param_bars(struct request *q, const struct zone *zone, int64_t from_ms, int64_t to_ms,
		int64_t **ret, size_t *ret_n)
{
	bool many = request_param(q, "step") != NULL;
	int64_t step_ms, *starts;
	size_t n = 0;

	if (!read_step(q, &step_ms))
		return false;
	starts = calloc(BARS_MAX + 1, sizeof *starts);
	if (starts == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL) != 0;
	for (int64_t at = from_ms; at < to_ms && n <= BARS_MAX;
	     at = many ? zone_step(zone, at, step_ms) : to_ms)
		starts[n++] = at;
	if (n > BARS_MAX) {
		free(starts);
		return problem(q, MHD_HTTP_BAD_REQUEST, "too_many_bars", NULL) != 0;
	}
	starts[n] = to_ms;
	*ret = starts;
	*ret_n = n;
	return true;
}

static bool make_bars(struct request *q, struct wish *w, uint32_t entity)
{
	const struct topology *t = q->http->src.topology;
	const struct zone *zone =
		zones_of(q->http->zones, entity != NO_ENTITY ? t->entities[entity].site : 0);

	w->with_bars = request_param(q, "step") != NULL;
	return param_bars(q, zone, w->from_ms, w->to_ms, &w->starts, &w->n_bars);
}

int get_availability(struct request *q)
{
	struct wish *w;
	uint32_t entity;
	size_t limit;

	if (!read_entity(q, &entity) || !param_limit(q, &limit))
		return 0;
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	q->data = w;
	if (!read_class(q, &w->class) || !param_span(q, &w->from_ms, &w->to_ms) ||
	    !make_bars(q, w, entity)) {
		wish_fini(w);
		return 0;
	}
	if (entity != NO_ENTITY) {
		w->entity = strdup(q->http->src.topology->entities[entity].id);
		w->kind = (int)q->http->src.topology->entities[entity].kind;
	}
	(void)ask_store(q, work_states, answer_states);
	if (q->work == NULL)
		wish_fini(w);
	return 0;
}
