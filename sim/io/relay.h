/* relay.h - the sites' lines to Hanoi: for each broker a TCP port for each site, passed on to it as
 * long as the site's line is up. A cut line carries nothing and says nothing, as a pulled cable. */
#ifndef LW_SIM_RELAY_H
#define LW_SIM_RELAY_H

#include <stdint.h>
#include <uv.h>

#include "sim/core/world.h"

struct sim_relay;

/* With n sites, site i reaches the broker at 127.0.0.1:targets[k] through 127.0.0.1:port+k*n+i. */
int sim_relay_open(struct sim_relay **ret, uv_loop_t *loop, const struct sim_world *w,
		   uint16_t port, const uint16_t *targets, uint32_t n_targets);
void sim_relay_look(struct sim_relay *r);  /* lines may have been cut or restored: act on it */
void sim_relay_close(struct sim_relay *r); /* NULL-safe */

#endif
