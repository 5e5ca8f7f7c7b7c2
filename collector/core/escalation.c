/* Who is told, and who next when nobody answers. Ends with everyone and never with silence. */
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

static const struct escalation_step default_steps[] = {
	{ 0, ESCALATE_ONCALL, 0 },
	{ 300000, ESCALATE_NEXT, 0 },
	{ 600000, ESCALATE_EVERYONE, 0 },
};

static const struct escalation_step *steps_of(const struct engine *e, uint32_t *ret_n)
{
	if (e->plan->n_steps > 0) {
		*ret_n = e->plan->n_steps;
		return e->plan->steps;
	}
	*ret_n = sizeof default_steps / sizeof *default_steps;
	return default_steps;
}

static void page(struct engine *e, struct incident *in, uint32_t person, enum page_reason why)
{
	struct effect *f = engine_effect(e, EFFECT_PAGE);

	f->page.incident = in->number;
	f->page.person = person;
	f->page.reason = why;
	f->page.step = in->step;
	in->told[person] = 1;
}

/* The people of a step; past the last one: everyone, again and again. */
static void page_step(struct engine *e, struct incident *in, uint32_t step, enum page_reason why)
{
	static const struct escalation_step everyone = { 0, ESCALATE_EVERYONE, 0 };
	uint32_t n_steps, n;
	const struct escalation_step *steps = steps_of(e, &n_steps);

	n = oncall_resolve(e->plan, step < n_steps ? &steps[step] : &everyone, e->now.wall_ms,
			   e->scratch, e->plan->n_people);
	for (uint32_t i = 0; i < n; i++)
		page(e, in, e->scratch[i], why);
}

static int64_t step_due(const struct engine *e, const struct incident *in, uint32_t step)
{
	uint32_t n;
	const struct escalation_step *steps = steps_of(e, &n);
	int64_t after = 0, often, later;

	if (step < n)
		return in->paged_ms + steps[step].after_ms;
	if (n > 0)
		after = steps[n - 1].after_ms;
	often = step - n + 1 <= REMIND_OFTEN ? step - n + 1 : REMIND_OFTEN;
	later = step - n + 1 - often;
	return in->paged_ms + after + often * REMIND_MS + later * REMIND_LATER_MS;
}

static void begin_round(struct engine *e, struct incident *in, enum page_reason why)
{
	in->acked = false;
	in->paged_ms = e->now.mono_ms;
	in->step = 0;
	while (step_due(e, in, in->step) <= e->now.mono_ms)
		page_step(e, in, in->step++, why);
}

/* Seats of a centre that is not heard are unknown, not lost; those of a full one are back. */
static enum capacity_state level_now(const struct engine *e, const struct incident *in)
{
	enum capacity_state level = incident_level(in);

	if (level == CAPACITY_DEGRADED && in->site != NO_ENTITY &&
	    e->sites[in->site].told.state < CAPACITY_DEGRADED)
		return CAPACITY_FULL;
	return level;
}

static bool is_worse(const struct engine *e, const struct incident *in)
{
	return incident_severity(in) > (enum severity)in->told_severity ||
	       level_now(e, in) > (enum capacity_state)in->told_level || in->steady;
}

/* A page says how the centre stands at that moment: what follows from it later is not news. */
static void remember_told(const struct engine *e, struct incident *in)
{
	enum capacity_state now =
		in->site != NO_ENTITY ? e->sites[in->site].told.state : CAPACITY_UNKNOWN;

	if (now > (enum capacity_state)in->told_level)
		in->told_level = (uint8_t)now;
	if (incident_severity(in) > (enum severity)in->told_severity)
		in->told_severity = (uint8_t)incident_severity(in);
	if (level_now(e, in) > (enum capacity_state)in->told_level)
		in->told_level = (uint8_t)level_now(e, in);
	in->steady = false;
}

static uint32_t owner_of(const struct engine *e, const struct incident *in)
{
	for (uint32_t i = 0; in->owner != NULL && i < e->plan->n_people; i++)
		if (strcmp(e->plan->people[i].id, in->owner) == 0)
			return i;
	return NO_PERSON;
}

/* Whoever has it and whoever is on call; nobody has it: all who were told. */
static void page_worse(struct engine *e, struct incident *in)
{
	uint32_t owner = owner_of(e, in), oncall = oncall_at(e->plan, e->now.wall_ms);

	if (!in->acked) {
		for (uint32_t i = 0; i < e->plan->n_people; i++)
			if (in->told[i])
				page(e, in, i, PAGE_WORSE);
		return;
	}
	in->worse_ms = e->now.mono_ms;
	if (owner != NO_PERSON)
		page(e, in, owner, PAGE_WORSE);
	if (oncall != NO_PERSON && oncall != owner)
		page(e, in, oncall, PAGE_WORSE);
}

static int64_t ack_ends(const struct engine *e, const struct incident *in)
{
	int64_t at = INT64_MAX;

	if (in->worse_ms > in->acked_ms)
		at = in->worse_ms + ACK_LAPSES_MS;
	if (in->owned_until_wall_ms > 0 &&
	    e->now.mono_ms + in->owned_until_wall_ms - e->now.wall_ms < at)
		at = e->now.mono_ms + in->owned_until_wall_ms - e->now.wall_ms;
	return at;
}

void escalation_lapse(const struct engine *e, struct incident *in)
{
	if (!in->open || !in->acked || in->planned || in->n_active == 0 ||
	    e->now.mono_ms < ack_ends(e, in))
		return;
	in->acked = false;
	in->paged_ms = e->now.mono_ms;
	in->step = 0;
	free(in->owner);
	in->owner = NULL;
	in->owned_until_wall_ms = 0;
	in->dirty = true;
}

/* What was silenced stands again: whoever is on call is told first, as of something new. */
void escalation_resume(const struct engine *e, struct incident *in)
{
	if (!in->paged || in->acked)
		return;
	in->paged_ms = e->now.mono_ms;
	in->step = 0;
}

void escalation_step(struct engine *e, struct incident *in)
{
	if (e->plan == NULL || e->plan->n_people == 0 || in->planned || in->n_active == 0 ||
	    in->muted)
		return;
	if (!in->paged) {
		if (incident_severity(in) < SEVERITY_MAJOR)
			return;
		in->paged = true;
		remember_told(e, in);
		begin_round(e, in, PAGE_OPENED);
		return;
	}
	if (is_worse(e, in)) {
		remember_told(e, in);
		page_worse(e, in);
	}
	while (!in->acked && step_due(e, in, in->step) <= e->now.mono_ms)
		page_step(e, in, in->step++, PAGE_ESCALATED);
}

int64_t escalation_wake(const struct engine *e, const struct incident *in)
{
	if (e->plan == NULL || e->plan->n_people == 0 || in->planned || in->muted || !in->paged)
		return INT64_MAX;
	return in->acked ? ack_ends(e, in) : step_due(e, in, in->step);
}

void escalation_resolved(struct engine *e, struct incident *in)
{
	for (uint32_t i = 0; e->plan != NULL && i < e->plan->n_people; i++) {
		if (in->told[i])
			page(e, in, i, PAGE_RESOLVED);
		in->told[i] = 0;
	}
}

bool engine_was_told(const struct engine *e, uint32_t incident, uint32_t person)
{
	uint32_t row = incident_by_number(e, incident);

	return row != NONE && e->plan != NULL && person < e->plan->n_people &&
	       e->incidents[row].told[person] != 0;
}

bool engine_next_page(const struct engine *e, uint32_t incident, int64_t *ret_wall_ms,
		      struct escalation_step *ret_step)
{
	uint32_t n, row = incident_by_number(e, incident);

	if (row == NONE || e->plan == NULL || e->plan->n_people == 0)
		return false;
	const struct incident *in = &e->incidents[row];
	const struct escalation_step *steps = steps_of(e, &n);
	if (!in->open || !in->paged || in->acked || in->planned || in->muted)
		return false;
	*ret_wall_ms = e->now.wall_ms + step_due(e, in, in->step) - e->now.mono_ms;
	*ret_step = in->step < n ? steps[in->step]
				 : (struct escalation_step){ 0, ESCALATE_EVERYONE, 0 };
	return true;
}
