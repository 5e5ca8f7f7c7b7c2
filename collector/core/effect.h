/* effect.h - what the engine decides, and shows when it is asked: alarms, incidents, pages, capacity,
 * states. Values; pointers in them live until the engine's next input. */
#ifndef LW_EFFECT_H
#define LW_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ITU X.733 perceivedSeverity, ordered so that more is worse (ALARM-MIB's model states). */
enum severity {
	SEVERITY_CLEARED,
	SEVERITY_WARNING,
	SEVERITY_MINOR,
	SEVERITY_MAJOR,
	SEVERITY_CRITICAL
};

enum alarm_life { ALARM_RAISED, ALARM_ACKNOWLEDGED, ALARM_SHELVED, ALARM_LIFE_CLEARED };

/* What an entity is, for availability: up, down, planned (in maintenance), unknown. */
enum entity_state { STATE_UNKNOWN, STATE_UP, STATE_DOWN, STATE_PLANNED };

enum capacity_state {
	CAPACITY_UNKNOWN,
	CAPACITY_FULL,
	CAPACITY_DEGRADED,
	CAPACITY_CRITICAL,
	CAPACITY_DARK
};

struct capacity {
	uint32_t site; /* index; NO_ENTITY: the whole hotline */
	uint32_t seats_ready, seats_total, seats_unknown;
	enum capacity_state state;
	uint32_t limiting; /* entity, NO_ENTITY when none */
	int32_t minutes_left, minutes_low,
		minutes_high; /* on UPS; -1: not on battery or not known */
};

struct alarm_view {
	uint64_t id; /* stable over the alarm's life, never reused */
	uint32_t entity;
	const char *code; /* "on_battery"; static or owned by the ruleset */
	enum severity severity;
	enum alarm_life life;
	int64_t raised_wall_ms;
	uint32_t incident; /* number, 0: none yet */
};

struct incident_member {
	uint64_t id; /* of the alarm */
	uint32_t entity;
	const char *code;
	enum severity severity;
	bool active;
	int64_t onset_wall_ms; /* first bad sign */
};

struct incident_view {
	uint32_t number; /* 1, 2 … as they open */
	uint64_t root;	 /* alarm id */
	uint32_t site;	 /* index or NO_ENTITY */
	enum severity severity;
	int64_t opened_wall_ms, closed_wall_ms; /* closed 0: open */
	const char *owner;			/* person who has it, NULL: nobody */
	int64_t owned_until_wall_ms;		/* 0: until it ends */
	const uint64_t *alarms;			/* ids, root first */
	size_t n_alarms;
	const struct incident_member *members; /* the same alarms, in the same order */
	bool planned;			       /* in maintenance: nobody is paged */
	bool shelved;			       /* all that stands of it is: nobody is paged */
	bool paged;			       /* somebody was told */
};

enum effect_kind { EFFECT_ALARM, EFFECT_INCIDENT, EFFECT_PAGE, EFFECT_CAPACITY, EFFECT_STATE };
enum incident_change { INCIDENT_OPENED, INCIDENT_UPDATED, INCIDENT_CLOSED };
enum page_reason { PAGE_OPENED, PAGE_WORSE, PAGE_ESCALATED, PAGE_RESOLVED };

struct effect {
	enum effect_kind kind;
	int64_t wall_ms; /* when it was decided */
	union {
		struct {
			struct alarm_view view;
			bool raised; /* false: cleared */
		} alarm;
		struct {
			struct incident_view view; /* pointers live until the next input */
			enum incident_change change;
		} incident;
		struct {
			uint32_t incident;
			uint32_t person; /* index into the oncall plan */
			enum page_reason reason;
			uint32_t step; /* of the escalation, 0 the first */
		} page;
		struct capacity capacity;
		struct {
			uint32_t entity;
			enum entity_state state;
			int64_t since_wall_ms; /* may lie before wall_ms: silence began earlier */
		} state;
	};
};

#endif
