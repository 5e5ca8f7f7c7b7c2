/* watch.h - asks every configured device at its time and keeps the image up to date. */
#ifndef LW_WATCH_H
#define LW_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "agent/agent_conf.h"
#include "agent/core/image.h"
#include "agent/io/sense.h"

struct watch;

struct watch_handlers { /* on the loop thread */
	/* A device answered, or did not: what that changed (enum image_change). */
	void (*round)(void *arg, uint32_t device, int change, const struct sense_result *r);
	void *arg;
};

struct watch_counters {
	uint64_t polls, failures;
	uint64_t refused; /* unasked messages that were not believed */
};

/* The devices of `c`, this machine's own among them, are added to `im` first; both outlive the
 * watch. A device that cannot even be opened is logged and stays silent. */
int watch_open(struct watch **ret, uv_loop_t *loop, const struct agent_conf *c, struct image *im,
	       const struct watch_handlers *h);

uint64_t watch_now_ms(const struct watch *w); /* monotonic, since it was opened */
uint32_t watch_devices(const struct watch *w);
bool watch_asking(const struct watch *w);  /* an answer is still to come */
bool watch_settled(const struct watch *w); /* every device has answered or failed once */
int watch_find(const struct watch *w, const char *id); /* its number; -ENOENT */
bool watch_poll_now(struct watch *w, const char *id);  /* false: no such device */
void watch_count_refused(struct watch *w);
const struct watch_counters *watch_counters(const struct watch *w);
const struct sense *watch_headsets(const struct watch *w); /* NULL: not watched here */

/* No handler runs any more but `closed`. NULL-safe. */
void watch_close(struct watch *w, void (*closed)(void *arg), void *arg);

#endif
