/* What answers on chronyd's port; the state of the clock stays within its bounds. */
#include <assert.h>
#include <math.h>

#include "agent/core/chrony.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chrony_reply r;

	if (chrony_parse(data, size, &r) == 0) {
		assert(r.reach <= 8);
		assert(isfinite(r.correction_s));
	}
	return 0;
}
