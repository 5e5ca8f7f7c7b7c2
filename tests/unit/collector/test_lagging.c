#include <criterion/criterion.h>

#include "collector/core/alarm.h"
#include "collector/core/lagging.h"

TestSuite(lagging);

Test(lagging, trouble_shows_at_once_and_is_over_when_it_has_stayed_away)
{
	struct lagging l = { 0 };

	cr_expect(!lagging_step(&l, false, 0));
	cr_expect(lagging_step(&l, true, 1000));
	cr_expect(!lagging_step(&l, false, 1000 + LAGGING_OVER_MS - 1) && l.on);
	cr_expect(lagging_step(&l, false, 1000 + LAGGING_OVER_MS) && !l.on);
}

/* Its alarm, as the rule has it, over a minute in which the disk takes every other commit. */
Test(lagging, a_disk_with_a_little_room_is_one_trouble_whose_alarm_goes_when_there_is_room)
{
	static const struct alarm_hold hold = { 10000, 20000, true };
	struct lagging l = { 0 };
	struct alarm a = { 0 };
	int64_t cleared_ms = 0;

	for (int64_t t = 0; t < 120000; t += 200) {
		bool trouble = t < 60000 && t / 1000 % 2 == 0;
		bool changed = lagging_step(&l, trouble, t);
		struct alarm_effect e = alarm_step(&a, &hold,
						   !changed ? ALARM_IN_TICK
						   : l.on   ? ALARM_IN_BAD
							    : ALARM_IN_GOOD,
						   t);

		cr_assert(!a.flapping, "held up at %d s", (int)(t / 1000));
		if (t == 30000)
			cr_expect_eq(a.state, ALARM_FIRING);
		if (e.notice == ALARM_SAY_CLEARED)
			cleared_ms = t;
	}
	cr_expect(cleared_ms > 60000 && cleared_ms < 90000, "%d s", (int)(cleared_ms / 1000));
}
