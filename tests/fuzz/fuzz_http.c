/* fuzz_http.c - what a request's line may hold: method, path, parameters, times, search words. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/fold.h"
#include "collector/io/http/route.h"
#include "common/core/rfc3339.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(const char *method, const char *path)
{
	const struct route *r = NULL;
	struct route_id id = { "" };
	enum route_found found = route_find(routes, method, path, &r, &id);

	if ((found == ROUTE_FOUND) != (r != NULL))
		abort();
	if (strlen(id.text) >= ROUTE_ID_MAX)
		abort();
}

static void parse_time(const char *text)
{
	char again[RFC3339_SIZE];
	int64_t ms, same;

	if (!rfc3339_parse(text, &ms) || ms < 0)
		return;
	if (!rfc3339_parse(rfc3339_format(again, ms), &same) || same != ms)
		abort();
}

static void search(const char *text)
{
	char once[64], twice[64];

	fold(once, sizeof once, text);
	fold(twice, sizeof twice, once);
	if (strcmp(once, twice) != 0)
		abort();
	(void)folded_contains(text, once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *path;

	if (size > 4096)
		return 0;
	text = malloc(size + 1);
	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	path = strchr(text, ' ');
	if (path != NULL) {
		*path++ = '\0';
		match(text, path);
		parse_time(path);
		search(path);
	}
	free(text);
	return 0;
}
