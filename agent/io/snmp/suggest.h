/* suggest.h - a first draft of a profile for a device that none fits, from a bounded walk. */
#ifndef LW_SNMP_SUGGEST_H
#define LW_SNMP_SUGGEST_H

#include <stdio.h>
#include <uv.h>

/* Walks the device's own subtree and UPS-MIB (at most 2,000 objects; tables of calls and callers are
 * stepped over) and writes YAML to `out`: identity as found, each number with what it could be, as a
 * comment to be uncommented. Runs `loop`. Returns an exit status: 0 written, 1 no answer, 2 misuse. */
int suggest_run(uv_loop_t *loop, const char *url, FILE *out);

#endif
