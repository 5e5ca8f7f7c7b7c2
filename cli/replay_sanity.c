/* An agent keeps one slot per reading of a device; here each metric gets its slot when it is first
 * reported, and the slots of one report are laid side by side for the check. */
#include <errno.h>
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

int replay_sanity_check(struct replay_sanity *s, uint32_t device, struct reading *readings,
			size_t n, int64_t now_ms)
{
	struct sanity_slot side[REPLAY_MAX_READINGS];
	struct device_slots *d = &s->devices[device];

	for (size_t i = 0; i < n; i++) {
		struct slot *slot = slot_of(d, &readings[i]);

		if (slot == NULL)
			return -ENOMEM;
		side[i] = slot->state;
	}
	(void)sanity_check(side, readings, n, now_ms);
	for (size_t i = 0; i < n; i++)
		slot_of(d, &readings[i])->state = side[i];
	return 0;
}
