/* probe.h - `linewatch-agent probe URL`: asks one thing once and prints what it is. */
#ifndef LW_PROBE_H
#define LW_PROBE_H

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "agent/io/sense.h"

/* Runs `loop` until the answer is there. `profile` may be NULL: chosen by evidence. Returns an exit
 * status: 0 read, 1 not reachable (the reason is printed), 2 a URL that nobody can ask. */
int probe_run(uv_loop_t *loop, const char *url, const char *profile, bool json, FILE *out);

/* One result as the JSON object of DESIGN's probe: also what --once nests per device. `url` may be
 * NULL. The caller owns the returned json_t. */
struct json_t;
struct json_t *probe_result_json(const char *url, const struct sense_result *r);

#endif
