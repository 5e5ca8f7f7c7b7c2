#include <criterion/criterion.h>

#include "common/core/steady.h"

enum { BOOT = 1000, WALL = 1790000000 };

TestSuite(steady);

Test(steady, a_clock_that_is_slewed_is_followed_at_once)
{
	struct steady s = { 0 };

	for (int64_t i = 0; i < 1000; i++) {
		struct steady_step r = steady_step(&s, BOOT + i * 1000, WALL + i * 1001);

		cr_assert_eq(r.wall_ms, WALL + i * 1001);
		cr_assert(!r.began_to_doubt && r.moved_ms == 0);
	}
}

Test(steady, a_jump_that_is_taken_back_within_a_minute_was_never_there)
{
	static const int64_t by[] = { 600000, -600000, 501, -501 };

	for (size_t k = 0; k < sizeof by / sizeof *by; k++) {
		struct steady s = { 0 };
		int doubts = 0;

		for (int64_t t = 0; t < 200000; t += 100) {
			int64_t off = t >= 10000 && t < 60000 ? by[k] : 0;
			struct steady_step r = steady_step(&s, BOOT + t, WALL + t + off);

			doubts += r.began_to_doubt;
			cr_assert_eq(r.wall_ms, WALL + t);
			cr_assert_eq(r.ahead_ms, off);
		}
		cr_expect_eq(doubts, 1);
	}
}

Test(steady, a_jump_that_lasts_is_followed_after_a_minute_and_said_once)
{
	struct steady s = { 0 };
	int64_t moved = 0;

	for (int64_t t = 0; t < 200000; t += 100) {
		int64_t off = t >= 10000 ? -7000 : 0;
		struct steady_step r = steady_step(&s, BOOT + t, WALL + t + off);

		cr_assert_eq(r.wall_ms, WALL + t + (t >= 10000 + STEADY_HOLD_MS ? off : 0));
		moved += r.moved_ms;
	}
	cr_expect_eq(moved, -7000);
}

Test(steady, a_second_jump_starts_the_minute_anew)
{
	struct steady s = { 0 };

	(void)steady_step(&s, 0, WALL);
	(void)steady_step(&s, 1000, WALL + 5000);
	cr_expect(steady_step(&s, 50000, WALL + 90000).began_to_doubt);
	cr_expect_eq(steady_step(&s, 61001, WALL + 90000 + 11001).moved_ms, 0);
	cr_expect_eq(
		steady_step(&s, 50000 + STEADY_HOLD_MS, WALL + 90000 + STEADY_HOLD_MS).moved_ms,
		40000);
}
