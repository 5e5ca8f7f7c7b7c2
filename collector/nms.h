/* nms.h - the standing alarms for another network management system, through the local snmpd
 * (LINEWATCH-MIB lwActiveAlarmTable, lwAlarmSummary): what it missed of the notifications it reads here. */
#ifndef LW_NMS_H
#define LW_NMS_H

#include <uv.h>

#include "collector/core/engine.h"
#include "collector/core/rules.h"

struct nms;

/* What is shown is read from the engine when a request comes, anew after each nms_changed. All of
 * it outlives the nms. `socket` NULL: Debian's. */
int nms_open(struct nms **ret, uv_loop_t *loop, const char *socket, const struct engine *e,
	     const struct topology *t, const struct ruleset *rules);
/* Before engine_effects_clear. NULL-safe. */
void nms_effects(struct nms *n, const struct effect *effects, size_t n_effects);
void nms_close(struct nms *n, void (*closed)(void *arg), void *arg); /* NULL-safe */

#endif
