/* RTP packets, each with a length byte before it. */
#include <assert.h>

#include "agent/core/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtp_stats s = { 0 };
	struct rtp_packet p;

	for (size_t i = 0; i < size;) {
		size_t len = data[i++];

		if (len > size - i)
			len = size - i;
		if (rtp_parse(&p, data + i, len) == 0) {
			assert(p.payload >= data + i &&
			       p.payload + p.payload_len <= data + i + len);
			rtp_stats_add(&s, &p);
		}
		i += len;
	}
	assert(rtp_stats_loss_percent(&s) >= 0 && rtp_stats_loss_percent(&s) <= 100);
	return 0;
}
