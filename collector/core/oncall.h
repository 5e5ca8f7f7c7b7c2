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

struct oncall_swap {
	int64_t from_wall_ms, until_wall_ms;
	uint32_t person;
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
	struct oncall_swap *swaps; /* later rows win; holidays are swaps too */
	uint32_t n_swaps;
	struct escalation_step *steps;
	uint32_t n_steps;
};

#define NO_PERSON UINT32_MAX

/* Who holds the shift at `wall_ms`; before the start the rotation runs backwards. */
uint32_t oncall_at(const struct oncall_plan *p, int64_t wall_ms);

/* The people a step means at `wall_ms`, into ret[max]; returns how many. Everyone: all people. */
uint32_t oncall_resolve(const struct oncall_plan *p, const struct escalation_step *s,
			int64_t wall_ms, uint32_t *ret, uint32_t max);

#endif
