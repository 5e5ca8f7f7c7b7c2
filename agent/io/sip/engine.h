/* engine.h - the SIP thread: one in the process, started by the first sense that needs it.
 *
 * Questions go in by libre's mqueue, answers come back by uv_async on the loop thread. All calls on
 * the loop thread. */
#ifndef LW_SIP_ENGINE_H
#define LW_SIP_ENGINE_H

#include <uv.h>

#include "agent/io/sip/job.h"

struct sip_engine;

/* Each hold needs its release. -EBUSY: another loop has it. */
int sip_engine_hold(struct sip_engine **ret, uv_loop_t *loop);

/* The last release ends the thread; what is on the loop goes by itself. */
void sip_engine_release(struct sip_engine *e);

/* The job is the engine's until job->done. -EAGAIN: too many at once. */
int sip_engine_ask(struct sip_engine *e, struct sip_job *job);

/* job->done comes soon, with err ECANCELED if it had not ended by itself. */
void sip_engine_cancel(struct sip_engine *e, struct sip_job *job);

/* For the SIP thread: give a job back. */
void sip_engine_answer(struct sip_engine *e, struct sip_job *job);

#endif
