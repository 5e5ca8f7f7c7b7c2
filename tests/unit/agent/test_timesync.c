#include <criterion/criterion.h>

#include "agent/core/timesync.h"

#define S UINT64_C(1000000)

enum { WALL = 1700000000 };

Test(timesync, polls_that_were_due_since_the_last_answer_went_unanswered)
{
	static const struct {
		uint64_t age_s, poll_s, answers;
		unsigned reach;
	} cases[] = {
		{ 0, 64, 100, 8 },
		{ 70, 64, 100, 8 },
		{ 75, 64, 100, 7 },
		{ 10 + 64 * 7, 64, 100, 1 },
		{ 10 + 64 * 8, 64, 100, 0 },
		{ 1000000, 64, 100, 0 },
		{ 0, 64, 1, 1 },
		{ 10 + 64 * 6, 64, 3, 2 },
		{ 30, 0, 100, 8 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct timesync t = { .asked_ms = 0 };
		struct timesync_said said = { .heard_us = WALL * S,
					      .n_answers = cases[i].answers,
					      .poll_us = cases[i].poll_s * S };

		timesync_take(&t, &said, (WALL + cases[i].age_s) * S, 5000);
		cr_expect_eq(timesync_reach(&t, 5000), cases[i].reach, "case %zu: %u", i,
			     timesync_reach(&t, 5000));
	}
}

Test(timesync, nobody_who_ever_answered_is_reach_0)
{
	struct timesync t = { .asked_ms = 0 };
	struct timesync_said said = { .poll_us = 32 * S };

	timesync_take(&t, &said, WALL * S, 1000);
	cr_expect_eq(timesync_reach(&t, 1000), 0);
}

Test(timesync, a_clock_that_is_set_does_not_age_an_answer)
{
	struct timesync t = { .asked_ms = 0 };
	struct timesync_said said = { .heard_us = WALL * S, .n_answers = 10, .poll_us = 32 * S };

	timesync_take(&t, &said, (WALL + 5) * S, 1000);
	said.heard_us += 30 * S; /* heard again, and then the clock was set a year ahead */
	timesync_take(&t, &said, (WALL + 30000000) * S, 61000);
	cr_expect_eq(timesync_reach(&t, 61000), 7, "%u", timesync_reach(&t, 61000));
	timesync_take(&t, &said, (WALL + 30000060) * S, 121000);
	cr_expect_eq(timesync_reach(&t, 121000), 5, "%u", timesync_reach(&t, 121000));
	timesync_take(&t, &said, (WALL - 30000000) * S, 181000);
	cr_expect_eq(timesync_reach(&t, 181000), 3, "%u", timesync_reach(&t, 181000));
}
