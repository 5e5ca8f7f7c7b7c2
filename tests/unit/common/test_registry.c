#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "common/core/reading.h"

Test(registry, numbers_and_names_are_unique_and_found)
{
	for (size_t i = 0; metric_at(i) != NULL; i++) {
		const struct metric *m = metric_at(i);

		cr_expect_eq(metric_by_id(m->id), m, "%s", m->name);
		cr_expect_eq(metric_by_name(m->name), m, "%s", m->name);
		cr_expect_leq(m->min, m->max, "%s", m->name);
	}
	cr_expect_null(metric_by_id(0));
	cr_expect_null(metric_by_id(METRIC_ID_END));
	cr_expect_null(metric_by_name("no.such_metric"));
}

Test(registry, values_survive_scaling_to_their_decimals)
{
	const struct metric *volts = metric_by_id(M_INPUT_VOLTAGE);

	cr_expect_eq(metric_scale(volts, 228.04), 2280);
	cr_expect_eq(metric_scale(volts, 228.05), 2281);
	cr_expect_eq(metric_scale(volts, -0.25), -3);
	cr_expect_float_eq(metric_unscale(volts, 2280), 228.0, 1e-9);
	cr_expect_eq(metric_scale(volts, (double)NAN), INT64_MIN);
	cr_expect_eq(metric_scale(volts, 1e300), INT64_MAX);
}

Test(registry, states_have_words)
{
	const struct metric *status = metric_by_id(M_UPS_STATUS);
	int64_t v = -1;

	cr_expect_str_eq(metric_word(status, UPS_ON_BATTERY), "on_battery");
	cr_expect(metric_parse_word(status, "low_battery", &v));
	cr_expect_eq(v, UPS_LOW_BATTERY);
	cr_expect_not(metric_parse_word(status, "sideways", &v));
	cr_expect_null(metric_word(status, 99));
	cr_expect_null(metric_word(metric_by_id(M_INPUT_VOLTAGE), 1));
}

Test(registry, nonsense_is_out_of_range)
{
	const struct metric *charge = metric_by_id(M_BATTERY_CHARGE);

	cr_expect(metric_in_range(charge, 100));
	cr_expect_not(metric_in_range(charge, 255));
	cr_expect_not(metric_in_range(charge, -1));
	cr_expect_not(metric_in_range(charge, (double)NAN));
}

Test(reading, names_show_line_and_label)
{
	char buf[READING_NAME_MAX];

	(void)reading_name(buf, sizeof buf, M_INPUT_VOLTAGE, 0, NULL);
	cr_expect_str_eq(buf, "input.voltage_volts");
	(void)reading_name(buf, sizeof buf, M_INPUT_VOLTAGE, 1, NULL);
	cr_expect_str_eq(buf, "input.voltage_volts#2");
	(void)reading_name(buf, sizeof buf, M_HOST_DISK_USED, 3, "/home");
	cr_expect_str_eq(buf, "host.disk_used_percent@/home");
	cr_expect_eq(reading_name(buf, 8, M_HOST_DISK_USED, 3, "/home"), 7);
}
