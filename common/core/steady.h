/* steady.h - the time of day of a daemon, not shaken by a clock that is set wrong for a while. Pure.
 *
 * It runs with the machine's steady clock (CLOCK_BOOTTIME) and follows the wall clock: at once while
 * that is slewed, only after STEADY_HOLD_MS when it jumps, because a jump that is taken back - a bad
 * time server, a hand that slipped - must not tear the history. */
#ifndef LW_STEADY_H
#define LW_STEADY_H

#include <stdbool.h>
#include <stdint.h>

enum { STEADY_JUMP_MS = 500, STEADY_HOLD_MS = 60000 };

struct steady {
	bool known, doubted;
	int64_t offset_ms;     /* Unix ms less the steady clock's */
	int64_t candidate_ms;  /* doubted: what the offset would become, */
	int64_t doubt_ends_ms; /* and when, by the steady clock */
};

struct steady_step {
	int64_t wall_ms;     /* what time it is */
	int64_t moved_ms;    /* by how much a jump that lasted was now followed; 0: it was not */
	bool began_to_doubt; /* the wall clock has just jumped, by ahead_ms */
	int64_t ahead_ms;    /* how much the machine's wall clock is ahead of us */
};

struct steady_step steady_step(struct steady *s, int64_t boot_ms, int64_t wall_ms);

#endif
