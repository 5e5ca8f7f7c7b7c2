/* threads.c - the store as one SQLite file: its threads and queues.
 *
 * Happy path: store_commit queues the batch, the writer takes all that wait, applies them in one
 * transaction (WAL, synchronous=FULL: the commit is on disk), and the loop hears of it by uv_async.
 * Failure: any error rolls the whole transaction back and every batch in it is told so; nothing is
 * kept half. A full disk is such an error, and the next commit after there is room works again.
 * Closing: each thread ends after what it has begun; the last one leads to `closed`. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/io/store/apply.h"
#include "collector/io/store/roll.h"

enum { THREADS = 3, MAX_ASKS = 256, GROUP_MAX = 64 };

struct job {
	struct job *next;
	struct store_batch *batch;
	store_done_fn *done;
	void *arg;
	int status;
	bool waited; /* the roller waits for it itself */
	bool finished;
};

struct ask {
	struct ask *next;
	store_work_fn *work;
	store_asked_fn *done;
	void *arg;
	int status;
};

struct list {
	void *first, **last; /* of struct job or struct ask: `next` stands first in both */
	size_t n;
};

struct store {
	uv_loop_t *loop;
	uv_async_t async;
	bool async_open;
	uv_thread_t threads[THREADS];
	int n_threads, n_ended;

	uv_mutex_t lock; /* all below, up to the next comment */
	uv_cond_t wake_writer, wake_reader, wake_roller, job_finished;
	struct list jobs, jobs_done, asks, asks_done;
	struct store_stats stats;
	bool stopping, roll_wanted, locks_made;

	/* the threads' own */
	sqlite3 *db;
	struct apply *apply;
	struct store_reader *reader, *roller;

	size_t max_waiting;
	int64_t roll_every_ms;
	struct roll_options roll;
	void (*closed)(void *arg);
	void *closed_arg;
};

static void list_init(struct list *l)
{
	l->first = NULL;
	l->last = &l->first;
	l->n = 0;
}

static void list_push(struct list *l, void *item)
{
	*(void **)item = NULL;
	*l->last = item;
	l->last = (void **)item;
	l->n++;
}

static void *list_pop(struct list *l)
{
	void *item = l->first;

	if (item == NULL)
		return NULL;
	l->first = *(void **)item;
	if (l->first == NULL)
		l->last = &l->first;
	l->n--;
	return item;
}

static int64_t wall_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- the writer ---- */

static int apply_all(struct store *s, struct job *const *group, size_t n)
{
	int r = sql_exec(s->db, "BEGIN IMMEDIATE");

	s->apply->now_ms = wall_now_ms();
	for (size_t i = 0; i < n && r == 0; i++)
		r = apply_batch(s->apply, group[i]->batch);
	if (r == 0)
		r = chain_sign(&s->apply->chain, s->db, s->apply->now_ms);
	if (r == 0)
		r = sql_exec(s->db, "COMMIT");
	if (r < 0) {
		if (sqlite3_get_autocommit(s->db) == 0)
			(void)sql_exec(s->db, "ROLLBACK");
		apply_forget(s->apply);
	}
	return r;
}

static void count(struct store *s, struct job *const *group, size_t n, int r, uint64_t us)
{
	struct store_stats *st = &s->stats;

	st->commits += r == 0;
	st->failed_commits += r < 0;
	st->last_error = r;
	st->last_commit_us = us;
	if (us > st->slowest_commit_us)
		st->slowest_commit_us = us;
	for (size_t i = 0; i < n && r == 0; i++) {
		st->batches++;
		st->bytes += group[i]->batch->len;
	}
	if (r == 0)
		st->readings = s->apply->readings;
}

/* Under the lock: who waits is woken, who does not hears on the loop. */
static void finish(struct store *s, struct job *j, int r)
{
	j->status = r;
	if (j->waited)
		j->finished = true;
	else
		list_push(&s->jobs_done, j);
}

static void write_group(struct store *s)
{
	struct job *group[GROUP_MAX];
	size_t n = 0;

	while (n < GROUP_MAX && s->jobs.n > 0)
		group[n++] = list_pop(&s->jobs);
	uv_mutex_unlock(&s->lock);
	uint64_t began = uv_hrtime();
	int r = apply_all(s, group, n);
	uint64_t us = (uv_hrtime() - began) / 1000;
	uv_mutex_lock(&s->lock);
	count(s, group, n, r, us);
	for (size_t i = 0; i < n; i++)
		finish(s, group[i], r);
	uv_cond_broadcast(&s->job_finished);
	(void)uv_async_send(&s->async);
}

/* Under the lock. */
static void thread_ends(struct store *s)
{
	s->n_ended++;
	uv_cond_broadcast(&s->wake_writer); /* the writer goes last */
	(void)uv_async_send(&s->async);
}

static void writer_main(void *arg)
{
	struct store *s = arg;

	uv_mutex_lock(&s->lock);
	for (;;) {
		if (s->jobs.n > 0)
			write_group(s);
		else if (s->stopping && s->n_ended == THREADS - 1)
			break;
		else
			uv_cond_wait(&s->wake_writer, &s->lock);
	}
	thread_ends(s);
	uv_mutex_unlock(&s->lock);
}

/* ---- the reader ---- */

static void reader_main(void *arg)
{
	struct store *s = arg;

	uv_mutex_lock(&s->lock);
	while (!s->stopping || s->asks.n > 0) {
		struct ask *a = list_pop(&s->asks);
		if (a == NULL) {
			uv_cond_wait(&s->wake_reader, &s->lock);
			continue;
		}
		a->status = s->stopping ? -ECANCELED : 0;
		if (a->status == 0) {
			uv_mutex_unlock(&s->lock);
			a->work(s->reader, a->arg);
			uv_mutex_lock(&s->lock);
		}
		list_push(&s->asks_done, a);
		(void)uv_async_send(&s->async);
	}
	thread_ends(s);
	uv_mutex_unlock(&s->lock);
}

/* ---- the roller ---- */

/* roll_commit_fn */
static int commit_and_wait(void *arg, struct store_batch *b)
{
	struct store *s = arg;
	struct job j = { .batch = b, .waited = true };

	uv_mutex_lock(&s->lock);
	if (s->stopping) {
		uv_mutex_unlock(&s->lock);
		return -ECANCELED;
	}
	list_push(&s->jobs, &j);
	uv_cond_broadcast(&s->wake_writer);
	while (!j.finished)
		uv_cond_wait(&s->job_finished, &s->lock);
	uv_mutex_unlock(&s->lock);
	return j.status;
}

static void roll_once(struct store *s)
{
	uint64_t began = uv_hrtime(), rows = 0;

	s->roll.now_ms = wall_now_ms();
	(void)roll(s->roller, &s->roll, commit_and_wait, s, &rows); /* what failed is tried again */
	uv_mutex_lock(&s->lock);
	s->stats.rolled_rows += rows;
	s->stats.roll_us += (uv_hrtime() - began) / 1000;
	uv_mutex_unlock(&s->lock);
}

/* A little after the full hour, when its last readings are in. */
static uint64_t until_roll_ns(const struct store *s)
{
	int64_t now = wall_now_ms(), late = s->roll_every_ms / 60;
	int64_t next = ((now - late) / s->roll_every_ms + 1) * s->roll_every_ms + late;

	return (uint64_t)(next - now + 1) * 1000000;
}

static void roller_main(void *arg)
{
	struct store *s = arg;

	uv_mutex_lock(&s->lock);
	while (!s->stopping) {
		bool due = s->roll_wanted;
		if (!due)
			due = uv_cond_timedwait(&s->wake_roller, &s->lock, until_roll_ns(s)) ==
			      UV_ETIMEDOUT;
		due = (due || s->roll_wanted) && !s->stopping;
		s->roll_wanted = false;
		if (!due)
			continue;
		uv_mutex_unlock(&s->lock);
		roll_once(s);
		uv_mutex_lock(&s->lock);
	}
	thread_ends(s);
	uv_mutex_unlock(&s->lock);
}

/* ---- the loop's side ---- */

static void free_store(struct store *s)
{
	apply_close(&s->apply);
	(void)sqlite3_close(s->db);
	store_reader_close(&s->reader);
	store_reader_close(&s->roller);
	if (s->locks_made) {
		uv_cond_destroy(&s->wake_writer);
		uv_cond_destroy(&s->wake_reader);
		uv_cond_destroy(&s->wake_roller);
		uv_cond_destroy(&s->job_finished);
		uv_mutex_destroy(&s->lock);
	}
	free(s);
}

static void on_async_closed(uv_handle_t *h)
{
	struct store *s = h->data;
	void (*closed)(void *) = s->closed;
	void *arg = s->closed_arg;

	free_store(s);
	if (closed != NULL)
		closed(arg);
}

static void deliver(struct store *s)
{
	for (;;) {
		uv_mutex_lock(&s->lock);
		struct job *j = list_pop(&s->jobs_done);
		struct ask *a = j == NULL ? list_pop(&s->asks_done) : NULL;
		if (j != NULL)
			s->stats.waiting--;
		uv_mutex_unlock(&s->lock);

		if (j != NULL)
			j->done(j->arg, j->batch, j->status);
		else if (a != NULL)
			a->done(a->arg, a->status);
		else
			return;
		free(j);
		free(a);
	}
}

static void on_async(uv_async_t *h)
{
	struct store *s = h->data;

	deliver(s);
	uv_mutex_lock(&s->lock);
	bool ended = s->stopping && s->n_ended == THREADS;
	uv_mutex_unlock(&s->lock);
	if (!ended || uv_is_closing((uv_handle_t *)h))
		return;
	for (int i = 0; i < s->n_threads; i++)
		(void)uv_thread_join(&s->threads[i]);
	deliver(s);
	uv_close((uv_handle_t *)&s->async, on_async_closed);
}

int store_commit(struct store *s, struct store_batch *b, store_done_fn *done, void *arg)
{
	struct job *j = calloc(1, sizeof *j);
	int r = -EAGAIN;

	if (j == NULL)
		return -ENOMEM;
	*j = (struct job){ .batch = b, .done = done, .arg = arg };
	uv_mutex_lock(&s->lock);
	if (!s->stopping && s->stats.waiting < s->max_waiting) {
		s->stats.waiting++;
		list_push(&s->jobs, j);
		uv_cond_broadcast(&s->wake_writer);
		r = 0;
	}
	uv_mutex_unlock(&s->lock);
	if (r < 0)
		free(j);
	return r;
}

int store_ask(struct store *s, store_work_fn *work, store_asked_fn *done, void *arg)
{
	struct ask *a = calloc(1, sizeof *a);
	int r = -EAGAIN;

	if (a == NULL)
		return -ENOMEM;
	*a = (struct ask){ .work = work, .done = done, .arg = arg };
	uv_mutex_lock(&s->lock);
	if (!s->stopping && s->asks.n < MAX_ASKS) {
		list_push(&s->asks, a);
		uv_cond_broadcast(&s->wake_reader);
		r = 0;
	}
	uv_mutex_unlock(&s->lock);
	if (r < 0)
		free(a);
	return r;
}

void store_stats(const struct store *s, struct store_stats *ret)
{
	struct store *locked = (struct store *)(uintptr_t)s;

	uv_mutex_lock(&locked->lock);
	*ret = s->stats;
	uv_mutex_unlock(&locked->lock);
}

void store_roll(struct store *s)
{
	uv_mutex_lock(&s->lock);
	s->roll_wanted = true;
	uv_cond_broadcast(&s->wake_roller);
	uv_mutex_unlock(&s->lock);
}

/* ---- open and close ---- */

static void make_locks(struct store *s)
{
	/* these fail only on broken attributes: there are none */
	(void)uv_mutex_init(&s->lock);
	(void)uv_cond_init(&s->wake_writer);
	(void)uv_cond_init(&s->wake_reader);
	(void)uv_cond_init(&s->wake_roller);
	(void)uv_cond_init(&s->job_finished);
	s->locks_made = true;
	list_init(&s->jobs);
	list_init(&s->jobs_done);
	list_init(&s->asks);
	list_init(&s->asks_done);
}

/* A key that is there and is none must not be taken for a damaged store. */
static int check_key(const char *path, char *reterr, size_t size)
{
	struct chain unused = { 0 };
	int r = chain_keys(&unused, path);

	sodium_memzero(&unused, sizeof unused);
	if (r == -EBADMSG)
		(void)snprintf(
			reterr, size,
			"%s: not a key: put the right one back, or move it away and a new one "
			"signs from now on",
			path);
	else if (r < 0)
		(void)snprintf(reterr, size, "%s: %s", path, strerror(-r));
	return r;
}

static int open_files(struct store *s, const struct store_options *o, char *reterr, size_t size)
{
	char path[4096];
	const char *key = o->key_path != NULL ? o->key_path : path;

	int r = schema_open(&s->db, o->path, o->vfs, true, reterr, size);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof path, "%s.key", o->path);
	r = check_key(key, reterr, size);
	if (r < 0)
		return r;
	r = apply_open(&s->apply, s->db, key);
	if (r < 0)
		return schema_tell(o->path, s->db, r, reterr, size);
	r = store_reader_open(&s->reader, o->path, reterr, size);
	if (r == 0)
		r = store_reader_open(&s->roller, o->path, reterr, size);
	return r;
}

static int start_threads(struct store *s)
{
	static const uv_thread_cb mains[THREADS] = { writer_main, reader_main, roller_main };

	for (; s->n_threads < THREADS; s->n_threads++) {
		int r = uv_thread_create(&s->threads[s->n_threads], mains[s->n_threads], s);
		if (r < 0)
			return r;
	}
	return 0;
}

int store_open(struct store **ret, uv_loop_t *loop, const struct store_options *o, char *reterr,
	       size_t reterr_size)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return -ENOMEM;
	s->loop = loop;
	s->max_waiting = o->max_waiting > 0 ? o->max_waiting : 64;
	s->roll_every_ms = o->roll_every_ms > 0 ? o->roll_every_ms : 3600000;
	s->roll = (struct roll_options){ .keep_readings_ms = o->keep_readings_ms,
					 .keep_hourly_ms = o->keep_hourly_ms,
					 .keep_outbox_ms = o->keep_outbox_ms,
					 .keep_ranges_ms = o->keep_ranges_ms,
					 .pass_bytes = 64u << 20 };
	make_locks(s);
	int r = open_files(s, o, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = uv_async_init(loop, &s->async, on_async);
	if (r < 0)
		goto fail;
	s->async.data = s;
	s->async_open = true;
	r = start_threads(s);
	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "cannot start its threads: %s", uv_strerror(r));
		goto fail;
	}
	*ret = s;
	return 0;
fail:
	if (s->async_open)
		store_close(s, NULL, NULL);
	else
		free_store(s);
	return r;
}

void store_close(struct store *s, void (*closed)(void *arg), void *arg)
{
	if (s == NULL) {
		if (closed != NULL)
			closed(arg);
		return;
	}
	s->closed = closed;
	s->closed_arg = arg;
	uv_mutex_lock(&s->lock);
	assert(!s->stopping);
	s->stopping = true;
	/* threads that never started count as ended, so that the writer need not wait for them */
	s->n_ended += THREADS - s->n_threads;
	uv_cond_broadcast(&s->wake_writer);
	uv_cond_broadcast(&s->wake_reader);
	uv_cond_broadcast(&s->wake_roller);
	(void)uv_async_send(&s->async);
	uv_mutex_unlock(&s->lock);
}
