/* Linux's own asynchronous I/O (io_submit), which glibc does not wrap. Where the kernel or a sandbox
 * does not have it, the first call says so and it is not tried again. */
#include "agent/io/journal/journal_aio.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 4 };

static int collect(struct quiet_sync *q)
{
	struct timespec now = { 0 };
	struct io_event events[AT_ONCE];
	int r = 0;

	if (q->in_flight == 0)
		return 0;
	long n = syscall(SYS_io_getevents, q->context, 0, AT_ONCE, events, &now);
	for (long i = 0; i < n; i++) {
		q->in_flight--;
		if (events[i].res < 0)
			r = (int)events[i].res;
	}
	return r;
}

static int submit(struct quiet_sync *q, int fd)
{
	struct iocb sync = { .aio_fildes = (uint32_t)fd, .aio_lio_opcode = IOCB_CMD_FDSYNC };
	struct iocb *list[] = { &sync };

	if (q->in_flight == AT_ONCE)
		return -EBUSY;
	if (syscall(SYS_io_submit, q->context, 1L, list) != 1) {
		q->impossible = true; /* this file system, or this kernel */
		return -ENOSYS;
	}
	q->in_flight++;
	return 0;
}

int quiet_sync(struct quiet_sync *q, int fd)
{
	if (!q->opened && !q->impossible) {
		q->opened = syscall(SYS_io_setup, AT_ONCE, &q->context) == 0;
		q->impossible = !q->opened;
	}
	if (q->impossible)
		return -ENOSYS;
	int before = collect(q);
	int r = submit(q, fd);
	return r < 0 ? r : before;
}

void quiet_sync_fini(struct quiet_sync *q)
{
	if (q->opened)
		(void)syscall(SYS_io_destroy, q->context);
	*q = (struct quiet_sync){ .impossible = true };
}
