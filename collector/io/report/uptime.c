/* uptime.c - states of the store as timelines, and what follows from them. */
#include "collector/io/report/uptime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/grow.h"

static const char *const kind_names[] = { "hotline", "site", "class", "seat", "device" };

const char *uptime_kind_name(enum uptime_kind k)
{
	return kind_names[k];
}

/* ---- from the store ---- */

struct row {
	uint64_t n;
	uint32_t entity;
	enum entity_state state;
	bool healed;
	int64_t since_ms, until_ms;
};

struct work {
	const struct uptime_request *q;
	struct row *rows;
	size_t n, cap;
	struct timeline *lines; /* by entity */
};

static int keep_row(void *arg, const struct store_state_row *s)
{
	struct work *w = arg;
	uint32_t e = topology_find(w->q->topology, (enum entity_kind)s->kind, s->entity);

	if (e == NO_ENTITY || s->state < STATE_UNKNOWN || s->state > STATE_PLANNED)
		return 0;
	struct row *rows = grow(w->rows, w->n, &w->cap, 1024, sizeof *rows);
	if (rows == NULL)
		return -ENOMEM;
	w->rows = rows;
	w->rows[w->n++] = (struct row){ s->n, e, s->state, s->healed, s->since_ms, s->until_ms };
	return 0;
}

/* As they were written; what the backlog healed comes last. */
static int by_order(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->healed != y->healed)
		return x->healed ? 1 : -1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static int read_everything(struct work *w, struct store_reader *r)
{
	int e = 0;

	for (uint32_t i = 0; i < w->q->topology->n_entities && e == 0; i++)
		e = timeline_init(&w->lines[i], w->q->from_ms, w->q->until_ms);
	return e < 0 ? e
		     : store_read_states(r, -1, NULL, w->q->from_ms, w->q->until_ms, keep_row, w);
}

static int read_one(struct work *w, struct store_reader *r, uint32_t entity)
{
	int e = timeline_init(&w->lines[entity], w->q->from_ms, w->q->until_ms);

	return e < 0 ? e
		     : store_read_states(r, ENTITY_DEVICE, w->q->topology->entities[entity].id,
					 w->q->from_ms, w->q->until_ms, keep_row, w);
}

/* Its parts and the PBXes of its centre. */
static int read_seat(struct work *w, struct store_reader *r, const struct seat *s)
{
	const struct site *site = &w->q->topology->sites[s->site];
	const uint32_t parts[] = { s->workstation, s->headset, s->phone };
	int e = 0;

	for (size_t i = 0; i < 3 && e == 0; i++) {
		if (parts[i] != NO_ENTITY)
			e = read_one(w, r, parts[i]);
	}
	for (uint32_t i = 0; i < site->n_pbx && e == 0; i++)
		e = read_one(w, r, site->pbx[i]);
	return e;
}

static int read_lines(struct work *w, struct store_reader *r)
{
	const struct topology *t = w->q->topology;
	int e;

	w->lines = calloc(t->n_entities + 1, sizeof *w->lines);
	if (w->lines == NULL)
		return -ENOMEM;
	e = w->q->only == UPTIME_ONLY_SEAT ? read_seat(w, r, &t->seats[w->q->seat])
					   : read_everything(w, r);
	if (e < 0)
		return e;
	if (w->n > 0)
		qsort(w->rows, w->n, sizeof *w->rows, by_order);
	for (size_t i = 0; i < w->n && e == 0; i++) {
		const struct row *x = &w->rows[i];

		e = x->healed ? timeline_heal(&w->lines[x->entity], x->state, x->since_ms,
					      x->until_ms, x->n)
			      : timeline_set(&w->lines[x->entity], x->state, x->since_ms, x->n);
	}
	return e;
}

static void work_fini(struct work *w)
{
	for (uint32_t i = 0; w->lines != NULL && i < w->q->topology->n_entities; i++)
		timeline_fini(&w->lines[i]);
	free(w->lines);
	free(w->rows);
}

/* ---- what follows ---- */

/* A seat needs all its parts and one PBX of its centre. */
static int seat_line(const struct work *w, const struct seat *s, struct timeline *ret)
{
	const struct site *site = &w->q->topology->sites[s->site];
	const uint32_t parts[] = { s->workstation, s->headset, s->phone };
	const struct timeline **pbx = calloc(site->n_pbx + 1, sizeof(struct timeline *));
	const struct timeline *m[4];
	struct timeline any = { 0 };
	size_t n = 0;
	int r = pbx == NULL ? -ENOMEM : 0;

	for (size_t i = 0; i < 3; i++) {
		if (parts[i] != NO_ENTITY)
			m[n++] = &w->lines[parts[i]];
	}
	for (uint32_t i = 0; r == 0 && i < site->n_pbx; i++)
		pbx[i] = &w->lines[site->pbx[i]];
	if (r == 0 && site->n_pbx > 0) {
		r = timeline_combine(&any, pbx, site->n_pbx, 1, w->q->from_ms, w->q->until_ms);
		m[n++] = &any;
	}
	if (r == 0)
		r = timeline_combine(ret, m, n, n, w->q->from_ms, w->q->until_ms);
	timeline_fini(&any);
	free(pbx);
	return r;
}

static struct uptime_row *add_row(struct uptime *u, enum uptime_kind kind, const char *id,
				  const char *name)
{
	struct uptime_row *p = realloc(u->rows, (u->n + 1) * sizeof *p);

	if (p == NULL)
		return NULL;
	u->rows = p;
	p[u->n] = (struct uptime_row){ .kind = kind, .id = id, .name = name, .callers = -1 };
	return &p[u->n++];
}

/* The bars of a row, still empty. */
static int begin_bars(struct uptime_row *row, const struct work *w)
{
	if (w->q->n_bars == 0)
		return 0;
	row->bars = calloc(w->q->n_bars, sizeof *row->bars);
	return row->bars != NULL ? 0 : -ENOMEM;
}

static void add_bars(struct uptime_row *row, const struct work *w, const struct timeline *t)
{
	availability_bars(t, w->q->starts, w->q->n_bars, row->bars);
}

static int fill_row(struct uptime_row *row, const struct work *w)
{
	int r = begin_bars(row, w);

	availability_of(&row->line, &row->sum);
	if (r == 0)
		add_bars(row, w, &row->line);
	return r;
}

static bool is_asked(const struct work *w, uint32_t site)
{
	return w->q->site == NO_ENTITY || w->q->site == site;
}

static int add_seats(struct uptime *u, const struct work *w)
{
	const struct topology *t = w->q->topology;
	int r = 0;

	for (uint32_t i = 0; i < t->n_seats && r == 0; i++) {
		if (!is_asked(w, t->seats[i].site))
			continue;
		struct uptime_row *row = add_row(u, UPTIME_SEAT, t->seats[i].id, t->seats[i].id);
		r = row == NULL ? -ENOMEM : seat_line(w, &t->seats[i], &row->line);
		if (r == 0)
			availability_of(&row->line, &row->sum);
	}
	return r;
}

static int add_seat_alone(struct uptime *u, const struct work *w)
{
	const struct seat *s = &w->q->topology->seats[w->q->seat];
	struct uptime_row *row = add_row(u, UPTIME_SEAT, s->id, s->id);
	int r = row == NULL ? -ENOMEM : seat_line(w, s, &row->line);

	return r < 0 ? r : fill_row(row, w);
}

static int add_devices(struct uptime *u, const struct work *w)
{
	const struct topology *t = w->q->topology;

	for (uint32_t i = 0; i < t->n_entities; i++) {
		const struct entity *e = &t->entities[i];

		if (e->kind != ENTITY_DEVICE || !is_asked(w, e->site))
			continue;
		struct uptime_row *row = add_row(u, UPTIME_DEVICE, e->id, e->name);
		if (row == NULL ||
		    timeline_cut(&row->line, &w->lines[i], w->q->from_ms, w->q->until_ms) < 0)
			return -ENOMEM;
		availability_of(&row->line, &row->sum);
	}
	return 0;
}

static void add_member(struct uptime_row *class, const struct work *w, const struct timeline *t)
{
	struct availability one;

	availability_of(t, &one);
	availability_add(&class->sum, &one);
	add_bars(class, w, t);
	class->members++;
}

static int sum_class(struct uptime_row *row, const struct work *w, enum device_class c)
{
	const struct topology *t = w->q->topology;
	int r = begin_bars(row, w);

	for (uint32_t i = 0; i < t->n_entities && r == 0; i++) {
		const struct entity *e = &t->entities[i];

		if (e->kind == ENTITY_DEVICE && e->device_class == c && is_asked(w, e->site))
			add_member(row, w, &w->lines[i]);
	}
	return r;
}

static int sum_seats(struct uptime_row *row, const struct work *w)
{
	const struct topology *t = w->q->topology;
	int r = begin_bars(row, w);

	for (uint32_t i = 0; i < t->n_seats && r == 0; i++) {
		struct timeline line = { 0 };

		if (!is_asked(w, t->seats[i].site))
			continue;
		r = seat_line(w, &t->seats[i], &line);
		if (r == 0)
			add_member(row, w, &line);
		timeline_fini(&line);
	}
	return r;
}

/* What there is nothing of is left out. */
static int add_class(struct uptime *u, const struct work *w, const char *name, uint32_t class)
{
	struct uptime_row *row = add_row(u, UPTIME_CLASS, name, name);
	int r;

	if (row == NULL)
		return -ENOMEM;
	r = class == CLASS_END ? sum_seats(row, w) : sum_class(row, w, (enum device_class) class);
	if (row->members == 0)
		free(u->rows[--u->n].bars);
	return r;
}

static int add_classes(struct uptime *u, const struct work *w)
{
	int r = add_class(u, w, UPTIME_SEATS, CLASS_END);

	for (unsigned c = CLASS_UPS; c < CLASS_END && r == 0; c++)
		r = add_class(u, w, device_class_name((enum device_class)c), c);
	return r;
}

/* What is unknown of a centre is judged by its seats, whose past the backlog may have filled in. */
static int site_line(const struct work *w, uint32_t site, struct timeline *ret)
{
	const struct topology *t = w->q->topology;
	const struct site *s = &t->sites[site];
	struct timeline *seats = calloc(s->n_seats + 1, sizeof *seats), any = { 0 };
	const struct timeline **m = calloc(s->n_seats + 1, sizeof(struct timeline *));
	int r = seats == NULL || m == NULL ? -ENOMEM : 0;

	for (uint32_t i = 0; i < s->n_seats && r == 0; i++) {
		r = seat_line(w, &t->seats[s->first_seat + i], &seats[i]);
		m[i] = &seats[i];
	}
	if (r == 0)
		r = timeline_combine(&any, m, s->n_seats, 1, w->q->from_ms, w->q->until_ms);
	if (r == 0)
		r = timeline_cut(ret, &w->lines[s->entity], w->q->from_ms, w->q->until_ms);
	if (r == 0)
		r = timeline_fill(ret, &any);
	for (uint32_t i = 0; seats != NULL && i < s->n_seats; i++)
		timeline_fini(&seats[i]);
	timeline_fini(&any);
	free(seats);
	free(m);
	return r;
}

static void count_callers(struct uptime_row *row, const double *per_hour, const struct zone *z)
{
	row->callers = callers_during(&row->line, STATE_DOWN, per_hour, z);
	row->callers_most = row->callers + callers_during(&row->line, STATE_UNKNOWN, per_hour, z);
}

static int add_sites(struct uptime *u, const struct work *w)
{
	const struct topology *t = w->q->topology;
	int r = 0;

	for (uint32_t i = 0; i < t->n_sites && r == 0; i++) {
		if (w->q->site != NO_ENTITY && i != w->q->site)
			continue;
		struct uptime_row *row = add_row(u, UPTIME_SITE, t->sites[i].id, t->sites[i].name);
		r = row == NULL ? -ENOMEM : site_line(w, i, &row->line);
		if (r < 0)
			break;
		r = fill_row(row, w);
		if (t->sites[i].calls_per_hour != NULL)
			count_callers(row, t->sites[i].calls_per_hour, w->q->zone);
	}
	return r;
}

/* The hotline is up while any centre is; each centre that is not costs its own callers. */
static int fill_hotline(struct uptime *u, const struct work *w)
{
	const struct timeline **m = calloc(u->n + 1, sizeof(struct timeline *));
	struct uptime_row *row = &u->rows[0];
	size_t n = 0;
	int r;

	if (m == NULL)
		return -ENOMEM;
	for (size_t i = 1; i < u->n; i++) {
		if (u->rows[i].kind != UPTIME_SITE)
			continue;
		m[n++] = &u->rows[i].line;
		if (u->rows[i].callers < 0)
			continue;
		row->callers = (row->callers > 0 ? row->callers : 0) + u->rows[i].callers;
		row->callers_most += u->rows[i].callers_most;
	}
	r = timeline_combine(&row->line, m, n, 1, w->q->from_ms, w->q->until_ms);
	if (r == 0)
		r = fill_row(row, w);
	free(m);
	return r;
}

static int add_all(struct uptime *u, const struct work *w)
{
	enum uptime_only only = w->q->only;
	bool hotline = only != UPTIME_ONLY_CLASSES && w->q->site == NO_ENTITY;
	int r = 0;

	if (only == UPTIME_ONLY_SEAT)
		return add_seat_alone(u, w);
	if (hotline && add_row(u, UPTIME_HOTLINE, "hotline", "111") == NULL)
		return -ENOMEM;
	if (only != UPTIME_ONLY_CLASSES)
		r = add_sites(u, w);
	if (r == 0 && hotline)
		r = fill_hotline(u, w);
	if (r == 0 && only != UPTIME_ONLY_SITES)
		r = add_classes(u, w);
	if (r == 0 && only == UPTIME_ALL)
		r = add_seats(u, w);
	return r == 0 && only == UPTIME_ALL ? add_devices(u, w) : r;
}

int uptime_read(struct uptime *ret, struct store_reader *r, const struct uptime_request *q)
{
	struct work w = { .q = q };
	struct uptime u = { .asked = *q };
	int e = read_lines(&w, r);

	if (e == 0)
		e = add_all(&u, &w);
	work_fini(&w);
	if (e < 0) {
		uptime_fini(&u);
		return e;
	}
	*ret = u;
	return 0;
}

void uptime_fini(struct uptime *u)
{
	for (size_t i = 0; i < u->n; i++) {
		timeline_fini(&u->rows[i].line);
		free(u->rows[i].bars);
	}
	free(u->rows);
	memset(u, 0, sizeof *u);
}

int month_span(const struct zone *z, const char *text, int64_t *ret_from_ms, int64_t *ret_until_ms)
{
	char *end = NULL;
	long year = strtol(text, &end, 10), month;

	if (end != text + 4 || *end != '-' || year < 1970 || year > 9999)
		return -EINVAL;
	const char *rest = end + 1;
	month = strtol(rest, &end, 10);
	if (end != rest + 2 || *end != '\0' || month < 1 || month > 12)
		return -EINVAL;
	*ret_from_ms = zone_midnight(z, (int)year, (int)month, 1) * 1000;
	*ret_until_ms = zone_midnight(z, (int)year, (int)month + 1, 1) * 1000;
	return 0;
}
