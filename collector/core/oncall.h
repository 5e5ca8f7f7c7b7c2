/* oncall.h - who is to be told: people, rotation, escalation. Pure values and look-ups.
 *
 * Built by collector/conf from `people` and `oncall`; times are Unix ms, so that the local start of
 * a shift is settled when the file is read. */
#ifndef LW_ONCALL_H
#define LW_ONCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct person {
	char *id, *name;
	char *language; /* "vi" or "en" */
	char **channels; /* in order of preference: "email", "sms", "telegram" … of the notifiers */
	uint32_t n_channels;
};

enum { TURN_PEOPLE_MAX = 16 };

/* For a while the rotation does not count: a swap (one person has it all), or a holiday such as Tết
 * with a rotation of its own, which begins with it. Swaps win over holidays, later rows over earlier. */
struct oncall_turn {
	int64_t from_wall_ms, until_wall_ms;
	int64_t shift_ms; /* 0: the first person has it all */
	bool holiday;
	const char *label; /* a swap's reason, a holiday's name; NULL: none; not owned */
	uint32_t people[TURN_PEOPLE_MAX], n_people;
};

enum escalate_to { ESCALATE_ONCALL, ESCALATE_NEXT, ESCALATE_EVERYONE, ESCALATE_PERSON };

struct escalation_step {
	int64_t after_ms;
	enum escalate_to to;
	uint32_t person; /* ESCALATE_PERSON */
};

struct oncall_plan {
	struct person *people;
	uint32_t n_people;
	uint32_t *rotation; /* people */
	uint32_t n_rotation;
	int64_t shift_ms, starts_wall_ms;
	struct oncall_turn *turns;
	uint32_t n_turns;
	struct escalation_step *steps;
	uint32_t n_steps;
};

#define NO_PERSON UINT32_MAX

/* Who holds the shift at `wall_ms`; before the start the rotation runs backwards. */
uint32_t oncall_at(const struct oncall_plan *p, int64_t wall_ms);

/* The turn that counts at `wall_ms`, NULL: the rotation does. */
const struct oncall_turn *oncall_turn_at(const struct oncall_plan *p, int64_t wall_ms);

/* The next moment after `wall_ms` at which somebody else may hold the shift; INT64_MAX: never. */
int64_t oncall_next_change(const struct oncall_plan *p, int64_t wall_ms);

/* The people a step means at `wall_ms`, into ret[max]; returns how many. Everyone: all people. */
uint32_t oncall_resolve(const struct oncall_plan *p, const struct escalation_step *s,
			int64_t wall_ms, uint32_t *ret, uint32_t max);

#endif
