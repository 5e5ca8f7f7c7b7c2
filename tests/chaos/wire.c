/* wire.c - a line between two network namespaces: delay, jitter, loss, rate, and silence each way.
 *
 *   chaos-wire NAME PID
 *
 * makes the tun interface NAME in its own namespace and in that of process PID, says "ready", and
 * carries packets between the two. Lines on standard input change it while it runs:
 *
 *   up|down DELAY_MS JITTER_MS LOSS_PERCENT KBIT CUT
 *
 * `up` is from PID's side to ours. KBIT 0: no limit. CUT 1: every packet vanishes and nobody is told,
 * as with a pulled cable. It ends with its standard input. The kernel's own netem does the same where
 * it is built in; this needs no more than /dev/net/tun. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, QUEUE_MAX = 1024, UP = 0, DOWN = 1, LINE_MAX_BYTES = 128 };
enum { NS_PER_MS = 1000000, MS_PER_S = 1000, BITS = 8 };

struct packet {
	int64_t due_ns;
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

struct way {
	int from, to;
	double delay_ms, jitter_ms, loss_percent, kbit;
	bool cut;
	int64_t free_ns, last_due_ns; /* when the line is free again; packets keep their order */
	struct packet *queue;	      /* a ring */
	unsigned first, n;
};

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * MS_PER_S * NS_PER_MS + t.tv_nsec;
}

static int open_tun(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	if (ioctl(fd, TUNSETIFF, &r) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int join(const char *pid)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static double chance(void)
{
	return (double)random() / ((double)RAND_MAX + 1);
}

static void take(struct way *w)
{
	struct packet *p = &w->queue[(w->first + w->n) % QUEUE_MAX];
	ssize_t n = read(w->from, p->bytes, sizeof p->bytes);
	int64_t now = now_ns();

	if (n <= 0 || w->cut || w->n == QUEUE_MAX - 1 || chance() * 100 < w->loss_percent)
		return;
	int64_t sent = now > w->free_ns ? now : w->free_ns;
	if (w->kbit > 0)
		sent += (int64_t)((double)n * BITS / w->kbit * NS_PER_MS);
	w->free_ns = sent;
	p->due_ns = sent + (int64_t)((w->delay_ms + chance() * w->jitter_ms) * NS_PER_MS);
	if (p->due_ns < w->last_due_ns)
		p->due_ns = w->last_due_ns;
	w->last_due_ns = p->due_ns;
	p->len = (size_t)n;
	w->n++;
}

static void give(struct way *w, int64_t now)
{
	while (w->n > 0 && w->queue[w->first].due_ns <= now) {
		const struct packet *p = &w->queue[w->first];

		if (!w->cut && write(w->to, p->bytes, p->len) < 0 && errno == EAGAIN)
			return;
		w->first = (w->first + 1) % QUEUE_MAX;
		w->n--;
	}
}

/* False: standard input has ended. */
static bool listen_to(struct way ways[2])
{
	char line[LINE_MAX_BYTES], which[8];
	struct way w;
	int cut;

	if (fgets(line, sizeof line, stdin) == NULL)
		return false;
	if (sscanf(line, "%7s %lf %lf %lf %lf %d", which, &w.delay_ms, &w.jitter_ms,
		   &w.loss_percent, &w.kbit, &cut) != 6)
		return true;
	struct way *to = &ways[strcmp(which, "down") == 0 ? DOWN : UP];
	to->delay_ms = w.delay_ms;
	to->jitter_ms = w.jitter_ms;
	to->loss_percent = w.loss_percent;
	to->kbit = w.kbit;
	to->cut = cut != 0;
	return true;
}

static struct timespec until_due(const struct way ways[2], int64_t now)
{
	int64_t wait = INT64_MAX;

	for (int i = 0; i < 2; i++) {
		if (ways[i].n > 0 && ways[i].queue[ways[i].first].due_ns - now < wait)
			wait = ways[i].queue[ways[i].first].due_ns - now;
	}
	if (wait == INT64_MAX)
		wait = (int64_t)MS_PER_S * MS_PER_S * NS_PER_MS;
	if (wait < 0)
		wait = 0;
	return (struct timespec){ wait / ((int64_t)MS_PER_S * NS_PER_MS),
				  wait % ((int64_t)MS_PER_S * NS_PER_MS) };
}

static void run(struct way ways[2])
{
	for (;;) {
		struct pollfd fds[] = { { .fd = ways[UP].from, .events = POLLIN },
					{ .fd = ways[DOWN].from, .events = POLLIN },
					{ .fd = STDIN_FILENO, .events = POLLIN } };
		struct timespec wait = until_due(ways, now_ns());

		if (ppoll(fds, 3, &wait, NULL) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++) {
			if ((fds[i].revents & POLLIN) != 0)
				take(&ways[i]);
			give(&ways[i], now_ns());
		}
		if (fds[2].revents != 0 && !listen_to(ways))
			return;
	}
}

int main(int argc, char **argv)
{
	struct way ways[2] = { 0 };

	if (argc != 3) {
		(void)fputs("usage: chaos-wire NAME PID\n", stderr);
		return 2;
	}
	int here = open_tun(argv[1]);
	int there = here < 0 || join(argv[2]) < 0 ? -1 : open_tun(argv[1]);
	for (int i = 0; i < 2; i++) {
		ways[i].from = i == UP ? there : here;
		ways[i].to = i == UP ? here : there;
		ways[i].queue = calloc(QUEUE_MAX, sizeof *ways[i].queue);
		if (ways[i].queue == NULL)
			return 1;
	}
	if (there < 0) {
		(void)fprintf(stderr, "chaos-wire: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	srandom((unsigned)getpid());
	(void)setvbuf(stdin, NULL, _IONBF, 0); /* poll() must see every line */
	(void)puts("ready");
	(void)fflush(stdout);
	run(ways);
	return 0;
}
