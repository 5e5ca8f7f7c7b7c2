/* intake_report.c - one decoded report: what each device read, for the engine, the live table and
 * the store.
 *
 * A heartbeat repeats what was read before it; a reading is new when its time has moved or a value
 * has changed. A device that falls silent gets one row without values, so that the history shows
 * where its knowledge ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/intake/intake_priv.h"

static const char *const event_names[] = {
	[WIRE_EVENT_TRAP] = "trap",
	[WIRE_EVENT_PLUGGED] = "plugged",
	[WIRE_EVENT_UNPLUGGED] = "unplugged",
	[WIRE_EVENT_REBOOTED] = "rebooted",
	[WIRE_EVENT_CLOCK_STEP] = "clock_step",
};

static const struct lane *base_of(const struct report_at *x)
{
	/* a full report serves both lanes: what was sent live may be the base of history */
	for (int i = 0; i < LANES; i++) {
		const struct lane *l = &x->layout->lanes[(x->lane + i) % LANES];
		if (l->base_seq == x->report->full_seq)
			return l;
	}
	return NULL;
}

int report_resolve(struct report_at *x)
{
	const struct wire_report *r = x->report;
	struct store_value *fresh = x->layout->fresh;
	uint32_t n = x->layout->wire->n_slots;

	if (r->full_seq != 0) {
		const struct lane *base = base_of(x);
		if (base == NULL)
			return 1;
		for (uint32_t i = 0; i < n; i++)
			fresh[i] =
				(struct store_value){ base->base[i].reason, base->base[i].scaled };
	}
	for (size_t i = 0; i < r->n_values; i++)
		fresh[r->values[i].slot] =
			(struct store_value){ r->values[i].reason, r->values[i].scaled };
	memset(x->layout->fresh_silent, 0, x->layout->wire->n_devices * sizeof(bool));
	for (size_t i = 0; i < r->n_silent; i++)
		x->layout->fresh_silent[r->silent[i]] = true;
	return 0;
}

void base_take(struct report_at *x)
{
	struct lane *l = &x->layout->lanes[x->lane];

	if (x->report->full_seq != 0)
		return;
	for (uint32_t i = 0; i < x->layout->wire->n_slots; i++)
		l->base[i] = (struct wire_value){ i, x->layout->fresh[i].reason,
						  x->layout->fresh[i].scaled };
	l->base_seq = x->report->seq;
}

static bool same_values(const struct store_value *a, const struct store_value *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (a[i].reason != b[i].reason || (a[i].reason == 0 && a[i].scaled != b[i].scaled))
			return false;
	}
	return true;
}

/* Has anything of it ever been read? */
static bool measured(const struct store_value *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].reason != REASON_NOT_MEASURED)
			return true;
	}
	return n == 0;
}

static size_t as_readings(const struct wire_device *d, const struct store_value *v,
			  struct reading *ret)
{
	size_t n = 0;

	for (uint32_t i = 0; i < d->n_slots; i++) {
		const struct metric *m = metric_by_id(d->slots[i].metric);

		if (m == NULL || m->kind == METRIC_TEXT)
			continue; /* a newer agent's: stored, not judged */
		ret[n++] =
			(struct reading){ .metric = d->slots[i].metric,
					  .instance = d->slots[i].instance,
					  .reason = v[i].reason,
					  .label = d->slots[i].label,
					  .value = v[i].reason == 0 ? metric_unscale(m, v[i].scaled)
								    : 0 };
	}
	return n;
}

static void store_reading(struct report_at *x, const struct device_at *d)
{
	unsigned flags = (x->lane == LANE_HISTORY ? STORE_READING_HISTORICAL : 0) |
			 ((x->report->flags & WIRE_FLAG_THINNED) ? STORE_READING_THINNED : 0);
	struct store_shape *sh = x->layout->shapes[d->number];
	struct store_value *none;

	if (!d->silent) {
		(void)store_add_reading(x->batch, sh, d->read_ms, flags, d->values);
		return;
	}
	none = malloc((d->wire->n_slots + 1) * sizeof *none);
	if (none == NULL)
		return;
	for (uint32_t i = 0; i < d->wire->n_slots; i++)
		none[i] = (struct store_value){ REASON_UNREACHABLE, 0 };
	(void)store_add_reading(x->batch, sh, x->wall_ms, flags | STORE_READING_SILENT, none);
	free(none);
}

static void tell(struct report_at *x, const struct device_at *d, const struct reading *readings,
		 size_t n, bool fresh)
{
	struct intake_links *l = &x->in->l;
	int64_t age = x->wall_ms - d->read_ms;

	if (d->silent || d->turned || !live_get(l->live, d->entity) || fresh)
		(void)live_reachable(l->live, d->entity, !d->silent, x->now.mono_ms);
	if (fresh && !d->silent)
		(void)live_set(l->live, d->entity, readings, n, x->now.mono_ms - age,
			       x->now.mono_ms);
	if (l->topology->entities[d->entity].kind != ENTITY_DEVICE)
		return; /* an agent's word about itself: seen, not judged */
	/* a report that was no news may have told the lane what the engine has not heard */
	if (d->turned ||
	    ((fresh || d->silent) && engine_is_reachable(l->engine, d->entity) == d->silent)) {
		if (d->silent)
			engine_unanswered(l->engine, d->entity, x->now.mono_ms - age, x->now);
		else
			engine_reachable(l->engine, d->entity, true, x->now);
		l->engine_changed(l->arg);
	}
	if (fresh && !d->silent) {
		engine_report(l->engine, d->entity, readings, n, x->now);
		l->engine_changed(l->arg);
	}
}

static void use_device(struct report_at *x, const struct device_at *d, struct lane *lane)
{
	int64_t *last = &lane->read_ms[d->number];
	struct store_value *now = lane->now + d->wire->first_slot;
	bool moved = *last == INT64_MIN || d->read_ms > *last + SAME_READING_MS ||
		     d->read_ms < *last - SAME_READING_MS;
	bool fresh = d->silent
			     ? d->turned || *last == INT64_MIN
			     : moved || d->turned || !same_values(d->values, now, d->wire->n_slots);
	size_t n = as_readings(d->wire, d->values, x->layout->scratch);

	if (fresh)
		store_reading(x, d);
	if (x->news)
		tell(x, d, x->layout->scratch, n, fresh);
	heal_device(x, d, n);
	if (fresh) {
		*last = d->read_ms;
		memcpy(now, d->values, d->wire->n_slots * sizeof *now);
	}
}

static void use_events(struct report_at *x)
{
	for (size_t i = 0; i < x->report->n_events; i++) {
		const struct wire_event_row *e = &x->report->events[i];
		const char *name = e->kind < sizeof event_names / sizeof *event_names &&
						   event_names[e->kind] != NULL
					   ? event_names[e->kind]
					   : "event";
		uint32_t entity = e->device < x->layout->wire->n_devices
					  ? x->layout->entity[e->device]
					  : NO_ENTITY;
		char json[96];

		if (x->news && x->in->l.event != NULL)
			x->in->l.event(x->in->l.arg, x->agent->entity, e->kind, e->value);
		if (entity == NO_ENTITY)
			continue;
		(void)snprintf(json, sizeof json, "{\"event\":\"%s\",\"kind\":%u,\"value\":%lld}",
			       name, e->kind, (long long)e->value);
		(void)store_add_event(x->batch, x->wall_ms - e->age_ms, "device",
				      (int)x->in->l.topology->entities[entity].kind,
				      x->in->l.topology->entities[entity].id, json);
	}
}

void report_use(struct report_at *x)
{
	const struct wire_layout *w = x->layout->wire;
	struct lane *lane = &x->layout->lanes[x->lane];

	for (uint32_t i = 0; i < w->n_devices; i++) {
		struct device_at d = { .number = i,
				       .entity = x->layout->entity[i],
				       .wire = &w->devices[i],
				       .values = x->layout->fresh + w->devices[i].first_slot,
				       .read_ms = x->wall_ms,
				       .silent = x->layout->fresh_silent[i] };

		if (d.entity == NO_ENTITY || (!d.silent && !measured(d.values, d.wire->n_slots)))
			continue;
		if (x->report->n_ages > 0)
			d.read_ms -= x->report->age_ms[i];
		d.turned = !lane->known || lane->read_ms[i] == INT64_MIN ||
			   lane->silent[i] != d.silent;
		use_device(x, &d, lane);
		lane->silent[i] = d.silent;
	}
	lane->known = true;
	use_events(x);
}
