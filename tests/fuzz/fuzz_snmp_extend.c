/* The output of somebody's script: looked through for a key, flattened when it is JSON. */
#include <stdlib.h>
#include <string.h>

#include "agent/core/plan.h"
#include "agent/io/snmp/gather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena texts = { 0 };
	struct value v = { .type = VALUE_TEXT, .text = (const char *)data, .length = size };
	double n = 0;

	if (value_keep(&texts, &v) == 0) {
		(void)text_lookup(v.text, v.length, "pcapacity", 9, &n);
		(void)text_lookup(v.text, v.length, "Calls", 5, &n);
		(void)value_number(&v, &n);
	}
	arena_fini(&texts);
	return 0;
}
