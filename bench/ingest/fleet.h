/* fleet.h - many connections that only publish, with almost no work of their own: packets are
 * written and acknowledgements read by the block, so that a bench measures the broker and what
 * stands behind it, and not its own load. MQTT 3.1.1, QoS 1, one thread; blocks. */
#ifndef LW_FLEET_H
#define LW_FLEET_H

#include <stddef.h>
#include <stdint.h>

struct fleet;

/* `window`: QoS 1 messages under way on each connection. NULL: no broker there. */
struct fleet *fleet_open(int port, unsigned n_links, unsigned window);

/* By the connection of `key`; waits while its window is full. Ends the program when the broker is
 * gone: there is nothing left to measure. */
void fleet_publish(struct fleet *f, unsigned key, const char *topic, const void *buf, size_t len);
void fleet_flush(struct fleet *f);  /* what is not written yet is written */
void fleet_settle(struct fleet *f); /* and acknowledged */

#endif
