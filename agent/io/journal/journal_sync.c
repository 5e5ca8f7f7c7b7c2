/* A sync that nobody waits for is left to the kernel (journal_aio.h): it wakes nobody. The others, and
 * all of them where the kernel cannot, wait in a short queue under a lock; the thread takes all of them at once, syncs each
 * file once, and wakes the loop only for those who asked to be told or when the disk failed. The
 * thread is started by the first request: an agent that never writes has none. */
#include "agent/io/journal/journal_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/io/journal/journal_aio.h"
#include "agent/io/journal/journal_internal.h"

enum { QUEUE_MAX = 8, STACK_BYTES = 64 << 10 };

struct request {
	int fd, dirfd;
	uint64_t seq;
	bool notify;
};

struct syncer {
	uv_async_t async;
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t thread;
	bool started, stop;
	struct quiet_sync quiet;
	struct request queue[QUEUE_MAX];
	unsigned n;
	uint64_t done_seq; /* told with the next async */
	int error;
	bool tell;
	void (*done)(void *arg, uint64_t seq, int error);
	void *arg;
	void (*closed)(void *arg);
	void *closed_arg;
};

static int sync_one(const struct request *q)
{
	int r = journal_fault("sync");

	if (r == 0 && fdatasync(q->fd) < 0)
		r = -errno;
	if (q->dirfd >= 0) {
		int d = journal_fault("sync folder");

		if (d == 0 && fsync(q->dirfd) < 0)
			d = -errno;
		r = r < 0 ? r : d;
		(void)close(q->dirfd);
	}
	(void)close(q->fd);
	return r;
}

static void report(struct syncer *s, const struct request *q, int r)
{
	(void)pthread_mutex_lock(&s->lock);
	if (q->seq > s->done_seq)
		s->done_seq = q->seq;
	if (r < 0)
		s->error = r;
	if (q->notify || r < 0) {
		s->tell = true;
		(void)uv_async_send(&s->async);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

static void *sync_main(void *arg)
{
	struct syncer *s = arg;
	struct request todo[QUEUE_MAX];

	for (;;) {
		(void)pthread_mutex_lock(&s->lock);
		while (s->n == 0 && !s->stop)
			(void)pthread_cond_wait(&s->more, &s->lock);
		unsigned n = s->n;
		for (unsigned i = 0; i < n; i++)
			todo[i] = s->queue[i];
		s->n = 0;
		(void)pthread_mutex_unlock(&s->lock);
		if (n == 0)
			return NULL;
		for (unsigned i = 0; i < n; i++)
			report(s, &todo[i], sync_one(&todo[i]));
	}
}

static void on_async(uv_async_t *a)
{
	struct syncer *s = a->data;

	(void)pthread_mutex_lock(&s->lock);
	uint64_t seq = s->done_seq;
	int error = s->error;
	bool tell = s->tell && !s->stop;
	s->tell = false;
	s->error = 0;
	(void)pthread_mutex_unlock(&s->lock);
	if (tell)
		s->done(s->arg, seq, error);
}

int syncer_open(struct syncer **ret, uv_loop_t *loop,
		void (*done)(void *arg, uint64_t seq, int error), void *arg)
{
	struct syncer *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->more, NULL);
	s->done = done;
	s->arg = arg;
	int r = uv_async_init(loop, &s->async, on_async);
	if (r < 0) {
		free(s);
		return r;
	}
	s->async.data = s;
	*ret = s;
	return 0;
}

static int start(struct syncer *s)
{
	pthread_attr_t attr;
	int e = pthread_attr_init(&attr);

	if (e != 0)
		return -e;
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	e = pthread_create(&s->thread, &attr, sync_main, s);
	(void)pthread_attr_destroy(&attr);
	s->started = e == 0;
	return -e;
}

/* Two requests for one file are one: same inode, newer number. */
static bool merge(struct syncer *s, const struct request *q)
{
	struct stat a, b;

	if (s->n == 0 || fstat(s->queue[s->n - 1].fd, &a) < 0 || fstat(q->fd, &b) < 0 ||
	    a.st_ino != b.st_ino || a.st_dev != b.st_dev || q->dirfd >= 0)
		return false;
	s->queue[s->n - 1].seq = q->seq;
	s->queue[s->n - 1].notify |= q->notify;
	(void)close(q->fd);
	return true;
}

static int request_quiet(struct syncer *s, int fd)
{
	int r = journal_fault("sync");

	return r < 0 ? r : quiet_sync(&s->quiet, fd);
}

int syncer_request(struct syncer *s, int fd, int dirfd, uint64_t seq, bool notify)
{
	if (!notify && dirfd < 0) {
		int quiet = request_quiet(s, fd);
		if (quiet != -ENOSYS && quiet != -EBUSY)
			return quiet;
	}
	struct request q = { .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .seq = seq, .notify = notify };
	int r = s->started ? 0 : start(s);

	q.dirfd = dirfd >= 0 ? fcntl(dirfd, F_DUPFD_CLOEXEC, 0) : -1;
	if (q.fd < 0 && r == 0)
		r = -errno;
	(void)pthread_mutex_lock(&s->lock);
	if (r == 0 && merge(s, &q)) {
		(void)pthread_mutex_unlock(&s->lock);
		return 0;
	}
	if (r == 0 && s->n == QUEUE_MAX)
		r = -EBUSY;
	if (r == 0) {
		s->queue[s->n++] = q;
		(void)pthread_cond_signal(&s->more);
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (r < 0 && q.fd >= 0)
		(void)close(q.fd);
	if (r < 0 && q.dirfd >= 0)
		(void)close(q.dirfd);
	return r;
}

static void on_closed(uv_handle_t *h)
{
	struct syncer *s = h->data;
	void (*closed)(void *arg) = s->closed;
	void *arg = s->closed_arg;

	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->more);
	free(s);
	if (closed != NULL)
		closed(arg);
}

void syncer_close(struct syncer *s, void (*closed)(void *arg), void *arg)
{
	if (s == NULL)
		return;
	s->closed = closed;
	s->closed_arg = arg;
	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_signal(&s->more);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->started)
		(void)pthread_join(s->thread, NULL);
	quiet_sync_fini(&s->quiet);
	uv_close((uv_handle_t *)&s->async, on_closed);
}
