#include "common/core/sanity.h"

#include <math.h>

/* How far a value may move: `step` at once, plus `per_second` for the time that has passed, and
 * never less than `part` of what it was. An instant fall to 0 is asked for twice when `zero` is
 * set. A `hard` limit is physics; the others can be passed, but so rarely that it is worth another
 * read. */
static const struct limit {
	uint16_t metric;
	double step, per_second, part;
	bool zero, hard;
} limits[] = {
	{ M_BATTERY_CHARGE, 15, 0.8, 0, true, true },
	{ M_BATTERY_VOLTAGE, 1, 0.05, 0.2, true, true },
	{ M_BATTERY_CURRENT, 5, 0, 2, false, false },
	{ M_BATTERY_TEMPERATURE, 4, 0.05, 0, true, true },
	{ M_AMBIENT_TEMPERATURE, 6, 0.1, 0, true, true },
	{ M_HOST_TEMPERATURE, 30, 5, 0, true, true },
	{ M_AMBIENT_HUMIDITY, 20, 0.5, 0, true, true },
	{ M_BATTERY_RUNTIME, 300, 3, 0.35, true, false },
	{ M_BATTERY_ON_SECONDS, 30, 1.5, 0, false, false },
	{ M_OUTPUT_LOAD, 8, 0.2, 0.4, true, false },
	{ M_OUTPUT_FREQUENCY, 4, 0, 0, false, true },
	{ M_INPUT_FREQUENCY, 6, 0, 0, false, true },
	{ M_INPUT_VOLTAGE, 12, 0, 0.05, true, false },
	{ M_BYPASS_VOLTAGE, 12, 0, 0.05, true, false },
	{ M_OUTPUT_VOLTAGE, 10, 0, 0.04, true, false },
	{ M_OUTPUT_CURRENT, 0.3, 0, 0.4, true, false },
	{ M_HOST_DISK_USED, 3, 0.3, 0, true, false },
	{ M_HOST_MEMORY_USED, 5, 0.3, 0, true, false },
	{ M_HOST_LOAD1, 2, 0.2, 0.5, false, false },
	{ M_PBX_REGISTERED, 20, 1, 1, false, false },
	{ M_PBX_OFFLINE, 20, 1, 1, false, false },
	{ M_PBX_CALLS_ACTIVE, 20, 1, 3, false, false },
	{ M_PBX_CHANNELS_ACTIVE, 40, 2, 3, false, false },
	{ M_HEADSET_BATTERY, 40, 1, 0, true, true },
};

enum { FORGET_MS = 600000 };

static const struct limit *limit_of(uint16_t metric)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].metric == metric)
			return &limits[i];
	return NULL;
}

/* --- each by itself --- */

static enum reading_reason judge_alone(const struct metric *m, double v)
{
	if (!isfinite(v))
		return REASON_TYPE;
	/* every vocabulary has "unknown" as its word 0 */
	if (m->kind == METRIC_STATE &&
	    (v != floor(v) || v == 0 || metric_word(m, (int64_t)v) == NULL))
		return REASON_SENTINEL;
	if (m->kind == METRIC_FLAG && v != 0 && v != 1)
		return REASON_SENTINEL;
	if (m->kind == METRIC_GAUGE && (v == 65535 || v == 4294967295.0 || v == 2147483647))
		return REASON_SENTINEL;
	if (!metric_in_range(m, v))
		return REASON_RANGE;
	/* mains and what a UPS makes of it have 50 or 60 Hz; 0 is "no mains" */
	if ((m->id == M_INPUT_FREQUENCY || m->id == M_OUTPUT_FREQUENCY) && v != 0 &&
	    (v < 40 || v > 70))
		return REASON_RANGE;
	if ((m->id == M_BATTERY_TEMPERATURE) && (v < -20 || v > 80))
		return REASON_RANGE;
	return REASON_GOOD;
}

/* --- against its own past --- */

static bool near(double a, double b, const struct limit *l)
{
	double room = l->step / 3 + fabs(b) * 0.1;

	return fabs(a - b) <= room;
}

static bool jumps(const struct limit *l, const struct sanity_slot *s, double v, int64_t now_ms)
{
	double passed = (double)(now_ms - s->good_ms) / 1000;
	double room = l->step + l->per_second * passed;

	if (room < fabs(s->good) * l->part)
		room = fabs(s->good) * l->part;
	if (l->zero && v == 0 && s->good > l->step / 5)
		return true;
	return fabs(v - s->good) > room;
}

/* What an outage takes along: mains vanish at once, and an old battery with them. Where the device
 * does not say that all is well, such a fall is believed at once. */
static bool falls_in_an_outage(uint16_t metric)
{
	static const uint16_t falling[] = {
		M_INPUT_VOLTAGE,    M_INPUT_FREQUENCY, M_OUTPUT_VOLTAGE, M_BYPASS_VOLTAGE,
		M_OUTPUT_FREQUENCY, M_OUTPUT_LOAD,     M_OUTPUT_CURRENT, M_BATTERY_CHARGE,
		M_BATTERY_RUNTIME,  M_BATTERY_VOLTAGE, M_BATTERY_CURRENT
	};

	for (size_t i = 0; i < sizeof falling / sizeof *falling; i++)
		if (falling[i] == metric)
			return true;
	return false;
}

/* What holds for all of a device's readings in one check. */
struct round {
	int64_t now_ms;
	bool all_is_well, told_once;
};

static bool is_jump(struct sanity_slot *s, uint16_t metric, double v, const struct round *at)
{
	const struct limit *l = limit_of(metric);
	int64_t now_ms = at->now_ms;

	if (l == NULL || (at->told_once && !l->hard) || !s->has_good ||
	    now_ms - s->good_ms > FORGET_MS)
		return false;
	if (falls_in_an_outage(metric) && (s->good == 0 || (!at->all_is_well && v < s->good)))
		return false; /* and what was gone may come back */
	if (!jumps(l, s, v, now_ms)) {
		s->has_pending = false;
		return false;
	}
	if (s->has_pending && near(v, s->pending, l)) {
		s->has_pending = false; /* twice the same: so it is */
		return false;
	}
	s->has_pending = true;
	s->pending = v;
	return true;
}

/* --- against the others --- */

static struct reading *find(struct reading *r, size_t n, uint16_t metric)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].metric == metric && r[i].instance == 0)
			return r[i].reason == REASON_GOOD ? &r[i] : NULL;
	return NULL;
}

static size_t doubt(struct reading *r)
{
	r->reason = REASON_PHYSICS;
	return 1;
}

static bool is(const struct reading *r, double low, double high)
{
	return r != NULL && r->value >= low && r->value <= high;
}

/* A UPS says "online": then there are mains, a live output and no empty battery behind it. */
static size_t judge_online(struct reading *r, size_t n)
{
	struct reading *charge = find(r, n, M_BATTERY_CHARGE);
	struct reading *runtime = find(r, n, M_BATTERY_RUNTIME);
	struct reading *load = find(r, n, M_OUTPUT_LOAD);
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		bool mains = r[i].metric == M_INPUT_VOLTAGE && r[i].instance == 0;
		bool output = r[i].metric == M_OUTPUT_VOLTAGE;

		if (r[i].reason == REASON_GOOD && (mains || output) && r[i].value < 60)
			bad += doubt(&r[i]);
		if (r[i].reason == REASON_GOOD && r[i].value == 0 && r[i].instance == 0 &&
		    (r[i].metric == M_INPUT_FREQUENCY || r[i].metric == M_OUTPUT_FREQUENCY))
			bad += doubt(&r[i]);
	}
	/* cards that do not compute it say 0 minutes */
	if (runtime != NULL && runtime->value < 30 && is(charge, 50, 100) && !is(load, 120, 1e9))
		bad += doubt(runtime);
	return bad;
}

/* "Online" while mains are gone, charge falls and time runs on battery: somebody lies, and the
 * state is what would page. */
static size_t judge_all_clear(struct reading *r, size_t n, const struct sanity_slot *slots)
{
	struct reading *status = find(r, n, M_UPS_STATUS);
	struct reading *input = find(r, n, M_INPUT_VOLTAGE);
	struct reading *charge = find(r, n, M_BATTERY_CHARGE);
	struct reading *on_battery = find(r, n, M_BATTERY_ON_SECONDS);

	if (!is(status, UPS_ONLINE, UPS_ONLINE) || !is(input, 0, 20))
		return 0;
	bool falls = charge != NULL && slots[charge - r].has_good &&
		     charge->value < slots[charge - r].good;
	if (falls || is(on_battery, 1, 1e9))
		return doubt(status);
	return 0;
}

/* Load without voltage, current without load, a live line without frequency. */
static size_t judge_output(struct reading *r, size_t n)
{
	struct reading *load = find(r, n, M_OUTPUT_LOAD);
	struct reading *volts = find(r, n, M_OUTPUT_VOLTAGE);
	struct reading *status = find(r, n, M_UPS_STATUS);
	size_t bad = 0;

	if (is(volts, 0, 5) && is(load, 5, 1e9) && !is(status, UPS_OFF, UPS_OFF))
		bad += doubt(volts);
	return bad;
}

static size_t judge_storage(struct reading *r, size_t n)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		bool share = r[i].metric == M_HOST_MEMORY_USED;

		if (share && r[i].reason == REASON_GOOD && r[i].value == 0)
			bad += doubt(&r[i]); /* a host that uses no memory does not run */
	}
	return bad;
}

static size_t judge_together(struct reading *r, size_t n, const struct sanity_slot *slots)
{
	size_t bad = judge_all_clear(r, n, slots);
	struct reading *status = find(r, n, M_UPS_STATUS);

	if (is(status, UPS_ONLINE, UPS_ONLINE))
		bad += judge_online(r, n);
	bad += judge_output(r, n);
	bad += judge_storage(r, n);
	return bad;
}

/* Anything but a UPS that says it is on battery, or off, or nothing. */
static bool says_all_is_well(const struct reading *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].metric == M_UPS_STATUS)
			return r[i].reason == REASON_GOOD && r[i].value == UPS_ONLINE;
	return true;
}

static void remember(struct sanity_slot *s, const struct reading *r, int64_t now_ms)
{
	if (r->reason != REASON_GOOD)
		return;
	s->has_good = true;
	s->good = r->value;
	s->good_ms = now_ms;
}

static size_t check(struct sanity_slot *slots, struct reading *readings, size_t n, int64_t now_ms,
		    bool told_once)
{
	struct round at = { now_ms, says_all_is_well(readings, n), told_once };
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		struct reading *r = &readings[i];
		const struct metric *m = metric_by_id(r->metric);

		if (r->reason != REASON_GOOD || m == NULL || m->kind == METRIC_TEXT)
			continue;
		r->reason = (uint8_t)judge_alone(m, r->value);
		if (r->reason == REASON_GOOD && is_jump(&slots[i], r->metric, r->value, &at))
			r->reason = REASON_JUMP;
		bad += r->reason != REASON_GOOD;
	}
	bad += judge_together(readings, n, slots);
	for (size_t i = 0; i < n; i++)
		remember(&slots[i], &readings[i], now_ms);
	return bad;
}

size_t sanity_check(struct sanity_slot *slots, struct reading *readings, size_t n, int64_t now_ms)
{
	return check(slots, readings, n, now_ms, false);
}

size_t sanity_check_told(struct sanity_slot *slots, struct reading *readings, size_t n,
			 int64_t now_ms)
{
	return check(slots, readings, n, now_ms, true);
}
