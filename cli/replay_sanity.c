/* An agent keeps one slot per reading of a device; here each metric gets its slot when it is first
 * reported, and the slots of one report are laid side by side for the check. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/replay.h"
#include "common/core/sanity.h"

struct slot {
	uint16_t metric, instance;
	struct sanity_slot state;
};

struct device_slots {
	struct slot *slots;
	uint32_t n;
};

struct replay_sanity {
	struct device_slots *devices;
	uint32_t n;
};

int replay_sanity_new(struct replay_sanity **ret, uint32_t n_entities)
{
	struct replay_sanity *s = calloc(1, sizeof *s);

	if (s == NULL)
		return -ENOMEM;
	s->devices = calloc(n_entities + (size_t)1, sizeof *s->devices);
	if (s->devices == NULL) {
		free(s);
		return -ENOMEM;
	}
	s->n = n_entities;
	*ret = s;
	return 0;
}

void replay_sanity_free(struct replay_sanity *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->n; i++)
		free(s->devices[i].slots);
	free(s->devices);
	free(s);
}

static struct slot *slot_of(struct device_slots *d, const struct reading *r)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (d->slots[i].metric == r->metric && d->slots[i].instance == r->instance)
			return &d->slots[i];
	struct slot *grown = realloc(d->slots, (d->n + 1) * sizeof *grown);
	if (grown == NULL)
		return NULL;
	d->slots = grown;
	grown[d->n] = (struct slot){ .metric = r->metric, .instance = r->instance };
	return &grown[d->n++];
}

/* What was said before and still holds stands beside what is said now: a battery may fall faster
 * while the UPS is on battery, whichever report told that. */
static size_t add_context(const struct device_slots *d, const struct reading *said, size_t n,
			  struct reading *all, struct sanity_slot *side)
{
	size_t total = n;

	for (uint32_t i = 0; i < d->n; i++) {
		const struct slot *slot = &d->slots[i];
		bool again = !slot->state.has_good;

		for (size_t k = 0; k < n && !again; k++)
			again = said[k].metric == slot->metric &&
				said[k].instance == slot->instance;
		if (again)
			continue;
		all[total] = (struct reading){ .metric = slot->metric,
					       .instance = slot->instance,
					       .value = slot->state.good };
		side[total++] = slot->state;
	}
	return total;
}

int replay_sanity_check(struct replay_sanity *s, uint32_t device, struct reading *readings,
			size_t n, int64_t now_ms)
{
	struct device_slots *d = &s->devices[device];
	struct reading *all = calloc(n + d->n + 1, sizeof *all);
	struct sanity_slot *side = calloc(n + d->n + 1, sizeof *side);
	int r = all == NULL || side == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct slot *slot = slot_of(d, &readings[i]);

		if (slot == NULL) {
			r = -ENOMEM;
			break;
		}
		all[i] = readings[i];
		side[i] = slot->state;
	}
	if (r == 0) {
		size_t total = add_context(d, readings, n, all, side);

		(void)sanity_check_told(side, all, total, now_ms);
		for (size_t i = 0; i < n; i++) {
			readings[i].reason = all[i].reason;
			slot_of(d, &readings[i])->state = side[i];
		}
	}
	free(all);
	free(side);
	return r;
}
