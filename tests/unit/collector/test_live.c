#include <criterion/criterion.h>
#include <errno.h>

#include "collector/core/live.h"

static struct live *table(void)
{
	struct live *l = NULL;

	cr_assert_eq(live_new(&l, 4), 0);
	return l;
}

Test(live, a_device_that_never_spoke_is_not_there)
{
	struct live *l = table();

	cr_expect_null(live_get(l, 1));
	cr_expect_null(live_get(l, 99));
	cr_expect_null(live_agent_get(l, 1));
	live_free(l);
}

Test(live, readings_stay_until_they_are_named_again)
{
	struct live *l = table();
	struct reading both[] = { { .metric = M_BATTERY_CHARGE, .value = 90 },
				  { .metric = M_UPS_STATUS, .value = UPS_ONLINE } };
	struct reading one = { .metric = M_BATTERY_CHARGE, .reason = REASON_SENTINEL };
	struct reading got;

	cr_assert_eq(live_set(l, 1, both, 2, 100, 110), 0);
	cr_assert_eq(live_set(l, 1, &one, 1, 200, 210), 0);
	cr_expect_eq(live_get(l, 1)->n_slots, 2);
	cr_expect_eq(live_value(l, 1, M_UPS_STATUS, 0, &got), 0);
	cr_expect_float_eq(got.value, UPS_ONLINE, 1e-9);
	cr_expect_eq(live_value(l, 1, M_BATTERY_CHARGE, 0, &got), 0);
	cr_expect_eq(got.reason, REASON_SENTINEL);
	cr_expect_eq(live_value(l, 1, M_INPUT_VOLTAGE, 0, &got), -ENOENT);
	live_free(l);
}

Test(live, labels_tell_instances_apart)
{
	struct live *l = table();
	struct reading disks[] = { { .metric = M_HOST_DISK_USED, .label = "/", .value = 10 },
				   { .metric = M_HOST_DISK_USED, .label = "/home", .value = 20 } };

	cr_assert_eq(live_set(l, 2, disks, 2, 1, 1), 0);
	cr_assert_eq(live_set(l, 2, &disks[1], 1, 2, 2), 0);
	cr_expect_eq(live_get(l, 2)->n_slots, 2);
	cr_expect_eq(live_get(l, 2)->n_labels, 2);
	live_free(l);
}

Test(live, a_new_layout_forgets_the_old_one)
{
	struct live *l = table();
	struct reading r = { .metric = M_BATTERY_CHARGE, .value = 90 };

	cr_assert_eq(live_set(l, 1, &r, 1, 1, 1), 0);
	cr_assert_eq(live_identify(l, 1, M_DEVICE_MODEL, "Smart-UPS"), 0);
	cr_expect_eq(live_identify(l, 1, M_BATTERY_CHARGE, "x"), -EINVAL);
	cr_assert_eq(live_describe(l, 1, "powernet", 2000), 0);
	cr_expect_eq(live_get(l, 1)->n_slots, 0);
	cr_expect_null(live_text(live_get(l, 1), M_DEVICE_MODEL));
	cr_expect_str_eq(live_get(l, 1)->profile, "powernet");
	live_free(l);
}

Test(live, old_readings_are_stale)
{
	struct live *l = table();
	struct reading r = { .metric = M_BATTERY_CHARGE, .value = 90 };

	cr_assert_eq(live_describe(l, 1, NULL, 30000), 0);
	cr_expect(live_is_stale(live_get(l, 1), 0));
	cr_assert_eq(live_set(l, 1, &r, 1, 1000, 1000), 0);
	cr_expect_not(live_is_stale(live_get(l, 1), 61000));
	cr_expect(live_is_stale(live_get(l, 1), 61001));
	live_free(l);
}

Test(live, slots_are_bounded)
{
	struct live *l = table();
	struct reading r = { .metric = M_HOST_DISK_USED };
	int e = 0;

	for (unsigned i = 0; i <= LIVE_SLOTS_MAX && e == 0; i++) {
		r.instance = (uint16_t)i;
		e = live_set(l, 3, &r, 1, 1, 1);
	}
	cr_expect_eq(e, -E2BIG);
	cr_expect_eq(live_get(l, 3)->n_slots, LIVE_SLOTS_MAX);
	live_free(l);
}
