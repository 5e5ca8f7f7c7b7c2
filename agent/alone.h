/* alone.h - when the collector is dead, this gateway pages by itself: once, by its own channels.
 * When and after which other gateway is decided by core/watcher.h. */
#ifndef LW_ALONE_H
#define LW_ALONE_H

#include <uv.h>

#include "agent/agent_conf.h"

struct alone;

/* `c` outlives it. reterr: which notifier is set up wrongly, and how. */
int alone_open(struct alone **ret, uv_loop_t *loop, const struct agent_conf *c, char *reterr,
	       size_t reterr_size);
void alone_heard(struct alone *a); /* a sign of life of the collector; accepts NULL */
/* Cuts what is being sent. NULL-safe; the memory goes when the loop next turns. */
void alone_close(struct alone **ap);

#endif
