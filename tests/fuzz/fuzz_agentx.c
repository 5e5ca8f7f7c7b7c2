/* What the AgentX master sends: answered within one packet, or not at all. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/agentx.h"

static uint32_t sparse(void *arg, uint32_t row)
{
	(void)arg;
	return row * 1000000007U / 2; /* ascending while there are few */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t rows(void *arg)
{
	(void)arg;
	return 3;
}

static struct agentx_value cell(void *arg, uint32_t row, uint32_t column)
{
	(void)arg;
	assert(row >= 1 && row <= 3 && column >= 1 && column <= 4);
	return (struct agentx_value){ .kind = column == 2 ? AGENTX_TEXT : AGENTX_INTEGER,
				      .number = row,
				      .text = "a row" };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t root[] = { 1, 3, 6, 1, 4, 1, 99 };
	static const struct agentx_table tables[] = { { 5, 2, 4, rows, NULL, cell },
						      { 6, 1, 3, rows, sparse, cell },
						      { 7, 1, 2, NULL, NULL, cell } };
	static const struct agentx_mib mib = { root, 7, tables, 3, NULL };
	uint8_t *out = malloc(AGENTX_PACKET_MAX);
	struct agentx_header h;

	size_t n = agentx_answer(out, data, size, &mib);
	assert(n <= AGENTX_PACKET_MAX);
	if (n > 0)
		assert(agentx_header_read(out, &h) && h.payload_bytes + AGENTX_HEADER_BYTES == n);
	(void)agentx_response_error(data, size);
	free(out);
	return 0;
}
