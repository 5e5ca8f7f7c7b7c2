#include "collector/core/oncall.h"

/* Who takes turns at a time, and which of them has it. */
struct roster {
	const uint32_t *people;
	uint32_t n, turn;
};

/* The turns are counted from `starts_ms`, before it backwards. */
static uint32_t turn_of(int64_t wall_ms, int64_t starts_ms, int64_t shift_ms, uint32_t n)
{
	int64_t turn, since = wall_ms - starts_ms;

	if (shift_ms <= 0 || n == 0)
		return 0;
	turn = since / shift_ms - (since % shift_ms < 0 ? 1 : 0);
	turn %= (int64_t)n;
	return (uint32_t)(turn < 0 ? turn + (int64_t)n : turn);
}

static struct roster rotation_at(const struct oncall_plan *p, int64_t wall_ms)
{
	return (struct roster){ p->rotation, p->n_rotation,
				turn_of(wall_ms, p->starts_wall_ms, p->shift_ms, p->n_rotation) };
}

static const struct oncall_turn *last_turn(const struct oncall_plan *p, int64_t wall_ms,
					   bool holiday)
{
	for (uint32_t i = p->n_turns; i-- > 0;) {
		const struct oncall_turn *t = &p->turns[i];

		if (t->holiday == holiday && t->n_people > 0 && wall_ms >= t->from_wall_ms &&
		    wall_ms < t->until_wall_ms)
			return t;
	}
	return NULL;
}

const struct oncall_turn *oncall_turn_at(const struct oncall_plan *p, int64_t wall_ms)
{
	const struct oncall_turn *swap = last_turn(p, wall_ms, false);

	return swap != NULL ? swap : last_turn(p, wall_ms, true);
}

/* Whose turns they are when nobody has swapped. */
static struct roster roster_at(const struct oncall_plan *p, int64_t wall_ms)
{
	const struct oncall_turn *t = last_turn(p, wall_ms, true);

	if (t == NULL)
		return rotation_at(p, wall_ms);
	return (struct roster){ t->people, t->n_people,
				turn_of(wall_ms, t->from_wall_ms, t->shift_ms, t->n_people) };
}

uint32_t oncall_at(const struct oncall_plan *p, int64_t wall_ms)
{
	const struct oncall_turn *swap = last_turn(p, wall_ms, false);
	struct roster r = roster_at(p, wall_ms);

	if (swap != NULL)
		return swap->people[0];
	if (r.n > 0)
		return r.people[r.turn];
	return p->n_people > 0 ? 0 : NO_PERSON;
}

static uint32_t next_of(const struct roster *r, uint32_t holder)
{
	for (uint32_t i = 1; i <= r->n; i++) {
		uint32_t who = r->people[(r->turn + i) % r->n];

		if (who != holder)
			return who;
	}
	return holder;
}

/* Always somebody else than the one who holds the shift, where there is anybody else: after a swap,
 * and on a holiday that one person has alone. */
static uint32_t next_at(const struct oncall_plan *p, int64_t wall_ms)
{
	uint32_t holder = oncall_at(p, wall_ms);
	struct roster now = roster_at(p, wall_ms), usual = rotation_at(p, wall_ms);
	uint32_t who = next_of(&now, holder);

	return who != holder ? who : next_of(&usual, holder);
}

static void sooner(int64_t *next, int64_t at, int64_t wall_ms)
{
	if (at > wall_ms && at < *next)
		*next = at;
}

static int64_t end_of_shift(int64_t wall_ms, int64_t starts_ms, int64_t shift_ms)
{
	int64_t into = shift_ms > 0 ? (wall_ms - starts_ms) % shift_ms : 0;

	if (shift_ms <= 0)
		return INT64_MAX;
	return wall_ms + shift_ms - (into < 0 ? into + shift_ms : into);
}

int64_t oncall_next_change(const struct oncall_plan *p, int64_t wall_ms)
{
	const struct oncall_turn *t = oncall_turn_at(p, wall_ms);
	int64_t next = t != NULL ? end_of_shift(wall_ms, t->from_wall_ms, t->shift_ms)
				 : end_of_shift(wall_ms, p->starts_wall_ms, p->shift_ms);

	for (uint32_t i = 0; i < p->n_turns; i++) {
		sooner(&next, p->turns[i].from_wall_ms, wall_ms);
		sooner(&next, p->turns[i].until_wall_ms, wall_ms);
	}
	return next;
}

uint32_t oncall_resolve(const struct oncall_plan *p, const struct escalation_step *s,
			int64_t wall_ms, uint32_t *ret, uint32_t max)
{
	uint32_t one = NO_PERSON, n = 0;

	if (s->to == ESCALATE_EVERYONE) {
		for (; n < p->n_people && n < max; n++)
			ret[n] = n;
		return n;
	}
	if (s->to == ESCALATE_ONCALL)
		one = oncall_at(p, wall_ms);
	else if (s->to == ESCALATE_NEXT)
		one = next_at(p, wall_ms);
	else
		one = s->person;
	if (one != NO_PERSON && max > 0)
		ret[n++] = one;
	return n;
}
