/* subagent.h - a MIB's tables for the local snmpd, by AgentX (RFC 2741).
 *
 * A sub-agent on the loop: it asks nothing of the master but to be registered, and never waits. The
 * rows are read from their owner when a request comes: nothing is copied, nothing is stale. */
#ifndef LW_SUBAGENT_H
#define LW_SUBAGENT_H

#include <uv.h>

#include "common/core/agentx.h"

#define SUBAGENT_SOCKET "/var/agentx/master" /* Debian's snmpd */

struct subagent;

/* `path` is the master's socket; it is tried again every 15 s. `mib` is copied; what it points to and
 * `descr` outlive the sub-agent. */
int subagent_open(struct subagent **ret, uv_loop_t *loop, const char *path, const char *descr,
		  const struct agentx_mib *mib);
void subagent_close(struct subagent *a, void (*closed)(void *arg), void *arg); /* NULL-safe */

/* linewatchMIB: enterprises.8072.9999.9999.111 (deploy/mibs/LINEWATCH-MIB). */
#define LINEWATCH_MIB_ROOT                                                                         \
	{                                                                                          \
		1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 111                                            \
	}

#endif
