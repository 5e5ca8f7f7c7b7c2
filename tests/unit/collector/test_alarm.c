#include <criterion/criterion.h>

#include "collector/core/alarm.h"
#include "collector/core/discharge.h"

static const struct alarm_hold hold = { 3000, 5000, true };

static const struct {
	const char *sentence;
	struct {
		int64_t at_s;
		enum alarm_input in;
	} feed[8];
	enum alarm_state state;
	enum alarm_notice last;
} cases[] = {
	{ "a short dip says nothing",
	  { { 0, ALARM_IN_BAD }, { 2, ALARM_IN_GOOD } },
	  ALARM_OK,
	  ALARM_SAY_NOTHING },
	{ "held bad is raised on the tick",
	  { { 0, ALARM_IN_BAD }, { 3, ALARM_IN_TICK } },
	  ALARM_FIRING,
	  ALARM_SAY_RAISED },
	{ "held good is cleared",
	  { { 0, ALARM_IN_BAD },
	    { 3, ALARM_IN_TICK },
	    { 600, ALARM_IN_GOOD },
	    { 605, ALARM_IN_TICK } },
	  ALARM_OK,
	  ALARM_SAY_CLEARED },
	{ "unknown forgets what was not yet held",
	  { { 0, ALARM_IN_BAD }, { 2, ALARM_IN_UNKNOWN }, { 9, ALARM_IN_TICK } },
	  ALARM_OK,
	  ALARM_SAY_NOTHING },
	{ "unknown is not resolved",
	  { { 0, ALARM_IN_BAD },
	    { 3, ALARM_IN_TICK },
	    { 9, ALARM_IN_UNKNOWN },
	    { 99, ALARM_IN_TICK } },
	  ALARM_FIRING,
	  ALARM_SAY_NOTHING },
	{ "four changes hold a raised alarm up",
	  { { 0, ALARM_IN_BAD },
	    { 3, ALARM_IN_TICK },
	    { 10, ALARM_IN_GOOD },
	    { 20, ALARM_IN_BAD },
	    { 30, ALARM_IN_GOOD },
	    { 60, ALARM_IN_TICK } },
	  ALARM_CLEARING,
	  ALARM_SAY_NOTHING },
	{ "held up, it is let go with the condition as it is",
	  { { 0, ALARM_IN_BAD },
	    { 3, ALARM_IN_TICK },
	    { 10, ALARM_IN_GOOD },
	    { 20, ALARM_IN_BAD },
	    { 30, ALARM_IN_GOOD },
	    { 900, ALARM_IN_TICK } },
	  ALARM_OK,
	  ALARM_SAY_CLEARED },
	{ "held up and still bad: it is said",
	  { { 0, ALARM_IN_BAD },
	    { 3, ALARM_IN_TICK },
	    { 10, ALARM_IN_GOOD },
	    { 20, ALARM_IN_BAD },
	    { 30, ALARM_IN_GOOD },
	    { 40, ALARM_IN_BAD },
	    { 900, ALARM_IN_TICK } },
	  ALARM_FIRING,
	  ALARM_SAY_STEADY },
};

Test(alarm, lives)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct alarm a = { .state = ALARM_OK };
		struct alarm_effect e = { ALARM_SAY_NOTHING, INT64_MAX };

		for (size_t k = 0; k < 8 && (k == 0 || cases[i].feed[k].at_s > 0); k++)
			e = alarm_step(&a, &hold, cases[i].feed[k].in,
				       cases[i].feed[k].at_s * 1000);
		cr_expect_eq(a.state, cases[i].state, "%s: state %d", cases[i].sentence, a.state);
		cr_expect_eq(e.notice, cases[i].last, "%s: notice %d", cases[i].sentence, e.notice);
	}
}

Test(discharge, the_devices_word_and_the_fall_agree)
{
	struct discharge d;

	discharge_init(&d);
	discharge_charge(&d, 100, 0);
	discharge_runtime(&d, 2400, 0);
	cr_expect_eq(discharge_left(&d, 0).minutes, -1); /* on mains */
	discharge_battery(&d, true, 0);
	cr_expect_eq(discharge_left(&d, 0).minutes, 40);
	discharge_charge(&d, 95, 120000);
	discharge_runtime(&d, 2280, 120000);
	struct discharge_left left = discharge_left(&d, 120000);
	cr_expect_eq(left.minutes, 38);
	cr_expect(left.low <= 38 && left.high >= 38);
}

Test(discharge, a_gauge_that_rises_on_battery_is_not_believed)
{
	struct discharge d;

	discharge_init(&d);
	discharge_charge(&d, 60, 0);
	discharge_battery(&d, true, 0);
	discharge_charge(&d, 90, 60000);
	cr_expect(d.unreliable);
	cr_expect_eq(discharge_left(&d, 60000).minutes, -1);
	discharge_battery(&d, false, 120000);
	cr_expect_not(d.unreliable);
}

Test(discharge, the_last_discharge_serves_when_the_device_says_nothing)
{
	struct discharge d;

	discharge_init(&d);
	discharge_charge(&d, 100, 0);
	discharge_battery(&d, true, 0);
	discharge_charge(&d, 90, 600000); /* one percent a minute */
	discharge_battery(&d, false, 600000);
	discharge_charge(&d, 100, 3600000);
	discharge_battery(&d, true, 3600000);
	cr_expect_eq(discharge_left(&d, 3600000).minutes, 100);
}
