#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf/conf_reader.h"

bool parse_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 },	{ "s", 1000 },	   { "m", 60000 },
		      { "h", 3600000 }, { "d", 86400000 }, { "w", 604800000 } };
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	unsigned long long n = strtoull(text, &end, 10);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(end, units[i].unit) != 0 || n > (uint64_t)(INT64_MAX / 4 / units[i].ms))
			continue;
		*ret_ms = (int64_t)n * units[i].ms;
		return true;
	}
	return false;
}

bool valid_id(const char *id)
{
	size_t n = 0;

	while (isalnum((unsigned char)id[n]) || (id[n] != '\0' && strchr("._-", id[n]) != NULL))
		n++;

	return n > 0 && n <= 48 && id[n] == '\0';
}
