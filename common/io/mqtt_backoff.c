/* How long to wait before the next connect: so that thousands of agents that lost one broker do not
 * come back in the same second. Random bits that are not to be had yet are taken from the clock. */
#include <sys/random.h>
#include <uv.h>

#include "common/io/mqtt.h"
#include "common/io/mqtt_dial.h"

enum { BASE_MS = 500, SHIFT_MAX = 16 };

unsigned mqtt_backoff_ms(unsigned failures, unsigned cap_ms, uint32_t random)
{
	uint64_t most = (uint64_t)BASE_MS << (failures < SHIFT_MAX ? failures : SHIFT_MAX);

	if (most > cap_ms)
		most = cap_ms;
	return (unsigned)((most * random) >> 32);
}

unsigned backoff_next_ms(unsigned failures, unsigned cap_ms)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (uint32_t)uv_hrtime();
	return mqtt_backoff_ms(failures, cap_ms, r);
}
