/* incident_priv.h - alarms and incidents inside the engine: their rows, and who works on them. */
#ifndef LW_INCIDENT_PRIV_H
#define LW_INCIDENT_PRIV_H

#include "collector/core/alarm.h"
#include "collector/core/engine_rows.h"
#include "collector/core/rules.h"

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
	bool used, raised, unassigned, inferred;
	bool shelved; /* a silence covers it */
	bool pending_counted;
	uint8_t n_bad;
	struct bad bad[MAX_BAD];
	int64_t onset_ms, onset_wall_ms; /* first bad sign of this raising */
	int64_t raised_ms, raised_wall_ms;
	int64_t armed, settle_armed;
};

struct incident {
	uint32_t number;
	bool used, open, planned, paged, acked, dirty, stale;
	bool muted;			   /* all that is active in it is silenced */
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
	enum incident_change change;
};

/* engine_alarm.c */
uint32_t alarm_find(const struct engine *e, uint32_t entity, uint16_t rule); /* row or NONE */
void alarm_condition(struct engine *e, uint32_t entity, uint16_t rule, struct bad source, bool bad);
bool alarm_source_is_bad(const struct engine *e, uint32_t entity, uint16_t rule, struct bad source);
void alarm_set(struct engine *e, uint32_t entity, const char *code, uint16_t source, bool bad);
void alarm_backdate(struct engine *e, uint32_t entity, const char *code, int64_t since_ms);
void alarm_forget_code(struct engine *e, uint32_t entity, const char *code);
void alarm_forget(struct engine *e, uint32_t entity); /* its conditions are unknown from now on */
void alarm_due(struct engine *e, uint32_t row);
void alarm_arm(struct engine *e, uint32_t row, int64_t at_ms);	      /* look at it then */
void alarm_arm_settle(struct engine *e, uint32_t row, int64_t at_ms); /* give it its place then */
int64_t alarm_wake_ms(const struct engine *e, const struct alarm_row *a); /* INT64_MAX: never */
enum severity alarm_severity(const struct engine *e, const struct alarm_row *a);
struct alarm_view alarm_view_of(const struct engine *e, const struct alarm_row *a);
const struct rule *alarm_rule(const struct engine *e, const struct alarm_row *a);
void alarm_release(struct engine *e, uint32_t row); /* if nothing of it is left */
bool entity_is_planned(const struct engine *e, uint32_t entity);

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
bool incident_is_muted(const struct incident *in);
void incident_count(struct engine *e, struct incident *in, uint32_t member, bool counted);
enum severity incident_severity(const struct incident *in); /* of what is active now */
enum capacity_state incident_level(const struct incident *in);

/* incident_group.c */
void incident_wait(struct engine *e, uint32_t alarm_row); /* raised: find its place */
void incident_group(struct engine *e);			  /* give waiting alarms their incidents */
/* escalation.c */
void escalation_resume(const struct engine *e, struct incident *in); /* no longer silenced */
void escalation_lapse(const struct engine *e, struct incident *in);  /* nobody has it any more */
void escalation_step(struct engine *e, struct incident *in);	     /* page what is due */
int64_t escalation_wake(const struct engine *e, const struct incident *in);
void escalation_resolved(struct engine *e, struct incident *in);

#endif
