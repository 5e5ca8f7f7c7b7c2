/* A reference file; what is read must survive being written and read again. */
#include <assert.h>
#include <string.h>

#include "agent/core/fingerprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fingerprint f, again;
	static char text[8192];
	unsigned line = 0;

	if (fp_read(&f, (const char *)data, size, &line) < 0)
		return 0;
	assert(f.n > 0 && f.n <= FP_REFERENCE_FRAMES);
	size_t len = fp_write(&f, text, sizeof text);
	assert(len < sizeof text && fp_read(&again, text, len, &line) == 0 && again.n == f.n);
	struct fp_match m = fp_compare(&f, &again);
	/* Not always at 0: a short one may be found earlier as well. */
	assert(m.score_percent == 100);
	return 0;
}
