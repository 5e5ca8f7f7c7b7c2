/* sense_sip.h - what sense_sip.c and its opening (sense_sip_open.c) share. */
#ifndef LW_SENSE_SIP_H
#define LW_SENSE_SIP_H

#include "agent/io/ask/endpoint.h"
#include "agent/io/ask/round.h"
#include "agent/io/sip/engine.h"

struct sip_sense {
	struct sense base;
	uv_loop_t *loop;
	struct endpoint at;
	struct round round;
	struct sip_engine *engine;
	struct sip_job question; /* copied for each round */
	struct sip_job *job;	 /* with the SIP thread, or NULL */
	struct fingerprint *prompt;
	uv_getaddrinfo_t resolving;
	bool is_resolving, is_call, closing;
	char hop[256], service[8]; /* the next hop */
	uv_timer_t farewell;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* Fills at, question, prompt, hop, service, is_call from the target; -EINVAL with a line. */
int sip_sense_configure(struct sip_sense *s, const struct sense_target *t, char *reterr,
			size_t reterr_size);

#endif
