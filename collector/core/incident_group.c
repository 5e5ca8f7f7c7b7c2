/* Which alarms belong together. A raised alarm waits until it has settled and until nothing above it
 * in the topology is about to be raised; then the observations of the whole graph decide its root. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

enum { ANCESTORS_MAX = 64, RECENT_MAX = 1000 };

void incident_wait(struct engine *e, uint32_t row)
{
	struct alarm_row *a = &e->alarms[row];

	if (a->incident != NONE && e->incidents[a->incident].open) {
		incident_alarm_changed(e, row);
		return;
	}
	a->incident = NONE;
	if (!a->unassigned) {
		a->unassigned = true;
		e->waiting =
			engine_grow(e->waiting, e->n_waiting, &e->waiting_size, sizeof *e->waiting);
		e->waiting[e->n_waiting++] = row;
	}
	a->settle_armed = INT64_MAX;
	alarm_arm_settle(e, row, e->now.mono_ms + alarm_rule(e, a)->settle_ms);
	e->look = true;
}

static void drop_settled(struct engine *e)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < e->n_waiting; i++) {
		struct alarm_row *a = &e->alarms[e->waiting[i]];

		if (a->raised && a->incident == NONE) {
			e->waiting[kept++] = e->waiting[i];
			continue;
		}
		a->unassigned = false;
		alarm_release(e, e->waiting[i]);
	}
	e->n_waiting = kept;
}

/* Is something that `entity` needs, near or far, about to be raised? */
static bool cause_is_coming(const struct engine *e, uint32_t entity)
{
	uint32_t queue[ANCESTORS_MAX], tail = 0;

	queue[tail++] = entity;
	for (uint32_t head = 0; head < tail; head++) {
		const struct entity *ent = &e->t->entities[queue[head]];

		if (head > 0 && e->nodes[queue[head]].n_pending > 0)
			return true;
		for (uint32_t i = 0; i < ent->n_needs; i++)
			for (uint32_t k = 0; k < ent->needs[i].n_any && tail < ANCESTORS_MAX; k++)
				queue[tail++] = ent->needs[i].any[k];
	}
	return false;
}

static bool agents_in_doubt(const struct engine *e, uint32_t site)
{
	const struct site_live *s = site != NO_ENTITY ? &e->sites[site] : NULL;

	if (s != NULL && s->n_known > s->n_alive + s->n_lost)
		return true;
	/* Nobody is heard at all: is it them or us? */
	return e->n_alive == 0 && e->n_known > e->n_lost;
}

/* The centre's own alarm is about to be raised, or raised and not yet told. */
static bool site_alarm_is_coming(const struct engine *e, uint32_t site)
{
	uint32_t entity = e->t->sites[site].entity;

	for (uint32_t row = e->nodes[entity].alarms; row != NONE; row = e->alarms[row].next)
		if (e->alarms[row].unassigned &&
		    alarm_rule(e, &e->alarms[row])->family == FAMILY_CAPACITY)
			return true;
	return e->nodes[entity].n_pending > 0;
}

static bool is_blocked(const struct engine *e, const struct alarm_row *a)
{
	const struct entity *ent = &e->t->entities[a->entity];
	uint32_t agent = ent->kind == ENTITY_AGENT ? a->entity : ent->agent;
	const struct rule *r = alarm_rule(e, a);

	if (r->family == FAMILY_CAPACITY) {
		uint32_t limiting = e->sites[ent->site].told.limiting;

		return limiting != NO_ENTITY &&
		       (e->nodes[limiting].n_pending > 0 || cause_is_coming(e, limiting));
	}
	if (ent->seat != NO_ENTITY && site_alarm_is_coming(e, ent->site))
		return true;
	/* What it does to the centre belongs in the first page, not in a second one. */
	if ((r->flags & RULE_FAILS) != 0 && ent->site != NO_ENTITY && ent->kind != ENTITY_SITE &&
	    e->nodes[e->t->sites[ent->site].entity].n_pending > 0)
		return true;
	if ((r->flags & RULE_EXPLAINED) == 0)
		return false;
	if (ent->kind == ENTITY_AGENT || ent->kind == ENTITY_SITE) {
		if (agents_in_doubt(e, ent->site))
			return true;
	} else if (agent != NO_ENTITY && e->agents[e->nodes[agent].row].state == AGENT_SUSPECT) {
		return true;
	}
	return cause_is_coming(e, a->entity);
}

/* Raised long enough ago, and nothing to wait for; asks to be woken otherwise. */
static bool is_ready(struct engine *e, uint32_t row)
{
	struct alarm_row *a = &e->alarms[row];
	int64_t waited = e->now.mono_ms - a->raised_ms;

	/* Good again, but not yet for long: it is not told, it will be cleared. */
	if (waited < alarm_rule(e, a)->settle_ms || (!a->life.bad && !a->life.flapping))
		return false;
	if (waited >= BLOCK_MAX_MS || !is_blocked(e, a))
		return true;
	alarm_arm_settle(e, row, a->raised_ms + BLOCK_MAX_MS);
	return false;
}

/* A healthy dependent, heard since, proves that only the thing's own management has died. */
static void refresh_needs(struct engine *e, uint32_t entity)
{
	const struct entity *ent = &e->t->entities[entity];

	device_refresh(e, entity);
	for (uint32_t i = 0; i < ent->n_needs; i++)
		for (uint32_t k = 0; k < ent->needs[i].n_any; k++)
			if (e->nodes[ent->needs[i].any[k]].observed == OBSERVED_DOWN)
				device_refresh(e, ent->needs[i].any[k]);
}

/* What limits the seats of the site that are not ready, as a root: the one that explains enough of
 * them to have taken the site below its minimum by itself. */
static uint32_t capacity_root(struct engine *e, uint32_t site)
{
	const struct site *s = &e->t->sites[site];
	const struct capacity *c = &e->sites[site].told;
	uint32_t best = NO_ENTITY, votes = 0, n = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < s->n_seats; i++) {
			const struct seat_live *l = &e->seats[s->first_seat + i];
			uint32_t who = l->limiting, root;

			if (l->raw == HEARD_YES || who == NO_ENTITY)
				continue;
			if (e->t->entities[who].agent != NO_ENTITY &&
			    e->nodes[who].reachable == HEARD_NOTHING)
				who = e->t->entities[who].agent;
			root = rootcause_of(e->rc, who);
			if (pass == 1)
				n += root == best;
			else if (votes == 0)
				best = root, votes = 1;
			else
				votes = root == best ? votes + 1 : votes - 1;
		}
	}
	if (c->limiting != NO_ENTITY && e->t->entities[c->limiting].needed_for_seats)
		return rootcause_of(e->rc, c->limiting);
	if (best == NO_ENTITY || e->t->entities[best].seat != NO_ENTITY)
		return NO_ENTITY;
	uint32_t minimum = s->minimum_seats > 0 ? s->minimum_seats : 1;
	return c->seats_ready + n >= minimum ? best : NO_ENTITY;
}

/* The alarm that stands for the failure of `root`: the one whose incident is open, else the oldest. */
static uint32_t root_alarm(const struct engine *e, uint32_t root)
{
	uint32_t best = NONE;

	for (uint32_t row = e->nodes[root].alarms; row != NONE; row = e->alarms[row].next) {
		const struct alarm_row *a = &e->alarms[row];
		const struct rule *r = alarm_rule(e, a);

		if (!a->raised || (r->family != FAMILY_POWER && (r->flags & RULE_FAILS) == 0))
			continue;
		if (best == NONE)
			best = row;
		else if ((a->incident != NONE) != (e->alarms[best].incident != NONE))
			best = a->incident != NONE ? row : best;
		else if (a->onset_ms < e->alarms[best].onset_ms ||
			 (a->onset_ms == e->alarms[best].onset_ms &&
			  a->rule < e->alarms[best].rule))
			best = row;
	}
	return best;
}

/* An open incident that the alarm belongs to by its own entity: the same family of faults. */
static uint32_t family_incident(const struct engine *e, const struct alarm_row *a)
{
	enum rule_family family = alarm_rule(e, a)->family;

	for (uint32_t row = e->nodes[a->entity].alarms; row != NONE; row = e->alarms[row].next) {
		const struct alarm_row *b = &e->alarms[row];

		if (b != a && b->incident != NONE && e->incidents[b->incident].open &&
		    family != FAMILY_OWN && alarm_rule(e, b)->family == family)
			return b->incident;
	}
	return NONE;
}

/* May be said to have failed though nobody watches it? */
static bool can_infer(const struct engine *e, uint32_t entity)
{
	const struct entity *ent = &e->t->entities[entity];
	const struct node *n = &e->nodes[entity];

	return ent->kind == ENTITY_DEVICE && n->reachable == HEARD_NOTHING && n->n_pending == 0 &&
	       (ent->agent == NO_ENTITY || e->agents[e->nodes[ent->agent].row].state != AGENT_LOST);
}

/* A gateway that is lost while its UPS runs on battery is the same loss of contact. */
static uint32_t ups_lost_with(const struct engine *e, uint32_t agent)
{
	const struct agent *a = &e->agents[e->nodes[agent].row];

	for (uint32_t i = 0; i < a->n_devices; i++) {
		uint32_t device = e->devices[a->first_device + i];

		if (e->t->entities[device].device_class != CLASS_UPS)
			continue;
		for (uint32_t row = e->nodes[device].alarms; row != NONE; row = e->alarms[row].next)
			if (e->alarms[row].n_bad > 0 &&
			    strcmp(alarm_rule(e, &e->alarms[row])->code, "lost_on_battery") == 0)
				return device;
	}
	return NO_ENTITY;
}

static uint32_t root_entity(struct engine *e, struct alarm_row *a, uint32_t solved)
{
	uint32_t root = NO_ENTITY;

	if (alarm_rule(e, a)->family == FAMILY_CAPACITY)
		root = capacity_root(e, e->t->entities[a->entity].site);
	else if ((alarm_rule(e, a)->flags & RULE_EXPLAINED) != 0)
		root = solved;
	if (e->t->entities[a->entity].kind == ENTITY_AGENT && root == a->entity) {
		uint32_t ups = ups_lost_with(e, a->entity);

		root = ups != NO_ENTITY ? ups : root;
	}
	if (root == NO_ENTITY ||
	    (root != a->entity && root_alarm(e, root) == NONE && !can_infer(e, root)))
		return a->entity;
	return root;
}

/* Does the cause of a recent incident turn out to be `root`? Then it is the same incident. */
static bool is_explained_by(struct engine *e, uint32_t row, uint32_t root)
{
	struct incident *in = &e->incidents[row];
	uint32_t alarm = in->used && in->open ? incident_alarm_row(e, in, 0) : NONE;

	if (alarm == NONE || !e->alarms[alarm].raised ||
	    e->now.mono_ms - in->opened_ms > GATHER_MS || e->alarms[alarm].entity == root)
		return false;
	if (alarm_rule(e, &e->alarms[alarm])->family == FAMILY_CAPACITY)
		return capacity_root(e, in->site) == root;
	return (alarm_rule(e, &e->alarms[alarm])->flags & RULE_EXPLAINED) != 0 &&
	       rootcause_of(e->rc, e->alarms[alarm].entity) == root;
}

static uint32_t recent_from(const struct engine *e)
{
	return e->n_incidents > RECENT_MAX ? e->n_incidents - RECENT_MAX : 0;
}

/* Of two that turn out to be one, the one that people were told of keeps its number; else the older. */
static bool keeps(const struct engine *e, uint32_t x, uint32_t y)
{
	const struct incident *a = &e->incidents[x], *b = &e->incidents[y];

	return a->paged != b->paged ? a->paged : a->number < b->number;
}

/* Open an incident for this root, or take over the first one that turns out to be its consequence. */
static uint32_t open_for(struct engine *e, uint32_t root_row)
{
	uint32_t adopted = NONE, root = e->alarms[root_row].entity;

	for (uint32_t i = recent_from(e); i < e->n_incidents; i++)
		if (is_explained_by(e, i, root) && (adopted == NONE || keeps(e, i, adopted)))
			adopted = i;
	if (adopted == NONE)
		return incident_open(e, root_row);
	incident_join(e, adopted, root_row);
	incident_set_root(e, adopted, e->alarms[root_row].member);
	return adopted;
}

static void merge_explained(struct engine *e)
{
	for (uint32_t i = recent_from(e); i < e->n_incidents; i++) {
		struct incident *in = &e->incidents[i];
		uint32_t alarm, root, root_row;

		if (!in->used || !in->open || e->now.mono_ms - in->opened_ms > GATHER_MS)
			continue;
		alarm = incident_alarm_row(e, in, 0);
		if (alarm == NONE || !e->alarms[alarm].raised)
			continue;
		root = root_entity(e, &e->alarms[alarm],
				   rootcause_of(e->rc, e->alarms[alarm].entity));
		root_row = root != e->alarms[alarm].entity ? root_alarm(e, root) : NONE;
		if (root_row == NONE)
			continue;
		uint32_t into = e->alarms[root_row].incident;
		if (into == NONE || into == i || !e->incidents[into].open)
			continue;
		if (keeps(e, into, i)) {
			incident_merge(e, into, i);
		} else {
			incident_merge(e, i, into);
			incident_set_root(e, i, e->alarms[root_row].member);
		}
	}
}

/* Nobody has seen it fail, nor ever heard it: what needs it tells. */
static void infer(struct engine *e, uint32_t root)
{
	alarm_set(e, root, "unreachable", BAD_INFERRED, true);
}

/* The incident that the alarm belongs in now, opening one if it is time; NONE: wait. */
static uint32_t place(struct engine *e, uint32_t row, uint32_t root)
{
	struct alarm_row *a = &e->alarms[row];
	uint32_t root_row = root != a->entity ? root_alarm(e, root) : row;
	uint32_t in = family_incident(e, a);

	if (in != NONE)
		return in;
	if (root_row == NONE) {
		if (is_ready(e, row))
			infer(e, root);
		return NONE;
	}
	in = e->alarms[root_row].incident;
	if (in != NONE && e->incidents[in].open)
		return in;
	if (!is_ready(e, row))
		return NONE;
	if (root_row != row && !is_ready(e, root_row) &&
	    e->now.mono_ms - a->raised_ms < BLOCK_MAX_MS)
		return NONE;
	return open_for(e, root_row);
}

/* The seats' own alarms that together took the site down go with the site's. */
static uint32_t site_incident(const struct engine *e, const struct alarm_row *a)
{
	const struct entity *ent = &e->t->entities[a->entity];

	if (ent->seat == NO_ENTITY || (alarm_rule(e, a)->flags & RULE_DOWN) == 0)
		return NONE;
	uint32_t row = e->nodes[e->t->sites[ent->site].entity].alarms;
	for (; row != NONE; row = e->alarms[row].next)
		if (alarm_rule(e, &e->alarms[row])->family == FAMILY_CAPACITY &&
		    e->alarms[row].raised && e->alarms[row].incident != NONE &&
		    incident_alarm_row(e, &e->incidents[e->alarms[row].incident], 0) == row &&
		    e->now.mono_ms - e->incidents[e->alarms[row].incident].opened_ms < GATHER_MS)
			return e->alarms[row].incident;
	return NONE;
}

static bool comes_before(const struct engine *e, uint32_t x, uint32_t y)
{
	const struct alarm_row *a = &e->alarms[x], *b = &e->alarms[y];

	if (a->raised_ms != b->raised_ms)
		return a->raised_ms < b->raised_ms;
	return a->entity != b->entity ? a->entity < b->entity : a->rule < b->rule;
}

/* What was raised at one moment in order of the topology, whatever was heard first. Nearly sorted. */
static void sort_waiting(struct engine *e)
{
	for (uint32_t i = 1; i < e->n_waiting; i++) {
		uint32_t row = e->waiting[i], k = i;

		for (; k > 0 && comes_before(e, row, e->waiting[k - 1]); k--)
			e->waiting[k] = e->waiting[k - 1];
		e->waiting[k] = row;
	}
}

static bool solve(struct engine *e)
{
	e->symptoms =
		engine_grow(e->symptoms, e->n_waiting, &e->symptoms_size, sizeof *e->symptoms);
	e->roots = engine_grow(e->roots, e->n_waiting, &e->roots_size, sizeof *e->roots);
	for (uint32_t i = 0; i < e->n_waiting; i++)
		refresh_needs(e, e->alarms[e->waiting[i]].entity);
	rootcause_begin(e->rc, e->observed);
	for (uint32_t i = 0; i < e->n_waiting; i++)
		e->symptoms[i] = e->alarms[e->waiting[i]].entity;
	return rootcause_solve(e->rc, e->symptoms, e->n_waiting, e->roots) == 0;
}

/* Those whose root's incident is there join it in the second round. */
static void place_all(struct engine *e)
{
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < e->n_waiting; i++) {
			struct alarm_row *a = &e->alarms[e->waiting[i]];
			uint32_t root, in;

			if (a->incident != NONE || !a->raised)
				continue;
			root = root_entity(e, a, e->roots[i]);
			in = root == a->entity ? site_incident(e, a) : NONE;
			if (in == NONE)
				in = place(e, e->waiting[i], root);
			a = &e->alarms[e->waiting[i]];
			if (in != NONE && a->incident == NONE)
				incident_join(e, in, e->waiting[i]);
		}
	}
}

void incident_group(struct engine *e)
{
	e->look = false;
	drop_settled(e);
	if (e->n_waiting == 0)
		return;
	sort_waiting(e);
	if (solve(e)) {
		place_all(e);
		rootcause_begin(e->rc, e->observed);
		merge_explained(e);
	}
	drop_settled(e);
}
