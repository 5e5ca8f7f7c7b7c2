#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "collector/core/ingest.h"

Test(ingest, ranges_grow_together_in_any_order)
{
	struct seqset s = { 0 };

	cr_expect_eq(seqset_add(&s, 5, 5), 0);
	cr_expect_eq(seqset_add(&s, 1, 2), 0);
	cr_expect_eq(seqset_add(&s, 9, 9), 0);
	cr_expect_eq(s.n, 3);
	cr_expect_eq(seqset_add(&s, 3, 4), 0);
	cr_expect_eq(s.n, 2);
	cr_expect_eq(seqset_add(&s, 6, 20), 0);
	cr_expect_eq(s.n, 1);
	cr_expect_eq(s.ranges[0].first, 1);
	cr_expect_eq(s.ranges[0].last, 20);
	cr_expect_eq(seqset_count(&s), 20);
	seqset_fini(&s);
}

Test(ingest, a_set_agrees_with_a_plain_bitmap)
{
	struct seqset s = { 0 };
	bool have[200] = { false };
	uint64_t dice = 7;

	for (int i = 0; i < 400; i++) {
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		uint64_t first = (dice >> 33) % 190, last = first + (dice >> 50) % 8;

		cr_assert_eq(seqset_add(&s, first, last), 0);
		for (uint64_t k = first; k <= last; k++)
			have[k] = true;
		for (uint64_t k = 0; k < 200; k++)
			cr_assert_eq(seqset_has(&s, k), have[k], "%d %d", i, (int)k);
		for (size_t k = 1; k < s.n; k++)
			cr_assert_gt(s.ranges[k].first, s.ranges[k - 1].last + 1);
	}
	seqset_fini(&s);
}

Test(ingest, gaps_are_what_is_not_there)
{
	struct seqset s = { 0 };
	struct seq_range gaps[8];

	cr_assert_eq(seqset_add(&s, 3, 5), 0);
	cr_assert_eq(seqset_add(&s, 8, 8), 0);
	cr_expect_eq(seqset_gaps(&s, 1, 10, gaps, 8), 3);
	cr_expect_eq(gaps[0].first, 1);
	cr_expect_eq(gaps[0].last, 2);
	cr_expect_eq(gaps[1].first, 6);
	cr_expect_eq(gaps[1].last, 7);
	cr_expect_eq(gaps[2].first, 9);
	cr_expect_eq(gaps[2].last, 10);
	cr_expect_eq(seqset_gaps(&s, 4, 5, gaps, 8), 0);
	cr_expect_eq(seqset_gaps(&s, 4, 6, gaps, 8), 1);
	cr_expect_eq(gaps[0].first, 6);
	cr_expect_eq(seqset_gaps(&s, 1, 10, gaps, 1), 1);
	seqset_fini(&s);
}

Test(ingest, a_set_is_bounded)
{
	struct seqset s = { 0 };
	int r = 0;

	for (uint64_t i = 0; r == 0; i++)
		r = seqset_add(&s, i * 2, i * 2);
	cr_expect_eq(r, -ENOSPC);
	cr_expect_eq(s.n, SEQSET_MAX_RANGES);
	cr_expect_eq(seqset_add(&s, 1, 1), 0, "what joins two still fits");
	seqset_fini(&s);
}

Test(ingest, the_quickest_report_sets_the_offset)
{
	struct clock_estimate c = { 0 };

	clock_feed(&c, 1000, 501200);
	clock_feed(&c, 2000, 502050);
	clock_feed(&c, 3000, 503900);
	cr_expect_eq(c.offset_ms, 500050);
}

Test(ingest, a_drifting_clock_is_followed_within_two_windows)
{
	struct clock_estimate c = { 0 };

	for (int64_t t = 0; t < 4 * CLOCK_WINDOW_MS; t += 1000)
		clock_feed(&c, t, t + 700000 + t / 1000); /* one in a thousand fast */
	int64_t truth = 700000 + 4 * CLOCK_WINDOW_MS / 1000;
	cr_expect_leq(truth - c.offset_ms, 2 * CLOCK_WINDOW_MS / 1000);
}

Test(ingest, skew_has_a_dead_band)
{
	cr_expect(!clock_is_skewed(false, 1900));
	cr_expect(clock_is_skewed(false, -2100));
	cr_expect(clock_is_skewed(true, 1900));
	cr_expect(!clock_is_skewed(true, 900));
}
