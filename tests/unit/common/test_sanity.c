#include <criterion/criterion.h>
#include <string.h>

#include "common/core/sanity.h"

enum { MAX = 12 };

struct device {
	struct sanity_slot slots[MAX];
	struct reading readings[MAX];
	size_t n;
};

static void add(struct device *d, uint16_t metric, double value)
{
	d->readings[d->n++] = (struct reading){ .metric = metric, .value = value };
}

/* A UPS on mains with a full battery. */
static struct device healthy(void)
{
	struct device d;

	memset(&d, 0, sizeof d);
	add(&d, M_UPS_STATUS, UPS_ONLINE);
	add(&d, M_BATTERY_CHARGE, 100);
	add(&d, M_BATTERY_RUNTIME, 2400);
	add(&d, M_INPUT_VOLTAGE, 228);
	add(&d, M_INPUT_FREQUENCY, 50);
	add(&d, M_OUTPUT_VOLTAGE, 230);
	add(&d, M_OUTPUT_LOAD, 30);
	add(&d, M_BATTERY_TEMPERATURE, 25);
	return d;
}

static enum reading_reason after(struct device *d, uint16_t metric, double value, int64_t now_ms)
{
	size_t at = 0;

	for (size_t i = 0; i < d->n; i++) {
		d->readings[i].reason = REASON_GOOD;
		if (d->readings[i].metric == metric)
			at = i;
	}
	d->readings[at].value = value;
	(void)sanity_check(d->slots, d->readings, d->n, now_ms);
	return (enum reading_reason)d->readings[at].reason;
}

Test(sanity, a_healthy_device_is_believed)
{
	struct device d = healthy();

	for (int64_t t = 0; t < 100000; t += 10000)
		cr_expect_eq(sanity_check(d.slots, d.readings, d.n, t), 0);
}

static const struct {
	const char *name;
	uint16_t metric;
	double value;
	enum reading_reason reason;
} lies[] = {
	{ "255 percent", M_BATTERY_CHARGE, 255, REASON_RANGE },
	{ "16 bits of ones", M_BATTERY_RUNTIME, 65535, REASON_SENTINEL },
	{ "a charge that fell at once", M_BATTERY_CHARGE, 12, REASON_JUMP },
	{ "no minutes with a full battery", M_BATTERY_RUNTIME, 0, REASON_JUMP },
	{ "no mains, yet online", M_INPUT_VOLTAGE, 0, REASON_JUMP },
	{ "tenfold voltage", M_INPUT_VOLTAGE, 2280, REASON_RANGE },
	{ "a tenth of the voltage", M_OUTPUT_VOLTAGE, 23, REASON_JUMP },
	{ "500 Hz", M_INPUT_FREQUENCY, 500, REASON_RANGE },
	{ "5 Hz", M_INPUT_FREQUENCY, 5, REASON_RANGE },
	{ "a load that vanished", M_OUTPUT_LOAD, 0, REASON_JUMP },
	{ "a battery that froze", M_BATTERY_TEMPERATURE, -1, REASON_JUMP },
	{ "a state that is none", M_UPS_STATUS, 9, REASON_SENTINEL },
};

Test(sanity, lies_become_unknown_with_their_reason)
{
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		struct device d = healthy();

		(void)sanity_check(d.slots, d.readings, d.n, 0);
		cr_expect_eq(after(&d, lies[i].metric, lies[i].value, 10000), lies[i].reason, "%s",
			     lies[i].name);
	}
}

Test(sanity, a_jump_that_the_next_reading_repeats_is_believed)
{
	struct device d = healthy();

	(void)sanity_check(d.slots, d.readings, d.n, 0);
	cr_expect_eq(after(&d, M_BATTERY_CHARGE, 40, 10000), REASON_JUMP);
	cr_expect_eq(after(&d, M_BATTERY_CHARGE, 39.5, 11000), REASON_GOOD);
	cr_expect_eq(after(&d, M_BATTERY_CHARGE, 39, 12000), REASON_GOOD);
}

Test(sanity, two_different_jumps_do_not_agree)
{
	struct device d = healthy();

	(void)sanity_check(d.slots, d.readings, d.n, 0);
	cr_expect_eq(after(&d, M_BATTERY_CHARGE, 40, 10000), REASON_JUMP);
	cr_expect_eq(after(&d, M_BATTERY_CHARGE, 3, 11000), REASON_JUMP);
	cr_expect_eq(after(&d, M_BATTERY_CHARGE, 100, 12000), REASON_GOOD);
}

Test(sanity, an_outage_is_no_lie)
{
	struct device d = healthy();

	(void)sanity_check(d.slots, d.readings, d.n, 0);
	d.readings[0].value = UPS_ON_BATTERY;
	d.readings[1].value = 99;
	d.readings[3].value = 0;
	d.readings[4].value = 0;
	cr_expect_eq(sanity_check(d.slots, d.readings, d.n, 2000), 0);
	for (int i = 0; i < 60; i++) { /* an hour of discharge in steps of a minute */
		d.readings[1].value -= 1.5;
		d.readings[2].value -= 38;
		cr_expect_eq(sanity_check(d.slots, d.readings, d.n, 62000 + 60000 * i), 0, "%d", i);
	}
}

Test(sanity, online_is_doubted_when_mains_are_gone_and_charge_falls)
{
	struct device d = healthy();

	(void)sanity_check(d.slots, d.readings, d.n, 0);
	for (int round = 1; round <= 2; round++) { /* a jump at first, then it stays */
		for (size_t i = 0; i < d.n; i++)
			d.readings[i].reason = REASON_GOOD;
		d.readings[1].value = 98 - round;
		d.readings[3].value = 0;
		(void)sanity_check(d.slots, d.readings, d.n, 30000 * round);
	}
	cr_expect_eq(d.readings[0].reason, REASON_PHYSICS);
	cr_expect_eq(d.readings[3].reason, REASON_GOOD, "the mains are believed");
}

Test(sanity, what_an_outage_takes_along_is_believed_at_once)
{
	struct device d = healthy();

	(void)sanity_check(d.slots, d.readings, d.n, 0);
	d.readings[0].value = UPS_ON_BATTERY;
	d.readings[1].value = 20; /* an old battery */
	d.readings[2].value = 90;
	d.readings[3].value = 0;
	d.readings[4].value = 0;
	cr_expect_eq(sanity_check(d.slots, d.readings, d.n, 2000), 0);
	d.readings[0].value = UPS_ONLINE; /* and mains come back as suddenly */
	d.readings[3].value = 228;
	d.readings[4].value = 50;
	cr_expect_eq(sanity_check(d.slots, d.readings, d.n, 4000), 0);
}

Test(sanity, bad_news_is_not_held_back)
{
	struct device d = healthy();

	(void)sanity_check(d.slots, d.readings, d.n, 0);
	cr_expect_eq(after(&d, M_UPS_STATUS, UPS_ON_BATTERY, 1000), REASON_GOOD,
		     "although the input voltage still stands");
}

Test(sanity, of_what_is_told_once_only_the_impossible_is_turned_down)
{
	struct device d = healthy();

	(void)sanity_check_told(d.slots, d.readings, d.n, 0);
	d.readings[6].value = 95; /* a load may really move like this */
	d.readings[2].value = 700;
	cr_expect_eq(sanity_check_told(d.slots, d.readings, d.n, 10000), 0);
	d.readings[1].value = 20; /* a battery on mains may not */
	cr_expect_eq(sanity_check_told(d.slots, d.readings, d.n, 20000), 1);
	cr_expect_eq(d.readings[1].reason, REASON_JUMP);
}
