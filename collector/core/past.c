#include "collector/core/past.h"

#include <math.h>

static bool versus(const struct condition *c, double v, const struct reading *readings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (readings[i].metric == c->versus && readings[i].reason == REASON_GOOD)
			return readings[i].value > 0 && v >= readings[i].value;
	}
	return false;
}

static bool holds(const struct condition *c, double v, const struct reading *readings, size_t n)
{
	switch (c->compare) {
	case COMPARE_ABOVE:
		return v >= c->raise;
	case COMPARE_BELOW:
		return v <= c->raise;
	case COMPARE_DISTANCE:
		return fabs(v) >= c->raise;
	case COMPARE_STATES:
		return v >= 0 && v < 32 && (c->states & (1U << (unsigned)v)) != 0;
	case COMPARE_METRIC:
		return versus(c, v, readings, n);
	}
	return false;
}

enum entity_state past_state(const struct ruleset *rules, const struct entity *device,
			     bool reachable, const struct reading *readings, size_t n)
{
	unsigned subject = rule_subject(device);
	bool known = false;

	if (!reachable)
		return STATE_DOWN;
	for (size_t i = 0; i < n; i++) {
		const struct reading *r = &readings[i];

		if (r->reason != REASON_GOOD || r->metric >= METRIC_ID_END)
			continue;
		known = true;
		for (uint32_t k = 0; k < rules->n_conditions; k++) {
			const struct condition *c = &rules->conditions[k];
			const struct rule *rule = &rules->rules[c->rule];

			if (c->metric == r->metric && (rule->subjects & SUBJECT(subject)) != 0 &&
			    (rule->flags & RULE_DOWN) != 0 && !c->only_on_battery &&
			    holds(c, r->value, readings, n))
				return STATE_DOWN;
		}
	}
	return known || n == 0 ? STATE_UP : STATE_UNKNOWN;
}
