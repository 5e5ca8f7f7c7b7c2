/* intake.h - what agents send: checked, decoded, told to the engine, put into the batch that is
 * being filled, and acknowledged once it is on disk. No sockets and no threads of its own: messages
 * come in as bytes, answers leave through `publish`. Loop thread only.
 *
 * Happy path: intake_message -> engine, live table, batch; intake_seal before the commit;
 * intake_committed after it; intake_tick sends `stored`. What is refused is counted, kept in the
 * quarantine and acknowledged; what cannot be decoded yet is asked for again. */
#ifndef LW_INTAKE_H
#define LW_INTAKE_H

#include "collector/core/engine.h"
#include "collector/core/live.h"
#include "collector/io/store/store_read.h"

struct intake;

struct intake_links { /* all outlive the intake */
	const struct topology *topology;
	struct engine *engine;
	struct live *live;
	const struct ruleset *rules; /* what readings of the past mean */
	const char *collector;	     /* its id, on every control message */
	/* 0, or -EAGAIN and the like: it is tried again at the next tick */
	int (*publish)(void *arg, const char *topic, const void *buf, size_t len);
	/* The engine was given an input: carry its effects out, before the next one. */
	void (*engine_changed)(void *arg);
	/* Something happened between an agent's readings (enum wire_event), told live. May be NULL. */
	void (*event)(void *arg, uint32_t agent, uint32_t kind, int64_t value);
	void *arg;
};

struct intake_stats {
	uint64_t reports, historical, births, deaths, duplicates;
	uint64_t refused;     /* not for us: topic, agent or device not known, forged, too many */
	uint64_t quarantined; /* could not be decoded */
	uint64_t undecided;   /* layout or base not known yet: asked for again */
	uint64_t holes, acks, asked, rebirths, healed;
	uint64_t foreign_devices;
};

int intake_new(struct intake **ret, const struct intake_links *l);
void intake_free(struct intake *in); /* accepts NULL */
/* What was stored before a restart: ranges, layouts, bases. Blocks; for start-up. */
int intake_restore(struct intake *in, struct store_reader *r, struct instant now);

/* Never fails outwards: what is wrong with a message is the message's matter. */
void intake_message(struct intake *in, struct store_batch *b, const char *topic, const uint8_t *buf,
		    size_t len, struct instant now);
/* The batch is about to be committed: add what it makes of the ranges. 0 or -ENOMEM. */
int intake_seal(struct intake *in, struct store_batch *b);
/* It was committed (0), or what was in it must come again. One commit at a time. */
void intake_committed(struct intake *in, int status);
/* Our wall clock was set by so much: what is known of the agents' clocks moves with it. */
void intake_clock_moved(struct intake *in, int64_t by_ms);
/* Due every 200 ms: acknowledge, ask for what is missing, ask for births. */
void intake_tick(struct intake *in, struct store_batch *b, struct instant now);
/* Ask an agent to poll now. -ENOENT: not an agent or device of ours. */
int intake_poll_now(struct intake *in, uint32_t entity);

const struct intake_stats *intake_stats(const struct intake *in);

#endif
