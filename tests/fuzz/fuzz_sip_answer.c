/* A datagram from a SIP peer: libre's decoder, then what we keep of an answer and of its SDP. */
#include <assert.h>
#include <string.h>

#include "agent/core/sip.h"
#include "agent/io/sip/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_sdp(struct mbuf *mb)
{
	struct sdp_session *sdp = NULL;
	struct sdp_media *audio;
	struct sa local;

	(void)sa_set_str(&local, "192.0.2.1", 4000);
	if (sdp_session_alloc(&sdp, &local) != 0)
		return;
	if (sdp_media_add(&audio, sdp, "audio", 4000, "RTP/AVP") == 0 &&
	    sdp_format_add(NULL, audio, false, "8", "PCMA", 8000, 1, NULL, NULL, NULL, false,
			   NULL) == 0 &&
	    sdp_decode(sdp, mb, false) == 0) {
		(void)sdp_media_raddr(audio);
		(void)sdp_media_rformat(audio, NULL);
	}
	mem_deref(sdp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sip_job job = { .latency_ms = 1 };
	struct sip_msg *msg = NULL;
	struct mbuf *mb = mbuf_alloc(size + 1);

	if (mb == NULL)
		return 0;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb) == 0) {
		if (!msg->req) {
			sip_job_note(&job, msg);
			assert(strlen(job.reason) < sizeof job.reason);
			assert(sip_code_meaning(job.code) != NULL);
		}
		read_sdp(mb);
		mem_deref(msg);
	}
	mem_deref(mb);
	return 0;
}
