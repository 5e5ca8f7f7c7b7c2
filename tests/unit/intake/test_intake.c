#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/intake/rig.h"

Test(intake, nothing_is_acknowledged_before_it_is_on_disk)
{
	struct rig r;

	rig_open(&r);
	r.ms = 10000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	live(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990 });
	tick(&r, 200);
	cr_expect_eq(r.n_said, 0);
	commit(&r);
	tick(&r, 200);
	cr_assert_eq(r.n_said, 1);
	cr_expect_eq(last_said(&r)->n_stored, 1);
	cr_expect_eq(last_said(&r)->stored[0].boot_id, BOOT);
	cr_expect_eq(last_said(&r)->stored[0].first_seq, 1);
	cr_expect_eq(last_said(&r)->stored[0].last_seq, 2);
	cr_expect_str_eq(last_said(&r)->collector, "main");
	cr_expect_str_eq(charges(&r), "10=1000 10=990");
	cr_expect_eq(intake_stats(r.in)->foreign_devices, 1, "ups-9 belongs to another agent");
	cr_expect_eq(count(&r, "SELECT count(*) FROM name WHERE text = 'danang/ups-9'"), 0);
	rig_close(&r);
}

Test(intake, an_agent_that_says_much_is_answered_once_a_second)
{
	struct rig r;

	rig_open(&r);
	r.ms = 10000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	for (uint64_t seq = 2; seq < 12; seq++) {
		commit(&r);
		tick(&r, 200);
		live(&r, (struct sent){ .seq = seq, .full_seq = 1, .charge = 990 });
	}
	cr_expect_eq(r.n_said, 2);
	cr_expect_eq(last_said(&r)->stored[0].last_seq, 6);
	rig_close(&r);
}

Test(intake, a_failed_commit_is_forgotten_and_comes_again)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	cr_assert_eq(intake_seal(r.in, r.batch), 0);
	store_batch_free(r.batch); /* as when the disk is full */
	r.batch = store_batch_new(r.store);
	intake_committed(r.in, -ENOSPC);
	tick(&r, 200);
	cr_expect_eq(r.n_said, 0);
	tick(&r, 15000);
	cr_assert_eq(r.n_said, 1);
	cr_expect_eq(last_said(&r)->n_missing, 1);
	cr_expect_eq(last_said(&r)->missing[0].last_seq, 1);
	history(&r,
		(struct sent){
			.seq = 1, .birth = true, .first_seq = 1, .charge = 1000, .made_ms = 1 });
	commit(&r);
	tick(&r, 200);
	cr_expect_eq(last_said(&r)->n_stored, 1);
	cr_expect_str_eq(charges(&r), "0h=1000");
	rig_close(&r);
}

Test(intake, duplicates_and_reordering_change_nothing)
{
	struct rig r;

	rig_open(&r);
	r.ms = 10000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	r.ms = 20000;
	live(&r, (struct sent){ .seq = 3, .full_seq = 1, .charge = 980 });
	live(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990, .made_ms = 15000 });
	live(&r, (struct sent){ .seq = 3, .full_seq = 1, .charge = 980 });
	commit(&r);
	history(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990, .made_ms = 15000 });
	live(&r,
	     (struct sent){
		     .seq = 1, .birth = true, .first_seq = 1, .charge = 1000, .made_ms = 10000 });
	commit(&r);
	cr_expect_str_eq(charges(&r), "10=1000 15=990 20=980");
	cr_expect_eq(intake_stats(r.in)->duplicates, 3);
	cr_expect_eq(intake_stats(r.in)->reports, 3);
	rig_close(&r);
}

Test(intake, a_gap_is_asked_for_after_two_seconds)
{
	struct rig r;

	rig_open(&r);
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	live(&r, (struct sent){ .seq = 5, .full_seq = 1, .charge = 960 });
	commit(&r);
	tick(&r, 1000);
	cr_expect_eq(last_said(&r)->n_missing, 0);
	tick(&r, 1500);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	cr_expect_eq(last_said(&r)->missing[0].first_seq, 2);
	cr_expect_eq(last_said(&r)->missing[0].last_seq, 4);
	for (uint64_t i = 2; i < 5; i++)
		history(&r, (struct sent){ .seq = i,
					   .full_seq = 1,
					   .charge = 1000 - (int64_t)i * 10,
					   .made_ms = 1000 + (int64_t)i });
	commit(&r);
	size_t said = r.n_said;
	tick(&r, 60000);
	tick(&r, 60000);
	cr_expect_eq(r.n_said, said + 1, "the acknowledgement, and no more questions");
	cr_expect_eq(last_said(&r)->stored[0].last_seq, 5);
	rig_close(&r);
}

/* The client library sends again what the broker had not acknowledged, behind the birth of the new
 * session: on the live lane, but of the past. */
Test(intake, a_live_report_that_comes_late_heals_the_past)
{
	struct rig r;

	rig_open(&r);
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	r.ms = 90000;
	live(&r, (struct sent){ .seq = 3, .birth = true, .first_seq = 1, .charge = 980 });
	live(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990, .made_ms = 45000 });
	commit(&r);
	tick(&r, 10000);
	commit(&r);
	cr_expect_eq(
		count(&r,
		      "SELECT count(*) FROM record JOIN name ON name.id = entity WHERE span = 2 "
		      "AND state = 1 AND text = 'danang/ups-1' AND since_ms < 1790000045000 "
		      "AND until_ms > 1790000045000"),
		1);
	rig_close(&r);
}

Test(intake, what_sat_in_a_buffer_of_a_cut_line_is_no_news)
{
	struct rig r;

	rig_open(&r);
	uint32_t ups = topology_find(&r.conf->topology, ENTITY_DEVICE, "danang/ups-1");
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	r.ms = 20000;
	live(&r, (struct sent){ .seq = 2, .full_seq = 1, .silent_ups = true, .made_ms = 6000 });
	cr_expect(engine_is_reachable(r.engine, ups), "14 s ago it did not answer");
	live(&r, (struct sent){ .seq = 3, .full_seq = 1, .silent_ups = true });
	cr_expect_not(engine_is_reachable(r.engine, ups), "now it does not");
	commit(&r);
	tick(&r, 10000);
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM record WHERE span = 2 AND state = 2"), 1);
	rig_close(&r);
}

Test(intake, an_agent_that_is_away_is_not_asked_and_loses_nothing)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	live(&r, (struct sent){ .seq = 3, .full_seq = 1, .charge = 980 });
	commit(&r);
	for (int i = 0; i < 720; i++) /* two hours */
		tick(&r, 10000);
	commit(&r);
	cr_expect_leq(r.n_said, 4);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole"), 0);
	live(&r, (struct sent){ .seq = 4, .birth = true, .first_seq = 1, .charge = 970 });
	tick(&r, 5000);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	history(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990, .made_ms = 5000 });
	commit(&r);
	cr_expect_str_eq(charges(&r), "0=1000 0=980 5h=990 7200=970");
	rig_close(&r);
}

Test(intake, what_an_agent_that_speaks_never_sends_becomes_a_hole_in_every_boot)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1,
				.birth = true,
				.first_seq = 1,
				.charge = 1000,
				.backlog = { BOOT + 1, 1, 2 } });
	for (uint64_t seq = 3; seq < 363; seq++) { /* half an hour; number 2 never comes */
		live(&r, (struct sent){ .seq = seq, .full_seq = 1, .charge = 1000 });
		commit(&r);
		tick(&r, 5000);
		r.n_said = 0;
	}
	cr_expect_eq(
		count(&r, "SELECT count(*) FROM hole WHERE boot = 77 AND first = 2 AND last = 2"),
		1);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole WHERE boot = 78 AND last = 2"), 1);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole"), 2);
	rig_close(&r);
}

Test(intake, what_the_agent_no_longer_has_becomes_a_hole)
{
	struct rig r;

	rig_open(&r);
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 500, .birth = true, .first_seq = 400, .charge = 1000 });
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole WHERE first = 1 AND last = 399"), 1);
	tick(&r, 5000);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	cr_expect_eq(last_said(&r)->missing[0].first_seq, 400);
	cr_expect_eq(last_said(&r)->missing[0].last_seq, 499);
	rig_close(&r);
}

Test(intake, what_cannot_be_decoded_is_kept_apart_and_acknowledged)
{
	struct rig r;
	uint8_t junk[64];

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	memset(junk, 0xff, sizeof junk);
	intake_message(r.in, r.batch, "linewatch/v1/danang/gw/live", junk, sizeof junk, now(&r));
	intake_message(r.in, r.batch, "linewatch/v1/danang/gw/live", junk, 0, now(&r));
	intake_message(r.in, r.batch, "linewatch/v1/danang/nobody/live", junk, 5, now(&r));
	intake_message(r.in, r.batch, "linewatch/v1/danang/gw/control", junk, 5, now(&r));
	intake_message(r.in, r.batch, "other", junk, 5, now(&r));
	intake_message(r.in, r.batch, "linewatch/v1/danang/gw/death", junk, 5, now(&r));
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM quarantine"), 6);
	cr_expect_eq(intake_stats(r.in)->quarantined, 3);
	cr_expect_eq(intake_stats(r.in)->refused, 3);
	live(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 990 });
	cr_expect_eq(intake_stats(r.in)->reports, 2, "others go on");
	rig_close(&r);
}

Test(intake, quarantine_takes_no_flood)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 5000; i++)
		intake_message(r.in, r.batch, "linewatch/v1/x/y/live", (const uint8_t *)"x", 1,
			       now(&r));
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM quarantine"), 20);
	cr_expect_eq(intake_stats(r.in)->refused, 5000);
	rig_close(&r);
}

Test(intake, an_unknown_layout_asks_for_a_birth_and_loses_nothing)
{
	struct rig r;

	rig_open(&r);
	r.layout = new_layout(1);
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 7, .full_seq = 0, .charge = 900 });
	tick(&r, 200);
	cr_expect(last_said(&r)->rebirth);
	cr_expect_eq(intake_stats(r.in)->reports, 0);
	r.ms = 2000;
	live(&r, (struct sent){ .seq = 8, .birth = true, .first_seq = 7, .charge = 800 });
	commit(&r);
	tick(&r, 3000);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	cr_expect_eq(last_said(&r)->missing[0].first_seq, 7);
	cr_expect_eq(last_said(&r)->missing[0].last_seq, 7);
	history(&r, (struct sent){ .seq = 7, .charge = 900, .made_ms = 1000 });
	commit(&r);
	cr_expect_str_eq(charges(&r), "1h=900 2=800");
	rig_close(&r);
}

Test(intake, a_restart_goes_on_without_a_birth)
{
	struct rig r;

	rig_open(&r);
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	r.ms = 2000;
	live(&r, (struct sent){ .seq = 2, .charge = 990 });
	commit(&r);
	stop(&r);
	start(&r);
	r.ms = 3000;
	live(&r, (struct sent){ .seq = 3, .full_seq = 2, .charge = 980 });
	live(&r, (struct sent){ .seq = 2, .charge = 990, .made_ms = 2000 });
	commit(&r);
	cr_expect_str_eq(charges(&r), "1=1000 2=990 3=980");
	cr_expect_eq(intake_stats(r.in)->duplicates, 1);
	cr_expect_eq(intake_stats(r.in)->undecided, 0);
	tick(&r, 200);
	cr_expect_eq(last_said(&r)->stored[0].first_seq, 1);
	cr_expect_eq(last_said(&r)->stored[0].last_seq, 3);
	rig_close(&r);
}

Test(intake, a_restart_remembers_what_is_missing)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	live(&r, (struct sent){ .seq = 4, .full_seq = 1, .charge = 980 });
	commit(&r);
	stop(&r);
	start(&r);
	live(&r, (struct sent){ .seq = 5, .full_seq = 1, .charge = 970 });
	commit(&r);
	tick(&r, 15000);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	cr_expect_eq(last_said(&r)->missing[0].first_seq, 2);
	cr_expect_eq(last_said(&r)->missing[0].last_seq, 3);
	rig_close(&r);
}

Test(intake, a_device_that_falls_silent_ends_its_knowledge)
{
	struct rig r;

	rig_open(&r);
	uint32_t ups = topology_find(&r.conf->topology, ENTITY_DEVICE, "danang/ups-1");
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	cr_expect(engine_is_reachable(r.engine, ups));
	for (uint64_t i = 2; i < 5; i++) {
		r.ms += 5000;
		live(&r,
		     (struct sent){ .seq = i, .full_seq = 1, .charge = 1000, .silent_ups = true });
	}
	cr_expect(!engine_is_reachable(r.engine, ups));
	r.ms += 5000;
	live(&r, (struct sent){ .seq = 5, .full_seq = 1, .charge = 950 });
	cr_expect(engine_is_reachable(r.engine, ups));
	commit(&r);
	cr_expect_str_eq(charges(&r), "1=1000 6=-7 21=950");
	rig_close(&r);
}

Test(intake, history_never_reaches_the_engine_and_heals_the_past)
{
	struct rig r;

	rig_open(&r);
	uint32_t ups = topology_find(&r.conf->topology, ENTITY_DEVICE, "danang/ups-1");
	r.ms = 1000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	r.ms = 600000;
	live(&r, (struct sent){ .seq = 60, .birth = true, .first_seq = 2, .charge = 1000 });
	for (uint64_t i = 2; i < 60; i++)
		history(&r, (struct sent){ .seq = i,
					   .full_seq = 1,
					   .charge = 500,
					   .silent_ups = i >= 30 && i < 40,
					   .made_ms = (int64_t)i * 10000 });
	commit(&r);
	struct reading seen;
	cr_assert_eq(live_value(r.live, ups, M_BATTERY_CHARGE, 0, &seen), 0);
	cr_expect_float_eq(seen.value, 100.0, 1e-9, "the present is not the past");
	cr_expect(engine_is_reachable(r.engine, ups));
	tick(&r, 9000);
	commit(&r);
	cr_expect_eq(count(&r, "SELECT count(*) FROM record r JOIN name n ON n.id = entity WHERE "
			       "span = 2 AND text = 'danang/ups-1'"),
		     3);
	cr_expect_eq(count(&r, "SELECT (since_ms - 1790000000000) / 1000 FROM record WHERE span = "
			       "2 AND state = 2"),
		     300);
	cr_expect_eq(count(&r, "SELECT (until_ms - 1790000000000) / 1000 FROM record WHERE span = "
			       "2 AND state = 2"),
		     400);
	rig_close(&r);
}

Test(intake, the_clock_of_an_agent_is_judged_by_ours)
{
	struct rig r;

	rig_open(&r);
	uint32_t gw = topology_find(&r.conf->topology, ENTITY_AGENT, "danang/gw");
	r.skew_ms = -600000;
	r.ms = 5000;
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	commit(&r);
	cr_expect_str_eq(charges(&r), "5=1000", "its wall clock does not matter");
	cr_expect_eq(live_agent_get(r.live, gw)->offset_ms, -600000);
	rig_close(&r);
}

static void pass(struct rig *r, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		r->ms += 1000;
		engine_tick(r->engine, now(r));
	}
}

static bool stands(const struct rig *r, const char *code)
{
	const struct alarm_view *alarms;
	size_t n = engine_alarms(r->engine, &alarms), i = 0;

	while (i < n && strcmp(alarms[i].code, code) != 0)
		i++;
	return i < n && alarms[i].life != ALARM_LIFE_CLEARED;
}

Test(intake, an_alarm_about_a_clock_does_not_outlive_it_over_a_restart)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	commit(&r);
	uint32_t gw = topology_find(&r.conf->topology, ENTITY_AGENT, "danang/gw");
	/* as the engine has it from before the restart; the intake does not know of it */
	cr_assert_eq(engine_condition(r.engine, gw, "clock_skew", true, now(&r)), 0);
	pass(&r, 60);
	cr_assert(stands(&r, "clock_skew"));
	intake_free(r.in);
	start_intake(&r);
	live(&r, (struct sent){ .seq = 2, .birth = true, .first_seq = 1, .charge = 1000 });
	pass(&r, 100);
	cr_expect_not(stands(&r, "clock_skew"));
	rig_close(&r);
}

Test(intake, when_our_clock_is_set_what_we_know_of_the_agents_moves_with_it)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	commit(&r);
	r.ms = 600000 + 5000; /* five seconds later, and ten minutes forward */
	intake_clock_moved(r.in, 600000);
	live(&r, (struct sent){ .seq = 2, .full_seq = 1, .charge = 900, .made_ms = 5000 });
	commit(&r);
	cr_expect_str_eq(charges(&r), "0=1000 605=900");
	rig_close(&r);
}

Test(intake, an_old_boot_is_filled_in_by_the_corrected_clock)
{
	struct rig r;

	rig_open(&r);
	r.skew_ms = 3600000;
	r.ms = 100000;
	struct sent birth = { .seq = 1,
			      .birth = true,
			      .first_seq = 1,
			      .charge = 1000,
			      .made_ms = 100000,
			      .backlog = { BOOT + 1, 5, 6 } };
	send_as(&r, &birth, "linewatch/v1/danang/gw/live", BOOT);
	commit(&r);
	tick(&r, 3000);
	cr_assert_eq(last_said(&r)->n_missing, 1);
	cr_expect_eq(last_said(&r)->missing[0].boot_id, BOOT + 1);
	cr_expect_eq(last_said(&r)->missing[0].first_seq, 5);
	cr_expect_eq(count(&r, "SELECT count(*) FROM hole WHERE boot = 78 AND last = 4"), 1);
	struct sent old = { .seq = 5, .birth = true, .charge = 700, .made_ms = 50000 };
	send_as(&r, &old, "linewatch/v1/danang/gw/history", BOOT + 1);
	commit(&r);
	cr_expect_str_eq(charges(&r), "50h=700 100=1000");
	rig_close(&r);
}

Test(intake, a_death_counts_only_for_the_newest_session)
{
	struct rig r;
	struct wire_death d = { BOOT, 2, false };
	uint8_t *buf;
	size_t len;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	for (uint32_t session = 2; session > 0; session--) {
		d.session = session;
		cr_assert_eq(wire_death_pack(&d, &buf, &len), 0);
		intake_message(r.in, r.batch, "linewatch/v1/danang/gw/death", buf, len, now(&r));
		cr_expect_eq(intake_stats(r.in)->deaths, session == 1);
		free(buf);
	}
	rig_close(&r);
}

Test(intake, a_broker_that_takes_nothing_gets_it_later)
{
	struct rig r;

	rig_open(&r);
	live(&r, (struct sent){ .seq = 1, .birth = true, .first_seq = 1, .charge = 1000 });
	commit(&r);
	r.refuse_publish = true;
	tick(&r, 200);
	r.refuse_publish = false;
	tick(&r, 200);
	cr_assert_eq(r.n_said, 1);
	cr_expect_eq(last_said(&r)->n_stored, 1);
	rig_close(&r);
}
