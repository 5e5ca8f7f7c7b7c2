/* call.c - the test call to a voice response system.
 *
 * Happy path: INVITE with G.711, the answer starts the sound, every half second what was heard is
 * compared with the reference; as soon as it is known, or after listen_ms, BYE. Failure paths: no
 * sign of life within timeout_ms, no pick-up within ring_ms (CANCEL), a final answer that is not
 * 200, a peer that hangs up first: what was heard until then counts. The stack stays until BYE or
 * CANCEL is through. Of the sound nothing is kept but score and level. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "agent/io/sip/ask.h"
#include "agent/io/sip/media.h"
#include "agent/io/sip/stack.h"

enum { COMPARE_EVERY_MS = 500, KNOWN_FRAMES = 190 /* 3 s of voice that matched */ };

struct call {
	struct sip_engine *engine;
	struct sip_job *job;
	struct sip_stack *stack;
	struct sipsess_sock *socket;
	struct sipsess *session;
	struct sdp_session *sdp;
	struct sdp_media *audio;
	struct media *media;
	struct tmr guard, compare;
	uint64_t answered_ns;
};

/* The session's: a BYE may be challenged when the call itself is gone. */
struct credentials {
	char user[64], password[128];
};

static double ms_since(uint64_t then_ns)
{
	return (double)(uv_hrtime() - then_ns) / 1e6;
}

static struct fp_match listen_so_far(struct call *c)
{
	struct fp_match nothing = { 0, 0, 0 };
	struct fingerprint *heard = media_heard(c->media);

	fp_mark_voiced(heard);
	c->job->peak_db = fp_peak_db(heard);
	return c->job->reference != NULL ? fp_compare(c->job->reference, heard) : nothing;
}

static void tear_down(struct call *c)
{
	tmr_cancel(&c->guard);
	tmr_cancel(&c->compare);
	media_close(c->media);
	c->session = mem_deref(c->session); /* sends BYE or CANCEL */
	c->sdp = mem_deref(c->sdp);
	c->socket = mem_deref(c->socket);
	if (c->stack != NULL)
		sip_stack_retire(c->stack);
	free(c);
}

static void finish(struct call *c, int err)
{
	struct sip_job *job = c->job;

	job->err = err;
	if (job->answered) {
		job->score_percent = listen_so_far(c).score_percent;
		job->packets = rtp_stats_received(media_stats(c->media));
		job->loss_percent = rtp_stats_loss_percent(media_stats(c->media));
	}
	sip_engine_answer(c->engine, job);
	tear_down(c);
}

static void on_guard(void *arg)
{
	finish(arg, ETIMEDOUT);
}

static void on_cancel(void *arg)
{
	finish(arg, ECANCELED);
}

/* Known for certain, or time is up? */
static void on_compare(void *arg)
{
	struct call *c = arg;
	struct sip_job *job = c->job;
	struct fp_match m = listen_so_far(c);
	size_t enough = KNOWN_FRAMES;

	if (job->reference != NULL && fp_n_voiced(job->reference) < enough)
		enough = fp_n_voiced(job->reference);
	bool known = job->reference != NULL && m.compared >= enough &&
		     m.score_percent >= job->threshold_percent && media_dialled(c->media);
	if (known || ms_since(c->answered_ns) >= job->listen_ms)
		finish(c, 0);
	else
		tmr_start(&c->compare, COMPARE_EVERY_MS, on_compare, c);
}

static int on_offer(struct mbuf **desc, const struct sip_msg *msg, void *arg)
{
	struct call *c = arg;
	bool has_offer = mbuf_get_left(msg->mb) > 0;

	if (has_offer) {
		int err = sdp_decode(c->sdp, msg->mb, true);
		if (err != 0)
			return err;
	}
	return sdp_encode(desc, c->sdp, !has_offer);
}

static int on_sdp_answer(const struct sip_msg *msg, void *arg)
{
	struct call *c = arg;

	return sdp_decode(c->sdp, msg->mb, false);
}

static void on_progress(const struct sip_msg *msg, void *arg)
{
	struct call *c = arg;

	sip_job_note(c->job, msg);
	tmr_start(&c->guard, c->job->ring_ms, on_guard, c); /* it lives: let it ring */
}

static void on_established(const struct sip_msg *msg, void *arg)
{
	struct call *c = arg;
	struct sip_job *job = c->job;
	const struct sdp_format *codec = sdp_media_rformat(c->audio, NULL);
	const struct sdp_format *events = sdp_media_rformat(c->audio, telev_rtpfmt);

	tmr_cancel(&c->guard);
	sip_job_note(job, msg);
	job->answered = true;
	job->answer_ms = ms_since(job->started_ns);
	c->answered_ns = uv_hrtime();
	media_start(c->media, sdp_media_raddr(c->audio),
		    codec != NULL ? (uint8_t)codec->pt : RTP_PT_PCMA);
	media_dial(c->media, job->digits, job->digits_after_ms,
		   events != NULL ? (uint8_t)events->pt : 0);
	tmr_start(&c->compare, COMPARE_EVERY_MS, on_compare, c);
}

static void on_closed(int err, const struct sip_msg *msg, void *arg)
{
	struct call *c = arg;

	if (c->job->answered) { /* it hung up first */
		finish(c, 0);
		return;
	}
	if (msg != NULL)
		sip_job_note(c->job, msg);
	finish(c, msg != NULL ? 0 : err);
}

static void on_incoming(const struct sip_msg *msg, void *arg)
{
	struct sip_stack *s = arg; /* not the call: the socket outlives it */

	(void)sip_treply(NULL, s->sip, msg, 486, "Busy Here");
}

static int on_credentials(char **user, char **password, const char *realm, void *arg)
{
	const struct credentials *k = arg;

	(void)realm;
	if (k->user[0] == '\0')
		return EAUTH;
	int err = str_dup(user, k->user);
	return err != 0 ? err : str_dup(password, k->password);
}

static struct credentials *credentials_new(const struct sip_job *job)
{
	struct credentials *k = mem_zalloc(sizeof *k, NULL);

	if (k == NULL)
		return NULL;
	(void)str_ncpy(k->user, job->user, sizeof k->user);
	(void)str_ncpy(k->password, job->password, sizeof k->password);
	return k;
}

static int make_offer(struct call *c, struct mbuf **ret)
{
	const struct sa *local = media_local(c->media);
	int err = sdp_session_alloc(&c->sdp, local);

	if (err == 0)
		err = sdp_media_add(&c->audio, c->sdp, "audio", sa_port(local), "RTP/AVP");
	if (err == 0)
		err = sdp_format_add(NULL, c->audio, false, "8", "PCMA", 8000, 1, NULL, NULL, NULL,
				     false, NULL);
	if (err == 0)
		err = sdp_format_add(NULL, c->audio, false, "0", "PCMU", 8000, 1, NULL, NULL, NULL,
				     false, NULL);
	if (err == 0)
		err = sdp_format_add(NULL, c->audio, false, "101", telev_rtpfmt, 8000, 1, NULL,
				     NULL, NULL, false, "0-15");
	if (err != 0)
		return err;
	sdp_media_set_ldir(c->audio, SDP_SENDRECV);
	return sdp_encode(ret, c->sdp, true);
}

static int invite(struct call *c)
{
	struct sip_job *job = c->job;
	char way[SIP_URI_MAX];
	const char *route[] = { way };
	struct credentials *k = credentials_new(job);
	struct mbuf *offer = NULL;

	if (k == NULL)
		return ENOMEM;
	int err = sip_stack_route(c->stack, job->way, way, sizeof way);
	if (err == 0)
		err = make_offer(c, &offer);
	if (err == 0)
		err = sipsess_connect(&c->session, c->socket, job->uri, "linewatch", job->from,
				      "linewatch", job->route ? route : NULL, job->route ? 1 : 0,
				      "application/sdp", offer, on_credentials, k, true, on_offer,
				      on_sdp_answer, on_progress, on_established, NULL, NULL,
				      on_closed, c, NULL);
	mem_deref(offer);
	mem_deref(k);
	return err;
}

int sip_call_start(struct sip_engine *e, struct sip_job *job)
{
	struct call *c = calloc(1, sizeof *c);
	if (c == NULL)
		return ENOMEM;

	c->engine = e;
	c->job = job;
	tmr_init(&c->guard);
	tmr_init(&c->compare);
	int err = sip_stack_open(&c->stack, job);
	if (err != 0)
		goto fail;
	sip_stack_sign(c->stack, job);
	err = sipsess_listen(&c->socket, c->stack->sip, 8, on_incoming, c->stack);
	if (err == 0)
		err = sip_stack_listen(c->stack);
	if (err == 0)
		err = media_open(&c->media, &c->stack->local);
	if (err == 0)
		err = invite(c);
	if (err != 0)
		goto fail;
	job->state = c;
	job->cancel = on_cancel;
	tmr_start(&c->guard, job->timeout_ms, on_guard, c);
	return 0;
fail:
	tear_down(c);
	return err;
}
