/* intake_agent.h - private to intake/: what is known of an agent, its boots, and a boot's layouts with
 * the last word about each of their devices. */
#ifndef LW_INTAKE_AGENT_H
#define LW_INTAKE_AGENT_H

#include "collector/core/ingest.h"
#include "collector/io/intake/intake.h"
#include "common/io/log.h"
#include "common/wire/wire.h"

enum { MAX_BOOTS = 8, MAX_LAYOUTS = 4, LANE_LIVE = 0, LANE_HISTORY = 1, LANES = 2, TEXT_MAX = 256 };

struct intake;

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

#endif
