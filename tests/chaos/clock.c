/* clock.c - a preloaded library that moves the wall clock of one process while it runs.
 *
 * CHAOS_CLOCK names a file of eight bytes: by how many milliseconds the wall clock is off. Whoever
 * writes them steps the clock of every process that was started with the file. The monotonic clocks
 * stay as they are, as on a machine whose clock is set. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000, NS_PER_US = 1000 };

static const int64_t *off_ms;

__attribute__((constructor)) static void find_file(void)
{
	const char *path = getenv("CHAOS_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page;

	if (fd < 0)
		return;
	page = mmap(NULL, sizeof *off_ms, PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (page != MAP_FAILED)
		off_ms = page;
}

static int (*real_gettime(void))(clockid_t, struct timespec *)
{
	static int (*real)(clockid_t, struct timespec *);

	if (__atomic_load_n(&real, __ATOMIC_RELAXED) == NULL) {
		union {
			void *symbol;
			int (*function)(clockid_t, struct timespec *);
		} u = { dlsym(RTLD_NEXT, "clock_gettime") };

		__atomic_store_n(&real, u.function, __ATOMIC_RELAXED);
	}
	return __atomic_load_n(&real, __ATOMIC_RELAXED);
}

static void shift(struct timespec *ts)
{
	int64_t off = off_ms != NULL ? __atomic_load_n(off_ms, __ATOMIC_RELAXED) : 0;
	int64_t ns = ts->tv_nsec + off % MS_PER_S * NS_PER_MS;

	ts->tv_sec += off / MS_PER_S;
	if (ns < 0)
		ts->tv_sec--;
	if (ns >= NS_PER_S)
		ts->tv_sec++;
	ts->tv_nsec = (ns + NS_PER_S) % NS_PER_S;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = real_gettime()(id, ts);

	if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		shift(ts);
	return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / NS_PER_US;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	if (ret != NULL)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}
