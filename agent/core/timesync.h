/* timesync.h - how well systemd-timesyncd hears its server, from when it last did. Pure.
 *
 * timesyncd keeps its last answer and how often it asks, not which polls went unanswered: those that
 * were due since the answer are counted as such, and its first ones as never sent. */
#ifndef LW_TIMESYNC_H
#define LW_TIMESYNC_H

#include <stdint.h>

/* What it says over D-Bus (org.freedesktop.timesync1.Manager). */
struct timesync_said {
	uint64_t heard_us; /* wall clock of the last answer; 0: none yet */
	uint64_t n_answers;
	uint64_t poll_us; /* from one question to the next */
	uint32_t stratum; /* the server's */
};

struct timesync {
	struct timesync_said said;
	uint64_t seen_ms;  /* monotonic: when this answer was first seen */
	uint64_t age_ms;   /* how old it was then */
	uint64_t asked_ms; /* monotonic: the question before; 0: none */
};

/* Keeps what was said. An answer that is new since the question before is not older than that, however
 * the wall clock was set meanwhile. */
void timesync_take(struct timesync *t, const struct timesync_said *said, uint64_t wall_us,
		   uint64_t now_ms);

/* Of its last eight polls, how many were answered. */
unsigned timesync_reach(const struct timesync *t, uint64_t now_ms);

#endif
