/* The alarm rows: made at the first bad sign of a condition, gone when nothing of it is left. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

const struct rule *alarm_rule(const struct engine *e, const struct alarm_row *a)
{
	return &e->rules->rules[a->rule];
}

uint32_t alarm_find(const struct engine *e, uint32_t entity, uint16_t rule)
{
	uint32_t row = e->nodes[entity].alarms;

	while (row != NONE && e->alarms[row].rule != rule)
		row = e->alarms[row].next;
	return row;
}

static uint32_t alarm_make(struct engine *e, uint32_t entity, uint16_t rule)
{
	uint32_t row = e->free_alarm;

	if (row != NONE) {
		e->free_alarm = e->alarms[row].next;
	} else {
		row = e->n_alarms;
		e->alarms = engine_grow(e->alarms, row, &e->alarms_size, sizeof *e->alarms);
		e->n_alarms++;
	}
	e->alarms[row] = (struct alarm_row){ .entity = entity,
					     .rule = rule,
					     .used = true,
					     .incident = NONE,
					     .next = e->nodes[entity].alarms,
					     .armed = INT64_MAX,
					     .settle_armed = INT64_MAX };
	e->nodes[entity].alarms = row;
	return row;
}

void alarm_release(struct engine *e, uint32_t row)
{
	struct alarm_row *a = &e->alarms[row];
	uint32_t *at = &e->nodes[a->entity].alarms;

	if (!a->used || a->raised || a->life.state != ALARM_OK || a->life.bad || a->n_bad > 0 ||
	    a->incident != NONE || a->unassigned || alarm_penalty(&a->life, e->now.mono_ms) > 0.05)
		return;
	while (*at != row)
		at = &e->alarms[*at].next;
	*at = a->next;
	a->used = false;
	a->next = e->free_alarm;
	e->free_alarm = row;
}

/* A seat's own fault is a warning: the site's alarm tells when it matters. */
enum severity alarm_severity(const struct engine *e, const struct alarm_row *a)
{
	enum severity s = alarm_rule(e, a)->severity;

	if (e->t->entities[a->entity].seat != NO_ENTITY && s > SEVERITY_WARNING)
		return SEVERITY_WARNING;
	return s;
}

struct alarm_view alarm_view_of(const struct engine *e, const struct alarm_row *a)
{
	struct alarm_view v = { .id = a->id,
				.entity = a->entity,
				.code = alarm_rule(e, a)->code,
				.severity = alarm_severity(e, a),
				.life = ALARM_RAISED,
				.raised_wall_ms = a->raised_wall_ms };

	if (a->incident != NONE) {
		v.incident = e->incidents[a->incident].number;
		if (e->incidents[a->incident].acked)
			v.life = ALARM_ACKNOWLEDGED;
	}
	if (a->shelved)
		v.life = ALARM_SHELVED;
	if (!a->raised)
		v.life = ALARM_LIFE_CLEARED;
	return v;
}

/* By entity and rule, so that alarms of one moment come in the same order whatever arrived first. */
static struct due due_of(const struct engine *e, enum due_kind kind, uint32_t row, int64_t at_ms)
{
	const struct alarm_row *a = &e->alarms[row];

	return (struct due){ at_ms, kind, row, (uint64_t)a->entity << 16 | a->rule };
}

void alarm_arm(struct engine *e, uint32_t row, int64_t at_ms)
{
	struct due d = due_of(e, DUE_ALARM, row, at_ms);

	due_arm_ordered(&e->due, &e->alarms[row].armed, &d);
}

void alarm_arm_settle(struct engine *e, uint32_t row, int64_t at_ms)
{
	struct due d = due_of(e, DUE_SETTLE, row, at_ms);

	due_arm_ordered(&e->due, &e->alarms[row].settle_armed, &d);
}

static void tell(struct engine *e, struct alarm_row *a, bool raised)
{
	struct effect *f = engine_effect(e, EFFECT_ALARM);

	f->alarm.view = alarm_view_of(e, a);
	f->alarm.raised = raised;
}

static void raise(struct engine *e, uint32_t row)
{
	struct alarm_row *a = &e->alarms[row];

	a->id = ++e->last_id;
	a->raised = true;
	a->raised_ms = e->now.mono_ms;
	a->raised_wall_ms = e->now.wall_ms;
	a->shelved = silence_covers(e, a);
	tell(e, a, true);
	engine_touch(e, a->entity);
	incident_wait(e, row);
	if (e->t->entities[a->entity].device_class == CLASS_UPS)
		capacity_seats_of(e, a->entity); /* how contact was lost tells dark from unknown */
	if (e->t->entities[a->entity].kind == ENTITY_BROKER &&
	    (alarm_rule(e, a)->flags & RULE_FAILS) != 0)
		liveness_blind(e, true);
}

static void clear(struct engine *e, uint32_t row)
{
	struct alarm_row *a = &e->alarms[row];

	a->raised = false;
	a->shelved = false;
	tell(e, a, false);
	engine_touch(e, a->entity);
	incident_alarm_changed(e, row);
	if (e->t->entities[a->entity].kind == ENTITY_BROKER &&
	    (alarm_rule(e, a)->flags & RULE_FAILS) != 0)
		liveness_blind(e, false);
}

static void count_pending(struct engine *e, struct alarm_row *a)
{
	bool counts =
		a->life.state == ALARM_PENDING && ((alarm_rule(e, a)->flags & RULE_FAILS) != 0 ||
						   alarm_rule(e, a)->family == FAMILY_CAPACITY);

	if (counts == a->pending_counted)
		return;
	a->pending_counted = counts;
	e->nodes[a->entity].n_pending =
		(uint8_t)(e->nodes[a->entity].n_pending + (counts ? 1 : -1));
	if (!counts)
		e->look = true;
}

static void step(struct engine *e, uint32_t row, enum alarm_input in)
{
	struct alarm_row *a = &e->alarms[row];
	const struct rule *r = alarm_rule(e, a);
	struct alarm_hold h = { a->inferred ? 0 : r->raise_ms, r->clear_ms,
				(r->flags & RULE_STEADY) == 0 };
	bool was_ok = a->life.state == ALARM_OK;
	struct alarm_effect f = alarm_step(&a->life, &h, in, e->now.mono_ms);

	if (was_ok && (a->life.state == ALARM_PENDING || f.notice == ALARM_SAY_RAISED)) {
		a->onset_ms = e->now.mono_ms;
		a->onset_wall_ms = e->now.wall_ms;
	}
	count_pending(e, a);
	e->look = e->look || a->unassigned;
	if (f.wake_ms != INT64_MAX)
		alarm_arm(e, row, f.wake_ms);
	if (f.notice == ALARM_SAY_RAISED)
		raise(e, row);
	else if (f.notice == ALARM_SAY_CLEARED)
		clear(e, row);
	else if (f.notice == ALARM_SAY_STEADY)
		incident_steady(e, row);
}

void alarm_due(struct engine *e, uint32_t row)
{
	struct alarm_row *a = &e->alarms[row];

	a->armed = INT64_MAX;
	if (!a->used)
		return;
	step(e, row, ALARM_IN_TICK);
	a = &e->alarms[row];
	alarm_release(e, row);
	if (a->used)
		alarm_arm(e, row, alarm_wake_ms(e, a));
}

/* What is left of a penalty is looked at again when it will have gone. */
int64_t alarm_wake_ms(const struct engine *e, const struct alarm_row *a)
{
	const struct rule *r = alarm_rule(e, a);
	int64_t wake = INT64_MAX;

	if (a->life.state == ALARM_PENDING)
		wake = a->life.since_ms + (a->inferred ? 0 : r->raise_ms);
	else if (a->life.flapping)
		wake = alarm_penalty_falls_to(&a->life, 0.75, e->now.mono_ms);
	else if (a->life.state == ALARM_CLEARING)
		wake = a->life.since_ms + r->clear_ms;
	else if (a->life.state == ALARM_OK && !a->life.bad && a->incident == NONE)
		wake = alarm_penalty_falls_to(&a->life, 0.05, e->now.mono_ms) + 1;
	return wake;
}

static uint8_t find_bad(const struct alarm_row *a, struct bad source)
{
	uint8_t i = 0;

	while (i < a->n_bad &&
	       (a->bad[i].condition != source.condition || a->bad[i].instance != source.instance))
		i++;
	return i;
}

bool alarm_source_is_bad(const struct engine *e, uint32_t entity, uint16_t rule, struct bad source)
{
	uint32_t row = alarm_find(e, entity, rule);

	return row != NONE && find_bad(&e->alarms[row], source) < e->alarms[row].n_bad;
}

/* The condition as a whole went bad or good: what it means for the device's own state. */
static void turn(struct engine *e, uint32_t row, bool bad)
{
	struct alarm_row *a = &e->alarms[row];
	struct node *n = &e->nodes[a->entity];

	if ((alarm_rule(e, a)->flags & RULE_DOWN) != 0) {
		n->n_down = (uint8_t)(n->n_down + (bad ? 1 : -1));
		engine_touch(e, a->entity);
	}
	step(e, row, bad ? ALARM_IN_BAD : ALARM_IN_GOOD);
	a = &e->alarms[row];
	if (!bad && a->armed == INT64_MAX && a->life.state == ALARM_OK)
		alarm_arm(e, row, alarm_penalty_falls_to(&a->life, 0.05, e->now.mono_ms) + 1);
}

void alarm_condition(struct engine *e, uint32_t entity, uint16_t rule, struct bad source, bool bad)
{
	uint32_t row = alarm_find(e, entity, rule);

	if (row == NONE && !bad)
		return;
	if (row == NONE)
		row = alarm_make(e, entity, rule);
	struct alarm_row *a = &e->alarms[row];
	uint8_t i = find_bad(a, source), before = a->n_bad;

	if (bad && i == a->n_bad && a->n_bad < MAX_BAD)
		a->bad[a->n_bad++] = source;
	else if (!bad && i < a->n_bad)
		a->bad[i] = a->bad[--a->n_bad];
	a->inferred = a->n_bad > 0 && a->bad[0].condition == BAD_INFERRED;
	if ((before > 0) != (a->n_bad > 0))
		turn(e, row, a->n_bad > 0);
	else if (bad && a->life.state == ALARM_OK) /* it was unknown in between */
		step(e, row, ALARM_IN_BAD);
	else if (!bad && a->life.bad && a->n_bad == 0)
		step(e, row, ALARM_IN_GOOD);
}

void alarm_set(struct engine *e, uint32_t entity, const char *code, uint16_t source, bool bad)
{
	uint16_t rule = rule_find(e->rules, rule_subject(&e->t->entities[entity]), code);

	if (rule != NO_RULE)
		alarm_condition(e, entity, rule, (struct bad){ source, 0 }, bad);
}

/* It has been so for longer than it is known here. Never by more than a few tries take, so that a
 * device that is seldom asked is not gone with its first miss. */
void alarm_backdate(struct engine *e, uint32_t entity, const char *code, int64_t since_ms)
{
	uint16_t rule = rule_find(e->rules, rule_subject(&e->t->entities[entity]), code);
	uint32_t row = rule != NO_RULE ? alarm_find(e, entity, rule) : NONE;

	if (row == NONE || e->alarms[row].life.state != ALARM_PENDING)
		return;
	if (since_ms < e->now.mono_ms - BACKDATE_MAX_MS)
		since_ms = e->now.mono_ms - BACKDATE_MAX_MS;
	if (since_ms >= e->alarms[row].life.since_ms)
		return;
	e->alarms[row].life.since_ms = since_ms;
	step(e, row, ALARM_IN_TICK);
}

/* What the engine worked out can no longer be said: waiting, it is void; raised, it stays. */
void alarm_forget_code(struct engine *e, uint32_t entity, const char *code)
{
	uint16_t rule = rule_find(e->rules, rule_subject(&e->t->entities[entity]), code);
	uint32_t row = rule != NO_RULE ? alarm_find(e, entity, rule) : NONE;

	if (row == NONE || e->alarms[row].n_bad == 0)
		return;
	if ((alarm_rule(e, &e->alarms[row])->flags & RULE_DOWN) != 0)
		e->nodes[entity].n_down--;
	e->alarms[row].n_bad = 0;
	step(e, row, ALARM_IN_UNKNOWN);
}

/* What a device said no longer counts: an alarm that is up stays up, the rest is forgotten. What
 * the engine worked out itself (contact lost on battery) is not something the device said. */
void alarm_forget(struct engine *e, uint32_t entity)
{
	uint32_t next, row = e->nodes[entity].alarms;

	for (; row != NONE; row = next) {
		struct alarm_row *a = &e->alarms[row];

		next = a->next;
		if (a->n_bad > 0 && a->bad[0].condition >= BAD_REPORTED)
			continue;
		if (a->n_bad > 0 && (alarm_rule(e, a)->flags & RULE_DOWN) != 0)
			e->nodes[entity].n_down--;
		a->n_bad = 0;
		step(e, row, ALARM_IN_UNKNOWN);
	}
}
