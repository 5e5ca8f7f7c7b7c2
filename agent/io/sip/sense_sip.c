/* sense_sip.c - sip:, sips: and ivr: as senses.
 *
 * Happy path: resolve the next hop on the loop, hand the question to the SIP thread, turn its answer
 * into readings. sip: asks OPTIONS (and, with registrar=yes, for the user's bindings); ivr: makes
 * the test call. Failure paths: each kind of "no" has its own reading and its own words; an answer
 * of any kind proves life. Closing waits for the SIP thread to give the question back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/ivr.h"
#include "agent/core/sip.h"
#include "agent/io/ask/literal.h"
#include "agent/io/ask/trouble.h"
#include "agent/io/senses.h"
#include "agent/io/sip/sense_sip.h"

static const char *class_of(const struct sip_sense *s)
{
	if (s->is_call)
		return "ivr";
	return s->at.user[0] != '\0' ? "phone" : "pbx";
}

static void report_nothing(struct sip_sense *s, const char *why)
{
	static const uint16_t quiet[] = { M_SIP_LATENCY, M_SIP_CODE, M_SIP_SERVES };

	round_error(&s->round, "%s:%s: %s", s->hop, s->service, why);
	if (s->is_call)
		round_value(&s->round, M_IVR_RESULT, IVR_NO_ANSWER);
	for (size_t i = 0; !s->is_call && i < sizeof quiet / sizeof *quiet; i++)
		round_unknown(&s->round, quiet[i], REASON_UNREACHABLE);
	round_end(&s->round, false, class_of(s), "sip");
}

static void report_life(struct sip_sense *s, const struct sip_job *job)
{
	if (job->latency_ms > 0)
		round_value(&s->round, M_SIP_LATENCY, job->latency_ms);
	if (job->has_certificate)
		round_value(&s->round, M_TLS_DAYS_LEFT, job->certificate_days);
	if (job->code > 0) {
		round_value(&s->round, M_SIP_CODE, job->code);
		round_evidence(&s->round, "SIP %u %s: %s", job->code, job->reason,
			       sip_code_meaning(job->code));
	}
	if (job->agent[0] != '\0') {
		round_evidence(&s->round, "agent %s", job->agent);
		round_identity(&s->round, M_SYS_DESCR, job->agent);
	}
}

static void report_options(struct sip_sense *s, const struct sip_job *job)
{
	enum sip_serves serves = sip_code_serves(job->code);

	report_life(s, job);
	if (job->ask == SIP_ASK_BINDINGS) {
		if (job->code >= 200 && job->code < 300)
			round_value(&s->round, M_SIP_REGISTERED, job->n_bindings > 0);
		else if (job->code == 404)
			round_value(&s->round, M_SIP_REGISTERED, 0);
		else
			round_unknown(&s->round, M_SIP_REGISTERED, REASON_MISSING);
		round_evidence(&s->round, "the registrar shows %u bindings", job->n_bindings);
	} else if (serves == SIP_SERVES_UNKNOWN) {
		round_unknown(&s->round, M_SIP_SERVES, REASON_MISSING);
	} else {
		round_value(&s->round, M_SIP_SERVES, serves == SIP_SERVES_YES);
	}
	if (job->code == 0)
		round_error(&s->round, "%s:%s: it tries, and gives no final answer", s->hop,
			    s->service);
	else if (job->ask == SIP_ASK_OPTIONS && serves == SIP_SERVES_NO)
		round_error(&s->round, "%s:%s: SIP %u: %s", s->hop, s->service, job->code,
			    sip_code_meaning(job->code));
	round_end(&s->round, true, class_of(s), "sip");
}

static void report_sound(struct sip_sense *s, const struct sip_job *job)
{
	round_value(&s->round, M_IVR_ANSWER, job->answer_ms);
	round_evidence(&s->round, "answered after %.0f ms, %llu packets, loudest %d dBFS",
		       job->answer_ms, (unsigned long long)job->packets, job->peak_db);
	if (job->packets > 0)
		round_value(&s->round, M_IVR_LOSS, job->loss_percent);
	else
		round_unknown(&s->round, M_IVR_LOSS, REASON_MISSING);
	if (job->reference != NULL)
		round_value(&s->round, M_IVR_SCORE, job->score_percent);
	else
		round_unknown(&s->round, M_IVR_SCORE, REASON_NOT_MEASURED);
}

static void report_call(struct sip_sense *s, const struct sip_job *job)
{
	const struct ivr_call call = { .code = job->code,
				       .packets = job->packets,
				       .peak_db = job->peak_db,
				       .has_reference = job->reference != NULL,
				       .score_percent = job->score_percent,
				       .threshold_percent = job->threshold_percent };
	enum ivr_result result = ivr_judge(&call);

	report_life(s, job);
	round_value(&s->round, M_IVR_RESULT, result);
	if (job->answered)
		report_sound(s, job);
	const char *word = metric_word(metric_by_id(M_IVR_RESULT), result);
	if (result != IVR_OK && job->code >= 300)
		round_error(&s->round, "%s:%s: test call: %s: SIP %u %s", s->hop, s->service, word,
			    job->code, job->reason);
	else if (result != IVR_OK)
		round_error(&s->round, "%s:%s: test call: %s", s->hop, s->service, word);
	round_end(&s->round, true, "ivr", "sip");
}

static void maybe_bye(struct sip_sense *s);

static void on_done(struct sip_job *job)
{
	struct sip_sense *s = job->arg;

	s->job = NULL;
	if (s->closing)
		maybe_bye(s);
	else if (job->code == 0 && job->latency_ms <= 0)
		report_nothing(s, job->trouble[0] != '\0' ? job->trouble
				  : job->err == ETIMEDOUT ? "no SIP answer"
							  : trouble_text(-job->err));
	else if (s->is_call)
		report_call(s, job);
	else
		report_options(s, job);
	free(job);
}

static int ask(struct sip_sense *s, const struct sockaddr *to, socklen_t to_len)
{
	struct sip_job *job = malloc(sizeof *job);
	if (job == NULL)
		return -ENOMEM;

	*job = s->question;
	memcpy(&job->to, to, to_len);
	int r = sip_engine_ask(s->engine, job);
	if (r < 0)
		free(job);
	else
		s->job = job;
	return r;
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct sip_sense *s = req->data;

	s->is_resolving = false;
	if (s->closing) {
		maybe_bye(s);
	} else {
		int r = status < 0 ? status : ask(s, found->ai_addr, found->ai_addrlen);
		if (r < 0)
			report_nothing(s, trouble_text(r));
	}
	if (status == 0)
		uv_freeaddrinfo(found);
}

static int sip_poll(struct sense *base, sense_done_fn *done, void *arg)
{
	struct sip_sense *s = (struct sip_sense *)base;
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
	struct sockaddr_storage to;

	int r = round_start(&s->round, done, arg);
	if (r < 0)
		return r;
	if (literal_address(&to, s->hop, (unsigned)strtoul(s->service, NULL, 10))) {
		r = ask(s, (struct sockaddr *)&to, sizeof to);
	} else {
		r = uv_getaddrinfo(s->loop, &s->resolving, on_resolved, s->hop, s->service, &hints);
		s->is_resolving = r == 0;
	}
	if (r < 0)
		round_abandon(&s->round);
	return r;
}

static void on_farewell(uv_handle_t *h)
{
	struct sip_sense *s = h->data;
	void (*closed)(void *) = s->closed;
	void *closed_arg = s->closed_arg;

	endpoint_fini(&s->at);
	free(s->prompt);
	free(s);
	if (closed != NULL)
		closed(closed_arg);
}

static void maybe_bye(struct sip_sense *s)
{
	if (s->job != NULL || s->is_resolving)
		return;
	sip_engine_release(s->engine);
	uv_close((uv_handle_t *)&s->farewell, on_farewell);
}

static void sip_close_sense(struct sense *base, void (*closed)(void *arg), void *arg)
{
	struct sip_sense *s = (struct sip_sense *)base;

	round_abandon(&s->round);
	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	if (s->is_resolving)
		(void)uv_cancel((uv_req_t *)&s->resolving);
	if (s->job != NULL)
		sip_engine_cancel(s->engine, s->job);
	maybe_bye(s);
}

static int sip_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t, char *reterr,
		    size_t reterr_size)
{
	struct sip_sense *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	int r = sip_sense_configure(s, t, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = uv_timer_init(loop, &s->farewell);
	if (r < 0)
		goto fail;
	r = sip_engine_hold(&s->engine, loop);
	if (r < 0) {
		uv_close((uv_handle_t *)&s->farewell, on_farewell);
		s->farewell.data = s;
		return r;
	}
	s->base.type = &sense_sip;
	s->loop = loop;
	s->farewell.data = s->resolving.data = s;
	s->question.done = on_done;
	s->question.arg = s;
	*ret = &s->base;
	return 0;
fail: /* nothing is on the loop yet */
	endpoint_fini(&s->at);
	free(s->prompt);
	free(s);
	return r;
}

static const char *const schemes[] = { "sip", "sips", "ivr", NULL };

const struct sense_type sense_sip = { schemes, sip_open, sip_poll, sip_close_sense };
