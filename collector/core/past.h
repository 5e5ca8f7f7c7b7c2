/* past.h - what a reading of the past says of a device: was it up? Pure.
 *
 * The live engine judges with hold times and the whole graph; of the past only the readings are
 * left. The rules are the same: a device is down when it did not answer or when a condition of a
 * rule that means down held. */
#ifndef LW_PAST_H
#define LW_PAST_H

#include "collector/core/engine.h"
#include "collector/core/rules.h"

enum entity_state past_state(const struct ruleset *rules, const struct entity *device,
			     bool reachable, const struct reading *readings, size_t n);

#endif
