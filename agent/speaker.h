/* speaker.h - what the agent says and when: births, heartbeats, urgent reports; live and history. */
#ifndef LW_SPEAKER_H
#define LW_SPEAKER_H

#include <stdint.h>
#include <uv.h>

#include "agent/agent_conf.h"
#include "agent/core/image.h"
#include "agent/watch.h"

struct speaker;

struct speaker_handlers {
	/* The collector asks for a device to be polled at once. */
	void (*poll_now)(void *arg, const char *id);
	void (*collector_heard)(void *arg); /* a sign of its life */
	void *arg;
};

/* Everything given outlives the speaker; the agent itself is added to `im` as a device of class
 * agent. Reports are made from now on. */
int speaker_open(struct speaker **ret, uv_loop_t *loop, const struct agent_conf *c,
		 struct image *im, struct watch *w, uint32_t boot_id,
		 const struct speaker_handlers *h);

void speaker_changed(struct speaker *s, int change); /* enum image_change, after each round */

/* Says goodbye. NULL-safe. */
void speaker_close(struct speaker *s, void (*closed)(void *arg), void *arg);

#endif
