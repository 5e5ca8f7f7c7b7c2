/* The engine's state as bytes and back. One walk over the fields serves both ways: `io` writes what
 * it is given, or fills it in. Alarms, incidents and agents are kept by name, so that they survive a
 * changed topology; what single devices said last is kept by number and only survives the same one. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

enum { MAGIC = 0x4e45574c, VERSION = 1, STRING_MAX = 4096, RESTARTED_MS = 2000 };

struct io {
	bool load, bad;
	uint8_t *buf;
	size_t len, size; /* of what is there, of the memory */
	size_t at;
	int64_t shift_ms; /* from the saved monotonic clock to ours */
};

static void io_bytes(struct io *io, void *p, size_t n)
{
	if (io->load) {
		if (io->bad || io->len - io->at < n) {
			io->bad = true;
			memset(p, 0, n);
			return;
		}
		memcpy(p, io->buf + io->at, n);
		io->at += n;
		return;
	}
	if (io->bad)
		return;
	if (io->len + n > io->size) {
		size_t size = (io->len + n) * 2;
		uint8_t *grown = realloc(io->buf, size);

		if (grown == NULL) {
			io->bad = true;
			return;
		}
		io->buf = grown;
		io->size = size;
	}
	memcpy(io->buf + io->len, p, n);
	io->len += n;
}

#define IO(io, field) io_bytes((io), &(field), sizeof(field))

static void io_ms(struct io *io, int64_t *ms)
{
	IO(io, *ms);
	if (io->load && *ms != INT64_MIN && *ms != INT64_MAX)
		*ms += io->shift_ms;
}

/* Loading: *s is freshly allocated, NULL where it was NULL. */
static void io_string(struct io *io, char **s)
{
	uint32_t n = !io->load && *s != NULL ? (uint32_t)strlen(*s) + 1 : 0;

	IO(io, n);
	if (io->load) {
		*s = NULL;
		if (n == 0 || n > STRING_MAX || io->len - io->at < n) {
			io->bad = io->bad || n > 0;
			return;
		}
		*s = calloc(1, n);
		if (*s == NULL) {
			io->bad = true;
			return;
		}
	}
	if (n > 0)
		io_bytes(io, *s, n);
	if (io->load && n > 0)
		(*s)[n - 1] = '\0';
}

/* An entity by kind and id; NO_ENTITY after loading: it is no more. */
static void io_entity(struct io *io, const struct topology *t, uint32_t *entity)
{
	uint8_t kind = !io->load && *entity != NO_ENTITY ? (uint8_t)t->entities[*entity].kind : 255;
	char *id = !io->load && *entity != NO_ENTITY ? t->entities[*entity].id : NULL;

	IO(io, kind);
	io_string(io, &id);
	if (!io->load)
		return;
	*entity = id != NULL && kind <= ENTITY_COLLECTOR
			  ? topology_find(t, (enum entity_kind)kind, id)
			  : NO_ENTITY;
	free(id);
}

/* Same entities in the same order, same rules: numbers mean the same. */
static uint64_t fingerprint(const struct engine *e)
{
	uint64_t h = 14695981039346656037U;

	for (uint32_t i = 0; i < e->t->n_entities; i++)
		for (const char *c = e->t->entities[i].id;; c++) {
			h = (h ^ (uint8_t)*c) * 1099511628211U;
			if (*c == '\0')
				break;
		}
	for (uint32_t i = 0; i < e->rules->n_rules; i++)
		for (const char *c = e->rules->rules[i].code; *c != '\0'; c++)
			h = (h ^ (uint8_t)*c) * 1099511628211U;
	h = (h ^ e->t->n_seats) * 1099511628211U;
	return (h ^ e->rules->n_conditions) * 1099511628211U;
}

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
	IO(io, a->shelved_until_wall_ms);
	io_string(io, &a->shelved_by);
	if (io->load && a->n_bad > MAX_BAD)
		io->bad = true;
}

static void save_alarms(struct io *io, struct engine *e)
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

static void load_alarms(struct io *io, struct engine *e, bool same)
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
		if (a.rule != NO_RULE)
			keep_alarm(e, a, number, same);
		else
			free(a.shelved_by);
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

static void save_incidents(struct io *io, struct engine *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n_incidents; i++)
		n += e->incidents[i].used;
	IO(io, n);
	for (uint32_t i = 0; i < e->n_incidents; i++)
		if (e->incidents[i].used)
			io_incident(io, e, &e->incidents[i]);
}

static void load_incidents(struct io *io, struct engine *e)
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
	}
}

static void io_agents(struct io *io, struct engine *e)
{
	uint32_t n = e->n_agents;

	IO(io, n);
	for (uint32_t i = 0; i < n && !io->bad; i++) {
		struct agent a = { .entity = NO_ENTITY };

		if (!io->load)
			a = e->agents[i];
		io_entity(io, e->t, &a.entity);
		IO(io, a.state);
		IO(io, a.dying);
		IO(io, a.hidden);
		io_ms(io, &a.heard_ms);
		IO(io, a.heard_wall_ms);
		io_ms(io, &a.died_ms);
		IO(io, a.died_wall_ms);
		if (!io->load || a.entity == NO_ENTITY || a.state > AGENT_LOST)
			continue;
		struct agent *to = &e->agents[e->nodes[a.entity].row];

		a.armed = INT64_MAX;
		a.first_device = to->first_device;
		a.n_devices = to->n_devices;
		*to = a;
		liveness_count(e, to);
	}
}

static void io_windows(struct io *io, struct engine *e)
{
	uint32_t n = e->n_windows;

	IO(io, n);
	for (uint32_t i = 0; i < n && !io->bad; i++) {
		struct window w = { .entity = NO_ENTITY, .armed = INT64_MAX };

		if (!io->load)
			w = e->windows[i];
		io_entity(io, e->t, &w.entity);
		io_string(io, &w.id);
		IO(io, w.from_wall_ms);
		IO(io, w.until_wall_ms);
		IO(io, w.open);
		io_ms(io, &w.armed);
		if (!io->load)
			continue;
		if (w.entity == NO_ENTITY || w.id == NULL) {
			free(w.id);
			continue;
		}
		e->windows =
			engine_grow(e->windows, e->n_windows, &e->windows_size, sizeof *e->windows);
		e->windows[e->n_windows++] = w;
		e->nodes[w.entity].planned = (uint8_t)(e->nodes[w.entity].planned + w.open);
	}
}

static void io_node(struct io *io, struct engine *e, uint32_t i)
{
	struct node *n = &e->nodes[i];

	io_ms(io, &n->heard_ms);
	IO(io, n->since_wall_ms);
	IO(io, n->state);
	IO(io, n->raw);
	IO(io, n->reachable);
	IO(io, n->observed);
	e->observed[i] = n->observed;
}

static void io_discharge(struct io *io, struct ups *u)
{
	struct discharge *d = &u->model;

	IO(io, u->on_battery);
	IO(io, d->charge);
	IO(io, d->runtime_s);
	IO(io, d->load);
	io_ms(io, &d->runtime_ms);
	io_ms(io, &d->charge_ms);
	io_ms(io, &d->since_ms);
	IO(io, d->first_charge);
	io_ms(io, &d->first_ms);
	IO(io, d->usual_rate);
	IO(io, d->usual_load);
	IO(io, d->unreliable);
}

static void io_pbx(struct io *io, struct pbx *p)
{
	IO(io, p->calls_limit);
	IO(io, p->channels_total);
	IO(io, p->registered);
	IO(io, p->usual);
}

/* By number: only where the topology is the same. */
static void io_numbered(struct io *io, struct engine *e)
{
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		io_node(io, e, i);
	for (uint32_t i = 0; i < e->n_ups; i++)
		io_discharge(io, &e->ups[i]);
	for (uint32_t i = 0; i < e->n_pbx; i++)
		io_pbx(io, &e->pbx[i]);
	for (uint32_t i = 0; i < e->t->n_seats; i++)
		IO(io, e->seats[i]);
	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		IO(io, e->sites[i].ready);
		IO(io, e->sites[i].unknown);
		IO(io, e->sites[i].told);
		IO(io, e->sites[i].judged);
		IO(io, e->sites[i].spoken);
		io_ms(io, &e->sites[i].armed);
		io_ms(io, &e->sites[i].heard_ms);
		IO(io, e->sites[i].last_wall_ms);
	}
	IO(io, e->hotline);
}

static void io_globals(struct io *io, struct engine *e)
{
	IO(io, e->last_number);
	IO(io, e->last_id);
	IO(io, e->broker_up);
	IO(io, e->blind);
	io_ms(io, &e->broker_changed.mono_ms);
	IO(io, e->broker_changed.wall_ms);
	io_ms(io, &e->started.mono_ms);
}

int engine_save(const struct engine *ce, void **ret, size_t *ret_len)
{
	struct engine *e =
		(struct engine *)(uintptr_t)ce; /* the walk is the same; nothing is written */
	struct io io = { 0 };
	uint32_t magic = MAGIC, version = VERSION;
	uint64_t print = fingerprint(e);

	IO(&io, magic);
	IO(&io, version);
	IO(&io, print);
	IO(&io, e->now);
	io_globals(&io, e);
	io_agents(&io, e);
	save_incidents(&io, e);
	save_alarms(&io, e);
	io_windows(&io, e);
	io_numbered(&io, e);
	if (io.bad) {
		free(io.buf);
		return -ENOMEM;
	}
	*ret = io.buf;
	*ret_len = io.len;
	return 0;
}

static int by_id(const struct engine *e, uint32_t a, uint32_t b)
{
	return e->alarms[a].id < e->alarms[b].id ? -1 : 1;
}

/* Settled already: it waits for its cause to show. */
static int64_t settle_ms(const struct engine *e, const struct alarm_row *a)
{
	int64_t at = a->raised_ms + alarm_rule(e, a)->settle_ms;

	if (at <= e->now.mono_ms)
		at = a->raised_ms + BLOCK_MAX_MS;
	return at > e->now.mono_ms ? at : e->now.mono_ms + 1000;
}

static void arm_again(struct engine *e, int64_t *armed, enum due_kind kind, uint32_t row)
{
	int64_t at = *armed;

	*armed = INT64_MAX;
	due_arm(&e->due, armed, kind, row, at);
}

static void rearm(struct engine *e)
{
	for (uint32_t i = 1; i < e->n_waiting; i++) { /* in the order in which they were raised */
		uint32_t row = e->waiting[i], k = i;

		for (; k > 0 && by_id(e, row, e->waiting[k - 1]) < 0; k--)
			e->waiting[k] = e->waiting[k - 1];
		e->waiting[k] = row;
	}
	for (uint32_t i = 0; i < e->n_agents; i++)
		liveness_watch(e, i);
	for (uint32_t i = 0; i < e->n_alarms; i++) {
		struct alarm_row *a = &e->alarms[i];

		alarm_arm(e, i, alarm_wake_ms(e, a));
		if (a->unassigned)
			alarm_arm_settle(e, i, settle_ms(e, a));
	}
	for (uint32_t i = 0; i < e->n_incidents; i++)
		arm_again(e, &e->incidents[i].armed, DUE_INCIDENT, i);
	for (uint32_t i = 0; i < e->n_windows; i++)
		arm_again(e, &e->windows[i].armed, DUE_MAINTENANCE, i);
	for (uint32_t i = 0; i < e->t->n_sites; i++)
		arm_again(e, &e->sites[i].armed, DUE_CAPACITY, i);
}

/* We were away: silence since then is ours. Everybody gets the time to be heard again. */
static void forgive(struct engine *e)
{
	for (uint32_t i = 0; i < e->n_agents; i++) {
		struct agent *a = &e->agents[i];

		if (a->state == AGENT_ALIVE || a->state == AGENT_SUSPECT) {
			a->heard_ms = e->now.mono_ms;
			a->died_ms = a->dying ? e->now.mono_ms : a->died_ms;
		}
	}
}

/* Another topology: what each device does now is unknown until it reports. */
static void touch_all(struct engine *e)
{
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		engine_touch(e, i);
	for (uint32_t i = 0; i < e->t->n_sites; i++)
		engine_touch_site(e, i);
}

static int load(struct io *io, struct engine *e)
{
	uint32_t magic = 0, version = 0;
	uint64_t print = 0;
	struct instant saved = { 0, 0 };

	IO(io, magic);
	IO(io, version);
	IO(io, print);
	IO(io, saved);
	if (io->bad || magic != MAGIC || version != VERSION)
		return -EBADMSG;
	bool same = print == fingerprint(e);
	int64_t away = e->now.wall_ms > saved.wall_ms ? e->now.wall_ms - saved.wall_ms : 0;
	io->shift_ms = e->now.mono_ms - away - saved.mono_ms;
	io_globals(io, e);
	io_agents(io, e);
	load_incidents(io, e);
	if (!io->bad)
		load_alarms(io, e, same);
	io_windows(io, e);
	if (same)
		io_numbered(io, e);
	if (io->bad)
		return -EBADMSG;
	if (!same)
		touch_all(e);
	if (away > RESTARTED_MS)
		forgive(e);
	rearm(e);
	return 0;
}

int engine_load(struct engine *e, const void *buf, size_t len, struct instant now)
{
	struct io io = { .load = true, .buf = (uint8_t *)(uintptr_t)buf, .len = len };

	assert(e->n_alarms == 0 && e->n_incidents == 0 && e->n_windows == 0);
	e->now = now;
	return load(&io, e); // NOLINT(clang-analyzer-unix.Malloc): the bytes are the caller's
}
