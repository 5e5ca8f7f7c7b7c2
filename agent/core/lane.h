/* lane.h - how fast the backlog may go: a token bucket in bytes and a window of reports that the
 * collector has not yet stored. Pure value. */
#ifndef LW_LANE_H
#define LW_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LANE_WINDOW = 256,	 /* reports on their way */
	LANE_OVERHEAD = 120,	 /* what topic, MQTT, TLS, TCP and IP add to a report */
	LANE_PATIENCE_MS = 20000 /* no progress for so long: send again */
};

struct lane {
	uint64_t bytes_per_s;
	int64_t tokens; /* bytes; may go below 0 by one report */
	uint64_t filled_ms;
	unsigned in_flight;
	uint64_t progress_ms; /* of the last sent or stored */
	unsigned stalls;      /* in a row */
};

void lane_init(struct lane *l, unsigned kbit_per_s, uint64_t now_ms);
bool lane_open(struct lane *l, uint64_t now_ms); /* may one more report go? */
void lane_sent(struct lane *l, size_t bytes, uint64_t now_ms);
void lane_stored(struct lane *l, unsigned reports, uint64_t now_ms);
/* The window is full and nothing was stored for too long: the caller sends again from the oldest,
 * the window starts empty. Waits longer each time. */
bool lane_stalled(struct lane *l, uint64_t now_ms);
uint64_t lane_wake_ms(const struct lane *l, uint64_t now_ms); /* when to ask again */

#endif
