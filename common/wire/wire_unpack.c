#include "common/wire/wire_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/reading.h"
#include "common/wire/arena.h"

void wire_report_fini(struct wire_report *r)
{
	free(r->values);
	free(r->age_ms);
	free(r->silent);
	free(r->events);
	free(r->backlog);
	free(r->lost);
	wire_layout_free(r->birth);
	*r = (struct wire_report){ 0 };
}

static int64_t nominal_of(uint16_t metric)
{
	const struct metric *m = metric_by_id(metric);

	return m != NULL ? m->nominal : 0;
}

/* Walks the layout's slots in ascending order without a search per slot. */
struct slot_cursor {
	const struct wire_layout *layout;
	uint32_t device;
};

static const struct wire_slot *cursor_at(struct slot_cursor *c, uint32_t slot)
{
	const struct wire_device *d = &c->layout->devices[c->device];

	while (slot >= d->first_slot + d->n_slots)
		d = &c->layout->devices[++c->device];
	return &d->slots[slot - d->first_slot];
}

static int value_at(struct slot_cursor *c, uint32_t slot, int64_t wire, struct wire_value *ret)
{
	if (slot >= c->layout->n_slots)
		return WIRE_BAD_LAYOUT;
	ret->slot = slot;
	ret->reason = REASON_GOOD;
	if (__builtin_add_overflow(wire, nominal_of(cursor_at(c, slot)->metric), &ret->scaled))
		return WIRE_BAD_VALUE;
	return 0;
}

static int full_values(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	struct slot_cursor c = { l, 0 };
	int64_t slot = -1;

	if (p->n_values != l->n_slots || p->n_slots != 0)
		return WIRE_BAD_LAYOUT;
	for (uint32_t i = 0; i < l->n_slots; i++) {
		int bad = value_at(&c, i, p->values[i], &r->values[i]);
		if (bad != 0)
			return bad;
	}
	r->n_values = l->n_slots;
	for (size_t i = 0; i < p->n_unknown; i += 2) {
		slot += p->unknown[i];
		if (p->unknown[i] == 0 || slot >= (int64_t)l->n_slots)
			return WIRE_BAD_LAYOUT;
		r->values[slot].reason = (uint8_t)p->unknown[i + 1];
	}
	return 0;
}

/* Two ascending, gap-coded lists become one: slots with values and slots that became unknown. */
static int delta_values(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	struct slot_cursor c = { l, 0 };
	size_t i = 0, k = 0;
	int64_t good = -1, unknown = -1;

	if (p->n_slots != p->n_values)
		return WIRE_BAD_LAYOUT;
	for (size_t n = 0; n < p->n_slots + p->n_unknown / 2; n++) {
		struct wire_value *v = &r->values[n];
		int64_t next_good = i < p->n_slots ? good + p->slots[i] : INT64_MAX;
		int64_t next_unknown = k < p->n_unknown ? unknown + p->unknown[k] : INT64_MAX;
		int64_t slot = next_good < next_unknown ? next_good : next_unknown;
		int64_t before = n > 0 ? (int64_t)r->values[n - 1].slot : -1;
		int bad;

		if (slot <= before || slot >= (int64_t)l->n_slots || next_good == next_unknown)
			return WIRE_BAD_LAYOUT;
		bad = value_at(&c, (uint32_t)slot, slot == next_good ? p->values[i] : 0, v);
		if (bad != 0)
			return bad;
		if (slot == next_good) {
			good = next_good;
			i++;
		} else {
			unknown = next_unknown;
			v->reason = (uint8_t)p->unknown[k + 1];
			k += 2;
		}
		r->n_values++;
	}
	return 0;
}

static int unpack_values(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	size_t n = p->delta_of == 0 ? l->n_slots : p->n_slots + p->n_unknown / 2;

	if (p->n_unknown % 2 != 0 || n > l->n_slots)
		return WIRE_BAD_LAYOUT;
	for (size_t i = 1; i < p->n_unknown; i += 2)
		if (p->unknown[i] == REASON_GOOD || p->unknown[i] > UINT8_MAX)
			return WIRE_BAD_VALUE;
	r->values = calloc(n + 1, sizeof *r->values);
	if (r->values == NULL)
		return -ENOMEM;
	return p->delta_of == 0 ? full_values(p, l, r) : delta_values(p, l, r);
}

static int unpack_ages(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	if (p->n_age_ds == 0)
		return 0;
	if (p->n_age_ds != l->n_devices)
		return WIRE_BAD_LAYOUT;
	r->age_ms = calloc(p->n_age_ds, sizeof *r->age_ms);
	if (r->age_ms == NULL)
		return -ENOMEM;
	r->n_ages = p->n_age_ds;
	for (size_t i = 0; i < p->n_age_ds; i++) {
		if (p->age_ds[i] > UINT32_MAX / 100)
			return WIRE_BAD_VALUE;
		r->age_ms[i] = p->age_ds[i] * 100;
	}
	return 0;
}

static int unpack_silent(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	int64_t device = -1;

	if (p->n_silent > l->n_devices)
		return WIRE_BAD_LAYOUT;
	if (p->n_silent == 0)
		return 0;
	r->silent = calloc(p->n_silent + 1, sizeof *r->silent);
	if (r->silent == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_silent; i++) {
		device += p->silent[i];
		if (p->silent[i] == 0 || device >= (int64_t)l->n_devices)
			return WIRE_BAD_LAYOUT;
		r->silent[r->n_silent++] = (uint32_t)device;
	}
	return 0;
}

static int unpack_events(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	if (p->n_events > WIRE_MAX_EVENTS)
		return WIRE_BAD_VALUE;
	if (p->n_events == 0)
		return 0;
	r->events = calloc(p->n_events + 1, sizeof *r->events);
	if (r->events == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_events; i++) {
		if (p->events[i]->device >= l->n_devices)
			return WIRE_BAD_LAYOUT;
		r->events[r->n_events++] =
			(struct wire_event_row){ p->events[i]->device, p->events[i]->kind,
						 p->events[i]->age_ms, p->events[i]->value };
	}
	return 0;
}

static int unpack_lost(const pb_report *p, struct wire_report *r)
{
	if (p->n_lost > WIRE_MAX_RANGES)
		return WIRE_BAD_VALUE;
	if (p->n_lost == 0)
		return 0;
	r->lost = calloc(p->n_lost, sizeof *r->lost);
	if (r->lost == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_lost; i++) {
		const Linewatch__V1__Range *l = p->lost[i];

		if (l->boot_id == 0 || l->first_seq == 0 || l->first_seq > l->last_seq)
			return WIRE_BAD_VALUE;
		r->lost[r->n_lost++] = (struct wire_range){ l->boot_id, l->first_seq, l->last_seq };
	}
	return 0;
}

static int unpack_backlog(const pb_birth *b, struct wire_report *r)
{
	if (b->n_backlog > 1024)
		return WIRE_BAD_VALUE;
	r->first_seq = b->first_seq;
	r->backlog = calloc(b->n_backlog + 1, sizeof *r->backlog);
	if (r->backlog == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_backlog; i++) {
		if (b->backlog[i]->boot_id == 0 ||
		    b->backlog[i]->first_seq > b->backlog[i]->last_seq)
			return WIRE_BAD_VALUE;
		r->backlog[r->n_backlog++] =
			(struct wire_range){ b->backlog[i]->boot_id, b->backlog[i]->first_seq,
					     b->backlog[i]->last_seq };
	}
	return 0;
}

static int unpack_head(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	int64_t wall = (int64_t)l->wall_ms + ((int64_t)p->mono_ms - (int64_t)l->mono_ms);

	if (__builtin_add_overflow(wall, p->wall_step_ms, &wall) || wall < 0 ||
	    wall > (int64_t)WIRE_MAX_WALL_MS || p->delta_of >= p->seq)
		return WIRE_BAD_VALUE;
	r->boot_id = p->boot_id;
	r->seq = p->seq;
	r->mono_ms = p->mono_ms;
	r->wall_ms = (uint64_t)wall;
	r->layout = l->number;
	r->full_seq = p->delta_of != 0 ? p->seq - p->delta_of : 0;
	r->flags = p->flags;
	return 0;
}

static int report_from(const pb_report *p, const struct wire_layout *l, struct wire_report *r)
{
	int bad = unpack_head(p, l, r);

	if (bad == 0)
		bad = unpack_values(p, l, r);
	if (bad == 0)
		bad = unpack_ages(p, l, r);
	if (bad == 0)
		bad = unpack_silent(p, l, r);
	if (bad == 0)
		bad = unpack_events(p, l, r);
	if (bad == 0)
		bad = unpack_lost(p, r);
	return bad;
}

static int check_frame(const pb_report *p)
{
	if (p->boot_id == 0 || p->seq == 0 || p->seq > INT64_MAX || p->mono_ms > WIRE_MAX_MONO_MS)
		return WIRE_BAD_VALUE;
	if (p->birth != NULL && p->delta_of != 0)
		return WIRE_BAD_LAYOUT; /* a birth is full */
	return 0;
}

static int unpack_birth(const pb_report *p, struct wire_report *r)
{
	int bad = wire_layout_from_birth(p->birth, p->boot_id, p->mono_ms, &r->birth);

	return bad == 0 ? unpack_backlog(p->birth, r) : bad;
}

static int from_message(const pb_report *p, const struct wire_layout *layout,
			struct wire_report *ret)
{
	struct wire_report r = { 0 };
	int bad = check_frame(p);

	if (bad == 0 && p->birth != NULL)
		bad = unpack_birth(p, &r);
	if (bad == 0 && p->birth != NULL)
		layout = r.birth;
	if (bad == 0 && (layout == NULL || layout->boot_id != p->boot_id ||
			 (p->birth == NULL && layout->number != p->layout)))
		bad = WIRE_NO_LAYOUT;
	if (bad == 0)
		bad = report_from(p, layout, &r);
	if (bad != 0) {
		wire_report_fini(&r);
		return bad;
	}
	*ret = r;
	return 0;
}

int wire_report_unpack(const uint8_t *buf, size_t len, const struct wire_layout *layout,
		       struct wire_report *ret)
{
	struct wire_head head;
	struct wire_arena a;
	int r = wire_report_peek(buf, len,
				 &head); /* stricter than protobuf-c about broken fields */

	if (r != 0)
		return r;
	wire_arena_init(&a, WIRE_ARENA_BYTES);
	const pb_report *p = linewatch__v1__report__unpack(&a.allocator, len, buf);
	r = p != NULL ? from_message(p, layout, ret) : WIRE_BAD_ENCODING;
	wire_arena_fini(&a);
	return r;
}

const char *wire_refusal_name(int refusal)
{
	static const char *const names[] = { "ok",
					     "bad size",
					     "not a linewatch message",
					     "value out of limits",
					     "does not fit its layout",
					     "layout not known" };

	if (refusal < 0)
		return strerror(-refusal);
	return refusal < (int)(sizeof names / sizeof *names) ? names[refusal] : "refused";
}
