/* traps.h - what devices say without being asked: each notification polls its device at once. */
#ifndef LW_TRAPS_H
#define LW_TRAPS_H

#include <stdint.h>
#include <uv.h>

#include "agent/agent_conf.h"
#include "agent/core/image.h"
#include "agent/watch.h"

struct traps;

enum { TRAPS_ADDRESS_MAX = 64 };

/* "0.0.0.0:1162", "[::]:1162": its parts; else -EINVAL. */
int traps_listen_parse(const char *listen, char address[TRAPS_ADDRESS_MAX], unsigned *ret_port);

/* Listens where the configuration says and believes its SNMP devices. Sets *ret to NULL and returns
 * 0 when no trap port is configured. What is given outlives the traps. -EINVAL: `listen` is no
 * address and port; else the socket's error. */
int traps_open(struct traps **ret, uv_loop_t *loop, const struct agent_conf *c, struct image *im,
	       struct watch *w);
void traps_close(struct traps *t); /* NULL-safe; its handle goes as the loop turns */

#endif
