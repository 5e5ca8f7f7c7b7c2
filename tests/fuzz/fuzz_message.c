/* What is read back from the outbox, and the configured bodies that are filled from it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/notify/message.h"
#include "common/notify/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct message m;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (message_from_json(&m, text) == 0) {
		char *again = message_to_json(&m);
		struct message back;

		assert(again != NULL && message_from_json(&back, again) == 0);
		free(template_fill(text, "application/json", &m, "to"));
		free(again);
		message_fini(&back);
		message_fini(&m);
	}
	m = (struct message){ 0 };
	free(template_fill(text, "application/x-www-form-urlencoded", &m, "to"));
	free(text);
	return 0;
}
