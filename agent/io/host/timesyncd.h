/* timesyncd.h - what systemd-timesyncd on this machine says about its server, over the system's D-Bus. */
#ifndef LW_IO_TIMESYNCD_H
#define LW_IO_TIMESYNCD_H

#include <stdbool.h>
#include <uv.h>

struct timesyncd;

/* `address`: of the bus, as unix:path=…; "": the system's, and only where timesyncd runs. */
int timesyncd_open(struct timesyncd **ret, uv_loop_t *loop, const char *address);

/* Asks anew where the last question is a minute old. True: an answer may be there in a moment.
 * libsystemd is in memory only from here to the answer. timesyncd is never started by it. */
bool timesyncd_ask(struct timesyncd *c);

bool timesyncd_asking(const struct timesyncd *c); /* an answer is still waited for */

/* False: it is not there, or did not say anything for two and a half minutes. */
bool timesyncd_state(const struct timesyncd *c, unsigned *ret_reach, unsigned *ret_server_stratum);

void timesyncd_close(
	struct timesyncd *c); /* NULL-safe. The memory goes when the loop next turns. */

#endif
