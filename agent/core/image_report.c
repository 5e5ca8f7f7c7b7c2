#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/image.h"
#include "agent/core/image_internal.h"

static int grow(void **array, size_t n, size_t size)
{
	void *grown = realloc(*array, (n + 1) * size);
	if (grown == NULL)
		return -ENOMEM;
	*array = grown;
	return 0;
}

/* A new layout: number the slots and make the arrays as large as it needs. */
static int begin_layout(struct image *im)
{
	struct wire_layout *l = &im->layout;
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->n_devices; i++) {
		if (l->devices[i].n_slots > WIRE_MAX_SLOTS - n) {
			im->refused += l->devices[i].n_slots - (WIRE_MAX_SLOTS - n);
			l->devices[i].n_slots = WIRE_MAX_SLOTS - n;
		}
		l->devices[i].first_slot = n;
		n += l->devices[i].n_slots;
	}
	l->n_slots = n;
	l->number++;
	if (grow((void **)&im->full, n, sizeof *im->full) < 0 ||
	    grow((void **)&im->out_values, n, sizeof *im->out_values) < 0 ||
	    grow((void **)&im->out_ages, l->n_devices, sizeof *im->out_ages) < 0 ||
	    grow((void **)&im->out_silent, l->n_devices, sizeof *im->out_silent) < 0)
		return -ENOMEM;
	return 0;
}

static bool differs(const struct cell *a, const struct cell *b)
{
	return a->reason != b->reason || (a->reason == REASON_GOOD && a->scaled != b->scaled);
}

/* An uptime that only went on is told with the next full report. */
static bool worth_a_delta(uint16_t metric, const struct cell *now, const struct cell *full)
{
	if (metric == M_SYS_UPTIME && now->reason == REASON_GOOD && full->reason == REASON_GOOD)
		return now->scaled < full->scaled;
	return differs(now, full);
}

static size_t fill_values(struct image *im, bool full)
{
	size_t n = 0;

	for (uint32_t d = 0; d < im->layout.n_devices; d++) {
		const struct wire_device *dev = &im->layout.devices[d];

		for (uint32_t i = 0; i < dev->n_slots; i++) {
			const struct cell *c = &im->known[d].cells[i];
			uint32_t slot = dev->first_slot + i;

			if (!full && !worth_a_delta(dev->slots[i].metric, c, &im->full[slot]))
				continue;
			im->out_values[n++] = (struct wire_value){ slot, c->reason, c->scaled };
			if (full)
				im->full[slot] = *c;
		}
	}
	return n;
}

static void fill_devices(struct image *im, uint64_t now_ms, struct wire_report *ret)
{
	for (uint32_t d = 0; d < im->layout.n_devices; d++) {
		const struct known *k = &im->known[d];
		uint64_t age = k->updated_ms <= now_ms ? now_ms - k->updated_ms : 0;

		im->out_ages[d] = age > UINT32_MAX ? UINT32_MAX : (uint32_t)age;
		if (!k->reachable)
			im->out_silent[ret->n_silent++] = d;
	}
	ret->n_ages = im->layout.n_devices;
	ret->age_ms = im->out_ages;
	ret->silent = im->out_silent;
}

static int fill_events(struct image *im, uint64_t now_ms, struct wire_report *ret)
{
	if (im->n_events == 0)
		return 0;
	if (grow((void **)&im->out_events, im->n_events, sizeof *im->out_events) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < im->n_events; i++) {
		const struct event *e = &im->events[i];
		uint64_t age = e->at_ms <= now_ms ? now_ms - e->at_ms : 0;

		im->out_events[i] = (struct wire_event_row){
			e->device, e->kind, age > UINT32_MAX ? UINT32_MAX : (uint32_t)age, e->value
		};
	}
	ret->events = im->out_events;
	ret->n_events = im->n_events;
	im->n_events = 0;
	return 0;
}

static int fill(struct image *im, const struct image_head *h, bool full, struct wire_report *ret)
{
	*ret = (struct wire_report){ .boot_id = im->layout.boot_id,
				     .seq = h->seq,
				     .mono_ms = h->mono_ms,
				     .wall_ms = h->wall_ms,
				     .layout = im->layout.number,
				     .full_seq = full ? 0 : im->full_seq,
				     .flags = h->flags };
	ret->n_values = fill_values(im, full);
	ret->values = im->out_values;
	if (full) {
		im->full_seq = h->seq;
		im->since_full = 0;
	} else {
		im->since_full++;
	}
	fill_devices(im, h->mono_ms, ret);
	return fill_events(im, h->mono_ms, ret);
}

void image_be_terse(struct image *im)
{
	im->terse = true;
}

bool image_is_terse(const struct image *im)
{
	return im->terse;
}

static int without_identities(struct image *im)
{
	uint32_t n = im->layout.n_devices;

	if (grow((void **)&im->terse_devices, n, sizeof *im->terse_devices) < 0)
		return -ENOMEM;
	im->terse_layout = im->layout;
	im->terse_layout.devices = im->terse_devices;
	for (uint32_t i = 0; i < n; i++) {
		im->terse_devices[i] = im->layout.devices[i];
		im->terse_devices[i].n_identity = 0;
	}
	return 0;
}

int image_birth(struct image *im, const struct image_head *h, struct wire_report *ret)
{
	int r = begin_layout(im);
	if (r < 0)
		return r;
	im->layout.session = h->session;
	im->layout.wall_ms = h->wall_ms;
	im->layout.mono_ms = h->mono_ms;
	r = fill(im, h, true, ret);
	if (r < 0)
		return r;
	if (im->terse)
		r = without_identities(im);
	if (r < 0)
		return r;
	ret->birth = im->terse ? &im->terse_layout : &im->layout;
	im->birth_due = false;
	return 0;
}

int image_report(struct image *im, const struct image_head *h, bool full, struct wire_report *ret)
{
	assert(!im->birth_due); /* the slots that were declared are not the slots there are */
	return fill(im, h, full || im->since_full + 1 >= IMAGE_FULL_EVERY, ret);
}
