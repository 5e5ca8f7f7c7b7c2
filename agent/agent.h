/* agent.h - the whole agent: what it watches, what it says, how it starts and ends. */
#ifndef LW_AGENT_H
#define LW_AGENT_H

#include <stdio.h>
#include <uv.h>

#include "agent/agent_conf.h"

struct agent;

/* `c` outlives the agent. SIGTERM and SIGINT close it; the loop then runs dry. */
int agent_open(struct agent **ret, uv_loop_t *loop, const struct agent_conf *c);
void agent_close(struct agent **a); /* NULL-safe; sets *a to NULL */

/* --once: ask everything once and print one JSON object. Runs `loop` until that is done. */
int agent_once(uv_loop_t *loop, const struct agent_conf *c, FILE *out);

#endif
