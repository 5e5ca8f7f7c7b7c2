#include "collector/core/oncall.h"

static uint32_t turn_at(const struct oncall_plan *p, int64_t wall_ms)
{
	int64_t turn, since = wall_ms - p->starts_wall_ms;

	if (p->shift_ms <= 0)
		return 0;
	turn = since / p->shift_ms - (since % p->shift_ms < 0 ? 1 : 0);
	turn %= (int64_t)p->n_rotation;
	return (uint32_t)(turn < 0 ? turn + (int64_t)p->n_rotation : turn);
}

uint32_t oncall_at(const struct oncall_plan *p, int64_t wall_ms)
{
	for (uint32_t i = p->n_swaps; i-- > 0;)
		if (wall_ms >= p->swaps[i].from_wall_ms && wall_ms < p->swaps[i].until_wall_ms)
			return p->swaps[i].person;
	if (p->n_rotation > 0)
		return p->rotation[turn_at(p, wall_ms)];
	return p->n_people > 0 ? 0 : NO_PERSON;
}

/* After a swap "next" is still somebody else than the one who holds the shift. */
static uint32_t next_at(const struct oncall_plan *p, int64_t wall_ms)
{
	uint32_t holder = oncall_at(p, wall_ms);

	for (uint32_t i = 1; i <= p->n_rotation; i++) {
		uint32_t who = p->rotation[(turn_at(p, wall_ms) + i) % p->n_rotation];

		if (who != holder)
			return who;
	}
	return holder;
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
