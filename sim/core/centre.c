#include "sim/core/centre.h"

#include <math.h>

#include "sim/core/ups_model.h"

enum { UPS = 0, PBX = 1, ROUTER = 2, SEATS = 3 }; /* device numbers within a site */
enum {
	PBX_BOOT_MS = 3000,	    /* from power or restart to its first answer */
	PHONE_UNREGISTER_MS = 8000, /* all have noticed a dead PBX by then, in mixed order */
	PHONE_REGISTER_MS = 6000,
	EQUIPMENT_WATTS = 180, /* PBX and router */
	SEAT_WATTS = 75
};

static struct sim_device *device(struct sim_world *w, const struct sim_site *s, uint32_t n)
{
	return &w->devices[s->first + n];
}

static bool pbx_serves(struct sim_world *w, const struct sim_site *s)
{
	const struct sim_device *d = device(w, s, PBX);

	return !s->pbx_crashed && d->powered && w->now_ms >= d->ready_ms;
}

/* A value that wanders by +-`swing` around `middle`, slowly, each device in its own rhythm. */
static double wander(const struct sim_world *w, const struct sim_device *d, double middle,
		     double swing)
{
	double t = (double)(w->now_ms - d->boot_ms) / 1000;

	return middle + swing * (0.6 * sin(t / 37) + 0.4 * sin(t / 11));
}

static void init_pbx(struct sim_world *w, const struct sim_site *s)
{
	struct sim_device *d = device(w, s, PBX);

	sim_set(d, M_PBX_STATUS, 0, PBX_UP);
	sim_set(d, M_PBX_REGISTERED, 0, w->n_seats);
	sim_set(d, M_PBX_CALLS_ACTIVE, 0, 0);
	sim_set(d, M_PBX_CALLS_TOTAL, 0, 0);
	sim_set(d, M_PBX_CALLS_FAILED, 0, 0);
}

void centre_init(struct sim_world *w, struct sim_site *s)
{
	sim_set(device(w, s, UPS), M_BATTERY_CHARGE, 0, 100);
	sim_set(device(w, s, UPS), M_UPS_STATUS, 0, UPS_ONLINE);
	init_pbx(w, s);
	sim_wan(s, w, true);
	sim_set(device(w, s, ROUTER), M_IF_OPER_UP, 0, 1);
	for (uint32_t i = SEATS; i < s->n; i++) {
		struct sim_device *d = device(w, s, i);
		bool phone = d->class == SIM_PHONE;

		sim_set(d, phone ? M_SIP_REGISTERED : M_HEADSET_PRESENT, 0, 1);
		if (!phone)
			sim_set(d, M_HEADSET_BATTERY, 0, 55 + floor(sim_random(w) * 45));
	}
	centre_step(w, s, 0);
}

static void blackout(struct sim_world *w, struct sim_site *s, bool dark)
{
	if (s->blackout == dark)
		return;
	s->blackout = dark;
	for (uint32_t i = 0; i < s->n; i++) {
		struct sim_device *d = device(w, s, i);

		d->powered = !dark;
		if (!dark)
			d->boot_ms = w->now_ms;
	}
	if (!dark)
		sim_pbx(w, s, s->pbx_crashed);
}

/* The UPS's own figures are told by the model; the device's values are its memory. */
static void step_ups(struct sim_world *w, struct sim_site *s, int64_t dt_ms)
{
	struct sim_device *d = device(w, s, UPS);
	struct ups_model u = {
		.charge = sim_true(d, M_BATTERY_CHARGE, 0) / 100,
		.load = wander(w, d, EQUIPMENT_WATTS + SEAT_WATTS * (double)w->n_seats, 20),
		.mains = s->mains,
		.output = !s->blackout,
		.on_battery_ms = (int64_t)(fmax(sim_true(d, M_BATTERY_ON_SECONDS, 0), 0) * 1000),
	};

	ups_model_step(&u, (int64_t)((double)dt_ms * w->battery_speed));
	blackout(w, s, !u.output);
	sim_set(d, M_BATTERY_CHARGE, 0, u.charge * 100);
	sim_set(d, M_BATTERY_RUNTIME, 0, ups_model_runtime_s(&u));
	sim_set(d, M_BATTERY_VOLTAGE, 0, ups_model_volts(&u));
	sim_set(d, M_BATTERY_TEMPERATURE, 0, wander(w, d, u.mains ? 26 : 29, 1));
	sim_set(d, M_BATTERY_REPLACE, 0, 0);
	sim_set(d, M_BATTERY_ON_SECONDS, 0, (double)u.on_battery_ms / 1000);
	sim_set(d, M_INPUT_VOLTAGE, 0, u.mains ? wander(w, d, 227, 3) : 0);
	sim_set(d, M_INPUT_FREQUENCY, 0, u.mains ? wander(w, d, 50, 0.1) : 0);
	sim_set(d, M_OUTPUT_VOLTAGE, 0, u.output ? wander(w, d, 229, 0.6) : 0);
	sim_set(d, M_OUTPUT_LOAD, 0, u.output ? 100 * u.load / UPS_RATED_WATTS : 0);
	sim_set(d, M_OUTPUT_POWER, 0, u.output ? u.load : 0);
	sim_set(d, M_UPS_STATUS, 0, ups_model_status(&u));
}

/* Calls come about once a minute and last some minutes, never more than phones. */
static void step_calls(struct sim_world *w, struct sim_device *pbx, double registered,
		       int64_t dt_ms)
{
	double minutes = (double)dt_ms / 60000, active = sim_true(pbx, M_PBX_CALLS_ACTIVE, 0);

	if (sim_random(w) < minutes) {
		bool taken = active < registered;
		uint16_t counter = taken ? M_PBX_CALLS_TOTAL : M_PBX_CALLS_FAILED;

		sim_set(pbx, counter, 0, sim_true(pbx, counter, 0) + 1);
		active += taken;
	}
	if (active > 0 && sim_random(w) < active * minutes / 4)
		active--;
	sim_set(pbx, M_PBX_CALLS_ACTIVE, 0, fmin(active, registered));
}

static void step_phone(struct sim_world *w, struct sim_device *d, bool serves)
{
	bool registered = sim_true(d, M_SIP_REGISTERED, 0) > 0;

	if (w->now_ms >= d->event_ms) {
		d->event_ms = INT64_MAX;
		registered = d->event_value && serves;
		sim_set(d, M_SIP_REGISTERED, 0, registered);
	}
	if (registered != serves && d->event_ms == INT64_MAX) {
		int64_t most = serves ? PHONE_REGISTER_MS : PHONE_UNREGISTER_MS;

		d->event_ms = w->now_ms + (int64_t)(sim_random(w) * (double)most);
		d->event_value = serves;
	}
}

static void step_router(struct sim_world *w, const struct sim_site *s, int64_t dt_ms)
{
	struct sim_device *d = device(w, s, ROUTER);
	double bytes = 40.0 * (double)dt_ms * (0.5 + sim_random(w));

	for (uint16_t i = 0; i < 2; i++) {
		double flow = s->wan || i == 0 ? bytes : 0;

		sim_set(d, M_IF_IN_BYTES, i, fmax(sim_true(d, M_IF_IN_BYTES, i), 0) + flow);
		sim_set(d, M_IF_OUT_BYTES, i, fmax(sim_true(d, M_IF_OUT_BYTES, i), 0) + flow / 2);
		sim_set(d, M_IF_IN_ERRORS, i, 0);
	}
}

void centre_step(struct sim_world *w, struct sim_site *s, int64_t dt_ms)
{
	double registered = 0;

	step_ups(w, s, dt_ms);
	step_router(w, s, dt_ms);
	bool serves = pbx_serves(w, s);
	for (uint32_t i = SEATS; i < s->n; i++) {
		struct sim_device *d = device(w, s, i);

		if (d->class != SIM_PHONE)
			continue;
		step_phone(w, d, serves);
		registered += sim_true(d, M_SIP_REGISTERED, 0);
	}
	sim_set(device(w, s, PBX), M_PBX_REGISTERED, 0, registered);
	if (serves)
		step_calls(w, device(w, s, PBX), registered, dt_ms);
}

void sim_power(struct sim_world *w, struct sim_site *s, bool mains)
{
	s->mains = mains;
	centre_step(w, s, 0);
}

/* A crash is the machine gone: no answer, calls lost. Its return is a boot with counters from 0. */
void sim_pbx(struct sim_world *w, struct sim_site *s, bool crashed)
{
	struct sim_device *d = device(w, s, PBX);

	s->pbx_crashed = crashed;
	init_pbx(w, s);
	d->boot_ms = w->now_ms;
	d->ready_ms = crashed ? INT64_MAX : w->now_ms + PBX_BOOT_MS;
}

void sim_wan(struct sim_site *s, struct sim_world *w, bool up)
{
	s->wan = up;
	sim_set(device(w, s, ROUTER), M_IF_OPER_UP, 1, up);
}
