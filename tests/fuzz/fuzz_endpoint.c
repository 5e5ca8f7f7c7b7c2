/* A probe URL with its options: what is taken must be within its bounds. */
#include <assert.h>
#include <string.h>

#include "agent/io/ask/endpoint.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct endpoint_option options[] = {
		{ .name = "expect", .kind = OPTION_TEXT, .max = 20 },
		{ .name = "count", .kind = OPTION_NUMBER, .min = 1, .max = 32, .dflt = 5 },
		{ .name = "verify", .kind = OPTION_FLAG, .dflt = 1 },
		{ .name = NULL },
	};
	char url[2000], shown[300], err[200];
	struct endpoint e = { 0 };

	if (size >= sizeof url)
		return 0;
	memcpy(url, data, size);
	url[size] = '\0';
	const struct sense_target t = { .url = url };
	if (endpoint_init(&e, &t, options, err, sizeof err) < 0)
		return 0;
	assert(endpoint_number(&e, "count") >= 1 && endpoint_number(&e, "count") <= 32);
	assert(endpoint_text(&e, "expect") == NULL || strlen(endpoint_text(&e, "expect")) <= 20);
	(void)endpoint_flag(&e, "verify");
	endpoint_show(&e, shown, sizeof shown);
	endpoint_fini(&e);
	return 0;
}
