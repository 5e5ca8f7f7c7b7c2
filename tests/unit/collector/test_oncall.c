#include <criterion/criterion.h>

#include "collector/core/oncall.h"

#define H 3600000LL
#define D (24 * H)

enum { LAN, MINH, HOA };

static uint32_t rotation[] = { LAN, MINH };
static struct oncall_turn turns[] = {
	{ .from_wall_ms = 20 * D,
	  .until_wall_ms = 27 * D,
	  .shift_ms = D,
	  .holiday = true,
	  .people = { HOA, MINH },
	  .n_people = 2 },
	{ .from_wall_ms = 21 * D, .until_wall_ms = 22 * D, .people = { LAN }, .n_people = 1 },
	{ .from_wall_ms = 2 * D, .until_wall_ms = 3 * D, .people = { HOA }, .n_people = 1 },
};
static struct person people[3];
static const struct oncall_plan plan = { .people = people,
					 .n_people = 3,
					 .rotation = rotation,
					 .n_rotation = 2,
					 .shift_ms = 7 * D,
					 .turns = turns,
					 .n_turns = 3 };

static const struct {
	const char *name;
	int64_t at;
	uint32_t now, next;
	int64_t change;
} cases[] = {
	{ "the rotation begins with the first", 1 * D, LAN, MINH, 2 * D },
	{ "before its start it runs backwards", -1 * D, MINH, LAN, 0 },
	{ "a swap gives somebody else the phone", 2 * D + H, HOA, MINH, 3 * D },
	{ "and ends to the minute", 3 * D, LAN, MINH, 7 * D },
	{ "a holiday begins with its own first", 20 * D, HOA, MINH, 21 * D },
	{ "a swap wins over a holiday", 21 * D + H, LAN, HOA, 22 * D },
	{ "on a holiday the turns are its own", 22 * D, HOA, MINH, 23 * D },
	{ "each has it for the holiday's shift", 23 * D + 23 * H, MINH, HOA, 24 * D },
	{ "after it the rotation goes on as if nothing was", 27 * D, MINH, LAN, 28 * D },
};

Test(oncall, who_holds_the_phone_and_who_is_next)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct escalation_step next = { 0, ESCALATE_NEXT, 0 };
		uint32_t who = NO_PERSON;

		cr_expect_eq(oncall_at(&plan, cases[i].at), cases[i].now, "%s", cases[i].name);
		cr_assert_eq(oncall_resolve(&plan, &next, cases[i].at, &who, 1), 1);
		cr_expect_eq(who, cases[i].next, "%s: next is %u", cases[i].name, who);
		cr_expect_eq(oncall_next_change(&plan, cases[i].at), cases[i].change, "%s",
			     cases[i].name);
	}
}

Test(oncall, a_holiday_of_one_person_still_has_a_next)
{
	struct oncall_turn alone = { .until_wall_ms = D,
				     .shift_ms = D,
				     .holiday = true,
				     .people = { MINH },
				     .n_people = 1 };
	struct oncall_plan p = plan;
	const struct escalation_step next = { 0, ESCALATE_NEXT, 0 };
	uint32_t who;

	p.turns = &alone;
	p.n_turns = 1;
	cr_expect_eq(oncall_at(&p, H), MINH);
	cr_assert_eq(oncall_resolve(&p, &next, H, &who, 1), 1);
	cr_expect_eq(who, LAN);
}
