/* drill.h - one rehearsal: a marked fault that is injected at the far end and timed through every
 * link to the technician's acknowledgement. Pure.
 *
 * Links, in order: the command leaves the collector, the agent's event comes back, the page is
 * decided and on disk, each channel's gateway takes it, a person acknowledges. */
#ifndef LW_DRILL_H
#define LW_DRILL_H

#include <stdbool.h>
#include <stdint.h>

enum drill_link {
	DRILL_COMMANDED,    /* to the agent, by MQTT */
	DRILL_ANSWERED,	    /* the agent's event arrived */
	DRILL_DECIDED,	    /* the page is in the outbox, committed */
	DRILL_HANDED,	    /* the first gateway took it */
	DRILL_ACKNOWLEDGED, /* a person answered */
	DRILL_LINKS
};
const char *drill_link_name(enum drill_link l);

enum drill_state { DRILL_RUNNING, DRILL_PASSED, DRILL_FAILED };

enum { DRILL_TIMEOUT_MS = 600000, DRILL_ANSWER_MS = 20000, DRILL_HANDOVER_MS = 60000 };

struct drill {
	uint32_t number;	     /* never 0 */
	uint32_t agent;		     /* entity */
	int64_t started_ms, wall_ms; /* monotonic; Unix */
	int64_t at_ms[DRILL_LINKS];  /* monotonic; -1: not yet */
	enum drill_state state;
	enum drill_link failed_at; /* DRILL_FAILED: the link that did not hold */
};

void drill_start(struct drill *d, uint32_t number, uint32_t agent, int64_t now_ms, int64_t wall_ms);
/* A link held. False: too late, out of order, or told before: nothing changed. */
bool drill_reach(struct drill *d, enum drill_link l, int64_t now_ms);
/* When to call drill_tick; INT64_MAX: it is over. */
int64_t drill_wake_ms(const struct drill *d);
void drill_tick(struct drill *d, int64_t now_ms);

/* What a link took by itself; -1: it was not reached. */
int64_t drill_took_ms(const struct drill *d, enum drill_link l);

#endif
