/* availability.h - how long an entity was up, down, in planned work or unknown. Pure.
 *
 * A timeline covers one span without gaps; each stretch names the record it comes from. States are
 * applied in the order in which they were written; a stretch healed by the backlog only replaces
 * what is unknown after all of them. Sums are exact: the four add up to the span. */
#ifndef LW_AVAILABILITY_H
#define LW_AVAILABILITY_H

#include <stddef.h>
#include <stdint.h>

#include "collector/core/engine.h"
#include "collector/core/zone.h"

struct stretch {
	int64_t from_ms, until_ms;
	enum entity_state state;
	uint64_t record; /* 0: nothing was ever said */
};

struct timeline {
	struct stretch *rows; /* in order, touching, neighbours differ in state or record */
	size_t n, cap;
	int64_t from_ms, until_ms;
};

int timeline_init(struct timeline *t, int64_t from_ms, int64_t until_ms); /* all unknown */
void timeline_fini(struct timeline *t);
/* In `state` from since_ms on, whatever was said before. 0 or -ENOMEM. */
int timeline_set(struct timeline *t, enum entity_state state, int64_t since_ms, uint64_t record);
int timeline_heal(struct timeline *t, enum entity_state state, int64_t from_ms, int64_t until_ms,
		  uint64_t record);
/* Fill what is unknown with what `other`, of the same span, knows. */
int timeline_fill(struct timeline *t, const struct timeline *other);
/* Up while at least `needed` of the members (same span) are; unknown, then planned, as long as
 * that could be; else down. No members: unknown. */
int timeline_combine(struct timeline *ret, const struct timeline *const *members, size_t n,
		     size_t needed, int64_t from_ms, int64_t until_ms);
/* The part [from, until) of it. */
int timeline_cut(struct timeline *ret, const struct timeline *t, int64_t from_ms, int64_t until_ms);

struct availability {
	int64_t up_ms, down_ms, planned_ms, unknown_ms;
	uint32_t outages;		     /* stretches of down, also across records; unplanned */
	int64_t longest_ms, longest_from_ms; /* of an outage; 0: none */
};
void availability_of(const struct timeline *t, struct availability *ret);
void availability_add(struct availability *sum, const struct availability *a);
/* Add the four parts of each stretch to the bars that it lies in: bar i reaches from starts[i] to
 * starts[i + 1], for i below n; starts in order. Outages are not counted. */
void availability_bars(const struct timeline *t, const int64_t *starts, size_t n,
		       struct availability *bars);

/* Share of the time that was up, less planned time, in 0..1: at least (all unknown was down) and at
 * most (all of it was up). Both 1 when there was no time. */
struct bounds {
	double least, most;
};
struct bounds availability_bounds(const struct availability *a);
/* Mean time between failures and to repair in ms; -1: no failure. */
int64_t availability_mtbf_ms(const struct availability *a);
int64_t availability_mttr_ms(const struct availability *a);

/* Callers who met a closed door: the rate of the local hour over each stretch in `state`. */
double callers_during(const struct timeline *t, enum entity_state state,
		      const double calls_per_hour[24], const struct zone *z);

#endif
