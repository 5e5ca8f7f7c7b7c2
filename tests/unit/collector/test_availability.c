#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "collector/core/availability.h"

/* "u0-10 d10-15": states by letter with their span in seconds. */
static const char *shown(const struct timeline *t)
{
	static char buf[512];
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < t->n; i++) {
		if (i > 0)
			cr_assert_eq(t->rows[i].from_ms, t->rows[i - 1].until_ms);
		n += (size_t)snprintf(buf + n, sizeof buf - n, "%s%c%d-%d", i > 0 ? " " : "",
				      "?udp"[t->rows[i].state], (int)(t->rows[i].from_ms / 1000),
				      (int)(t->rows[i].until_ms / 1000));
	}
	return buf;
}

Test(availability, nothing_said_is_unknown)
{
	struct availability a;
	struct timeline t;

	cr_assert_eq(timeline_init(&t, 0, 100000), 0);
	availability_of(&t, &a);
	cr_expect_eq(a.unknown_ms, 100000);
	cr_expect_eq(a.outages, 0);
	struct bounds b = availability_bounds(&a);
	cr_expect_float_eq(b.least, 0, 1e-9);
	cr_expect_float_eq(b.most, 1, 1e-9);
	timeline_fini(&t);
}

Test(availability, states_follow_each_other_and_a_later_word_about_the_past_wins)
{
	struct timeline t;

	cr_assert_eq(timeline_init(&t, 10000, 100000), 0);
	(void)timeline_set(&t, STATE_UP, 5000, 1);
	(void)timeline_set(&t, STATE_DOWN, 50000, 2);
	(void)timeline_set(&t, STATE_UP, 60000, 3);
	(void)timeline_set(&t, STATE_UNKNOWN, 55000, 4); /* its agent had been silent already */
	(void)timeline_set(&t, STATE_UP, 200000, 5);
	cr_expect_str_eq(shown(&t), "u10-50 d50-55 ?55-100");
	timeline_fini(&t);
}

Test(availability, the_backlog_heals_only_what_is_unknown)
{
	struct timeline t;

	cr_assert_eq(timeline_init(&t, 0, 100000), 0);
	(void)timeline_set(&t, STATE_UP, 0, 1);
	(void)timeline_set(&t, STATE_UNKNOWN, 20000, 2);
	(void)timeline_set(&t, STATE_UP, 80000, 3);
	cr_assert_eq(timeline_heal(&t, STATE_UP, 10000, 40000, 4), 0);
	cr_assert_eq(timeline_heal(&t, STATE_DOWN, 35000, 50000, 5), 0);
	cr_assert_eq(timeline_heal(&t, STATE_DOWN, 70000, 95000, 6), 0);
	cr_expect_str_eq(shown(&t), "u0-20 u20-40 d40-50 ?50-70 d70-80 u80-100");
	cr_expect_eq(t.rows[1].record, 4, "each second names its proof");
	timeline_fini(&t);
}

Test(availability, sums_add_up_and_outages_are_counted_once)
{
	struct availability a;
	struct timeline t;

	cr_assert_eq(timeline_init(&t, 0, 100000), 0);
	(void)timeline_set(&t, STATE_UP, 0, 1);
	(void)timeline_set(&t, STATE_DOWN, 10000, 2);
	(void)timeline_set(&t, STATE_DOWN, 15000, 3); /* the same outage, said again */
	(void)timeline_set(&t, STATE_UP, 20000, 4);
	(void)timeline_set(&t, STATE_PLANNED, 40000, 5);
	(void)timeline_set(&t, STATE_DOWN, 50000, 6);
	(void)timeline_set(&t, STATE_UP, 54000, 7);
	availability_of(&t, &a);
	cr_expect_eq(a.up_ms + a.down_ms + a.planned_ms + a.unknown_ms, 100000);
	cr_expect_eq(a.down_ms, 14000);
	cr_expect_eq(a.planned_ms, 10000);
	cr_expect_eq(a.outages, 2);
	cr_expect_eq(a.longest_ms, 10000);
	cr_expect_eq(a.longest_from_ms, 10000);
	cr_expect_eq(availability_mttr_ms(&a), 7000);
	cr_expect_eq(availability_mtbf_ms(&a), 38000);
	timeline_fini(&t);
}

static struct timeline line(enum entity_state first, enum entity_state then, int64_t at_ms)
{
	struct timeline t;

	cr_assert_eq(timeline_init(&t, 0, 100000), 0);
	(void)timeline_set(&t, first, 0, 1);
	(void)timeline_set(&t, then, at_ms, 2);
	return t;
}

Test(availability, a_seat_needs_all_its_parts_and_a_centre_any_of_its_seats)
{
	struct timeline a = line(STATE_UP, STATE_DOWN, 20000),
			b = line(STATE_UP, STATE_UNKNOWN, 10000);
	struct timeline c = line(STATE_UP, STATE_PLANNED, 40000), all, any;
	const struct timeline *m[] = { &a, &b, &c };

	cr_assert_eq(timeline_combine(&all, m, 3, 3, 0, 100000), 0);
	cr_expect_str_eq(shown(&all), "u0-10 ?10-20 d20-100");
	cr_assert_eq(timeline_combine(&any, m, 3, 1, 0, 100000), 0);
	cr_expect_str_eq(shown(&any), "u0-40 ?40-100");
	timeline_fini(&any);
	cr_assert_eq(timeline_combine(&any, m, 0, 1, 0, 100000), 0);
	cr_expect_str_eq(shown(&any), "?0-100");
	timeline_fini(&a);
	timeline_fini(&b);
	timeline_fini(&c);
	timeline_fini(&all);
	timeline_fini(&any);
}

Test(availability, a_timeline_is_filled_from_another)
{
	struct timeline t = line(STATE_UP, STATE_UNKNOWN, 30000),
			o = line(STATE_DOWN, STATE_UNKNOWN, 60000);

	cr_assert_eq(timeline_heal(&o, STATE_UP, 70000, 80000, 9), 0);
	cr_assert_eq(timeline_fill(&t, &o), 0);
	cr_expect_str_eq(shown(&t), "u0-30 d30-60 ?60-70 u70-80 ?80-100");
	timeline_fini(&t);
	timeline_fini(&o);
}

Test(availability, random_histories_agree_with_counting_every_second)
{
	uint64_t dice = 1;

	for (int run = 0; run < 300; run++) {
		uint8_t second[200];
		struct availability a;
		struct timeline t;
		int64_t sums[4] = { 0 };

		cr_assert_eq(timeline_init(&t, 0, 200000), 0);
		memset(second, STATE_UNKNOWN, sizeof second);
		for (int i = 0; i < 12; i++) {
			dice = dice * 6364136223846793005u + 1442695040888963407u;
			unsigned at = (unsigned)(dice >> 33) % 200, s = (unsigned)(dice >> 45) % 4;
			(void)timeline_set(&t, (enum entity_state)s, at * 1000, (uint64_t)i);
			memset(second + at, (int)s, sizeof second - at);
		}
		for (int i = 0; i < 6; i++) {
			dice = dice * 6364136223846793005u + 1442695040888963407u;
			unsigned at = (unsigned)(dice >> 33) % 200, n = (unsigned)(dice >> 45) % 50;
			unsigned s = 1 + (unsigned)(dice >> 52) % 2;
			(void)timeline_heal(&t, (enum entity_state)s, at * 1000, (at + n) * 1000,
					    99);
			for (unsigned k = at; k < at + n && k < 200; k++)
				second[k] = second[k] == STATE_UNKNOWN ? (uint8_t)s : second[k];
		}
		for (int i = 0; i < 200; i++)
			sums[second[i]] += 1000;
		availability_of(&t, &a);
		cr_assert_eq(a.up_ms, sums[STATE_UP], "run %d", run);
		cr_assert_eq(a.down_ms, sums[STATE_DOWN]);
		cr_assert_eq(a.planned_ms, sums[STATE_PLANNED]);
		cr_assert_eq(a.unknown_ms, sums[STATE_UNKNOWN]);
		timeline_fini(&t);
	}
}

Test(availability, callers_are_counted_by_the_local_hour)
{
	int64_t at[1] = { 0 };
	int32_t offset[1] = { 7 * 3600 };
	struct zone z = { .at_s = at, .offset_s = offset, .n = 1 };
	double rate[24] = { 0 };
	struct timeline t;

	rate[8] = 60;
	rate[9] = 120;
	/* 08:45 to 09:30 in Ha Noi is 01:45 to 02:30 UTC */
	cr_assert_eq(timeline_init(&t, 6300000, 9000000), 0);
	(void)timeline_set(&t, STATE_DOWN, 0, 1);
	cr_expect_float_eq(callers_during(&t, STATE_DOWN, rate, &z), 15 + 60, 1e-6);
	cr_expect_float_eq(callers_during(&t, STATE_UP, rate, &z), 0, 1e-9);
	timeline_fini(&t);
}
