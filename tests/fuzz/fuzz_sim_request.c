/* Any datagram that reaches a simulated device. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "sim/core/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sim_device *find(void *arg, const char *community, size_t len)
{
	struct sim_world *w = arg;
	struct sim_device *d = sim_device_find(w, community, len);

	return d != NULL ? d : &w->devices[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim_world *world;
	static struct mib_set *mibs;
	static const struct sim_plan plan = { 3, 4, 1, 1 };
	uint8_t buf[ANSWER_MAX_BYTES];
	const struct sim_device *d;
	const uint8_t *p;
	size_t len;

	if (world == NULL && (sim_world_new(&world, &plan, 0) < 0 || mib_set_new(&mibs) < 0))
		abort();
	struct answer_world a = { world, mibs, find, world };
	if (answer_request(&a, data, size, buf, &p, &len, &d) == 0 &&
	    (len > sizeof buf || p < buf || p + len != buf + sizeof buf))
		abort();
	return 0;
}
