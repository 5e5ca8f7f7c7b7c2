/* intake_priv.h - what the files of the intake share. */
#ifndef LW_INTAKE_PRIV_H
#define LW_INTAKE_PRIV_H

#include "collector/io/intake/intake.h"
#include "collector/io/intake/intake_agent.h"

enum {
	REORDER_MS = 2000,
	ASK_AGAIN_MS = 10000,
	ASK_AGAIN_MOST_MS = 300000,
	ASKS_BEFORE_HOLE = 6,
	LATE_MS = 1500,	  /* under way for longer than lines take */
	STALE_MS = 10000, /* what was under way for two heartbeats is no news */
	AWAY_MS = 30000,  /* an agent that was not heard for so long */
	REBIRTH_AGAIN_MS = 5000,
	SAME_READING_MS = 250,
	HEALED_AFTER_MS = 8000, /* no later reading can continue a stretch of the past */
	ACKS_PER_TICK = 1000,
	ACK_EVERY_MS = 1000 /* to one agent, unless its backlog flows */
};

/* A stretch of the past during which a device was in one state. */
struct heal {
	bool open;
	enum entity_state state;
	int64_t from_ms, until_ms;
};

struct intake {
	struct intake_links l;
	struct heal *heals;    /* by entity */
	struct agent **agents; /* by entity, made on first use */
	uint32_t *dirty;       /* entities with something pending */
	size_t n_dirty;
	int64_t mono_ms;    /* of the newest message or tick */
	uint32_t tick_from; /* where the last tick stopped sending */
	struct intake_stats stats;
	int64_t quarantine_window_ms;
	unsigned quarantine_in_window;
	struct log_limit limit;
};

/* intake_report.c: one decoded report; `lane` is where it came. */
struct report_at {
	struct intake *in;
	struct agent *agent;
	struct boot *boot;
	struct layout *layout;
	const struct wire_report *report;
	int lane;
	bool news; /* live, the newest of its boot, and not long under way: the engine hears of it */
	bool late; /* of the past, if only a little: it heals what was unknown then */
	int64_t wall_ms;
	struct instant now;
	struct store_batch *batch;
};
struct device_at {
	uint32_t number, entity;
	const struct wire_device *wire;
	const struct store_value *values;
	int64_t read_ms;     /* wall */
	bool silent, turned; /* turned: silent or not, other than before */
};
/* Apply the report to its lane's base: fills layout->fresh. 1: the base is not known. */
int report_resolve(struct report_at *x);
void report_use(struct report_at *x);
void base_take(struct report_at *x); /* a full report becomes the lane's base */

/* intake_heal.c: a device's state as readings of the past show it. n: rows of layout->scratch. */
void heal_device(struct report_at *x, const struct device_at *d, size_t n);
void heal_agent(struct report_at *x);
/* Live again: the last word of the past stands until this one, if that came in time. */
void heal_bridge(struct report_at *x, uint32_t entity, int64_t reach_ms);
/* Write what is open and has not grown for a while (idle_ms 0: all of it). */
void heal_flush(struct intake *in, struct agent *a, struct store_batch *b, struct instant now,
		int64_t idle_ms);
int heal_seal(struct intake *in, struct agent *a, struct store_batch *b); /* open ones: a blob */
void heal_restore(struct intake *in, struct agent *a, const void *buf, size_t len);

/* intake_control.c */
void note_birth(struct intake *in, struct store_batch *b, struct agent *a,
		const struct wire_report *r, struct instant now);
/* What the agent was asked for and no longer has becomes a hole. */
void note_lost(struct intake *in, struct store_batch *b, struct agent *a,
	       const struct wire_report *r, struct instant now);

#endif
