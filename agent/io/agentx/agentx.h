/* agentx.h (io) - this agent's headsets and devices for the local snmpd (LINEWATCH-MIB).
 *
 * A sub-agent on the loop: it asks nothing of the master but to be registered, and never waits. */
#ifndef LW_IO_AGENTX_H
#define LW_IO_AGENTX_H

#include <stdint.h>
#include <uv.h>

struct agentx;

enum { AGENTX_HEADSETS = 3, AGENTX_DEVICES = 5 }; /* the tables' numbers below the MIB's root */

struct agentx_device { /* a row of lwDeviceTable; texts live until the agent's next call */
	const char *id, *device_class;
	int reachable;
	uint32_t age_s;
};

struct agentx_headset { /* a row of lwHeadsetTable */
	char vendor[65], product[65], serial[65];
	int present, capture;
};

/* Where the rows come from; asked for while a request is answered. */
struct agentx_source {
	uint32_t (*devices)(void *arg);
	struct agentx_device (*device)(void *arg, uint32_t i); /* from 0 */
	void *arg;
};

/* `path` is the master's socket, as /var/agentx/master. It is tried again every 15 s. */
int agentx_open(struct agentx **ret, uv_loop_t *loop, const char *path,
		const struct agentx_source *source);

/* The headsets that are plugged now. A row stays when its headset goes: present becomes false. */
void agentx_set_headsets(struct agentx *a, const struct agentx_headset *list, uint32_t n);

void agentx_close(struct agentx *a, void (*closed)(void *arg), void *arg); /* NULL-safe */

#endif
