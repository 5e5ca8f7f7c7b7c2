#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "sim/core/command.h"
#include "sim/core/world.h"

static struct sim_world *new_world(double battery_speed)
{
	struct sim_plan plan = { 3, 4, battery_speed, 7 };
	struct sim_world *w;

	cr_assert_eq(sim_world_new(&w, &plan, 1000), 0);
	return w;
}

static void run_for(struct sim_world *w, int64_t ms)
{
	for (int64_t end = w->now_ms + ms; w->now_ms < end;)
		sim_world_step(w, w->now_ms + 100);
}

static int order(struct sim_world *w, const char *line)
{
	char reply[4096];

	return command_run(w, line, reply, sizeof reply);
}

static struct sim_device *get(struct sim_world *w, const char *id)
{
	struct sim_device *d = sim_device_find(w, id, strlen(id));

	cr_assert_not_null(d, "%s", id);
	return d;
}

static int registered(struct sim_world *w)
{
	return (int)sim_true(get(w, "hanoi/pbx-1"), M_PBX_REGISTERED, 0);
}

Test(world, mains_that_are_cut_drain_the_battery_and_come_back)
{
	struct sim_world *w = new_world(1);
	struct sim_device *ups = get(w, "danang/ups-1");

	cr_assert_eq(order(w, "cut-power danang"), 0);
	cr_expect_eq(sim_true(ups, M_UPS_STATUS, 0), UPS_ON_BATTERY);
	cr_expect_eq(sim_true(ups, M_INPUT_VOLTAGE, 0), 0);
	run_for(w, 60000);
	double charge = sim_true(ups, M_BATTERY_CHARGE, 0);
	cr_expect_lt(charge, 99.6);
	cr_expect_gt(charge, 97);
	cr_expect_eq(order(w, "restore-power danang"), 0);
	run_for(w, 60000);
	cr_expect_eq(sim_true(ups, M_UPS_STATUS, 0), UPS_ONLINE);
	cr_expect_gt(sim_true(ups, M_BATTERY_CHARGE, 0), charge);
	sim_world_free(w);
}

Test(world, an_empty_battery_leaves_the_site_dark_and_only_that_site)
{
	struct sim_world *w = new_world(600);

	cr_assert_eq(order(w, "cut-power danang"), 0);
	run_for(w, 20000);
	cr_expect(!sim_answers(w, get(w, "danang/ups-1")));
	cr_expect(!sim_answers(w, get(w, "danang/phone-03")));
	cr_expect(sim_answers(w, get(w, "hanoi/ups-1")));
	cr_assert_eq(order(w, "restore-power danang"), 0);
	run_for(w, 20000);
	cr_expect(sim_answers(w, get(w, "danang/pbx-1")));
	cr_expect_eq(sim_true(get(w, "danang/phone-03"), M_SIP_REGISTERED, 0), 1);
	sim_world_free(w);
}

Test(world, a_crashed_pbx_takes_its_phones_with_it_one_by_one)
{
	struct sim_world *w = new_world(1);
	int seen[5] = { 0 };

	cr_assert_eq(order(w, "crash-pbx hanoi"), 0);
	cr_expect(!sim_answers(w, get(w, "hanoi/pbx-1")));
	for (int i = 0; i < 90; i++) {
		run_for(w, 100);
		seen[registered(w)] = 1;
	}
	cr_expect_eq(registered(w), 0);
	cr_expect_geq(seen[1] + seen[2] + seen[3], 2, "not all at once");
	cr_expect_eq(sim_true(get(w, "danang/pbx-1"), M_PBX_REGISTERED, 0), 4);

	cr_assert_eq(order(w, "restore-pbx hanoi"), 0);
	run_for(w, 12000);
	cr_expect(sim_answers(w, get(w, "hanoi/pbx-1")));
	cr_expect_eq(registered(w), 4);
	sim_world_free(w);
}

Test(world, a_lie_changes_what_is_told_and_not_what_is_true)
{
	struct sim_world *w = new_world(1);
	struct sim_device *ups = get(w, "hanoi/ups-1");

	cr_assert_eq(order(w, "lie hanoi/ups-1 battery.charge_percent=255"), 0);
	cr_expect_eq(sim_told(ups, M_BATTERY_CHARGE, 0), 255);
	cr_expect_eq(sim_true(ups, M_BATTERY_CHARGE, 0), 100);
	cr_assert_eq(order(w, "lie ups-1 ups.status=on_battery"), 0);
	cr_expect_eq(sim_told(ups, M_UPS_STATUS, 0), UPS_ON_BATTERY);
	cr_assert_eq(order(w, "honest ups-1"), 0);
	cr_expect_eq(sim_told(ups, M_BATTERY_CHARGE, 0), 100);
	sim_world_free(w);
}

Test(world, calls_never_outnumber_the_registered_phones)
{
	struct sim_world *w = new_world(1);

	for (int i = 0; i < 36000; i++) {
		sim_world_step(w, w->now_ms + 1000);
		double calls = sim_true(get(w, "hanoi/pbx-1"), M_PBX_CALLS_ACTIVE, 0);
		cr_assert(calls >= 0 && calls <= registered(w));
	}
	cr_expect_gt(sim_true(get(w, "hanoi/pbx-1"), M_PBX_CALLS_TOTAL, 0), 100);
	sim_world_free(w);
}

static const char *const refused[] = {
	"",
	"cut-power",
	"cut-power saigon",
	"unplug",
	"unplug danang/ups-1",
	"unplug danang/ws-09-headset",
	"slow danang/ups-1 soon",
	"slow danang/ups-1 -1ms",
	"battery danang 101",
	"lie danang/ups-1 battery.charge_percent",
	"lie danang/ups-1 battery.charm=3",
	"lie danang/ups-1 battery.charge_percent=lots",
	"a-word-that-is-much-longer-than-any-command-of-the-simulation-could-ever-be-and-goes-on-"
	"and-on-and-on",
};

Test(command, what_makes_no_sense_is_refused_with_a_line)
{
	struct sim_world *w = new_world(1);

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		char reply[512];
		cr_expect_lt(command_run(w, refused[i], reply, sizeof reply), 0, "%s", refused[i]);
		cr_expect_eq(reply[strlen(reply) - 1], '\n', "%s", refused[i]);
	}
	sim_world_free(w);
}

Test(command, a_headset_may_be_called_by_its_class)
{
	struct sim_world *w = new_world(1);

	cr_assert_eq(order(w, "unplug headset danang/ws-02-headset"), 0);
	cr_expect_eq(sim_true(get(w, "danang/ws-02-headset"), M_HEADSET_PRESENT, 0), 0);
	cr_assert_eq(order(w, "plug headset danang/ws-02-headset"), 0);
	cr_expect_eq(sim_true(get(w, "danang/ws-02-headset"), M_HEADSET_PRESENT, 0), 1);
	sim_world_free(w);
}

/* The reply of an order, which must end as `r` says. */
static const char *told(struct sim_world *w, const char *line, int r)
{
	static char reply[4096];

	cr_assert_eq(command_run(w, line, reply, sizeof reply), r, "%s: %s", line, reply);
	return reply;
}

Test(command, a_name_without_its_centre_is_the_first_and_the_reply_says_so)
{
	struct sim_world *w = new_world(1);
	const char *reply = told(w, "lie ups-1 battery.charge_percent=255", 0);

	cr_expect_str_eq(reply, "hanoi/ups-1 it is, of hanoi/ups-1, danang/ups-1, angiang/ups-1\n");
	cr_expect_eq(sim_told(get(w, "hanoi/ups-1"), M_BATTERY_CHARGE, 0), 255);
	(void)told(w, "slow 900ms danang/pbx-1", 0);
	cr_expect_eq(get(w, "danang/pbx-1")->slow_ms, 900);
	(void)told(w, "slow angiang/pbx-1 900ms", 0);
	cr_expect_eq(get(w, "angiang/pbx-1")->slow_ms, 900);
	(void)told(w, "unplug headset danang/ws-02", 0);
	cr_expect_eq(sim_true(get(w, "danang/ws-02-headset"), M_HEADSET_PRESENT, 0), 0);
	(void)told(w, "silence router danang/router-1", 0);
	cr_expect(get(w, "danang/router-1")->silent);
	sim_world_free(w);
}

Test(command, what_is_not_named_is_the_only_one_it_can_be_or_the_reply_lists_them)
{
	struct sim_world *w = new_world(1);

	cr_expect_str_eq(told(w, "crash-pbx", -EINVAL),
			 "crash-pbx: of which centre? hanoi, danang, angiang\n");
	cr_expect_str_eq(told(w, "cut-power saigon", -EINVAL),
			 "there is no centre saigon; there are hanoi, danang, angiang\n");
	cr_expect_str_eq(told(w, "restore-power", -EINVAL),
			 "restore-power: there is nothing to do\n");
	(void)told(w, "cut-power danang", 0);
	cr_expect_str_eq(told(w, "restore-power", 0), "ok\n");
	cr_expect(sim_site_find(w, "danang", 6)->mains);
	cr_expect_str_eq(told(w, "silence ups", -EINVAL),
			 "silence: which one? hanoi/ups-1, danang/ups-1, angiang/ups-1\n");
	cr_expect_not_null(strstr(told(w, "slow 900ms", -EINVAL), "which one? hanoi/ups-1, "));
	(void)told(w, "silence danang/ups-1", 0);
	(void)told(w, "speak", 0);
	cr_expect_not(get(w, "danang/ups-1")->silent);
	sim_world_free(w);
}
