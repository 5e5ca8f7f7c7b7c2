/* The first words of PostgreSQL and MySQL; the first byte says which. */
#include <assert.h>
#include <string.h>

#include "agent/core/greeting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct greeting g;

	if (size == 0)
		return 0;
	size_t n = size - 1 < GREETING_BYTES_MAX ? size - 1 : GREETING_BYTES_MAX;
	if (data[0] % 2 == 0)
		greeting_pg_read(&g, data + 1, n);
	else
		greeting_mysql_read(&g, data + 1, n);
	assert(g.result != GREETING_MORE || n < GREETING_BYTES_MAX);
	assert(strlen(g.text) < sizeof g.text && strlen(g.version) < sizeof g.version);
	for (const char *p = g.version; *p != '\0'; p++)
		assert(*p >= ' ' && *p < 127);
	return 0;
}
