/* intake_agent.c - what is kept of each agent: its newest boots, which reports of them are there,
 * and the layouts that its reports are read by. Bounded: the oldest boot and layout give way. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/intake/intake_priv.h"

struct agent *agent_get(struct intake *in, uint32_t entity)
{
	struct agent *a = in->agents[entity];

	if (a != NULL)
		return a;
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->entity = entity;
	a->id = in->l.topology->entities[entity].id;
	a->acked_mono_ms = INT64_MIN / 2;
	(void)snprintf(a->topic, sizeof a->topic, "linewatch/v1/%s/control", a->id);
	in->agents[entity] = a;
	return a;
}

static void boot_fini(struct boot *b)
{
	seqset_fini(&b->stored);
	seqset_fini(&b->pending);
	seqset_fini(&b->flight);
	for (int i = 0; i < MAX_LAYOUTS; i++)
		layout_free(b->layouts[i]);
	memset(b, 0, sizeof *b);
}

void agent_free(struct agent *a)
{
	if (a == NULL)
		return;
	for (int i = 0; i < MAX_BOOTS; i++)
		boot_fini(&a->boots[i]);
	free(a->healing);
	free(a);
}

struct boot *boot_find(struct agent *a, uint32_t id)
{
	for (int i = 0; i < MAX_BOOTS; i++) {
		if (a->boots[i].id == id)
			return &a->boots[i];
	}
	return NULL;
}

struct boot *boot_get(struct agent *a, uint32_t id, int64_t mono_ms)
{
	struct boot *b = boot_find(a, id), *oldest = NULL;

	if (b == NULL)
		b = boot_find(a, 0);
	for (int i = 0; b == NULL && i < MAX_BOOTS; i++) {
		struct boot *c = &a->boots[i];
		bool busy = c->id == a->boot_id || c->dirty || c->flight.n > 0;

		if (!busy && (oldest == NULL || c->touched_ms < oldest->touched_ms))
			oldest = c;
	}
	if (b == NULL) {
		b = oldest != NULL ? oldest : &a->boots[0];
		boot_fini(b);
	}
	b->id = id;
	b->touched_ms = mono_ms;
	return b;
}

bool boot_has(const struct boot *b, uint64_t seq)
{
	return seqset_has(&b->stored, seq) || seqset_has(&b->flight, seq) ||
	       seqset_has(&b->pending, seq);
}

int boot_take(struct intake *in, struct agent *a, struct boot *b, uint64_t first, uint64_t last)
{
	/* what is pending must fit when it joins what is stored, too */
	if (b->stored.n + b->flight.n + b->pending.n >= SEQSET_MAX_RANGES)
		return -ENOSPC;
	int r = seqset_add(&b->pending, first, last);
	if (r < 0)
		return r;
	b->dirty = true;
	if (!a->dirty) {
		a->dirty = true;
		in->dirty[in->n_dirty++] = a->entity;
	}
	return 0;
}

/* ---- layouts ---- */

static uint32_t device_entity(struct intake *in, const struct agent *a, const struct wire_device *d)
{
	const struct topology *t = in->l.topology;
	const struct entity *self = &t->entities[a->entity];
	char id[TEXT_MAX];
	uint32_t e;

	if (strcmp(d->device_class, "agent") == 0)
		return a->entity;
	if (self->site != NO_ENTITY) {
		(void)snprintf(id, sizeof id, "%s/%s", t->sites[self->site].id, d->id);
		e = topology_find(t, ENTITY_DEVICE, id);
		if (e != NO_ENTITY && t->entities[e].agent == a->entity)
			return e;
	}
	e = topology_find(t, ENTITY_DEVICE, d->id); /* a service */
	return e != NO_ENTITY && t->entities[e].agent == a->entity ? e : NO_ENTITY;
}

static struct store_shape *device_shape(struct intake *in, const struct agent *a,
					const struct wire_device *d, uint32_t entity)
{
	struct store_series *s = calloc(d->n_slots + 1, sizeof *s);
	struct store_shape *sh = NULL;
	char id[TEXT_MAX];

	if (s == NULL)
		return NULL;
	for (uint32_t i = 0; i < d->n_slots; i++)
		s[i] = (struct store_series){ d->slots[i].metric, d->slots[i].instance,
					      d->slots[i].label };
	(void)snprintf(id, sizeof id, "%s%s", entity == a->entity ? "agent/" : "",
		       in->l.topology->entities[entity].id);
	sh = store_shape_new(id, s, d->n_slots);
	free(s);
	return sh;
}

static int lane_init(struct lane *l, const struct wire_layout *w)
{
	l->base = calloc(w->n_slots + 1, sizeof *l->base);
	l->now = calloc(w->n_slots + 1, sizeof *l->now);
	l->read_ms = calloc(w->n_devices + 1, sizeof *l->read_ms);
	l->silent = calloc(w->n_devices + 1, sizeof *l->silent);
	if (l->base == NULL || l->now == NULL || l->read_ms == NULL || l->silent == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_devices; i++)
		l->read_ms[i] = INT64_MIN;
	return 0;
}

static void lane_fini(struct lane *l)
{
	free(l->base);
	free(l->now);
	free(l->read_ms);
	free(l->silent);
}

static int layout_devices(struct layout *l, struct intake *in, struct agent *a)
{
	for (uint32_t i = 0; i < l->wire->n_devices; i++) {
		const struct wire_device *d = &l->wire->devices[i];

		l->entity[i] = device_entity(in, a, d);
		if (l->entity[i] == NO_ENTITY) {
			in->stats.foreign_devices++;
			log_limited(&a->limit, LOG_P_WARNING,
				    "agent reports a device that is not its own -> not kept "
				    "agent=%s device=%s",
				    a->id, d->id);
			continue;
		}
		l->shapes[i] = device_shape(in, a, d, l->entity[i]);
		if (l->shapes[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

int layout_new(struct layout **ret, struct intake *in, struct agent *a, struct wire_layout *wire)
{
	struct layout *l = calloc(1, sizeof *l);
	int r = -ENOMEM;

	if (l == NULL)
		return r;
	l->wire = wire;
	l->entity = calloc(wire->n_devices + 1, sizeof *l->entity);
	l->shapes = calloc(wire->n_devices + 1, sizeof(struct store_shape *));
	l->scratch = calloc(wire->n_slots + 1, sizeof *l->scratch);
	l->fresh = calloc(wire->n_slots + 1, sizeof *l->fresh);
	l->fresh_silent = calloc(wire->n_devices + 1, sizeof *l->fresh_silent);
	if (l->entity == NULL || l->shapes == NULL || l->scratch == NULL || l->fresh == NULL ||
	    l->fresh_silent == NULL)
		goto fail;
	for (int i = 0; i < LANES; i++) {
		r = lane_init(&l->lanes[i], wire);
		if (r < 0)
			goto fail;
	}
	r = layout_devices(l, in, a);
	if (r < 0)
		goto fail;
	*ret = l;
	return 0;
fail:
	l->wire = NULL; /* stays the caller's */
	layout_free(l);
	return r;
}

void layout_free(struct layout *l)
{
	if (l == NULL)
		return;
	for (int i = 0; i < LANES; i++)
		lane_fini(&l->lanes[i]);
	for (uint32_t i = 0; l->wire != NULL && l->shapes != NULL && i < l->wire->n_devices; i++)
		store_shape_unref(l->shapes[i]);
	wire_layout_free(l->wire);
	free(l->entity);
	free(l->shapes);
	free(l->scratch);
	free(l->fresh);
	free(l->fresh_silent);
	free(l);
}

struct layout *boot_layout(const struct boot *b, uint32_t number)
{
	for (int i = 0; i < MAX_LAYOUTS; i++) {
		if (b->layouts[i] != NULL && b->layouts[i]->wire->number == number)
			return b->layouts[i];
	}
	return NULL;
}

void boot_put_layout(struct boot *b, struct layout *l)
{
	int at = 0;

	for (int i = 0; i < MAX_LAYOUTS; i++) {
		if (b->layouts[i] == NULL || b->layouts[i]->wire->number == l->wire->number) {
			at = i;
			break;
		}
		if (b->layouts[i]->wire->number < b->layouts[at]->wire->number)
			at = i;
	}
	layout_free(b->layouts[at]);
	b->layouts[at] = l;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_device(const struct wire_device *a, const struct wire_device *b)
{
	if (a->n_slots != b->n_slots || a->interval_ms != b->interval_ms ||
	    strcmp(a->id, b->id) != 0 || strcmp(a->device_class, b->device_class) != 0 ||
	    !same_text(a->profile, b->profile) || a->n_identity != b->n_identity)
		return false;
	for (uint32_t i = 0; i < a->n_slots; i++) {
		if (a->slots[i].metric != b->slots[i].metric ||
		    a->slots[i].instance != b->slots[i].instance ||
		    !same_text(a->slots[i].label, b->slots[i].label))
			return false;
	}
	for (uint32_t i = 0; i < a->n_identity; i++) {
		if (a->identity[i].metric != b->identity[i].metric ||
		    !same_text(a->identity[i].text, b->identity[i].text))
			return false;
	}
	return true;
}

bool layout_same(const struct wire_layout *a, const struct wire_layout *b)
{
	if (a->n_devices != b->n_devices || a->n_slots != b->n_slots)
		return false;
	for (uint32_t i = 0; i < a->n_devices; i++) {
		if (!same_device(&a->devices[i], &b->devices[i]))
			return false;
	}
	return true;
}

void layout_move_base(struct layout *l)
{
	struct lane *live = &l->lanes[LANE_LIVE], *history = &l->lanes[LANE_HISTORY];

	if (live->base_seq <= history->base_seq)
		return;
	memcpy(history->base, live->base, l->wire->n_slots * sizeof *live->base);
	history->base_seq = live->base_seq;
}

void layout_describe(struct intake *in, const struct layout *l)
{
	for (uint32_t i = 0; i < l->wire->n_devices; i++) {
		const struct wire_device *d = &l->wire->devices[i];

		if (l->entity[i] == NO_ENTITY)
			continue;
		(void)live_describe(in->l.live, l->entity[i], d->profile, d->interval_ms);
		for (uint32_t k = 0; k < d->n_identity; k++)
			(void)live_identify(in->l.live, l->entity[i], d->identity[k].metric,
					    d->identity[k].text);
	}
}

void layout_keys(char *buf, size_t size, const struct agent *a, uint32_t boot, uint32_t number)
{
	(void)snprintf(buf, size, "layout/%s/%08x/%u", a->id, boot, number);
}

void base_key(char *buf, size_t size, const struct agent *a, int lane)
{
	(void)snprintf(buf, size, "base/%s/%s", a->id, lane == LANE_LIVE ? "live" : "history");
}
