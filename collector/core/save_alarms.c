/* Alarms and incidents, by name. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/save.h"

static void io_life(struct io *io, struct alarm *a)
{
	uint8_t state = (uint8_t)a->state;

	IO(io, state);
	IO(io, a->bad);
	IO(io, a->flapping);
	io_ms(io, &a->since_ms);
	IO(io, a->penalty);
	io_ms(io, &a->penalty_ms);
	io->bad = io->bad || state > ALARM_CLEARING;
	a->state = (enum alarm_state)(state & 3);
}

static void io_alarm(struct io *io, struct alarm_row *a, uint32_t *incident_number)
{
	io_life(io, &a->life);
	IO(io, a->id);
	IO(io, a->member);
	IO(io, *incident_number);
	IO(io, a->raised);
	IO(io, a->unassigned);
	IO(io, a->shelved);
	IO(io, a->inferred);
	IO(io, a->n_bad);
	IO(io, a->bad);
	io_ms(io, &a->onset_ms);
	IO(io, a->onset_wall_ms);
	io_ms(io, &a->raised_ms);
	IO(io, a->raised_wall_ms);
	if (io->load && a->n_bad > MAX_BAD)
		io->bad = true;
}

void save_alarms(struct io *io, struct engine *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n_alarms; i++)
		n += e->alarms[i].used;
	IO(io, n);
	for (uint32_t i = 0; i < e->n_alarms; i++) {
		struct alarm_row *a = &e->alarms[i];
		uint32_t number = a->incident != NONE ? e->incidents[a->incident].number : 0;

		if (!a->used)
			continue;
		io_entity(io, e->t, &a->entity);
		io_string(io, &e->rules->rules[a->rule].code);
		io_alarm(io, a, &number);
	}
}

static void keep_alarm(struct engine *e, struct alarm_row a, uint32_t number, bool same)
{
	struct node *n = &e->nodes[a.entity];
	const struct rule *r = &e->rules->rules[a.rule];
	uint32_t row = e->n_alarms;

	if (!same) /* conditions have other numbers now: the next report says */
		a.n_bad = a.n_bad > 0 && a.bad[0].condition >= BAD_REPORTED ? a.n_bad : 0;
	a.used = true;
	a.next = n->alarms;
	a.incident = number != 0 ? incident_by_number(e, number) : NONE;
	a.armed = a.settle_armed = INT64_MAX;
	a.pending_counted = a.life.state == ALARM_PENDING &&
			    ((r->flags & RULE_FAILS) != 0 || r->family == FAMILY_CAPACITY);
	n->n_pending = (uint8_t)(n->n_pending + a.pending_counted);
	n->n_down = (uint8_t)(n->n_down + (a.n_bad > 0 && (r->flags & RULE_DOWN) != 0));
	n->alarms = row;
	e->alarms = engine_grow(e->alarms, row, &e->alarms_size, sizeof *e->alarms);
	e->alarms[row] = a;
	e->n_alarms++;
	if (!a.unassigned)
		return;
	e->waiting = engine_grow(e->waiting, e->n_waiting, &e->waiting_size, sizeof *e->waiting);
	e->waiting[e->n_waiting++] = row;
}

/* Until version 2 an alarm was shelved by itself. */
static void old_shelf(struct io *io, struct engine *e, const struct alarm_row *a, const char *code)
{
	int64_t until = 0;
	char *by = NULL;

	IO(io, until);
	io_string(io, &by);
	if (!io->bad && a->shelved && a->rule != NO_RULE && by != NULL) {
		uint32_t row = silence_row(e);
		struct silence *s = &e->silences[row];

		*s = (struct silence){ .number = ++e->last_silence,
				       .target = strdup(e->t->entities[a->entity].id),
				       .code = strdup(code),
				       .by = by,
				       .entities = { a->entity },
				       .n_entities = 1,
				       .from_wall_ms = a->raised_wall_ms,
				       .until_wall_ms = until,
				       .open = true,
				       .armed = e->now.mono_ms };
		assert(s->target != NULL && s->code != NULL);
		by = NULL;
	}
	free(by);
}

void load_alarms(struct io *io, struct engine *e, bool same)
{
	uint32_t n = 0;

	IO(io, n);
	for (uint32_t i = 0; i < n && !io->bad; i++) {
		struct alarm_row a = { .entity = NO_ENTITY };
		uint32_t number = 0;
		char *code = NULL;

		io_entity(io, e->t, &a.entity);
		io_string(io, &code);
		io_alarm(io, &a, &number);
		a.rule =
			a.entity != NO_ENTITY && code != NULL && !io->bad
				? rule_find(e->rules, rule_subject(&e->t->entities[a.entity]), code)
				: NO_RULE;
		if (io->version == 1)
			old_shelf(io, e, &a, code);
		if (a.rule != NO_RULE)
			keep_alarm(e, a, number, same);
		free(code);
	}
}

static void io_member(struct io *io, struct engine *e, struct incident *in, uint32_t i)
{
	struct incident_member *m = &in->members[i];
	char *code = (char *)(uintptr_t)m->code;
	uint8_t severity = (uint8_t)m->severity;

	io_entity(io, e->t, &m->entity);
	io_string(io, &code);
	IO(io, m->id);
	IO(io, severity);
	IO(io, m->active);
	IO(io, m->onset_wall_ms);
	IO(io, in->counted[i]);
	if (!io->load)
		return;
	uint16_t rule =
		m->entity != NO_ENTITY && code != NULL
			? rule_find(e->rules, rule_subject(&e->t->entities[m->entity]), code)
			: NO_RULE;
	m->code = rule != NO_RULE ? e->rules->rules[rule].code : "";
	m->severity = severity <= SEVERITY_CRITICAL ? (enum severity)severity : SEVERITY_CRITICAL;
	in->ids[i] = m->id;
	if (rule == NO_RULE) { /* it is no more: it stays as a name without a part in anything */
		m->entity = e->t->collector;
		m->active = in->counted[i] = false;
	}
	free(code);
}

static void io_members(struct io *io, struct engine *e, struct incident *in)
{
	IO(io, in->n_members);
	if (io->load) {
		uint32_t n = in->n_members;

		if (n > (io->len - io->at) / 8) {
			io->bad = true;
			in->n_members = 0;
			return;
		}
		in->size = n + 1;
		in->members = calloc(in->size, sizeof *in->members);
		in->ids = calloc(in->size, sizeof *in->ids);
		in->counted = calloc(in->size, sizeof *in->counted);
		assert(in->members != NULL && in->ids != NULL && in->counted != NULL);
		for (uint32_t i = 0; i < n; i++)
			in->members[i].entity = NO_ENTITY;
	}
	for (uint32_t i = 0; i < in->n_members && !io->bad; i++)
		io_member(io, e, in, i);
}

/* Who was told, by id: people come and go. */
static void io_told(struct io *io, const struct engine *e, struct incident *in)
{
	uint32_t n = 0, people = e->plan != NULL ? e->plan->n_people : 0;

	for (uint32_t i = 0; !io->load && i < people; i++)
		n += in->told[i] != 0;
	IO(io, n);
	if (io->load) {
		in->told = calloc(people + (size_t)1, 1);
		assert(in->told != NULL);
	}
	for (uint32_t i = 0, k = 0; !io->load && i < people && k < n; i++)
		if (in->told[i] != 0) {
			io_string(io, &e->plan->people[i].id);
			k++;
		}
	for (uint32_t k = 0; io->load && k < n && !io->bad; k++) {
		char *id = NULL;

		io_string(io, &id);
		for (uint32_t i = 0; id != NULL && i < people; i++)
			if (strcmp(e->plan->people[i].id, id) == 0)
				in->told[i] = 1;
		free(id);
	}
}

static void io_incident(struct io *io, struct engine *e, struct incident *in)
{
	IO(io, in->number);
	IO(io, in->open);
	IO(io, in->planned);
	IO(io, in->paged);
	IO(io, in->acked);
	IO(io, in->steady);
	IO(io, in->worst);
	IO(io, in->told_severity);
	IO(io, in->told_level);
	IO(io, in->by_severity);
	IO(io, in->by_level);
	IO(io, in->n_active);
	IO(io, in->step);
	io_ms(io, &in->opened_ms);
	io_ms(io, &in->closed_ms);
	io_ms(io, &in->quiet_ms);
	io_ms(io, &in->paged_ms);
	io_ms(io, &in->acked_ms);
	io_ms(io, &in->worse_ms);
	IO(io, in->opened_wall_ms);
	IO(io, in->closed_wall_ms);
	IO(io, in->owned_until_wall_ms);
	io_ms(io, &in->armed);
	io_string(io, &in->owner);
	char *unused = NULL; /* where the reason stood */
	io_string(io, &unused);
	free(unused);
	io_members(io, e, in);
	io_told(io, e, in);
}

void save_incidents(struct io *io, struct engine *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n_incidents; i++)
		n += e->incidents[i].used;
	IO(io, n);
	for (uint32_t i = 0; i < e->n_incidents; i++)
		if (e->incidents[i].used)
			io_incident(io, e, &e->incidents[i]);
}

void load_incidents(struct io *io, struct engine *e)
{
	uint32_t n = 0;

	IO(io, n);
	for (uint32_t i = 0; i < n && !io->bad; i++) {
		uint32_t row = e->n_incidents;

		e->incidents =
			engine_grow(e->incidents, row, &e->incidents_size, sizeof *e->incidents);
		e->incidents[row] = (struct incident){ .used = true,
						       .armed = INT64_MAX,
						       .change = INCIDENT_UPDATED };
		e->n_incidents++;
		io_incident(io, e, &e->incidents[row]);
		struct incident *in = &e->incidents[row];
		if (in->n_members == 0) {
			io->bad = true;
			return;
		}
		in->site = e->t->entities[in->members[0].entity].site;
		in->n_active = 0;
		memset(in->by_severity, 0, sizeof in->by_severity);
		memset(in->by_level, 0, sizeof in->by_level);
		for (uint32_t k = 0; k < in->n_members; k++) {
			bool counted = in->counted[k];

			in->counted[k] = false;
			in->n_active += in->members[k].active;
			if (counted)
				incident_count(e, in, k, true);
		}
		in->muted = incident_is_muted(in);
	}
}
