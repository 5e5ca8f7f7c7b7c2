/* sanity.h - is a value one that the device can mean? Pure: verdict and reason, no memory, no clock.
 *
 * Each value is judged by its range, against its own past (how fast can a battery lose charge?) and
 * against the device's other values (a UPS on mains with full battery has not 0 seconds left). What
 * does not hold becomes unknown with its reason; a jump that the next reading repeats is believed.
 * Bad news is never held back on soft evidence: a state is only doubted when it says "all is well"
 * and everything else says otherwise. */
#ifndef LW_SANITY_H
#define LW_SANITY_H

#include <stddef.h>

#include "common/core/reading.h"

/* What is remembered of one reading; zeroed at the start. The caller keeps one per reading, in the
 * order of the readings, for as long as the device has the same ones. */
struct sanity_slot {
	bool has_good, has_pending;
	double good; /* the last that was believed */
	int64_t good_ms;
	double pending; /* the last that was not, for being a jump */
};

/* Judges one device's readings together; sets `reason` of those that are nonsense. `now_ms` is any
 * clock that does not go back. Returns how many were turned down. */
size_t sanity_check(struct sanity_slot *slots, struct reading *readings, size_t n, int64_t now_ms);

/* The same for a timeline, in which a value is told once and then holds: nobody reads again, so only
 * what is impossible is turned down, not what would merely be asked for twice. */
size_t sanity_check_told(struct sanity_slot *slots, struct reading *readings, size_t n,
			 int64_t now_ms);

#endif
