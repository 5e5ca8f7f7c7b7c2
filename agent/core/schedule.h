/* schedule.h - when each device is asked next. Pure; owns memory only.
 *
 * Polls fall on a common grid, so that many devices cost one wake-up; a large crowd is spread over
 * the interval in batches. A device that is being asked is not asked again until it answered. */
#ifndef LW_SCHEDULE_H
#define LW_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct schedule;

enum { SCHEDULE_BATCH = 64, SCHEDULE_TICK_MS = 100 };

int schedule_new(struct schedule **ret, uint32_t n, uint32_t fast_ms);
void schedule_free(struct schedule *s);					 /* accepts NULL */
void schedule_set(struct schedule *s, uint32_t i, uint32_t interval_ms); /* first due at 0 */

void schedule_now(struct schedule *s, uint32_t i); /* ask it as soon as it can be */
/* The next one that is due, now being asked; false: no more. To be called until false. */
bool schedule_due(struct schedule *s, uint64_t now_ms, uint32_t *ret);
/* Its answer came. Restless: look again soon instead of at its interval. */
void schedule_done(struct schedule *s, uint32_t i, uint64_t now_ms, bool restless);
uint32_t schedule_asking(const struct schedule *s);  /* how many are being asked */
uint64_t schedule_wake_ms(const struct schedule *s); /* UINT64_MAX: nothing to wait for */

#endif
