/* engine.c - the thread that runs libre's own event loop.
 *
 * Happy path: hold starts the thread, which reports ready; ask pushes a job through the mqueue;
 * its handler runs in the SIP thread and starts the exchange; the answered job goes into a locked
 * list and uv_async wakes the loop thread, which calls job->done. Release of the last hold pushes
 * STOP: stacks that still say goodbye get LINGER_MS, then the thread reports gone and is joined,
 * which no longer waits. Failure paths: a thread that cannot start libre fails the hold; a full
 * mqueue refuses the job; a cancel marks the job, as it may be on its way back already. */
#include "agent/io/sip/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "agent/io/sip/ask.h"
#include "agent/io/sip/stack.h"
#include "common/io/tls_offer.h"
#include "lazy_re.h"

enum { MQ_ASK, MQ_CANCEL, MQ_STOP, JOBS_MAX = 1024, LINGER_MS = 1500, LINGER_STEP_MS = 20 };

struct sip_engine {
	uv_loop_t *loop;
	uv_async_t wake;
	uv_thread_t thread;
	uv_sem_t ready;
	uv_mutex_t lock;
	struct sip_job *answered; /* under `lock` */
	bool gone;		  /* under `lock`: the thread has ended */
	unsigned n_holds, n_jobs; /* loop thread's */
	struct mqueue *queue;	  /* made by the SIP thread before `ready` */
	int start_error;
	/* the SIP thread's */
	struct sip_job *active;
	struct tmr linger;
	unsigned linger_steps;
};

static struct sip_engine *the_engine; /* loop thread's; NULL while none runs or one is ending */

static void on_linger(void *arg)
{
	struct sip_engine *e = arg;

	if (sip_stack_count() > 0 && e->linger_steps++ < LINGER_MS / LINGER_STEP_MS)
		tmr_start(&e->linger, LINGER_STEP_MS, on_linger, e);
	else
		re_cancel();
}

static void cancel_marked(struct sip_engine *e)
{
	for (struct sip_job *job = e->active, *next; job != NULL; job = next) {
		next = job->next;
		if (__atomic_load_n(&job->cancelled, __ATOMIC_RELAXED) && job->cancel != NULL)
			job->cancel(job->state); /* answers: takes it off the list */
	}
}

static void on_command(int id, void *data, void *arg)
{
	struct sip_engine *e = arg;
	struct sip_job *job = data;

	if (id == MQ_CANCEL) {
		cancel_marked(e);
	} else if (id == MQ_STOP) {
		on_linger(e);
	} else if (id == MQ_ASK) {
		job->next = e->active;
		e->active = job;
		sip_ask_start(e, job);
	}
}

static int start_libre(struct sip_engine *e)
{
	int err = re_thread_init();

	if (err == 0)
		err = mqueue_alloc(&e->queue, on_command, e);
	return err;
}

static void run_thread(void *arg)
{
	struct sip_engine *e = arg;

	tmr_init(&e->linger);
	e->start_error = start_libre(e);
	uv_sem_post(&e->ready);
	if (e->start_error == 0)
		(void)re_main(NULL);
	tmr_cancel(&e->linger);
	sip_stack_drop_all();
	e->queue = mem_deref(e->queue);
	re_thread_close();
	uv_mutex_lock(&e->lock);
	e->gone = true;
	uv_mutex_unlock(&e->lock);
	(void)uv_async_send(&e->wake);
}

void sip_engine_answer(struct sip_engine *e, struct sip_job *job)
{
	struct sip_job **p = &e->active;

	while (*p != job)
		p = &(*p)->next;
	*p = job->next;
	job->cancel = NULL;
	job->state = NULL;
	uv_mutex_lock(&e->lock);
	job->next = e->answered;
	e->answered = job;
	uv_mutex_unlock(&e->lock);
	(void)uv_async_send(&e->wake);
}

static void on_wake_closed(uv_handle_t *h)
{
	struct sip_engine *e = h->data;

	uv_mutex_destroy(&e->lock);
	uv_sem_destroy(&e->ready);
	free(e);
}

static void on_wake(uv_async_t *a)
{
	struct sip_engine *e = a->data;

	uv_mutex_lock(&e->lock);
	struct sip_job *job = e->answered;
	bool gone = e->gone;
	e->answered = NULL;
	uv_mutex_unlock(&e->lock);
	while (job != NULL) {
		struct sip_job *next = job->next;

		e->n_jobs--;
		job->done(job); /* may ask again, may release */
		job = next;
	}
	if (!gone || uv_is_closing((uv_handle_t *)&e->wake))
		return;
	(void)uv_thread_join(&e->thread); /* it has ended: does not wait */
	uv_close((uv_handle_t *)&e->wake, on_wake_closed);
}

static void start_once(void)
{
	tls_offer_all();
	(void)libre_init();	/* for good: what it keeps is static */
	dbg_init(DBG_EMERG, 0); /* it would write its warnings past the log */
}

static int engine_open(struct sip_engine **ret, uv_loop_t *loop)
{
	static uv_once_t once = UV_ONCE_INIT;
	struct sip_engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return -ENOMEM;

	uv_once(&once, start_once);
	int r = uv_async_init(loop, &e->wake, on_wake);
	if (r < 0) {
		free(e);
		return r;
	}
	e->wake.data = e;
	e->loop = loop;
	r = uv_mutex_init(&e->lock) | uv_sem_init(&e->ready, 0);
	assert(r == 0); /* neither can fail on Linux with these arguments */
	r = uv_thread_create(&e->thread, run_thread, e);
	if (r < 0) {
		uv_close((uv_handle_t *)&e->wake, on_wake_closed);
		return r;
	}
	uv_sem_wait(&e->ready);
	if (e->start_error != 0) /* the thread has ended: on_wake tidies up */
		return -e->start_error;
	*ret = e;
	return 0;
}

int sip_engine_hold(struct sip_engine **ret, uv_loop_t *loop)
{
	if (the_engine == NULL) {
		int r = engine_open(&the_engine, loop);
		if (r < 0)
			return r;
	}
	if (the_engine->loop != loop)
		return -EBUSY;
	the_engine->n_holds++;
	*ret = the_engine;
	return 0;
}

void sip_engine_release(struct sip_engine *e)
{
	assert(e->n_holds > 0);
	if (--e->n_holds > 0)
		return;
	the_engine = NULL;
	(void)mqueue_push(e->queue, MQ_STOP, NULL);
}

int sip_engine_ask(struct sip_engine *e, struct sip_job *job)
{
	if (e->n_jobs == JOBS_MAX)
		return -EAGAIN;
	job->started_ns = uv_hrtime();
	int err = mqueue_push(e->queue, MQ_ASK, job);
	if (err != 0)
		return -err;
	e->n_jobs++;
	return 0;
}

void sip_engine_cancel(struct sip_engine *e, struct sip_job *job)
{
	__atomic_store_n(&job->cancelled, true, __ATOMIC_RELAXED);
	(void)mqueue_push(e->queue, MQ_CANCEL, NULL);
}
