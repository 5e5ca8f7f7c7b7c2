/* uptime.h - the states of entities over time, added up: up, down, planned, unknown. Pure.
 *
 * Keeps every change, so that what was silent and came later (the backlog after an outage) heals the
 * stretches that were unknown, and what was noticed late counts from when it began. */
#ifndef LW_UPTIME_H
#define LW_UPTIME_H

#include <stdint.h>

#include "collector/core/engine.h"

struct uptime;

int uptime_new(struct uptime **ret, uint32_t n_entities, int64_t from_wall_ms); /* or -ENOMEM */
void uptime_free(struct uptime *u);						 /* accepts NULL */

/* From since_wall_ms on the entity is in `s`. 0 or -ENOMEM. */
int uptime_state(struct uptime *u, uint32_t entity, enum entity_state s, int64_t since_wall_ms);
/* At observed_wall_ms the entity was in `s`, told only now: fills what is unknown from there on, up
 * to what is known; and a gap before it that is no longer than one reading's age. */
int uptime_heal(struct uptime *u, uint32_t entity, enum entity_state s, int64_t observed_wall_ms);

struct uptime_total {
	int64_t ms[STATE_PLANNED + 1]; /* by enum entity_state; their sum is the span */
};
struct uptime_total uptime_total(const struct uptime *u, uint32_t entity, int64_t until_wall_ms);

#endif
