/* ask.h - the kinds of question, each started in the SIP thread. */
#ifndef LW_SIP_ASK_H
#define LW_SIP_ASK_H

#include "agent/io/sip/engine.h"
#include "lazy_re.h"

/* Starts the exchange that job->ask names; a failure to start is an answer too. */
void sip_ask_start(struct sip_engine *e, struct sip_job *job);

int sip_options_start(struct sip_engine *e, struct sip_job *job); /* OPTIONS and REGISTER */
int sip_call_start(struct sip_engine *e, struct sip_job *job);

/* Note what a SIP answer says: code, reason, agent, bindings. */
void sip_job_note(struct sip_job *job, const struct sip_msg *msg);

#endif
