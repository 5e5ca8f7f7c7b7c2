/* publisher.h - the agent's side of the broker: its topics, its will, the collector's words. */
#ifndef LW_PUBLISHER_H
#define LW_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/io/mqtt.h"
#include "common/wire/wire_control.h"

struct publisher;

enum publisher_lane { LANE_LIVE, LANE_HISTORY };

struct publisher_options {
	const struct mqtt_options *mqtt; /* client id and subscriptions are filled in here */
	const char *site, *agent, *collector;
	uint32_t boot_id;
};

struct publisher_handlers {			 /* on the loop thread */
	void (*up)(void *arg, uint32_t session); /* a birth is due */
	void (*down)(void *arg);
	void (*collector_back)(void *arg);			  /* our collector is there again */
	void (*control)(void *arg, const struct wire_control *c); /* of our collector alone */
	void (*room)(void *arg); /* an acknowledgement made room in the window */
	void *arg;
};

struct publisher_counters {
	uint64_t controls, strangers, garbled; /* heeded; of other collectors; not decodable */
};

int publisher_open(struct publisher **ret, uv_loop_t *loop, const struct publisher_options *o,
		   const struct publisher_handlers *h);

/* 0, or as mqtt_publish. Some room of the window is kept for the live lane. */
int publisher_send(struct publisher *p, enum publisher_lane lane, const void *bytes, size_t len);
unsigned publisher_room(const struct publisher *p, enum publisher_lane lane);

bool publisher_is_up(const struct publisher *p);
/* Not known to be away: it said so, or has said nothing yet. */
bool publisher_collector_listens(const struct publisher *p);
const struct mqtt_counters *publisher_mqtt(const struct publisher *p);
const struct publisher_counters *publisher_counters(const struct publisher *p);

/* Says goodbye as intended, then closes. NULL-safe. */
void publisher_close(struct publisher *p, void (*closed)(void *arg), void *arg);

#endif
