/* drills.h - rehearsals under way: the command out, the event back, the messages, the answers. */
#ifndef LW_DRILLS_H
#define LW_DRILLS_H

#include "collector/core/drill.h"
#include "collector/notify/notify.h"

enum { DRILLS_KEPT = 16 }; /* the newest, in memory; their outcome is in the log for ever */

struct collector;

struct drills {
	struct drill rows[DRILLS_KEPT]; /* oldest first */
	uint32_t n, last_number;
	uint32_t decided; /* number of the drill whose messages wait for their commit; 0: none */
	int64_t *proven_wall_ms; /* per person: when they last answered; 0: never */
};

int drills_open(struct collector *c);
void drills_close(struct collector *c);

/* http_sources: a drill of this agent. 0, -EBUSY (one is running), -ENOTCONN, -ENOENT (no people). */
int drills_start(void *arg, uint32_t agent, uint32_t *ret_number);
/* A person answered; number 0: the one that runs. 0, -ENOENT. */
int drills_ack(void *arg, uint32_t number, const char *by);
size_t drills_list(void *arg, const struct drill **ret);

void drills_event(struct collector *c, uint32_t agent, int64_t number); /* the agent's event came */
void drills_committed(struct collector *c);
void drills_report(struct collector *c, const struct notify_report *r);
void drills_answered(struct collector *c, const char *person); /* an acknowledgement of any kind */
void drills_tick(struct collector *c);

#endif
