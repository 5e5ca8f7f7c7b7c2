/* due.h - what is to be looked at when: a heap of (time, kind, index). Pure: owns memory only.
 *
 * Entries are never taken out early: who is looked at too soon finds nothing to do. `armed` of the
 * owner keeps the earliest entry that is in the heap, so that there are few such. */
#ifndef LW_DUE_H
#define LW_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct due {
	int64_t at_ms;
	uint32_t kind, index;
	uint64_t order; /* of equal times and kinds: the lower first */
};

struct due_heap {
	struct due *rows;
	uint32_t n, size;
};

/* *armed is INT64_MAX at first. Out of memory aborts. */
void due_arm(struct due_heap *h, int64_t *armed, uint32_t kind, uint32_t index, int64_t at_ms);
/* The same with an order that does not depend on where the row happens to lie. */
void due_arm_ordered(struct due_heap *h, int64_t *armed, const struct due *d);
int64_t due_next(const struct due_heap *h);			   /* INT64_MAX: nothing */
bool due_pop(struct due_heap *h, int64_t now_ms, struct due *ret); /* false: nothing due */

#endif
