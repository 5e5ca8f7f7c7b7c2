/* relay.h - the sites' lines to Hanoi: a TCP port for each site, passed on to the broker as long as
 * the line is up. A cut line carries nothing and says nothing, as a pulled cable. */
#ifndef LW_SIM_RELAY_H
#define LW_SIM_RELAY_H

#include <stdint.h>
#include <uv.h>

#include "sim/core/world.h"

struct sim_relay;

/* Site i listens on 127.0.0.1:port+i and is passed on to 127.0.0.1:target. */
int sim_relay_open(struct sim_relay **ret, uv_loop_t *loop, const struct sim_world *w,
		   uint16_t port, uint16_t target);
void sim_relay_look(struct sim_relay *r);  /* lines may have been cut or restored: act on it */
void sim_relay_close(struct sim_relay *r); /* NULL-safe */

#endif
