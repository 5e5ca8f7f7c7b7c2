/* intake_priv.h - what the files of the intake share. */
#ifndef LW_INTAKE_PRIV_H
#define LW_INTAKE_PRIV_H

#include "collector/core/ingest.h"
#include "collector/io/intake/intake.h"
#include "common/io/log.h"
#include "common/wire/wire.h"

enum {
	MAX_BOOTS = 8,
	MAX_LAYOUTS = 4,
	LANE_LIVE = 0,
	LANE_HISTORY = 1,
	LANES = 2,
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
	ACK_EVERY_MS = 1000, /* to one agent, unless its backlog flows */
	TEXT_MAX = 256
};

/* The last word of one lane about a layout's devices. */
struct lane {
	bool known;		 /* values are the last report's */
	struct wire_value *base; /* the last full report: a value a slot */
	uint64_t base_seq;	 /* 0: none */
	struct store_value *now; /* a value a slot, deltas applied */
	int64_t *read_ms;	 /* a device: when it was read; INT64_MIN never */
	bool *silent;
};

struct layout {
	struct wire_layout *wire;
	uint32_t *entity;	     /* a device; NO_ENTITY: not one of ours */
	struct store_shape **shapes; /* a device, NULL where entity is none */
	struct reading *scratch;     /* the widest device */
	struct store_value *fresh;   /* the whole layout, of the report at hand */
	bool *fresh_silent;
	struct lane lanes[LANES];
};

struct boot {
	uint32_t id; /* 0: this place is free */
	struct seqset stored, pending, flight;
	struct clock_estimate clock;
	bool offset_known; /* also from before a restart */
	int64_t offset_ms;
	uint64_t newest; /* seq, of either lane */
	uint64_t newest_live;
	struct layout *layouts[MAX_LAYOUTS];
	bool dirty;    /* pending holds something: its ranges go into the batch */
	bool ack_due;  /* something became stored, or came twice */
	bool has_gaps; /* worth looking for */
	int64_t gap_since_ms, ask_at_ms, ask_wait_ms;
	unsigned asks;
	uint64_t want_base; /* a full report that deltas need, 0: none */
	int64_t touched_ms;
};

struct agent {
	uint32_t entity;
	const char *id;
	char topic[TEXT_MAX]; /* its control */
	struct boot boots[MAX_BOOTS];
	uint32_t boot_id, session; /* of the newest birth; 0: none seen */
	uint64_t echo_mono_ms;
	int64_t skew_ms; /* our clock less the agent's */
	bool skewed, skew_known, skew_told;
	bool rebirth_due, dirty, attention; /* attention: the tick has to look at it */
	int64_t rebirth_at_ms;
	int64_t acked_mono_ms; /* when it was last told what is stored */
	char poll_now[WIRE_MAX_TEXT + 1];
	struct log_limit limit;
	uint32_t *healing; /* entities whose stretch is open */
	size_t n_healing, cap_healing;
	bool heals_changed;
	int64_t history_mono_ms; /* when history last came */
	int64_t heard_mono_ms;	 /* when anything last came */
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

/* intake_agent.c */
struct agent *agent_get(struct intake *in, uint32_t entity); /* NULL: no memory */
void agent_free(struct agent *a);
struct boot *boot_find(struct agent *a, uint32_t id);		      /* NULL: not known */
struct boot *boot_get(struct agent *a, uint32_t id, int64_t mono_ms); /* never NULL */
bool boot_has(const struct boot *b, uint64_t seq);
/* 0; -ENOSPC: too scattered, it must come again later. */
int boot_take(struct intake *in, struct agent *a, struct boot *b, uint64_t first, uint64_t last);
struct layout *boot_layout(const struct boot *b, uint32_t number); /* NULL: not known */
int layout_new(struct layout **ret, struct intake *in, struct agent *a, struct wire_layout *wire);
void layout_free(struct layout *l);
void boot_put_layout(struct boot *b, struct layout *l); /* takes it */
bool layout_same(const struct wire_layout *a, const struct wire_layout *b);
/* A new full report comes live: what the backlog leans on is the one before it. */
void layout_move_base(struct layout *l);
void layout_describe(struct intake *in, const struct layout *l);
void layout_keys(char *buf, size_t size, const struct agent *a, uint32_t boot, uint32_t number);
void base_key(char *buf, size_t size, const struct agent *a, int lane);

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
