#include "sim/core/ups_model.h"

#include "common/core/registry.h"

#define RECHARGE_HOURS 5.0

/* What the battery gives up for each watt of load: more than one, and worse when drawn hard. */
static double drain_watts(const struct ups_model *u)
{
	double share = u->load / UPS_RATED_WATTS;

	return u->load * (1.08 + 0.25 * share);
}

static void discharge(struct ups_model *u, double hours)
{
	if (!u->output)
		return;
	u->charge -= drain_watts(u) * hours / UPS_BATTERY_WATT_HOURS;
	if (u->charge > 0)
		return;
	u->charge = 0;
	u->output = false;
}

static void recharge(struct ups_model *u, double hours)
{
	u->output = true;
	u->charge += hours / RECHARGE_HOURS;
	if (u->charge > 1)
		u->charge = 1;
}

void ups_model_step(struct ups_model *u, int64_t dt_ms)
{
	double hours = (double)dt_ms / 3.6e6;

	if (u->mains) {
		u->on_battery_ms = 0;
		recharge(u, hours);
	} else {
		u->on_battery_ms += dt_ms;
		discharge(u, hours);
	}
}

double ups_model_runtime_s(const struct ups_model *u)
{
	return u->charge * UPS_BATTERY_WATT_HOURS / drain_watts(u) * 3600;
}

double ups_model_volts(const struct ups_model *u)
{
	double rest = 46.8 + 6.0 * u->charge;

	if (u->mains)
		return u->charge < 1 ? rest + 1.4 : 54.6;
	return rest - 1.8 * u->load / UPS_RATED_WATTS;
}

int ups_model_status(const struct ups_model *u)
{
	if (!u->output)
		return UPS_OFF;
	if (u->mains)
		return UPS_ONLINE;
	return ups_model_runtime_s(u) < UPS_LOW_SECONDS ? UPS_LOW_BATTERY : UPS_ON_BATTERY;
}
