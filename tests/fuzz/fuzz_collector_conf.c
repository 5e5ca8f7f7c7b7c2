/* The collector's file, as anything at all. */
#include <stdint.h>
#include <stdio.h>

#include "collector/conf/collector_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct collector_conf *conf = NULL;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "we");
	if (nowhere != NULL &&
	    collector_conf_load_text(&conf, "fuzz.yaml", (const char *)data, size, nowhere) == 0)
		collector_conf_free(conf);
	return 0;
}
