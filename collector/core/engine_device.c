/* What devices say: readings against the rules, and each entity's state from the evidence. */
#include <math.h>
#include <string.h>

#include "collector/core/engine_priv.h"

static bool *ups_battery(struct engine *e, uint32_t device)
{
	return e->t->entities[device].device_class == CLASS_UPS
		       ? &e->ups[e->nodes[device].row].on_battery
		       : NULL;
}

static double versus_value(const struct engine *e, uint32_t device, uint16_t metric)
{
	const struct pbx *p = &e->pbx[e->nodes[device].row];

	if (e->t->entities[device].device_class != CLASS_PBX)
		return (double)NAN;
	return metric == M_PBX_CALLS_LIMIT	? p->calls_limit
	       : metric == M_PBX_CHANNELS_TOTAL ? p->channels_total
						: (double)NAN;
}

/* Is the value bad? Between the two limits it stays what it was. */
static bool judge(const struct engine *e, uint32_t device, const struct condition *c, double v,
		  bool was)
{
	double limit;

	switch (c->compare) {
	case COMPARE_ABOVE:
		return v >= c->raise || (was && v > c->clear);
	case COMPARE_BELOW:
		return v <= c->raise || (was && v < c->clear);
	case COMPARE_DISTANCE:
		return fabs(v) >= c->raise || (was && fabs(v) > c->clear);
	case COMPARE_STATES:
		return v >= 0 && v < 32 && (c->states & (1U << (unsigned)v)) != 0;
	case COMPARE_METRIC:
		limit = versus_value(e, device, c->versus);
		return limit > 0 && v >= limit;
	}
	return false;
}

static void check(struct engine *e, uint32_t device, uint16_t at, const struct reading *r)
{
	const struct condition *c = &e->rules->conditions[at];
	struct bad source = { at, r->instance };
	const bool *battery = ups_battery(e, device);
	bool was = alarm_source_is_bad(e, device, c->rule, source);
	bool bad = judge(e, device, c, r->value, was);

	if (c->only_on_battery && (battery == NULL || !*battery))
		bad = false;
	if (bad || e->nodes[device].alarms != NONE)
		alarm_condition(e, device, c->rule, source, bad);
}

static void note_ups(struct engine *e, uint32_t device, const struct reading *r)
{
	struct ups *u = &e->ups[e->nodes[device].row];
	double v = r->reason == REASON_GOOD ? r->value : (double)NAN;

	if (r->instance != 0)
		return;
	if (r->metric == M_UPS_STATUS && r->reason == REASON_GOOD) {
		u->on_battery = v == UPS_ON_BATTERY || v == UPS_LOW_BATTERY;
		discharge_battery(&u->model, u->on_battery, e->now.mono_ms);
	} else if (r->metric == M_BATTERY_CHARGE) {
		discharge_charge(&u->model, v, e->now.mono_ms);
	} else if (r->metric == M_BATTERY_RUNTIME) {
		discharge_runtime(&u->model, v, e->now.mono_ms);
	} else if (r->metric == M_OUTPUT_LOAD) {
		discharge_load(&u->model, v);
	}
}

/* What a UPS said on mains counts as soon as it is on battery, and the other way round. */
static void derive_ups(struct engine *e, uint32_t device)
{
	struct ups *u = &e->ups[e->nodes[device].row];
	const struct {
		uint16_t metric;
		double value;
	} kept[] = { { M_BATTERY_RUNTIME, u->model.runtime_s },
		     { M_BATTERY_CHARGE, u->model.charge } };

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		struct reading r = { .metric = kept[i].metric, .value = kept[i].value };

		if (isnan(r.value))
			continue;
		for (uint32_t k = e->rules->first[CLASS_UPS][r.metric];
		     k < e->rules->first[CLASS_UPS][r.metric + 1]; k++)
			if (e->rules->conditions[e->rules->order[k]].only_on_battery)
				check(e, device, e->rules->order[k], &r);
	}
	alarm_set(e, device, "gauge_unreliable", BAD_DERIVED, u->model.unreliable);
	alarm_set(e, device, "lost_on_battery", BAD_DERIVED, false);
	capacity_touch_fed(e, device);
}

static void note_pbx(struct engine *e, uint32_t device, const struct reading *r)
{
	struct pbx *p = &e->pbx[e->nodes[device].row];
	double v = r->reason == REASON_GOOD ? r->value : (double)NAN;

	if (r->instance != 0)
		return;
	if (r->metric == M_PBX_CALLS_LIMIT)
		p->calls_limit = v;
	else if (r->metric == M_PBX_CHANNELS_TOTAL)
		p->channels_total = v;
	else if (r->metric == M_PBX_REGISTERED)
		p->registered = v;
}

/* More than half of what is usual, and more than one, is gone at once. What is usual follows a rise
 * at once and a fall over days of readings, but never while the alarm is up. */
static void derive_pbx(struct engine *e, uint32_t device)
{
	struct pbx *p = &e->pbx[e->nodes[device].row];
	bool dropped;

	if (isnan(p->registered))
		return;
	if (p->registered >= p->usual)
		p->usual = p->registered;
	dropped = p->registered <= p->usual / 2 && p->usual - p->registered >= 2;
	if (!dropped)
		p->usual -= (p->usual - p->registered) * 0.001;
	alarm_set(e, device, "registrations_dropped", BAD_DERIVED, dropped);
}

void device_readings(struct engine *e, uint32_t device, const struct reading *readings, size_t n)
{
	const struct entity *ent = &e->t->entities[device];
	struct node *node = &e->nodes[device];
	unsigned subject = rule_subject(ent);

	if (node->reachable != HEARD_YES)
		device_set_reachable(e, device, true);
	node->heard_ms = e->now.mono_ms;
	for (size_t i = 0; i < n; i++) {
		const struct reading *r = &readings[i];

		if (r->metric >= METRIC_ID_END)
			continue;
		if (ent->device_class == CLASS_UPS)
			note_ups(e, device, r);
		else if (ent->device_class == CLASS_PBX)
			note_pbx(e, device, r);
	}
	for (size_t i = 0; i < n; i++) {
		const struct reading *r = &readings[i];

		if (r->reason != REASON_GOOD || r->metric >= METRIC_ID_END)
			continue;
		for (uint32_t k = e->rules->first[subject][r->metric];
		     k < e->rules->first[subject][r->metric + 1]; k++)
			check(e, device, e->rules->order[k], r);
	}
	if (ent->device_class == CLASS_UPS)
		derive_ups(e, device);
	else if (ent->device_class == CLASS_PBX)
		derive_pbx(e, device);
}

enum entity_state engine_judge(const struct engine *e, uint32_t device,
			       const struct reading *readings, size_t n)
{
	unsigned subject = rule_subject(&e->t->entities[device]);

	for (size_t i = 0; i < n; i++) {
		const struct reading *r = &readings[i];

		if (r->reason != REASON_GOOD || r->metric >= METRIC_ID_END)
			continue;
		for (uint32_t k = e->rules->first[subject][r->metric];
		     k < e->rules->first[subject][r->metric + 1]; k++) {
			const struct condition *c = &e->rules->conditions[e->rules->order[k]];

			if ((e->rules->rules[c->rule].flags & RULE_DOWN) != 0 &&
			    judge(e, device, c, r->value, false))
				return STATE_DOWN;
		}
	}
	return STATE_UP;
}

void device_set_reachable(struct engine *e, uint32_t device, bool reachable)
{
	struct node *n = &e->nodes[device];

	n->heard_ms = e->now.mono_ms;
	if (n->reachable == (reachable ? HEARD_YES : HEARD_NO))
		return;
	n->reachable = reachable ? HEARD_YES : HEARD_NO;
	if (!reachable)
		alarm_forget(e, device);
	alarm_set(e, device, "unreachable", BAD_REPORTED, !reachable);
	alarm_set(e, device, "unreachable", BAD_INFERRED, false);
	ups_contact(e, device, !reachable);
	engine_touch(e, device);
}

void ups_contact(struct engine *e, uint32_t device, bool lost)
{
	const bool *battery = ups_battery(e, device);

	if (battery != NULL && (!lost || *battery))
		alarm_set(e, device, "lost_on_battery", BAD_DERIVED, lost);
}

/* Its agent or the broker is lost. `forget`: what it said is void, it must report again. */
void device_hide(struct engine *e, uint32_t device, bool forget)
{
	if (forget) {
		alarm_set(e, device, "unreachable", BAD_INFERRED, false);
		alarm_forget(e, device);
		if (e->nodes[device].reachable == HEARD_NO) {
			struct bad source = { BAD_REPORTED, 0 };
			uint16_t rule = rule_find(e->rules, rule_subject(&e->t->entities[device]),
						  "unreachable");
			uint32_t row = rule != NO_RULE ? alarm_find(e, device, rule) : NONE;

			/* Raised, it stays until the device is heard; waiting, it is void. */
			if (row != NONE && !e->alarms[row].raised)
				alarm_condition(e, device, rule, source, false);
		}
		e->nodes[device].reachable = HEARD_NOTHING;
		ups_contact(e, device, true);
	}
	engine_touch(e, device);
}

static bool is_hidden(const struct engine *e, uint32_t entity)
{
	uint32_t agent = e->t->entities[entity].agent;

	if (e->blind)
		return true;
	return agent != NO_ENTITY && e->agents[e->nodes[agent].row].hidden;
}

/* Does the only way to it lead through something that does not answer either? */
static bool behind_dead_link(const struct engine *e, uint32_t entity, int depth)
{
	const struct entity *ent = &e->t->entities[entity];

	for (uint32_t i = 0; i < ent->n_needs && depth < 16; i++) {
		bool all = true;

		for (uint32_t k = 0; k < ent->needs[i].n_any && all; k++) {
			uint32_t m = ent->needs[i].any[k];
			enum device_class c = e->t->entities[m].device_class;

			all = ((c == CLASS_NETWORK || c == CLASS_LINK) &&
			       e->nodes[m].reachable == HEARD_NO) ||
			      behind_dead_link(e, m, depth + 1);
		}
		if (all)
			return true;
	}
	return false;
}

static enum entity_state device_raw(const struct engine *e, uint32_t entity)
{
	const struct node *n = &e->nodes[entity];

	if (n->reachable == HEARD_NOTHING || is_hidden(e, entity))
		return STATE_UNKNOWN;
	if (n->reachable == HEARD_NO)
		return behind_dead_link(e, entity, 0) ? STATE_UNKNOWN : STATE_DOWN;
	return n->n_down > 0 ? STATE_DOWN : STATE_UP;
}

static enum entity_state agent_raw(const struct engine *e, uint32_t entity)
{
	const struct agent *a = &e->agents[e->nodes[entity].row];

	if (a->state == AGENT_NEVER || e->blind)
		return STATE_UNKNOWN;
	return a->state == AGENT_LOST ? STATE_DOWN : STATE_UP;
}

static enum entity_state site_raw(const struct engine *e, uint32_t entity)
{
	uint32_t site = e->t->entities[entity].site;
	const struct site_live *s = &e->sites[site];

	if (e->t->sites[site].n_seats == 0)
		return e->blind || s->n_known == s->n_lost ? STATE_UNKNOWN : STATE_UP;
	if (s->told.state == CAPACITY_UNKNOWN)
		return STATE_UNKNOWN;
	return s->told.state == CAPACITY_DARK ? STATE_DOWN : STATE_UP;
}

static enum entity_state raw_state(const struct engine *e, uint32_t entity)
{
	switch (e->t->entities[entity].kind) {
	case ENTITY_AGENT:
		return agent_raw(e, entity);
	case ENTITY_SITE:
		return site_raw(e, entity);
	case ENTITY_DEVICE:
		return device_raw(e, entity);
	case ENTITY_BROKER:
		return e->broker_up && e->nodes[entity].n_down == 0 ? STATE_UP : STATE_DOWN;
	case ENTITY_COLLECTOR:
		return STATE_UP;
	}
	return STATE_UNKNOWN;
}

/* Something healthy that needs it was heard after `since_ms`: so it does its work. */
static bool has_witness(const struct engine *e, uint32_t entity, int64_t since_ms)
{
	for (uint32_t k = e->t->first_dependent[entity]; k < e->t->first_dependent[entity + 1];
	     k++) {
		uint32_t d = e->t->dependents[k];
		int64_t heard = e->nodes[d].heard_ms;

		if (e->t->entities[d].kind == ENTITY_AGENT)
			heard = e->agents[e->nodes[d].row].heard_ms;
		if (e->nodes[d].observed == OBSERVED_UP && heard > since_ms)
			return true;
	}
	return false;
}

static bool fails(const struct engine *e, uint32_t entity)
{
	for (uint32_t row = e->nodes[entity].alarms; row != NONE; row = e->alarms[row].next) {
		const struct alarm_row *a = &e->alarms[row];
		unsigned flags = alarm_rule(e, a)->flags;

		if (!a->raised || (flags & RULE_FAILS) == 0)
			continue;
		if ((flags & RULE_INDIRECT) == 0 || !has_witness(e, entity, a->onset_ms))
			return true;
	}
	return false;
}

static enum observation observe(const struct engine *e, uint32_t entity, enum entity_state raw)
{
	const struct entity *ent = &e->t->entities[entity];

	if (fails(e, entity))
		return OBSERVED_DOWN;
	if (ent->kind == ENTITY_AGENT)
		return e->agents[e->nodes[entity].row].state == AGENT_ALIVE ? OBSERVED_UP
									    : OBSERVED_UNKNOWN;
	if (ent->kind == ENTITY_SITE)
		return e->sites[ent->site].n_alive > 0 ? OBSERVED_UP : OBSERVED_UNKNOWN;
	if (e->nodes[entity].n_pending > 0)
		return OBSERVED_UNKNOWN;
	return raw == STATE_UP ? OBSERVED_UP : OBSERVED_UNKNOWN;
}

bool entity_is_planned(const struct engine *e, uint32_t entity)
{
	uint32_t site = e->t->entities[entity].site;

	return e->nodes[entity].planned > 0 ||
	       (site != NO_ENTITY && e->nodes[e->t->sites[site].entity].planned > 0);
}

/* Since when nothing is known without a broker; an agent that had been silent for longer than any
 * patience before (we were restarted meanwhile, and nobody could call it lost) was not known then. */
static int64_t blind_since(const struct engine *e, uint32_t agent)
{
	int64_t since = e->broker_changed.wall_ms;
	int64_t heard = agent != NO_ENTITY ? e->agents[e->nodes[agent].row].heard_wall_ms : 0;

	return heard > 0 && heard < since - LOST_AFTER_MS ? heard : since;
}

/* Since when it has been like this: silence began before it was noticed. */
static int64_t state_since(const struct engine *e, uint32_t entity, enum entity_state s)
{
	const struct entity *ent = &e->t->entities[entity];
	uint32_t agent = ent->kind == ENTITY_AGENT ? entity : ent->agent;
	int64_t since = e->now.wall_ms;

	if (s == STATE_UP || s == STATE_PLANNED)
		return since;
	if (e->blind && s == STATE_UNKNOWN)
		since = blind_since(e, agent);
	else if (ent->kind == ENTITY_SITE && s == STATE_UNKNOWN)
		since = e->sites[ent->site].n_alive == 0 && e->sites[ent->site].last_wall_ms > 0
				? e->sites[ent->site].last_wall_ms
				: since;
	else if (agent != NO_ENTITY && e->agents[e->nodes[agent].row].state == AGENT_LOST)
		since = e->agents[e->nodes[agent].row].dying
				? e->agents[e->nodes[agent].row].died_wall_ms
				: e->agents[e->nodes[agent].row].heard_wall_ms;
	if (since > e->now.wall_ms)
		since = e->now.wall_ms;
	return since;
}

static void put_state(struct engine *e, uint32_t entity, enum entity_state s, int64_t since)
{
	struct node *n = &e->nodes[entity];
	struct effect *f;

	if (n->state == s)
		return;
	n->state = (uint8_t)s;
	n->since_wall_ms = since;
	f = engine_effect(e, EFFECT_STATE);
	f->state.entity = entity;
	f->state.state = s;
	f->state.since_wall_ms = since;
}

static void tell_state(struct engine *e, uint32_t entity, enum entity_state s)
{
	put_state(e, entity, s, state_since(e, entity, s));
}

void state_was_unknown(struct engine *e, uint32_t entity, int64_t since_wall_ms)
{
	if (e->nodes[entity].state == STATE_PLANNED)
		return;
	put_state(e, entity, STATE_UNKNOWN, since_wall_ms);
	engine_touch(e, entity); /* what it is now is told behind it */
}

/* Bad for a reason of its own, that nothing it needs can bring about. */
static bool has_own_fault(const struct engine *e, uint32_t entity)
{
	for (uint32_t row = e->nodes[entity].alarms; row != NONE; row = e->alarms[row].next) {
		const struct alarm_row *a = &e->alarms[row];

		if (a->n_bad > 0 &&
		    (alarm_rule(e, a)->flags & (RULE_DOWN | RULE_EXPLAINED)) == RULE_DOWN)
			return true;
	}
	return false;
}

static bool is_behind_work(const struct engine *e, uint32_t entity, int depth);

/* It does not do its work, and that is planned. */
static bool is_off_for_work(const struct engine *e, uint32_t entity, int depth)
{
	enum entity_state raw = raw_state(e, entity);

	return raw != STATE_UP &&
	       (e->nodes[entity].planned > 0 || is_behind_work(e, entity, depth + 1));
}

/* All of something that it needs is off for planned work, and it has no fault of its own. */
static bool is_behind_work(const struct engine *e, uint32_t entity, int depth)
{
	const struct entity *ent = &e->t->entities[entity];

	if (depth >= 16 || ent->kind != ENTITY_DEVICE || has_own_fault(e, entity))
		return false;
	for (uint32_t i = 0; i < ent->n_needs; i++) {
		bool all = true;

		for (uint32_t k = 0; k < ent->needs[i].n_any && all; k++)
			all = is_off_for_work(e, ent->needs[i].any[k], depth);
		if (all)
			return true;
	}
	return false;
}

/* Whose state is judged by this one's: behind links always, behind other things while there is work. */
static void touch_dependents(struct engine *e, uint32_t entity, bool work_changed)
{
	enum device_class c = e->t->entities[entity].device_class;

	if (c != CLASS_NETWORK && c != CLASS_LINK && e->n_open_windows == 0 && !work_changed)
		return;
	for (uint32_t k = e->t->first_dependent[entity]; k < e->t->first_dependent[entity + 1]; k++)
		if (e->t->entities[e->t->dependents[k]].kind == ENTITY_DEVICE)
			engine_touch(e, e->t->dependents[k]);
}

void device_refresh(struct engine *e, uint32_t entity)
{
	struct node *n = &e->nodes[entity];
	enum entity_state raw = raw_state(e, entity);
	enum observation seen = observe(e, entity, raw);

	if (seen != n->observed) {
		n->observed = (uint8_t)seen;
		e->observed[entity] = (uint8_t)seen;
		e->look = true;
	}
	bool behind = e->n_open_windows > 0 && raw != STATE_UP && is_behind_work(e, entity, 0);
	bool planned = entity_is_planned(e, entity) || behind;

	bool work_changed = behind != n->behind || planned != (n->state == STATE_PLANNED);

	if (work_changed || raw != n->raw)
		touch_dependents(e, entity, work_changed);
	n->behind = behind;
	tell_state(e, entity, planned ? STATE_PLANNED : raw);
	if (raw == n->raw)
		return;
	n->raw = (uint8_t)raw;
	capacity_seats_of(e, entity);
}
