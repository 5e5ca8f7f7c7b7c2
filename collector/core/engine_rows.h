/* engine_rows.h - what the engine keeps of each entity, agent, site, seat. Private to it. */
#ifndef LW_ENGINE_ROWS_H
#define LW_ENGINE_ROWS_H

#include "collector/core/discharge.h"
#include "collector/core/engine.h"

#define NONE UINT32_MAX /* no such row */

enum {
	HEARTBEAT_MS = 5000,
	SUSPECT_AFTER_MS = 7500, /* one missed */
	LOST_AFTER_MS = 15000,	 /* three missed */
	DEATH_GRACE_MS = 10000,	 /* an agent that restarts is back by then */
	BLOCK_MAX_MS = 20000,	 /* a raised alarm waits no longer for its cause to show */
	GATHER_MS = 120000,	 /* a cause may show up so much later than its symptoms */
	RETURN_MS = 20000,	 /* a centre that is heard again comes back agent by agent */
	STARTING_MS = 30000,	 /* capacity is not judged on part of the seats */
	BACKDATE_MAX_MS = 5000,	 /* of an agent's own tries count as held */
	LINGER_MS = 20000,	 /* quiet for so long before an incident is closed */
	WAIT_MS = 60000,	 /* for one that has come and gone once: it may come again */
	KEEP_CLOSED_MS = 600000, /* closed incidents can still be seen */
	REMIND_MS = 600000,
	REMIND_LATER_MS = 1800000,
	REMIND_OFTEN = 6,
	ACK_LAPSES_MS = 1800000 /* after it got worse under an older acknowledgement */
};

enum due_kind {
	DUE_AGENT,
	DUE_ALARM,
	DUE_SETTLE,
	DUE_INCIDENT,
	DUE_MAINTENANCE,
	DUE_SILENCE,
	DUE_CAPACITY
};

enum heard { HEARD_NOTHING, HEARD_YES, HEARD_NO };

/* One per entity. */
struct node {
	int64_t heard_ms;      /* last report, INT64_MIN: none */
	int64_t since_wall_ms; /* of `state` */
	uint32_t alarms;       /* first of its alarm rows, NONE */
	uint32_t row;	       /* of its kind's own table: agent, ups, pbx; NONE */
	uint8_t state;	       /* enum entity_state as told */
	uint8_t raw;	       /* up, down or unknown, whatever is planned */
	uint8_t reachable;     /* enum heard */
	uint8_t observed;      /* enum observation */
	uint8_t planned;       /* open maintenance windows on itself */
	uint8_t n_down;	       /* conditions that are bad now and mean down */
	uint8_t n_pending;     /* alarms that wait for their hold time and would explain others */
	bool dirty;
	bool behind; /* not up for planned work on what it needs */
};

enum agent_state { AGENT_NEVER, AGENT_ALIVE, AGENT_SUSPECT, AGENT_LOST };

struct agent {
	uint32_t entity;
	uint8_t state;
	bool dying;  /* its will has come */
	bool hidden; /* its devices are unknown */
	int64_t heard_ms, heard_wall_ms;
	int64_t died_ms, died_wall_ms;
	int64_t armed;
	uint32_t first_device, n_devices; /* in engine.devices */
};

struct site_live {
	uint32_t n_known, n_alive, n_lost; /* agents */
	uint32_t ready, unknown;	   /* seats */
	struct capacity told;
	int64_t armed;
	int64_t last_wall_ms; /* any of its agents was heard */
	int64_t heard_ms;     /* since when any of its agents is heard again */
	bool judged;	      /* every seat has been known once, or starting is over */
	bool spoken;	      /* something was told */
	bool dirty;
};

struct seat_live {
	uint8_t raw; /* enum heard: ready, not, unknown */
	uint32_t limiting;
};

struct window {
	char *id;
	uint32_t entity;
	int64_t from_wall_ms, until_wall_ms;
	bool open;
	int64_t armed;
};

struct silence {
	uint32_t number; /* 0: the row is free */
	char *target, *code, *by, *reason;
	uint32_t entities[TARGET_PARTS], n_entities;
	int64_t from_wall_ms, until_wall_ms;
	bool open;
	int64_t armed;
};

struct ups {
	uint32_t entity;
	bool on_battery;
	struct discharge model;
	int64_t lost_ms;
	uint32_t first_fed, n_fed; /* in engine.fed: the sites that it feeds */
};

struct pbx {
	uint32_t entity;
	double calls, calls_limit, channels, channels_total; /* NaN: not known */
	double registered, usual;
	uint32_t first_fed, n_fed; /* in engine.fed: the sites that call through it */
};

#endif
