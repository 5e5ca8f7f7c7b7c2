/* engine.h - the collector's mind: what is heard goes in, what is to be done comes out. Pure: owns
 * memory, but no clock, file or socket; the same code runs live and in `linewatch replay`.
 *
 * Every input takes the time it happened by the collector's clock. Inputs append effects; the
 * caller carries them out and calls engine_effects_clear. engine_wake_ms says when engine_tick is
 * due next. Inputs of equal content and time in any order lead to the same incidents. */
#ifndef LW_ENGINE_H
#define LW_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/core/effect.h"
#include "collector/core/topology.h"
#include "common/core/reading.h"

struct engine;
struct ruleset;	    /* collector/core/rules.h */
struct oncall_plan; /* collector/core/oncall.h */
struct escalation_step;

struct instant {
	int64_t mono_ms; /* judges durations */
	int64_t wall_ms; /* Unix ms, for what people see and the store keeps */
};

/* `t`, `rules` and `plan` must outlive the engine. plan may be NULL: no pages. */
int engine_new(struct engine **ret, const struct topology *t, const struct ruleset *rules,
	       const struct oncall_plan *plan, struct instant now);
void engine_free(struct engine *e);

void engine_birth(struct engine *e, uint32_t agent, struct instant now);
void engine_heartbeat(struct engine *e, uint32_t agent, struct instant now);
void engine_death(struct engine *e, uint32_t agent, struct instant now);
void engine_broker(struct engine *e, bool up, struct instant now);
/* Live readings only; history never comes here. Readings not named stay as they were. */
void engine_report(struct engine *e, uint32_t device, const struct reading *readings, size_t n,
		   struct instant now);
void engine_reachable(struct engine *e, uint32_t device, bool reachable, struct instant now);
/* Not reachable, and it has not answered since: what its agent spent on trying counts as held. */
void engine_unanswered(struct engine *e, uint32_t device, int64_t since_mono_ms,
		       struct instant now);
void engine_tick(struct engine *e, struct instant now);
int64_t engine_wake_ms(const struct engine *e); /* monotonic; INT64_MAX: never */

/* Conditions that the shell or the store measures itself: "store_lagging" of the collector, "dropping" of the
 * broker, "clock_skew" and "journal_full" of an agent. -ENOENT: no such code. */
int engine_condition(struct engine *e, uint32_t entity, const char *code, bool bad,
		     struct instant now);

/* People. 0, or -ENOENT (no such open incident or alarm), -EINVAL. */
int engine_ack(struct engine *e, uint32_t incident, const char *by, int64_t until_wall_ms,
	       struct instant now);
/* Silences the alarm's entity and code until then (collector/core/silence.h). */
int engine_shelve(struct engine *e, uint64_t alarm, const char *by, int64_t until_wall_ms,
		  uint32_t *ret_number, struct instant now);
/* Planned time of an entity (a site: all in it); until <= from ends it. */
int engine_maintenance(struct engine *e, const char *id, uint32_t entity, int64_t from_wall_ms,
		       int64_t until_wall_ms, struct instant now);

const struct effect *engine_effects(const struct engine *e, size_t *ret_n);
void engine_effects_clear(struct engine *e);

/* Looking, for the API and the pages. Pointers live until the next input. */
size_t engine_alarms(const struct engine *e, const struct alarm_view **ret);
size_t engine_incidents(const struct engine *e, const struct incident_view **ret);
bool engine_incident(const struct engine *e, uint32_t number, struct incident_view *ret);
/* Why this root, in words, "vi" or "en": what followed from it, what it is, since when. Returns the
 * length; cut at `size`, never inside a character. */
size_t engine_reason(const struct engine *e, const struct incident_view *in, const char *lang,
		     char *buf, size_t size);
bool engine_was_told(const struct engine *e, uint32_t incident, uint32_t person);
/* When and whom the escalation tells next if nobody acknowledges; false: nobody is waiting. */
bool engine_next_page(const struct engine *e, uint32_t incident, int64_t *ret_wall_ms,
		      struct escalation_step *ret_step);
void engine_capacity(const struct engine *e, uint32_t site, struct capacity *ret);
enum entity_state engine_state(const struct engine *e, uint32_t entity, int64_t *ret_since_wall_ms);
/* What these readings, read some time ago, say of the device then: up or down. */
enum entity_state engine_judge(const struct engine *e, uint32_t device,
			       const struct reading *readings, size_t n);
bool engine_is_reachable(const struct engine *e, uint32_t device);
bool engine_seat_ready(const struct engine *e, uint32_t seat, uint32_t *ret_limiting);

/* The whole state as bytes for the store, and back after a restart (same or changed topology:
 * what no longer exists is dropped). malloc'ed; -EBADMSG for bytes that are not ours. */
int engine_save(const struct engine *e, void **ret, size_t *ret_len);
int engine_load(struct engine *e, const void *buf, size_t len, struct instant now);

#endif
