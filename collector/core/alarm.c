#include "collector/core/alarm.h"

#include <math.h>

#define HALF_LIFE_MS   300000.0
#define PENALTY_MAX    4.0
#define FLAPPING_FROM  3.0
#define FLAPPING_UNTIL 0.75
#define UNHELD_FROM    3.9 /* the third bad change within about half a minute */

double alarm_penalty(const struct alarm *a, int64_t now_ms)
{
	if (a->penalty <= 0 || now_ms <= a->penalty_ms)
		return a->penalty;
	return a->penalty * exp2(-(double)(now_ms - a->penalty_ms) / HALF_LIFE_MS);
}

int64_t alarm_penalty_falls_to(const struct alarm *a, double level, int64_t now_ms)
{
	double p = alarm_penalty(a, now_ms);

	return p <= level ? now_ms : now_ms + (int64_t)ceil(log2(p / level) * HALF_LIFE_MS);
}

static void enter(struct alarm *a, enum alarm_state s, int64_t now_ms)
{
	a->state = s;
	a->since_ms = now_ms;
}

static void count_change(struct alarm *a, bool bad, int64_t now_ms)
{
	double p = alarm_penalty(a, now_ms) + 1;

	a->penalty = p < PENALTY_MAX ? p : PENALTY_MAX;
	a->penalty_ms = now_ms;
	a->bad = bad;
}

static void hear(struct alarm *a, const struct alarm_hold *h, bool bad, int64_t now_ms)
{
	if (bad != a->bad)
		count_change(a, bad, now_ms);
	if (bad && a->state == ALARM_OK)
		enter(a, ALARM_PENDING, now_ms);
	else if (bad && a->state == ALARM_CLEARING)
		enter(a, ALARM_FIRING, now_ms);
	else if (!bad && a->state == ALARM_PENDING)
		enter(a, ALARM_OK, now_ms);
	else if (!bad && a->state == ALARM_FIRING)
		enter(a, ALARM_CLEARING, now_ms);
	if (h->flaps && a->penalty >= FLAPPING_FROM && a->state >= ALARM_FIRING)
		a->flapping = true;
}

static bool due(const struct alarm *a, int64_t hold_ms, int64_t now_ms)
{
	return now_ms - a->since_ms >= hold_ms;
}

static enum alarm_notice settle(struct alarm *a, const struct alarm_hold *h, int64_t now_ms)
{
	if (a->state == ALARM_PENDING && (due(a, h->raise_after_ms, now_ms) ||
					  (h->flaps && alarm_penalty(a, now_ms) >= UNHELD_FROM))) {
		enter(a, ALARM_FIRING, now_ms);
		a->flapping = h->flaps && a->penalty >= FLAPPING_FROM;
		return ALARM_SAY_RAISED;
	}
	if (a->flapping) {
		if (now_ms < alarm_penalty_falls_to(a, FLAPPING_UNTIL, now_ms))
			return ALARM_SAY_NOTHING;
		a->flapping = false;
		if (a->state == ALARM_FIRING)
			return ALARM_SAY_STEADY;
	}
	if (a->state == ALARM_CLEARING && due(a, h->clear_after_ms, now_ms)) {
		enter(a, ALARM_OK, now_ms);
		return ALARM_SAY_CLEARED;
	}
	return ALARM_SAY_NOTHING;
}

struct alarm_effect alarm_step(struct alarm *a, const struct alarm_hold *h, enum alarm_input in,
			       int64_t now_ms)
{
	struct alarm_effect e = { ALARM_SAY_NOTHING, INT64_MAX };

	if (in == ALARM_IN_UNKNOWN && a->state == ALARM_PENDING)
		enter(a, ALARM_OK, now_ms);
	if (in == ALARM_IN_GOOD || in == ALARM_IN_BAD)
		hear(a, h, in == ALARM_IN_BAD, now_ms);
	e.notice = settle(a, h, now_ms);

	if (a->state == ALARM_PENDING)
		e.wake_ms = a->since_ms + h->raise_after_ms;
	else if (a->flapping)
		e.wake_ms = alarm_penalty_falls_to(a, FLAPPING_UNTIL, now_ms);
	else if (a->state == ALARM_CLEARING)
		e.wake_ms = a->since_ms + h->clear_after_ms;
	return e;
}
