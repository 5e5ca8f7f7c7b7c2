/* server.h - the simulated devices' UDP sockets: one port on which the community names the device,
 * and if wanted a port of its own for each device, where the community is "public". */
#ifndef LW_SIM_SERVER_H
#define LW_SIM_SERVER_H

#include <stdint.h>
#include <uv.h>

#include "sim/core/answer.h"

struct sim_server;
typedef void sim_answered_fn(void *arg, const struct sim_device *d);

struct sim_server_options {
	uint16_t port;
	bool own_ports;		   /* device i also on port + 1 + i */
	sim_answered_fn *answered; /* each time a device answers; may be NULL */
	void *arg;
};

/* `w` outlives the server. reterr: what is wrong, in words. */
int sim_server_open(struct sim_server **ret, uv_loop_t *loop, const struct sim_world *w,
		    const struct sim_server_options *o, char *reterr, size_t reterr_size);
/* NULL-safe. The memory goes when the loop next turns; waiting answers are not sent. */
void sim_server_close(struct sim_server *s);

#endif
