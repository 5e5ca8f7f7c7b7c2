/* options.c - one request without a dialog: OPTIONS, or REGISTER without Contact, which asks the
 * registrar for the bindings of a user and changes nothing (RFC 3261 10.2.3).
 *
 * Happy path: send, libre repeats it over UDP after 0.5, 1.5 and 3.5 s, any final answer ends it.
 * Failure paths: our own timer of job->timeout_ms, long before libre's Timer F of 32 s; a refused
 * or broken connection; a cancel. Each is an answer with `err`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/sip/ask.h"
#include "agent/io/sip/stack.h"

struct exchange {
	struct sip_engine *engine;
	struct sip_job *job;
	struct sip_stack *stack;
	struct sip_request *request;
	struct tmr guard;
};

static void finish(struct exchange *x, int err)
{
	struct sip_job *job = x->job;

	job->err = err;
	tmr_cancel(&x->guard);
	x->request = mem_deref(x->request);
	sip_stack_retire(x->stack);
	sip_engine_answer(x->engine, job);
	free(x);
}

static void on_guard(void *arg)
{
	finish(arg, ETIMEDOUT);
}

static void on_cancel(void *arg)
{
	finish(arg, ECANCELED);
}

static void on_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (msg != NULL && msg->scode < 200) {
		sip_job_note(x->job, msg);
		return;
	}
	if (msg != NULL)
		sip_job_note(x->job, msg);
	finish(x, msg != NULL ? 0 : err);
}

static int send_request(struct exchange *x)
{
	struct sip_job *job = x->job;
	bool options = job->ask == SIP_ASK_OPTIONS;
	char text[SIP_URI_MAX];
	struct uri route;
	struct pl pl;

	int err = sip_stack_route(x->stack, job->way, text, sizeof text);
	if (err != 0)
		return err;
	pl_set_str(&pl, text);
	err = uri_decode(&route, &pl);
	if (err != 0)
		return err;
	return sip_requestf(&x->request, x->stack->sip, true, options ? "OPTIONS" : "REGISTER",
			    options ? job->uri : job->domain, &route, NULL, NULL, on_answer, x,
			    "To: <%s>\r\n"
			    "From: <%s>;tag=%016llx\r\n"
			    "Call-ID: %016llx%016llx\r\n"
			    "CSeq: 1 %s\r\n"
			    "%s"
			    "User-Agent: linewatch/" LW_VERSION "\r\n"
			    "Content-Length: 0\r\n"
			    "\r\n",
			    job->uri, options ? job->from : job->uri, rand_u64(), rand_u64(),
			    rand_u64(), options ? "OPTIONS" : "REGISTER",
			    options ? "Accept: application/sdp\r\n" : "");
}

int sip_options_start(struct sip_engine *e, struct sip_job *job)
{
	struct exchange *x = calloc(1, sizeof *x);
	if (x == NULL)
		return ENOMEM;

	x->engine = e;
	x->job = job;
	tmr_init(&x->guard);
	int err = sip_stack_open(&x->stack, job);
	if (err != 0)
		goto fail;
	sip_stack_sign(x->stack, job);
	err = sip_stack_listen(x->stack);
	if (err == 0)
		err = send_request(x);
	if (err != 0)
		goto fail;
	job->state = x;
	job->cancel = on_cancel;
	tmr_start(&x->guard, job->timeout_ms, on_guard, x);
	return 0;
fail:
	if (x->stack != NULL)
		sip_stack_retire(x->stack);
	free(x);
	return err;
}
