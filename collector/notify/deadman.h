/* deadman.h - the ping that an outside service waits for: when it stops coming, somebody outside
 * knows that the collector is dead. Sent only while `healthy` says so, on the loop. */
#ifndef LW_DEADMAN_H
#define LW_DEADMAN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct deadman;

struct deadman_options {
	const char *url;	    /* http(s); copied */
	uint32_t every_ms;	    /* 0: 60,000 */
	bool (*healthy)(void *arg); /* NULL: always */
	void *arg;
};

int deadman_open(struct deadman **ret, uv_loop_t *loop, const struct deadman_options *o);
void deadman_close(struct deadman **dp); /* NULL-safe; memory goes when the loop next turns */

struct deadman_state {
	uint64_t sent, failed;
	int64_t last_ok_wall_ms; /* 0: never */
};
void deadman_state(const struct deadman *d, struct deadman_state *ret);

#endif
