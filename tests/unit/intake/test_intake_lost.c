/* What never comes: said by the agent, or found out; and what lies between the past and the present. */
#include <criterion/criterion.h>

#include "tests/unit/intake/rig.h"

Test(intake_lost, what_the_agent_says_is_lost_is_a_hole_at_once)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	live(&r, (struct sent){ .seq = 5, .full_seq = 1, .charge = 960 });
	commit(&r);
	tick(&r, 2500);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	live(&r, (struct sent){ .seq = 6, .full_seq = 1, .charge = 950, .lost = { BOOT, 2, 4 } });
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole"), 1);
	cr_expect_eq(
		count(&r, "SELECT count(*) FROM hole WHERE boot = 77 AND first = 2 AND last = 4"),
		1);
	tick(&r, 1500);
	cr_assert_eq(last_said(&r)->n_stored, 1, "so that the agent lets go of what is around it");
	cr_expect_eq(last_said(&r)->stored[0].first_seq, 1);
	cr_expect_eq(last_said(&r)->stored[0].last_seq, 6);
	size_t said = r.n_said;
	tick(&r, 60000);
	cr_expect_eq(r.n_said, said, "nothing is asked for any more");
	rig_close(&r);
}

Test(intake_lost, an_agent_cannot_lose_what_is_there_or_was_never_heard_of)
{
	static const struct wire_range words[] = { { BOOT, 1, 1 },
						   { BOOT, 4, UINT64_MAX / 2 },
						   { BOOT + 1, 1, 9 } };
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	for (uint64_t i = 0; i < sizeof words / sizeof *words; i++)
		live(&r, (struct sent){
				 .seq = 2 + i, .full_seq = 1, .charge = 1000, .lost = words[i] });
	live(&r, (struct sent){ .seq = 5, .full_seq = 1, .charge = 900 });
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole"), 0);
	cr_expect_eq(intake_stats(r.in)->reports, 5);
	rig_close(&r);
}

/* An agent of an older version serves a damaged segment again and again: deltas without what they rest
 * on. That they come is no reason to go on asking for ever. */
Test(intake_lost, deltas_whose_base_never_comes_end_as_a_hole)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	for (uint64_t seq = 11; seq < 371; seq++) { /* half an hour */
		live(&r, (struct sent){ .seq = seq, .full_seq = 1, .charge = 1000 });
		history(&r,
			(struct sent){ .seq = 10, .full_seq = 8, .charge = 1000, .made_ms = 5 });
		commit(&r);
		tick(&r, 5000);
		r.n_said = 0;
	}
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole WHERE first = 2 AND last = 10"), 1);
	rig_close(&r);
}

/* A line that was cut held up the first report of a boot, and the collector was restarted meanwhile:
 * what it knew of the agent's clock tells when the report was made, if that clock was right. */
static const char *first_report_held_up(struct rig *r, int64_t skew_ms)
{
	struct sent late = {
		.seq = 1, .birth = true, .first_seq = 1, .charge = 800, .made_ms = 20000
	};

	rig_open(r);
	r->skew_ms = skew_ms;
	r->ms = 1000;
	live(r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	commit(r);
	stop(r);
	start(r);
	r->ms = 27000;
	send_as(r, &late, "linewatch/v1/danang/gw/live", BOOT + 1);
	commit(r);
	return charges(r);
}

Test(intake_lost, what_was_known_of_a_right_clock_is_known_after_a_restart)
{
	struct rig r;

	cr_expect_str_eq(first_report_held_up(&r, 500), "1=1000 20=800");
	rig_close(&r);
}

Test(intake_lost, a_wrong_clock_is_not_taken_to_be_as_wrong_after_a_restart)
{
	struct rig r;

	cr_expect_str_eq(first_report_held_up(&r, 5000), "1=1000 27=800");
	rig_close(&r);
}

static int64_t healed_until_s(struct rig *r)
{
	return count(r, "SELECT (until_ms - 1790000000000) / 1000 FROM record JOIN name ON name.id "
			"= entity WHERE span = 2 AND state = 1 AND text = 'danang/ups-1'");
}

/* The collector was away; the last report of the past is of 40 s, and comes at once; the first of the
 * present comes with the next heartbeat. Nothing was unknown in between. */
static void past_then_present(struct rig *r, bool restart, int64_t present_ms)
{
	rig_open(r);
	r->ms = 1000;
	live(r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	r->ms = 41500;
	history(r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990, .made_ms = 40000 });
	commit(r);
	if (restart) {
		stop(r);
		start(r);
	}
	tick(r, 100);
	tick(r, present_ms - r->ms);
	live(r, (struct sent){ .seq = 3, .full_seq = 1, .charge = 980 });
	commit(r);
	tick(r, 20000);
	commit(r);
}

Test(intake_lost, the_past_reaches_to_the_first_word_of_the_present)
{
	struct rig r;

	past_then_present(&r, false, 45000);
	cr_expect_eq(healed_until_s(&r), 45);
	rig_close(&r);
}

Test(intake_lost, the_past_reaches_to_the_present_over_a_restart_too)
{
	struct rig r;

	past_then_present(&r, true, 45000);
	cr_expect_eq(healed_until_s(&r), 45);
	rig_close(&r);
}

Test(intake_lost, a_present_that_comes_much_later_leaves_the_time_between_unknown)
{
	struct rig r;

	past_then_present(&r, false, 75000);
	cr_expect_eq(healed_until_s(&r), 41);
	rig_close(&r);
}
