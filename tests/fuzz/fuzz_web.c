/* A status spec, an expected text and a body in pieces: two lines, then the body. However it is
 * cut, the text is found exactly when it is there. */
#include <assert.h>
#include <string.h>

#include "agent/core/web.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take_line(const uint8_t **data, size_t *size, char *buf, size_t room)
{
	const uint8_t *nl = memchr(*data, '\n', *size);
	size_t len = nl != NULL ? (size_t)(nl - *data) : *size;
	size_t n = len < room ? len : room - 1;

	memcpy(buf, *data, n);
	buf[n] = '\0';
	*data += len + (nl != NULL);
	*size -= len + (nl != NULL);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char spec[64], text[WEB_TEXT_MAX + 8];
	struct web_search s;

	if (size == 0)
		return 0;
	(void)take_line(&data, &size, spec, sizeof spec);
	(void)take_line(&data, &size, text, sizeof text);
	if (web_status_spec_valid(spec))
		(void)web_status_fits(spec, (unsigned)(size % 600));
	if (web_search_init(&s, text) < 0)
		return 0;
	for (size_t i = 0; i < size;) {
		size_t n = 1 + data[i] % 40;

		if (n > size - i)
			n = size - i;
		web_search_feed(&s, (const char *)data + i, n);
		i += n;
	}
	assert(s.found == (size > 0 && memmem(data, size, text, strlen(text)) != NULL));
	return 0;
}
