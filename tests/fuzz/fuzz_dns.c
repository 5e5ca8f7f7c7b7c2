/* Answers of a name server to one question of each type. */
#include <assert.h>
#include <string.h>

#include "agent/io/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT" };
	struct dns_question q;
	struct dns_answer a;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		assert(dns_question_init(&q, "qms.test", types[i], "10.1.2.3") == 0);
		q.id = (uint16_t)(size > 1 ? data[0] << 8 | data[1] : 0);
		if (dns_answer_read(&a, &q, data, size) == 0)
			assert(a.good || a.why != NULL);
	}
	return 0;
}
