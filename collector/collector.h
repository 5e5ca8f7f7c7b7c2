/* collector.h - the collector as one thing on the loop: configuration, store, engine, intake,
 * broker, HTTP and notifiers put together. */
#ifndef LW_COLLECTOR_H
#define LW_COLLECTOR_H

#include <uv.h>

#include "collector/conf/collector_conf.h"

struct collector;

/* Takes up where the store left off. Needs no broker yet. reterr: one line. Blocks: start-up. */
int collector_open(struct collector **ret, uv_loop_t *loop, struct collector_conf *conf,
		   char *reterr, size_t reterr_size);
/* Says goodbye, finishes what is queued; the loop runs dry afterwards. NULL-safe. */
void collector_close(struct collector *c);

#endif
