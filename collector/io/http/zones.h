/* zones.h - private to http/: the centres' time zones, read once at start-up. */
#ifndef LW_ZONES_H
#define LW_ZONES_H

#include "collector/core/topology.h"
#include "collector/core/zone.h"

struct zones;

/* A zone whose file is missing counts as Vietnam's. Blocks; start-up only. */
int zones_open(struct zones **ret, const struct topology *t);
void zones_close(struct zones **zp);
const struct zone *zones_of(const struct zones *z, uint32_t site); /* of no site: Vietnam's */

/* Where the next bar begins: the next multiple of step_ms since local midnight, midnight itself the
 * latest; a step of days: so many midnights on; 0: the next local month. */
int64_t zone_step(const struct zone *z, int64_t at_ms, int64_t step_ms);

#endif
