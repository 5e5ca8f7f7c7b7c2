#include "collector/core/discharge.h"

#include <math.h>
#include <string.h>

#define ENOUGH_FALL	  2.0	/* percent, before a rate is believed */
#define ENOUGH_TIME_MS	  60000 /* and so long */
#define RISE_ALLOWED	  5.0	/* percent, while on battery: gauges wobble */
#define EMPTY_BUT_RUNS_MS 120000
#define DISAGREE	  4.0 /* factor between the device's word and the measured rate */

void discharge_init(struct discharge *d)
{
	memset(d, 0, sizeof *d);
	d->charge = d->runtime_s = d->load = d->first_charge = (double)NAN;
	d->since_ms = INT64_MIN;
}

static bool on_battery(const struct discharge *d)
{
	return d->since_ms != INT64_MIN;
}

/* Percent a second, 0: not known yet. */
static double measured_rate(const struct discharge *d)
{
	double fall = d->first_charge - d->charge;
	int64_t time_ms = d->charge_ms - d->first_ms;

	if (!on_battery(d) || isnan(fall) || fall < ENOUGH_FALL || time_ms < ENOUGH_TIME_MS)
		return 0;
	return fall * 1000 / (double)time_ms;
}

static double rate(const struct discharge *d)
{
	double r = measured_rate(d);

	if (r > 0 || d->usual_rate <= 0)
		return r;
	if (d->load > 0 && d->usual_load > 0)
		return d->usual_rate * d->load / d->usual_load;
	return d->usual_rate;
}

static void judge(struct discharge *d, int64_t now_ms)
{
	double r = measured_rate(d);

	if (!on_battery(d))
		return;
	if (d->charge <= 0 && now_ms - d->since_ms > EMPTY_BUT_RUNS_MS)
		d->unreliable = true;
	if (r > 0 && d->runtime_s > 0 && d->runtime_ms >= d->first_ms) {
		double factor = d->charge / r / d->runtime_s;

		d->unreliable = factor > DISAGREE || factor < 1 / DISAGREE;
	}
}

void discharge_charge(struct discharge *d, double percent, int64_t now_ms)
{
	if (on_battery(d) && percent > d->charge + RISE_ALLOWED)
		d->unreliable = true;
	d->charge = percent;
	d->charge_ms = now_ms;
	if (on_battery(d) && isnan(d->first_charge)) {
		d->first_charge = percent;
		d->first_ms = now_ms;
	}
	judge(d, now_ms);
}

void discharge_runtime(struct discharge *d, double seconds, int64_t now_ms)
{
	d->runtime_s = seconds;
	d->runtime_ms = now_ms;
	judge(d, now_ms);
}

void discharge_load(struct discharge *d, double percent)
{
	d->load = percent;
}

void discharge_battery(struct discharge *d, bool battery, int64_t now_ms)
{
	double r = measured_rate(d);

	if (battery == on_battery(d))
		return;
	if (!battery && r > 0 && !d->unreliable) {
		d->usual_rate = r;
		d->usual_load = d->load;
	}
	d->since_ms = battery ? now_ms : INT64_MIN;
	d->first_charge = battery ? d->charge : (double)NAN;
	d->first_ms = now_ms;
	d->unreliable = false;
}

static int32_t minutes(double seconds)
{
	return seconds <= 0 ? 0 : (int32_t)fmin(floor(seconds / 60), 100000);
}

struct discharge_left discharge_left(const struct discharge *d, int64_t now_ms)
{
	struct discharge_left left = { -1, -1, -1 };
	double r = rate(d), said = (double)NAN, seen = (double)NAN, passed;

	if (!on_battery(d) || d->unreliable)
		return left;
	if (d->runtime_s >= 0) {
		passed = (double)(now_ms -
				  (d->runtime_ms > d->since_ms ? d->runtime_ms : d->since_ms));
		said = d->runtime_s - passed / 1000;
	}
	if (r > 0 && d->charge >= 0)
		seen = d->charge / r - (double)(now_ms - d->charge_ms) / 1000;
	if (isnan(said) && isnan(seen))
		return left;
	if (isnan(said) || isnan(seen)) {
		double one = isnan(said) ? seen : said;

		return (struct discharge_left){ minutes(one), minutes(one * 0.75),
						minutes(one * 1.25) };
	}
	left.minutes = minutes(said);
	left.low = minutes(fmin(said, seen) * 0.9);
	left.high = minutes(fmax(said, seen) * 1.1);
	return left;
}
