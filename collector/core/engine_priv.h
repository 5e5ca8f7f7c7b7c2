/* engine_priv.h - what the parts of the engine share among themselves; nobody else includes it. */
#ifndef LW_ENGINE_PRIV_H
#define LW_ENGINE_PRIV_H

#include "collector/core/due.h"
#include "collector/core/incident_priv.h"
#include "collector/core/oncall.h"
#include "collector/core/rootcause.h"
#include "collector/core/silence.h"

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
	uint32_t *fed;	  /* sites by what feeds them: of the UPSes and PBXs, together */
	uint32_t *needed; /* services that seats cannot do without */
	uint32_t n_needed;
	struct alarm_row *alarms;
	uint32_t n_alarms, alarms_size, free_alarm;
	struct incident *incidents;
	uint32_t n_incidents, incidents_size, free_incident; /* none is free before that */
	uint32_t last_number;
	uint64_t last_id;
	struct window *windows;
	uint32_t n_windows, windows_size, n_open_windows;
	struct silence *silences;
	uint32_t n_silences, silences_size, last_silence;
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
	struct silence_view *silence_views;
	uint32_t *scratch; /* persons */
};

/* Room for one more row of `size` bytes at index n; aborts without memory (the state is on disk and
 * the service manager starts us again). */
void *engine_grow(void *rows, uint32_t n, uint32_t *size, size_t row_size);

struct effect *engine_effect(struct engine *e, enum effect_kind kind);
void engine_touch(struct engine *e, uint32_t entity);	 /* its state may have changed */
void engine_touch_site(struct engine *e, uint32_t site); /* its capacity may have changed */

/* engine_device.c */
void device_readings(struct engine *e, uint32_t device, const struct reading *readings, size_t n);
void device_set_reachable(struct engine *e, uint32_t device, bool reachable);
void device_refresh(struct engine *e, uint32_t entity); /* state and observation from evidence */
void state_was_unknown(struct engine *e, uint32_t entity, int64_t since_wall_ms);
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

/* silence.c */
bool silence_covers(const struct engine *e, const struct alarm_row *a);
void silence_due(struct engine *e, uint32_t row);
uint32_t silence_row(struct engine *e); /* a free one */
void silence_fini(struct silence *s);

/* capacity.c */
void capacity_seats_of(struct engine *e, uint32_t entity);  /* seats that hang on it */
void capacity_touch_fed(struct engine *e, uint32_t entity); /* sites that hang on a UPS or PBX */
void capacity_settle(struct engine *e);
void capacity_due(struct engine *e, uint32_t site);
uint32_t capacity_minutes(const struct engine *e, uint32_t site, struct capacity *c);

#endif
