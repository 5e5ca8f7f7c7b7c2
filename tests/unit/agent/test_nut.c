#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/core/nut.h"

static int split(struct nut_line *l, const char *text)
{
	static char buf[NUT_LINE_MAX];

	(void)snprintf(buf, sizeof buf, "%s", text);
	return nut_line_split(l, buf);
}

Test(nut_line, words_quotes_and_escapes_are_resolved)
{
	struct nut_line l;

	cr_assert_eq(split(&l, "VAR ups1 ups.model \"Smart \\\"UPS\\\" \\\\ 750\""), 0);
	cr_assert_eq(l.n, 4);
	cr_expect_str_eq(l.words[0], "VAR");
	cr_expect_str_eq(l.words[2], "ups.model");
	cr_expect_str_eq(l.words[3], "Smart \"UPS\" \\ 750");
	cr_assert_eq(split(&l, "  END  LIST VAR ups1 "), 0);
	cr_expect_eq(l.n, 4);
	cr_assert_eq(split(&l, "VAR ups1 ups.id \"\""), 0);
	cr_expect_str_eq(l.words[3], "");
	cr_assert_eq(split(&l, ""), 0);
	cr_expect_eq(l.n, 0);
}

Test(nut_line, broken_lines_are_refused)
{
	struct nut_line l = { .n = 77 };

	cr_expect_eq(split(&l, "VAR ups1 x \"open"), -EINVAL);
	cr_expect_eq(split(&l, "VAR ups1 x \"open\\"), -EINVAL);
	cr_expect_eq(split(&l, "VAR ups1 x \"a\"b"), -EINVAL);
	cr_expect_eq(split(&l, "a b c d e f g h i"), -EINVAL);
	cr_expect_eq(split(&l, "VAR ups1 x \"bell \a\""), -EINVAL);
	cr_expect_eq(l.n, 77, "nothing is written on failure");
}

static const struct {
	const char *flags;
	enum ups_status status;
} cases[] = {
	{ "OL", UPS_ONLINE },
	{ "OL CHRG", UPS_ONLINE },
	{ "CHRG OL", UPS_ONLINE },
	{ "OL TRIM", UPS_ONLINE },
	{ "OL BOOST", UPS_ONLINE },
	{ "OL LB CHRG", UPS_ONLINE },
	{ "OL RB", UPS_ONLINE },
	{ "OB", UPS_ON_BATTERY },
	{ "OB DISCHRG", UPS_ON_BATTERY },
	{ "OB DISCHRG LB", UPS_LOW_BATTERY },
	{ "LB OB", UPS_LOW_BATTERY },
	{ "OB CAL DISCHRG", UPS_ON_BATTERY },
	{ "BYPASS", UPS_BYPASS },
	{ "OL BYPASS", UPS_BYPASS },
	{ "OB BYPASS", UPS_ON_BATTERY },
	{ "OFF", UPS_OFF },
	{ "OL OFF", UPS_OFF },
	{ "FSD OB LB", UPS_LOW_BATTERY },
	{ "ALARM OL OVER", UPS_ONLINE },
	{ "DISCHRG", UPS_ON_BATTERY },
	{ "", UPS_UNKNOWN },
	{ "WAIT", UPS_UNKNOWN },
	{ "OLD OBLONG", UPS_UNKNOWN },
	{ "ALARM", UPS_UNKNOWN },
};

ParameterizedTestParameters(nut_status, flags_become_one_status)
{
	static size_t index[sizeof cases / sizeof *cases];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof cases / sizeof *cases);
}

ParameterizedTest(size_t *i, nut_status, flags_become_one_status)
{
	cr_expect_eq(nut_status(cases[*i].flags), cases[*i].status, "\"%s\" gives %d",
		     cases[*i].flags, (int)nut_status(cases[*i].flags));
}

Test(nut_status, flags_become_the_well_known_alarms)
{
	cr_expect_eq(nut_alarm_bits("OL CHRG"), 0);
	cr_expect_eq(nut_alarm_bits("OB LB RB"), 1U << 1 | 1U << 2 | 1U << 0);
	cr_expect_eq(nut_alarm_bits("OL OVER BYPASS"), 1U << 7 | 1U << 8);
}

static const struct reading *find(const struct nut_state *s, uint16_t metric, uint16_t instance)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->readings[i].metric == metric && s->readings[i].instance == instance)
			return &s->readings[i];
	return NULL;
}

Test(nut_vars, variables_become_readings)
{
	struct nut_state s;

	nut_state_init(&s);
	nut_state_var(&s, "battery.charge", "87");
	nut_state_var(&s, "ups.status", "OB LB RB");
	nut_state_var(&s, "input.L2-N.voltage", "229.5");
	nut_state_var(&s, "ups.test.result", "Done and passed");
	nut_state_var(&s, "outlet.1.status", "on");
	cr_expect_float_eq(find(&s, M_BATTERY_CHARGE, 0)->value, 87, 1e-9);
	cr_expect_float_eq(find(&s, M_INPUT_VOLTAGE, 1)->value, 229.5, 1e-9);
	cr_expect_float_eq(find(&s, M_UPS_STATUS, 0)->value, UPS_LOW_BATTERY, 1e-9);
	cr_expect_float_eq(find(&s, M_BATTERY_REPLACE, 0)->value, 1, 1e-9);
	cr_expect_float_eq(find(&s, M_UPS_TEST_RESULT, 0)->value, 1, 1e-9);
	cr_expect_eq(s.n, 6);
}

Test(nut_vars, nonsense_is_unknown_with_its_reason)
{
	struct nut_state s;

	nut_state_init(&s);
	nut_state_var(&s, "battery.charge", "255");
	nut_state_var(&s, "battery.runtime", "n/a");
	nut_state_var(&s, "input.voltage", "nan");
	nut_state_var(&s, "ups.load", "12 %");
	nut_state_var(&s, "ups.status", "WAIT");
	cr_expect_eq(find(&s, M_BATTERY_CHARGE, 0)->reason, REASON_RANGE);
	cr_expect_eq(find(&s, M_BATTERY_RUNTIME, 0)->reason, REASON_TYPE);
	cr_expect_eq(find(&s, M_INPUT_VOLTAGE, 0)->reason, REASON_TYPE);
	cr_expect_eq(find(&s, M_OUTPUT_LOAD, 0)->reason, REASON_TYPE);
	cr_expect_eq(find(&s, M_UPS_STATUS, 0)->reason, REASON_MISSING);
	cr_expect_null(find(&s, M_BATTERY_REPLACE, 0));
}

Test(nut_vars, a_later_good_value_replaces_a_bad_one_and_texts_are_bounded)
{
	struct nut_state s;
	char longest[400];

	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	nut_state_init(&s);
	nut_state_var(&s, "ups.realpower", "n/a");
	nut_state_var(&s, "output.realpower", "410");
	nut_state_var(&s, "device.mfr", "");
	nut_state_var(&s, "device.serial", "a\\\"1");
	nut_state_var(&s, "ups.serial", "a\"1");
	nut_state_var(&s, "device.serial", "copy");
	nut_state_var(&s, "ups.mfr", "EATON");
	nut_state_var(&s, "ups.model", longest);
	cr_expect_float_eq(find(&s, M_OUTPUT_POWER, 0)->value, 410, 1e-9);
	cr_expect_str_eq(s.vendor, "EATON");
	cr_expect_str_eq(s.serial, "a\"1", "the original, not its copy");
	cr_expect_eq(strlen(s.model), NUT_TEXT_MAX - 1);
}

Test(nut_error, every_code_has_advice)
{
	cr_expect_eq(nut_error_find("DATA-STALE")->reason, REASON_STALE);
	cr_expect_eq(nut_error_find("SOMETHING-NEW")->reason, REASON_UNREACHABLE);
}
