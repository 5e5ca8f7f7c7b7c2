/* A round reads a dozen small files of /proc and /sys, asks the kernel for its clock (adjtimex) and
 * each local disk for its room; nothing here waits for another machine. What cannot be read is left
 * out: a laptop has a battery and a server none. chronyd, where it runs, knows more about the clock
 * than the kernel. The answer comes with the loop's next turn, or a moment later when chronyd was
 * asked. */
#include "agent/io/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/core/host.h"
#include "agent/io/host/clock.h"
#include "agent/io/host/host_options.h"
#include "agent/io/host/timesyncd.h"

enum {
	DISKS_MAX = 16,
	READINGS_MAX = 18 + DISKS_MAX,
	LABEL_MAX = 128,
	FILE_MAX = 8192,
	ASK_MS = 50,   /* for which a clock's answer is waited for */
	TURNS_MAX = 20 /* times that, where it comes over a bus */
};

struct host {
	struct sense sense;
	char root[HOST_ROOT_MAX]; /* "" for / */
	uv_timer_t turn;
	struct ntp_clock *ntp;	     /* NULL: not asked */
	struct timesyncd *timesyncd; /* NULL: not asked; counts where no chronyd answers */
	sense_done_fn *done;
	void *arg;
	void (*closed)(void *arg);
	void *closed_arg;
	bool busy;
	unsigned n_turns;
	struct host_cpu cpu;
	bool has_cpu;
	struct reading readings[READINGS_MAX];
	size_t n;
	char labels[DISKS_MAX][LABEL_MAX];
	char name[65], descr[160], vendor[65], model[65];
};

static bool slurp(const struct host *h, const char *path, char *buf, size_t size)
{
	char full[384];
	ssize_t got;

	(void)snprintf(full, sizeof full, "%s%s", h->root, path);
	int fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, buf, size - 1);
	(void)close(fd);
	if (got < 0)
		return false;
	buf[got] = '\0';
	return true;
}

static void put(struct host *h, uint16_t metric, double value)
{
	if (h->n < READINGS_MAX)
		h->readings[h->n++] = (struct reading){ .metric = metric, .value = value };
}

static void put_unknown(struct host *h, uint16_t metric, enum reading_reason reason)
{
	if (h->n < READINGS_MAX)
		h->readings[h->n++] =
			(struct reading){ .metric = metric, .reason = (uint8_t)reason };
}

static void read_proc(struct host *h)
{
	static const struct {
		const char *path;
		bool (*parse)(const char *text, double *ret);
		uint16_t metric;
	} rows[] = {
		{ "/proc/loadavg", host_load1, M_HOST_LOAD1 },
		{ "/proc/meminfo", host_memory_used_percent, M_HOST_MEMORY_USED },
		{ "/proc/uptime", host_uptime_seconds, M_SYS_UPTIME },
	};
	char text[FILE_MAX];
	struct host_cpu cpu;
	double v;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (slurp(h, rows[i].path, text, sizeof text) && rows[i].parse(text, &v))
			put(h, rows[i].metric, v);
		else
			put_unknown(h, rows[i].metric, REASON_MISSING);
	if (!slurp(h, "/proc/stat", text, sizeof text) || !host_cpu(text, &cpu))
		return;
	if (h->has_cpu && host_cpu_used_percent(&h->cpu, &cpu, &v))
		put(h, M_HOST_CPU_USED, v);
	else
		put_unknown(h, M_HOST_CPU_USED, REASON_NOT_MEASURED);
	h->cpu = cpu;
	h->has_cpu = true;
}

static bool disk_used_percent(const struct host *h, const char *point, double *ret)
{
	char full[384];
	struct statvfs v;

	(void)snprintf(full, sizeof full, "%s%s", h->root, point);
	if (statvfs(full, &v) < 0 || v.f_blocks == 0)
		return false;
	uint64_t used = v.f_blocks - v.f_bfree, usable = used + v.f_bavail; /* as df(1) says it */
	*ret = usable > 0 ? 100.0 * (double)used / (double)usable : 100.0;
	return true;
}

/* One reading per file system; the same device mounted twice (bind mounts) counts once. */
static void read_disks(struct host *h)
{
	char text[FILE_MAX], device[LABEL_MAX], seen[DISKS_MAX][LABEL_MAX];
	const char *at = text;
	uint16_t n = 0;
	double used;

	if (!slurp(h, "/proc/self/mounts", text, sizeof text) &&
	    !slurp(h, "/proc/mounts", text, sizeof text))
		return;
	while (n < DISKS_MAX && host_next_mount(&at, device, h->labels[n], LABEL_MAX)) {
		bool again = false;
		for (uint16_t i = 0; i < n; i++)
			again = again || strcmp(seen[i], device) == 0;
		if (again || h->n == READINGS_MAX || !disk_used_percent(h, h->labels[n], &used))
			continue;
		(void)snprintf(seen[n], LABEL_MAX, "%s", device);
		h->readings[h->n++] = (struct reading){ .metric = M_HOST_DISK_USED,
							.instance = n,
							.label = h->labels[n],
							.value = used };
		n++;
	}
}

/* The largest of the numbers in the files that match. */
static bool largest(const struct host *h, const char *pattern, double scale, double *ret)
{
	char full[384], text[64];
	glob_t g;
	bool any = false;

	(void)snprintf(full, sizeof full, "%s%s", h->root, pattern);
	if (glob(full, GLOB_NOSORT, NULL, &g) != 0)
		return false;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		if (!slurp(h, g.gl_pathv[i] + strlen(h->root), text, sizeof text))
			continue;
		double v = atof(text) * scale;
		if (!any || v > *ret)
			*ret = v;
		any = true;
	}
	globfree(&g);
	return any;
}

static void read_power(struct host *h)
{
	char pattern[384], text[64], path[384];
	glob_t g;
	double v;

	(void)snprintf(pattern, sizeof pattern, "%s/sys/class/power_supply/*", h->root);
	if (glob(pattern, 0, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *dir = g.gl_pathv[i] + strlen(h->root);

		(void)snprintf(path, sizeof path, "%.300s/type", dir);
		if (!slurp(h, path, text, sizeof text))
			continue;
		bool battery = strncmp(text, "Battery", 7) == 0;
		if (!battery && strncmp(text, "Mains", 5) != 0)
			continue;
		(void)snprintf(path, sizeof path, "%.300s/%s", dir,
			       battery ? "capacity" : "online");
		if (slurp(h, path, text, sizeof text)) {
			v = atof(text);
			put(h, battery ? M_HOST_BATTERY : M_HOST_ON_AC, v);
		}
	}
	globfree(&g);
}

/* Clock and servers as chronyd has them: a dead server shows long before the clock drifts. */
static void put_ntp(struct host *h, const struct clock_state *c)
{
	put(h, M_CLOCK_SYNCHRONISED, c->synchronised);
	if (c->synchronised) {
		put(h, M_CLOCK_OFFSET, c->offset_ms);
		put(h, M_CLOCK_NTP_STRATUM, c->stratum);
	} else {
		put_unknown(h, M_CLOCK_OFFSET, REASON_NOT_MEASURED);
		put_unknown(h, M_CLOCK_NTP_STRATUM, REASON_NOT_MEASURED);
	}
	if (c->has_sources)
		put(h, M_CLOCK_NTP_REACH, c->reach);
}

/* timesyncd steers the kernel's clock: the kernel knows what is left to correct, timesyncd whether
 * anybody still tells it the time. */
static void read_timesyncd(struct host *h)
{
	unsigned reach, stratum;

	if (h->timesyncd == NULL || !timesyncd_state(h->timesyncd, &reach, &stratum))
		return;
	put(h, M_CLOCK_NTP_REACH, reach);
	if (reach > 0)
		put(h, M_CLOCK_NTP_STRATUM, stratum + 1);
	else
		put_unknown(h, M_CLOCK_NTP_STRATUM, REASON_NOT_MEASURED);
}

static void read_clock(struct host *h)
{
	struct clock_state c;

	if (h->ntp != NULL && ntp_clock_state(h->ntp, &c)) {
		put_ntp(h, &c);
		return;
	}
	read_timesyncd(h);
	struct timex t = { .modes = 0 };

	if (h->root[0] != '\0' || adjtimex(&t) < 0)
		return; /* another root's clock is not ours to tell */
	bool synchronised = (t.status & STA_UNSYNC) == 0;
	put(h, M_CLOCK_SYNCHRONISED, synchronised);
	if (synchronised)
		put(h, M_CLOCK_OFFSET, (double)t.offset / ((t.status & STA_NANO) != 0 ? 1e6 : 1e3));
	else
		put_unknown(h, M_CLOCK_OFFSET, REASON_NOT_MEASURED);
}

static void line_of(struct host *h, const char *path, char *ret, size_t size)
{
	if (!slurp(h, path, ret, size))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static void read_identity(struct host *h)
{
	struct utsname u;

	line_of(h, "/proc/sys/kernel/hostname", h->name, sizeof h->name);
	line_of(h, "/sys/class/dmi/id/sys_vendor", h->vendor, sizeof h->vendor);
	line_of(h, "/sys/class/dmi/id/product_name", h->model, sizeof h->model);
	if (uname(&u) == 0)
		(void)snprintf(h->descr, sizeof h->descr, "%.20s %.60s %.30s", u.sysname, u.release,
			       u.machine);
}

static void on_turn(uv_timer_t *t)
{
	struct host *h = t->data;
	struct identity identity[4];
	struct sense_result r = { .reachable = true,
				  .device_class = "workstation",
				  .profile = "linux-host",
				  .readings = h->readings,
				  .identity = identity };
	const struct identity all[] = { { M_SYS_NAME, h->name },
					{ M_SYS_DESCR, h->descr },
					{ M_DEVICE_VENDOR, h->vendor },
					{ M_DEVICE_MODEL, h->model } };
	double v;

	if (h->timesyncd != NULL && timesyncd_asking(h->timesyncd) && h->n_turns++ < TURNS_MAX) {
		(void)uv_timer_start(t, on_turn, ASK_MS, 0);
		return;
	}
	h->n = 0;
	read_proc(h);
	if (largest(h, "/sys/class/thermal/thermal_zone*/temp", 0.001, &v) ||
	    largest(h, "/sys/class/hwmon/hwmon*/temp1_input", 0.001, &v))
		put(h, M_HOST_TEMPERATURE, v);
	read_clock(h);
	read_power(h);
	read_disks(h);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].text[0] != '\0')
			identity[r.n_identity++] = all[i];
	r.n_readings = h->n;
	h->busy = false;
	h->done(h->arg, &r);
}

/* Without an option, chronyd's own port; another root's clock is not ours to tell. */
static int open_clock(struct host *h, uv_loop_t *loop, const struct host_options *o, char *reterr,
		      size_t size)
{
	struct sockaddr_in a;
	char text[sizeof o->chrony];

	if (o->chrony[0] == '\0' && o->timesync[0] == '\0' && h->root[0] != '\0')
		return 0;
	(void)snprintf(text, sizeof text, "%s", o->chrony[0] != '\0' ? o->chrony : "127.0.0.1:323");
	char *colon = strrchr(text, ':');
	int port = colon != NULL ? atoi(colon + 1) : 0;
	if (colon != NULL)
		*colon = '\0';
	if (port <= 0 || port > 65535 || uv_ip4_addr(text, port, &a) < 0) {
		(void)snprintf(reterr, size, "chrony must be an address and a port: 127.0.0.1:323");
		return -EINVAL;
	}
	int r = timesyncd_open(&h->timesyncd, loop, o->timesync);
	return r < 0 ? r : ntp_clock_open(&h->ntp, loop, (const struct sockaddr *)&a);
}

static int host_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t,
		     char *reterr, size_t reterr_size)
{
	struct host *h = calloc(1, sizeof *h);
	struct host_options o;
	if (h == NULL)
		return -ENOMEM;

	int r = host_options_parse(&o, t, reterr, reterr_size);
	if (r == 0) {
		(void)snprintf(h->root, sizeof h->root, "%s", o.root);
		r = open_clock(h, loop, &o, reterr, reterr_size);
	}
	if (r == 0)
		r = uv_timer_init(loop, &h->turn);
	if (r < 0) {
		ntp_clock_close(h->ntp);
		timesyncd_close(h->timesyncd);
		free(h);
		return r;
	}
	h->turn.data = h;
	h->sense.type = &sense_host;
	read_identity(h);
	*ret = &h->sense;
	return 0;
}

static int host_poll(struct sense *s, sense_done_fn *done, void *arg)
{
	struct host *h = (struct host *)s;

	if (h->busy)
		return -EBUSY;
	h->busy = true;
	h->n_turns = 0;
	h->done = done;
	h->arg = arg;
	struct clock_state c;
	bool asked = h->ntp != NULL && ntp_clock_ask(h->ntp);
	if (h->timesyncd != NULL && !ntp_clock_state(h->ntp, &c))
		asked |= timesyncd_ask(h->timesyncd);
	return uv_timer_start(&h->turn, on_turn, asked ? ASK_MS : 0, 0);
}

static void on_closed(uv_handle_t *handle)
{
	struct host *h = handle->data;
	void (*closed)(void *arg) = h->closed;
	void *arg = h->closed_arg;

	free(h);
	if (closed != NULL)
		closed(arg);
}

static void host_close(struct sense *s, void (*closed)(void *arg), void *arg)
{
	struct host *h = (struct host *)s;

	h->closed = closed;
	h->closed_arg = arg;
	ntp_clock_close(h->ntp);
	timesyncd_close(h->timesyncd);
	uv_close((uv_handle_t *)&h->turn, on_closed);
}

static const char *const schemes[] = { "host", NULL };

const struct sense_type sense_host = { schemes, host_open, host_poll, host_close };
