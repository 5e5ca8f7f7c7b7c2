/* A broker that fell silent is left for the next of the list. Delays are exponential with full
 * jitter, so that thousands of agents that lost one broker do not come back in the same second.
 * Random bits that are not to be had yet are taken from the clock. */
#include "common/io/mqtt_turn.h"

#include <sys/random.h>
#include <uv.h>

#include "common/io/mqtt.h"

enum { BASE_MS = 500, SHIFT_MAX = 16, SILENT_BEFORE_OLD = 2 };

unsigned mqtt_backoff_ms(unsigned failures, unsigned cap_ms, uint32_t random)
{
	uint64_t most = (uint64_t)BASE_MS << (failures < SHIFT_MAX ? failures : SHIFT_MAX);

	if (most > cap_ms)
		most = cap_ms;
	return (unsigned)((most * random) >> 32);
}

static unsigned backoff_next_ms(unsigned failures, unsigned cap_ms)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (uint32_t)uv_hrtime();
	return mqtt_backoff_ms(failures, cap_ms, r);
}

/* Some brokers close on MQTT 5 without a word: each third join in silence is in 3.1.1. */
bool turn_mqtt5(const struct mqtt_turn *t)
{
	return t->silent % (SILENT_BEFORE_OLD + 1) != SILENT_BEFORE_OLD;
}

void turn_joining(struct mqtt_turn *t)
{
	t->silent++;
}

void turn_connack(struct mqtt_turn *t, bool mqtt5, bool unsupported)
{
	if (mqtt5)
		t->old_only = t->again = unsupported;
	t->silent = t->old_only ? SILENT_BEFORE_OLD : 0;
}

unsigned turn_over(struct mqtt_turn *t, bool steady, unsigned cap_ms)
{
	if (t->again) {
		t->again = false;
		return 0;
	}
	t->at = (t->at + 1) % t->n;
	t->failures = steady ? 1 : t->failures + 1;
	return backoff_next_ms(t->failures, cap_ms);
}
