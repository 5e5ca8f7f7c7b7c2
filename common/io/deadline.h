/* deadline.h - the owner of one libuv timer: a core has one deadline, its next wake. */
#ifndef LW_DEADLINE_H
#define LW_DEADLINE_H

#include <stdint.h>
#include <uv.h>

struct deadline;
typedef void deadline_fn(void *arg);

/* `fn` runs on the loop thread, never from inside a deadline_ call. */
int deadline_open(struct deadline **ret, uv_loop_t *loop, deadline_fn *fn, void *arg);
int deadline_arm(struct deadline *d, uint64_t delay_ms); /* replaces an earlier arm */
void deadline_disarm(struct deadline *d);

/* NULL-safe, sets *dp to NULL. `fn` does not run again; the memory goes when the loop next turns. */
void deadline_close(struct deadline **dp);

#endif
