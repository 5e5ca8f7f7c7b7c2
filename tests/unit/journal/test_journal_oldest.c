/* How long the oldest report waits: what the set-up page shows of a journal. */
#include <criterion/criterion.h>
#include <errno.h>

#include "tests/unit/journal/rig.h"

TestSuite(journal_oldest, .init = set_up, .fini = tear_down);

/* When the rig's report was made. */
static uint64_t made(uint64_t number)
{
	return 1000 + number * 5000;
}

static void fill(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		(void)append((double)(seq % 90), seq % 2 ? UPS_ONLINE : UPS_ON_BATTERY,
			     JOURNAL_SOON);
}

static void stored(uint32_t of, uint64_t first, uint64_t last)
{
	struct wire_range r = { of, first, last };

	(void)journal_stored(j, &r);
}

Test(journal_oldest, a_report_waits_from_when_it_was_made_until_it_is_stored)
{
	start(32 << 20);
	cr_expect_eq(journal_oldest_wall_ms(j), 0, "nothing waits yet");
	fill(200);
	cr_expect_eq(journal_oldest_wall_ms(j), made(1));
	for (uint64_t n = 1; n < 200; n += 7) {
		stored(boot, 1, n);
		cr_expect_eq(journal_oldest_wall_ms(j), made(n + 1), "after %u", (unsigned)n);
	}
	stored(boot, 1, 200);
	cr_expect_eq(journal_oldest_wall_ms(j), 0, "its segment is still there, no report waits");
	fill(1);
	cr_expect_eq(journal_oldest_wall_ms(j), made(201));
	stop();
}

Test(journal_oldest, a_hole_before_what_is_stored_counts_and_so_does_a_later_segment)
{
	start(32 << 20);
	while (each_file(NULL) < 3)
		fill(50);
	uint64_t second = j->segments[1].first;
	stored(boot, 1, 2);
	stored(boot, 4, 90);
	cr_expect_eq(journal_oldest_wall_ms(j), made(3));
	stored(boot, 3, 3);
	cr_expect_eq(journal_oldest_wall_ms(j), made(91));
	stored(boot, 1, second - 1);
	cr_expect_eq(journal_oldest_wall_ms(j), made(second));
	stop();
}

Test(journal_oldest, what_an_earlier_boot_left_is_older)
{
	start(32 << 20);
	fill(100);
	stop();
	boot++;
	start(32 << 20);
	fill(3);
	stored(boot, 1, 3);
	stored(boot - 1, 1, 40);
	cr_expect_eq(journal_oldest_wall_ms(j), made(41));
	stored(boot - 1, 41, 100);
	cr_expect_eq(journal_oldest_wall_ms(j), 0);
	stop();
}

static int refuse(const char *op)
{
	(void)op;
	return -ENOSPC;
}

Test(journal_oldest, what_waits_in_memory_for_a_full_disk_waits_too)
{
	start(32 << 20);
	fill(10);
	stored(boot, 1, 10);
	journal_fault_hook = refuse;
	fill(60);
	cr_expect_eq(journal_oldest_wall_ms(j), made(11));
	journal_fault_hook = NULL;
	stop();
}
