/* ask.c - starts a question by its kind and notes what answers say. */
#include "agent/io/sip/ask.h"

#include <string.h>
#include <uv.h>

void sip_ask_start(struct sip_engine *e, struct sip_job *job)
{
	static int (*const starts[])(struct sip_engine *, struct sip_job *) = {
		[SIP_ASK_OPTIONS] = sip_options_start,
		[SIP_ASK_BINDINGS] = sip_options_start,
		[SIP_ASK_CALL] = sip_call_start,
	};
	int err = starts[job->ask](e, job);

	if (err == 0)
		return;
	job->err = err;
	sip_engine_answer(e, job);
}

static void copy_header(char *buf, size_t size, const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, id);

	if (h != NULL && buf[0] == '\0')
		(void)re_snprintf(buf, size, "%r", &h->val);
}

void sip_job_note(struct sip_job *job, const struct sip_msg *msg)
{
	if (job->latency_ms <= 0)
		job->latency_ms = (double)(uv_hrtime() - job->started_ns) / 1e6;
	copy_header(job->agent, sizeof job->agent, msg, SIP_HDR_USER_AGENT);
	copy_header(job->agent, sizeof job->agent, msg, SIP_HDR_SERVER);
	if (msg->scode < 200)
		return;
	job->code = msg->scode;
	(void)re_snprintf(job->reason, sizeof job->reason, "%r", &msg->reason);
	job->n_bindings = sip_msg_hdr_count(msg, SIP_HDR_CONTACT);
}
