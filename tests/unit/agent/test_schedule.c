#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "agent/core/schedule.h"

/* Runs `ms` of virtual time in which each answer takes 10 ms; counts polls and wake-ups. */
static void run(struct schedule *s, uint32_t n, uint64_t ms, unsigned *polls, unsigned *wakes)
{
	uint64_t now = 0;
	uint32_t i;

	memset(polls, 0, n * sizeof *polls);
	*wakes = 0;
	while (now < ms) {
		uint32_t asked[4096], k = 0;

		while (schedule_due(s, now, &i)) {
			polls[i]++;
			asked[k++] = i;
		}
		for (uint32_t a = 0; a < k; a++)
			schedule_done(s, asked[a], now + 10, false);
		now = schedule_wake_ms(s);
		++*wakes;
	}
}

Test(schedule, few_devices_share_their_wake_ups)
{
	struct schedule *s;
	unsigned polls[5], wakes;

	cr_assert_eq(schedule_new(&s, 5, 1000), 0);
	schedule_set(s, 0, 2500);
	for (uint32_t i = 1; i < 5; i++)
		schedule_set(s, i, 10000);
	run(s, 5, 100000, polls, &wakes);
	cr_expect_eq(polls[0], 40);
	cr_expect_eq(polls[1], 10);
	cr_expect_leq(wakes, 41);
	schedule_free(s);
}

Test(schedule, a_crowd_is_spread_over_the_interval_in_batches)
{
	struct schedule *s;
	uint32_t i, now = 0, most = 0;

	cr_assert_eq(schedule_new(&s, 1000, 1000), 0);
	for (i = 0; i < 1000; i++)
		schedule_set(s, i, 10000);
	for (uint32_t turn = 0; turn < 60; turn++) {
		uint32_t k = 0, asked[1000];
		while (schedule_due(s, now, &i))
			asked[k++] = i;
		for (uint32_t a = 0; a < k; a++)
			schedule_done(s, asked[a], now, false);
		if (turn > 0 && k > most)
			most = k;
		now = (uint32_t)schedule_wake_ms(s);
	}
	cr_expect_eq(most, SCHEDULE_BATCH);
	schedule_free(s);
}

Test(schedule, a_restless_device_is_asked_soon_and_one_at_a_time)
{
	struct schedule *s;
	uint32_t i;

	cr_assert_eq(schedule_new(&s, 1, 1000), 0);
	schedule_set(s, 0, 10000);
	cr_expect(schedule_due(s, 0, &i));
	cr_expect_not(schedule_due(s, 60000, &i), "it is still being asked");
	cr_expect_eq(schedule_wake_ms(s), UINT64_MAX);
	cr_expect_eq(schedule_asking(s), 1);
	schedule_done(s, 0, 2100, true);
	cr_expect_eq(schedule_wake_ms(s), 3000);
	cr_expect(schedule_due(s, 3000, &i));
	cr_expect_not(schedule_due(s, 3000, &i));
	schedule_done(s, 0, 3020, false);
	cr_expect_eq(schedule_wake_ms(s), 10000);
	schedule_free(s);
}

Test(schedule, a_nudge_is_heeded_even_while_it_is_being_asked)
{
	struct schedule *s;
	uint32_t i;

	cr_assert_eq(schedule_new(&s, 1, 1000), 0);
	schedule_set(s, 0, 10000);
	cr_expect(schedule_due(s, 0, &i));
	cr_expect_not(schedule_due(s, 0, &i));
	schedule_now(s, 0);
	schedule_done(s, 0, 50, false);
	cr_expect(schedule_due(s, 50, &i));
	cr_expect_not(schedule_due(s, 50, &i));
	schedule_done(s, 0, 60, false);
	cr_expect_not(schedule_due(s, 60, &i));
	schedule_now(s, 0);
	cr_expect(schedule_due(s, 60, &i));
	schedule_free(s);
}
