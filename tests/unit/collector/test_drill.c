#include <criterion/criterion.h>

#include "collector/core/drill.h"

Test(drill, passes_when_every_link_held_and_knows_what_each_took)
{
	struct drill d;
	static const int64_t at[] = { 1010, 1200, 1210, 1900, 61900 };
	static const int64_t took[] = { 10, 190, 10, 690, 60000 };

	drill_start(&d, 1, 4, 1000, 0);
	for (unsigned l = 0; l < DRILL_LINKS; l++)
		cr_expect(drill_reach(&d, (enum drill_link)l, at[l]));
	cr_expect_eq(d.state, DRILL_PASSED);
	cr_expect_eq(drill_wake_ms(&d), INT64_MAX);
	for (unsigned l = 0; l < DRILL_LINKS; l++)
		cr_expect_eq(drill_took_ms(&d, (enum drill_link)l), took[l]);
}

Test(drill, names_the_link_that_did_not_hold)
{
	struct drill d;

	drill_start(&d, 1, 4, 0, 0);
	cr_expect(drill_reach(&d, DRILL_COMMANDED, 5));
	cr_expect_eq(drill_wake_ms(&d), 5 + DRILL_ANSWER_MS);
	drill_tick(&d, 5 + DRILL_ANSWER_MS - 1);
	cr_expect_eq(d.state, DRILL_RUNNING);
	drill_tick(&d, 5 + DRILL_ANSWER_MS);
	cr_expect_eq(d.state, DRILL_FAILED);
	cr_expect_eq(d.failed_at, DRILL_ANSWERED);
	cr_expect_str_eq(drill_link_name(d.failed_at), "answered");
	cr_expect_not(drill_reach(&d, DRILL_ANSWERED, 99999), "too late is not in time");
	cr_expect_eq(drill_took_ms(&d, DRILL_ANSWERED), -1);
}

Test(drill, links_out_of_order_or_twice_change_nothing)
{
	struct drill d;

	drill_start(&d, 1, 4, 0, 0);
	cr_expect_not(drill_reach(&d, DRILL_ANSWERED, 1));
	cr_expect(drill_reach(&d, DRILL_COMMANDED, 2));
	cr_expect_not(drill_reach(&d, DRILL_COMMANDED, 3));
	cr_expect_eq(d.at_ms[DRILL_COMMANDED], 2);
}
