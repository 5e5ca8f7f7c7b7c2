/* engine_priv.h - what the parts of the engine share among themselves; nobody else includes it. */
#ifndef LW_ENGINE_PRIV_H
#define LW_ENGINE_PRIV_H

#include "collector/core/alarm.h"
#include "collector/core/discharge.h"
#include "collector/core/due.h"
#include "collector/core/engine.h"
#include "collector/core/oncall.h"
#include "collector/core/rootcause.h"
#include "collector/core/rules.h"

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

enum due_kind { DUE_AGENT, DUE_ALARM, DUE_SETTLE, DUE_INCIDENT, DUE_MAINTENANCE, DUE_CAPACITY };

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

enum { MAX_BAD = 6 };

struct bad {
	uint16_t condition; /* or a BAD_* source */
	uint16_t instance;
};
enum { BAD_REPORTED = 0xfff0, BAD_DERIVED = 0xfff1, BAD_INFERRED = 0xfff2 };

/* One alarm of one entity, from its first bad sign until nothing of it is left. */
struct alarm_row {
	struct alarm life;
	uint64_t id;	       /* of this raising; 0: never raised */
	uint32_t entity, next; /* in the entity's list */
	uint32_t incident;     /* row, NONE */
	uint32_t member;       /* in that incident */
	uint32_t root;	       /* entity that explains it, as last worked out */
	uint16_t rule;
	bool used, raised, unassigned, shelved, inferred;
	bool pending_counted;
	uint8_t n_bad;
	struct bad bad[MAX_BAD];
	int64_t onset_ms, onset_wall_ms; /* first bad sign of this raising */
	int64_t raised_ms, raised_wall_ms;
	int64_t armed, settle_armed;
	int64_t shelved_until_wall_ms;
	char *shelved_by;
};

struct incident {
	uint32_t number;
	bool used, open, planned, paged, acked, dirty, stale;
	bool steady;			   /* flapping has ended and it is still bad: to be told */
	uint8_t worst;			   /* severity it ever had */
	uint8_t told_severity, told_level; /* the worst that people were told */
	uint32_t site;
	struct incident_member *members; /* root first */
	uint64_t *ids;
	bool *counted; /* in by_severity: active and not shelved */
	uint32_t n_members, size, n_active;
	uint32_t by_severity[SEVERITY_CRITICAL + 1];
	uint32_t by_level[CAPACITY_DARK + 1];
	int64_t opened_ms, opened_wall_ms, closed_ms, closed_wall_ms;
	int64_t quiet_ms; /* since when nothing of it is active */
	int64_t paged_ms; /* when this round of escalation began */
	int64_t acked_ms, worse_ms;
	uint32_t step; /* next of the escalation */
	uint8_t *told; /* one per person */
	char *owner;
	int64_t owned_until_wall_ms;
	int64_t armed;
	char *reason;
	enum incident_change change;
};

struct window {
	char *id;
	uint32_t entity;
	int64_t from_wall_ms, until_wall_ms;
	bool open;
	int64_t armed;
};

struct ups {
	uint32_t entity;
	bool on_battery;
	struct discharge model;
	int64_t lost_ms;
};

struct pbx {
	uint32_t entity;
	double calls, calls_limit, channels, channels_total; /* NaN: not known */
	double registered, usual;
};

struct engine {
	const struct topology *t;
	const struct ruleset *rules;
	const struct oncall_plan *plan;
	struct instant now, started;
	struct node *nodes;
	struct agent *agents;
	uint32_t n_agents, n_alive, n_lost, n_known, n_agent_sites;
	uint32_t *devices; /* of the agents, together */
	struct site_live *sites;
	struct seat_live *seats;
	struct ups *ups;
	uint32_t n_ups;
	struct pbx *pbx;
	uint32_t n_pbx;
	uint32_t *needed; /* services that seats cannot do without */
	uint32_t n_needed;
	struct alarm_row *alarms;
	uint32_t n_alarms, alarms_size, free_alarm;
	struct incident *incidents;
	uint32_t n_incidents, incidents_size, free_incident; /* none is free before that */
	uint32_t last_number;
	uint64_t last_id;
	struct window *windows;
	uint32_t n_windows, windows_size;
	struct due_heap due;
	struct rootcause *rc;
	uint8_t *observed;     /* one per entity, for rc */
	bool broker_up, blind; /* blind: the broker is lost and that is settled */
	struct instant broker_changed;
	uint32_t *dirty_nodes, n_dirty, dirty_size;
	uint32_t *dirty_sites, n_dirty_sites, dirty_sites_size;
	uint32_t *waiting, n_waiting, waiting_size;	       /* alarm rows without an incident */
	uint32_t *stale, n_stale, stale_size;		       /* incident rows to look at */
	uint32_t *symptoms, *roots, symptoms_size, roots_size; /* scratch of the grouping */
	bool look; /* something that grouping depends on has changed */
	bool hotline_dirty;
	struct capacity hotline;
	struct effect *effects;
	size_t n_effects, effects_size;
	struct alarm_view *alarm_views;
	size_t n_alarm_views, alarm_views_size;
	struct incident_view *incident_views;
	size_t incident_views_size;
	uint32_t *scratch; /* persons */
};

/* Room for one more row of `size` bytes at index n; aborts without memory (the state is on disk and
 * the service manager starts us again). */
void *engine_grow(void *rows, uint32_t n, uint32_t *size, size_t row_size);

struct effect *engine_effect(struct engine *e, enum effect_kind kind);
void engine_touch(struct engine *e, uint32_t entity);	 /* its state may have changed */
void engine_touch_site(struct engine *e, uint32_t site); /* its capacity may have changed */

/* engine_alarm.c */
uint32_t alarm_find(const struct engine *e, uint32_t entity, uint16_t rule); /* row or NONE */
void alarm_condition(struct engine *e, uint32_t entity, uint16_t rule, struct bad source, bool bad);
bool alarm_source_is_bad(const struct engine *e, uint32_t entity, uint16_t rule, struct bad source);
void alarm_set(struct engine *e, uint32_t entity, const char *code, uint16_t source, bool bad);
void alarm_backdate(struct engine *e, uint32_t entity, const char *code, int64_t since_ms);
void alarm_forget_code(struct engine *e, uint32_t entity, const char *code);
void alarm_forget(struct engine *e, uint32_t entity); /* its conditions are unknown from now on */
void alarm_due(struct engine *e, uint32_t row);
int64_t alarm_wake_ms(const struct engine *e, const struct alarm_row *a); /* INT64_MAX: never */
enum severity alarm_severity(const struct engine *e, const struct alarm_row *a);
struct alarm_view alarm_view_of(const struct engine *e, const struct alarm_row *a);
const struct rule *alarm_rule(const struct engine *e, const struct alarm_row *a);
void alarm_release(struct engine *e, uint32_t row); /* if nothing of it is left */
bool entity_is_planned(const struct engine *e, uint32_t entity);

/* engine_device.c */
void device_readings(struct engine *e, uint32_t device, const struct reading *readings, size_t n);
void device_set_reachable(struct engine *e, uint32_t device, bool reachable);
void device_refresh(struct engine *e, uint32_t entity); /* state and observation from evidence */
void device_hide(struct engine *e, uint32_t device, bool forget);
void ups_contact(struct engine *e, uint32_t device, bool lost);

/* liveness.c */
void liveness_heard(struct engine *e, uint32_t agent, bool birth);
void liveness_died(struct engine *e, uint32_t agent);
void liveness_broker(struct engine *e, bool up);
bool liveness_everybody_lost(const struct engine *e);
void liveness_blind(struct engine *e, bool blind); /* broker/lost was raised or cleared */
void liveness_due(struct engine *e, uint32_t agent_row);
void liveness_count(struct engine *e, struct agent *a); /* its state was set from outside */
void liveness_watch(struct engine *e, uint32_t agent_row);

/* capacity.c */
void capacity_seats_of(struct engine *e, uint32_t entity); /* seats that hang on it */
void capacity_settle(struct engine *e);
void capacity_due(struct engine *e, uint32_t site);
uint32_t capacity_minutes(const struct engine *e, uint32_t site, struct capacity *c);

/* incident.c */
uint32_t incident_open(struct engine *e, uint32_t root_alarm); /* returns its row */
void incident_join(struct engine *e, uint32_t row, uint32_t alarm_row);
void incident_merge(struct engine *e, uint32_t into, uint32_t from);
void incident_set_root(struct engine *e, uint32_t row, uint32_t member);
void incident_alarm_changed(struct engine *e, uint32_t alarm_row); /* cleared, shelved, steady */
void incident_steady(struct engine *e, uint32_t alarm_row);
void incident_due(struct engine *e, uint32_t row);
void incident_flush(struct engine *e);
void incident_touch(struct engine *e, uint32_t row);
uint32_t incident_by_number(const struct engine *e, uint32_t number);
uint32_t incident_alarm_row(const struct engine *e, const struct incident *in, uint32_t member);
struct incident_view incident_view_of(const struct engine *e, const struct incident *in);
void incident_count(struct engine *e, struct incident *in, uint32_t member, bool counted);
enum severity incident_severity(const struct incident *in); /* of what is active now */
enum capacity_state incident_level(const struct incident *in);

/* incident_group.c */
void incident_wait(struct engine *e, uint32_t alarm_row); /* raised: find its place */
void incident_group(struct engine *e);			  /* give waiting alarms their incidents */
/* incident_reason.c */
char *incident_reason(const struct engine *e, const struct incident *in); /* malloc'ed */

/* escalation.c */
void escalation_step(struct engine *e, struct incident *in); /* page what is due */
int64_t escalation_wake(const struct engine *e, const struct incident *in);
void escalation_resolved(struct engine *e, struct incident *in);

#endif
