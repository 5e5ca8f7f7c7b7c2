#include "tests/unit/snmp/device.h"

static const char ups[] = "profile: p\nclass: ups\nbase: 1.3.6\nmatch: {priority: 1}\n"
			  "rows:\n"
			  "  - {metric: battery.charge_percent, oid: .1.0}\n"
			  "  - {metric: battery.runtime_seconds, oid: .2.0, scale: 60}\n"
			  "  - {metric: battery.temperature_celsius, oid: .3.0, sentinels: [0]}\n"
			  "  - {metric: input.voltage_volts, oid: .4.N, lines: 3, rescale: 0.1}\n"
			  "  - {metric: output.voltage_volts, oid: .5.N, lines: 3}\n"
			  "  - {metric: output.load_percent, oid: .6.N, lines: 3}\n"
			  "  - {metric: battery.replace_needed, oid: .7.0, states: [\"1 = 0\", "
			  "\"2 = 1\"]}\n"
			  "  - metric: ups.status\n"
			  "    rules:\n"
			  "      - low_battery if .8.0=5 and .9.0=3,4\n"
			  "      - on_battery if .8.0=5\n"
			  "      - online if .8.0=3,6,7\n";

static const struct {
	const char *name;
	struct object object;
	uint16_t metric;
	enum reading_reason reason;
	double value;
} cases[] = {
	{ "a plain number",
	  { "1.3.6.1.0", VALUE_INTEGER, 88, NULL },
	  M_BATTERY_CHARGE,
	  REASON_GOOD,
	  88 },
	{ "minutes become seconds",
	  { "1.3.6.2.0", VALUE_INTEGER, 44, NULL },
	  M_BATTERY_RUNTIME,
	  REASON_GOOD,
	  2640 },
	{ "a text that is a number",
	  { "1.3.6.1.0", VALUE_TEXT, 0, " 97.5 " },
	  M_BATTERY_CHARGE,
	  REASON_GOOD,
	  97.5 },
	{ "a text that is none",
	  { "1.3.6.1.0", VALUE_TEXT, 0, "full" },
	  M_BATTERY_CHARGE,
	  REASON_TYPE,
	  0 },
	{ "NULL is not available",
	  { "1.3.6.1.0", VALUE_NULL, 0, NULL },
	  M_BATTERY_CHARGE,
	  REASON_SENTINEL,
	  0 },
	{ "32 bits of ones",
	  { "1.3.6.2.0", VALUE_UNSIGNED, 4294967295, NULL },
	  M_BATTERY_RUNTIME,
	  REASON_SENTINEL,
	  0 },
	{ "16 bits of ones",
	  { "1.3.6.2.0", VALUE_INTEGER, 65535, NULL },
	  M_BATTERY_RUNTIME,
	  REASON_SENTINEL,
	  0 },
	{ "-1", { "1.3.6.1.0", VALUE_INTEGER, -1, NULL }, M_BATTERY_CHARGE, REASON_SENTINEL, 0 },
	{ "255 percent",
	  { "1.3.6.1.0", VALUE_INTEGER, 255, NULL },
	  M_BATTERY_CHARGE,
	  REASON_RANGE,
	  0 },
	{ "a sentinel of the row",
	  { "1.3.6.3.0", VALUE_INTEGER, 0, NULL },
	  M_BATTERY_TEMPERATURE,
	  REASON_SENTINEL,
	  0 },
	{ "tenths where units are due",
	  { "1.3.6.4.1", VALUE_INTEGER, 2300, NULL },
	  M_INPUT_VOLTAGE,
	  REASON_GOOD,
	  230 },
	{ "an index with a further 0",
	  { "1.3.6.4.1.0", VALUE_INTEGER, 231, NULL },
	  M_INPUT_VOLTAGE,
	  REASON_GOOD,
	  231 },
	{ "2 is yes", { "1.3.6.7.0", VALUE_INTEGER, 2, NULL }, M_BATTERY_REPLACE, REASON_GOOD, 1 },
	{ "outside the enumeration",
	  { "1.3.6.7.0", VALUE_INTEGER, 0, NULL },
	  M_BATTERY_REPLACE,
	  REASON_SENTINEL,
	  0 },
	{ "the second rule",
	  { "1.3.6.8.0", VALUE_INTEGER, 5, NULL },
	  M_UPS_STATUS,
	  REASON_GOOD,
	  UPS_ON_BATTERY },
	{ "no rule", { "1.3.6.8.0", VALUE_INTEGER, 1, NULL }, M_UPS_STATUS, REASON_SENTINEL, 0 },
};

ParameterizedTestParameters(decode, one_object)
{
	static size_t index[sizeof cases / sizeof *cases];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof cases / sizeof *cases);
}

ParameterizedTest(size_t *i, decode, one_object)
{
	struct bench b;

	bench_profile(&b, ups);
	bench_read(&b, &cases[*i].object, 1);
	const struct reading *r = bench_find(&b, cases[*i].metric, 0);
	cr_assert_not_null(r, "%s", cases[*i].name);
	cr_expect_eq(r->reason, cases[*i].reason, "%s: %s", cases[*i].name,
		     reading_reason_name(r->reason));
	if (r->reason == REASON_GOOD)
		cr_expect_float_eq(r->value, cases[*i].value, 1e-9, "%s", cases[*i].name);
	bench_fini(&b);
}

static const struct object single_phase[] = {
	{ "1.3.6.4.1", VALUE_INTEGER, 230, NULL }, { "1.3.6.4.2", VALUE_INTEGER, 0, NULL },
	{ "1.3.6.4.3", VALUE_INTEGER, 0, NULL },   { "1.3.6.5.1", VALUE_INTEGER, 230, NULL },
	{ "1.3.6.5.2", VALUE_INTEGER, 0, NULL },   { "1.3.6.6.1", VALUE_INTEGER, 20, NULL },
	{ "1.3.6.6.2", VALUE_INTEGER, 0, NULL },
};

Test(decode, lines_that_are_listed_but_not_wired_are_phantoms)
{
	struct bench b;

	bench_profile(&b, ups);
	bench_read(&b, single_phase, 7);
	cr_expect_eq(bench_find(&b, M_INPUT_VOLTAGE, 0)->reason, REASON_GOOD);
	cr_expect_eq(bench_find(&b, M_INPUT_VOLTAGE, 1)->reason, REASON_PHANTOM);
	cr_expect_eq(bench_find(&b, M_OUTPUT_LOAD, 1)->reason, REASON_PHANTOM);
	bench_fini(&b);
}

Test(decode, a_phase_that_once_lived_and_is_lost_is_no_phantom)
{
	struct object three[] = {
		{ "1.3.6.4.1", VALUE_INTEGER, 230, NULL },
		{ "1.3.6.4.2", VALUE_INTEGER, 231, NULL },
		{ "1.3.6.5.1", VALUE_INTEGER, 230, NULL },
		{ "1.3.6.5.2", VALUE_INTEGER, 230, NULL },
	};
	struct bench b;

	bench_profile(&b, ups);
	bench_read(&b, three, 4);
	three[1].number = 0;
	bench_read(&b, three, 4);
	cr_expect_eq(bench_find(&b, M_INPUT_VOLTAGE, 1)->reason, REASON_GOOD);
	cr_expect_eq(bench_find(&b, M_INPUT_VOLTAGE, 1)->value, 0);
	bench_fini(&b);
}

Test(decode, all_phases_dead_at_first_sight_is_an_outage_where_the_output_lives)
{
	static const struct object outage[] = {
		{ "1.3.6.4.1", VALUE_INTEGER, 0, NULL },
		{ "1.3.6.4.2", VALUE_INTEGER, 0, NULL },
		{ "1.3.6.5.1", VALUE_INTEGER, 230, NULL },
		{ "1.3.6.5.2", VALUE_INTEGER, 230, NULL },
	};
	struct bench b;

	bench_profile(&b, ups);
	bench_read(&b, outage, 4);
	cr_expect_eq(bench_find(&b, M_INPUT_VOLTAGE, 1)->reason, REASON_GOOD);
	bench_fini(&b);
}

Test(plan, settling_keeps_what_answered_and_asks_for_nothing_else)
{
	static const struct object some[] = {
		{ "1.3.6.1.0", VALUE_INTEGER, 100, NULL },
		{ "1.3.6.4.1", VALUE_INTEGER, 230, NULL },
	};
	struct plan_answers a;
	struct plan *settled = NULL;
	struct bench b;

	bench_profile(&b, ups);
	bench_read(&b, some, 2);
	a = (struct plan_answers){ .values = b.values };
	cr_assert_eq(plan_settle(&settled, b.plan, &a, b.readings), 0);
	cr_expect_eq(settled->n_slots, 2);
	cr_expect_eq(settled->n_asks, 2);
	plan_free(settled);
	bench_fini(&b);
}

Test(text, keys_are_found_in_the_lines_of_a_script)
{
	static const char lines[] = "<<<asterisk>>>\nChannels=3\n SipMonOnline : 28\r\nCalls=x\n";
	double v = 0;

	cr_expect(text_lookup(lines, strlen(lines), "Channels", 8, &v));
	cr_expect_eq(v, 3);
	cr_expect(text_lookup(lines, strlen(lines), "SipMonOnline", 12, &v));
	cr_expect_eq(v, 28);
	cr_expect_not(text_lookup(lines, strlen(lines), "Calls", 5, &v));
	cr_expect_not(text_lookup(lines, strlen(lines), "Chan", 4, &v));
}

Test(text, what_is_shown_is_bounded_utf8_without_blanks_around)
{
	char out[16];

	cr_expect_eq(text_clean("  Đà Nẵng \0\0", 16, out, sizeof out), 11);
	cr_expect_str_eq(out, "Đà Nẵng");
	(void)text_clean("a\x01\xff\tb", 5, out, sizeof out);
	cr_expect_str_eq(out, "a?? b");
	cr_expect_lt(text_clean("abcdefghijklmnopqrstuvwxyz", 26, out, sizeof out), sizeof out);
}
