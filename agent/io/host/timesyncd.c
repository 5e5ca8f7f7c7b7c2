/* timesyncd.c - one GetAll over a connection of its own, once a minute.
 *
 * Happy path: connect, say hello, ask, take NTPMessage and PollIntervalUSec out of the answer, hang up
 * and give libsystemd back. Failure paths: no bus, no timesyncd, no answer within two seconds: hang up;
 * what was heard grows too old. sd-bus never blocks here: its socket is in the loop. */
#include "agent/io/host/timesyncd.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/core/timesync.h"
#include "lazy_sdbus.h"

enum { AGAIN_MS = 60000, OLD_MS = 150000, PATIENCE_MS = 2000, PATIENCE_US = PATIENCE_MS * 1000 };

static const char runs[] = "/run/systemd/timesync"; /* its own folder, gone when it is */
static const char system_bus[] = "unix:path=/run/dbus/system_bus_socket";
static const char service[] = "org.freedesktop.timesync1";
static const char object[] = "/org/freedesktop/timesync1";
static const char interface[] = "org.freedesktop.timesync1.Manager";

struct timesyncd {
	uv_loop_t *loop;
	char address[128];
	uv_timer_t patience; /* the owner: closed last */
	uv_poll_t *poll;     /* NULL: not connected */
	sd_bus *bus;
	bool answered;
	uint64_t asked_ms, heard_ms; /* 0: never */
	struct timesync state;
};

/* ---- the answer ---- */

/* NTPMessage: leap, version, mode, stratum, precision, root delay and dispersion, reference, the four
 * times of an exchange, whether it was a spike, how many there were, jitter. */
static int take_message(sd_bus_message *m, struct timesync_said *said)
{
	uint32_t leap, version, mode;
	int32_t precision;
	uint64_t delay, dispersion, origin, receive, transmit, jitter;
	const void *reference;
	size_t size;
	int spike;
	int r = sd_bus_message_enter_container(m, 'r', "uuuuittayttttbtt");

	if (r > 0)
		r = sd_bus_message_read(m, "uuuuitt", &leap, &version, &mode, &said->stratum,
					&precision, &delay, &dispersion);
	if (r > 0)
		r = sd_bus_message_read_array(m, 'y', &reference, &size);
	if (r > 0)
		r = sd_bus_message_read(m, "ttttbtt", &origin, &receive, &transmit, &said->heard_us,
					&spike, &said->n_answers, &jitter);
	return r > 0 ? sd_bus_message_exit_container(m) : r;
}

static int take_property(sd_bus_message *m, const char *name, struct timesync_said *said)
{
	int r;

	if (strcmp(name, "NTPMessage") == 0) {
		r = sd_bus_message_enter_container(m, 'v', "(uuuuittayttttbtt)");
		if (r > 0)
			r = take_message(m, said);
	} else if (strcmp(name, "PollIntervalUSec") == 0) {
		r = sd_bus_message_enter_container(m, 'v', "t");
		if (r > 0)
			r = sd_bus_message_read(m, "t", &said->poll_us);
	} else {
		return sd_bus_message_skip(m, "v");
	}
	return r >= 0 ? sd_bus_message_exit_container(m) : r;
}

static int take_all(sd_bus_message *m, struct timesync_said *said)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r > 0)
			r = take_property(m, name, said);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r;
}

static int on_answer(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	struct timesyncd *c = arg;
	struct timesync_said said = { 0 };
	struct timespec t;

	(void)e;
	c->answered = true;
	if (sd_bus_message_is_method_error(m, NULL) != 0 || take_all(m, &said) < 0)
		return 0;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	c->heard_ms = uv_now(c->loop);
	timesync_take(&c->state, &said, (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000,
		      c->heard_ms);
	return 0;
}

/* ---- the connection ---- */

static void on_poll_closed(uv_handle_t *h)
{
	free(h);
}

static void hang_up(struct timesyncd *c)
{
	(void)uv_timer_stop(&c->patience);
	if (c->poll != NULL)
		uv_close((uv_handle_t *)c->poll, on_poll_closed);
	c->poll = NULL;
	if (c->bus != NULL)
		sd_bus_close_unref(c->bus);
	c->bus = NULL;
	lazy_sdbus_unload();
}

static void on_patience(uv_timer_t *t)
{
	hang_up(t->data);
}

static void on_ready(uv_poll_t *p, int status, int events);

static int events_of(sd_bus *bus)
{
	int wanted = sd_bus_get_events(bus);

	return wanted < 0 ? wanted
			  : ((wanted & POLLIN) != 0 ? UV_READABLE : 0) |
				    ((wanted & POLLOUT) != 0 ? UV_WRITABLE : 0);
}

static void pump(struct timesyncd *c)
{
	int r = 1;

	while (r > 0 && !c->answered)
		r = sd_bus_process(c->bus, NULL);
	if (r >= 0 && !c->answered)
		r = events_of(c->bus);
	if (r <= 0 || c->answered || uv_poll_start(c->poll, r, on_ready) < 0)
		hang_up(c);
}

static void on_ready(uv_poll_t *p, int status, int events)
{
	(void)status; /* sd-bus reads the error from the socket */
	(void)events;
	pump(p->data);
}

static int say(struct timesyncd *c)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(c->bus, &m, service, object,
					       "org.freedesktop.DBus.Properties", "GetAll");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", interface);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, 0);
	if (r >= 0)
		r = sd_bus_call_async(c->bus, NULL, m, on_answer, c, PATIENCE_US);
	sd_bus_message_unref(m);
	return r;
}

static int dial(struct timesyncd *c)
{
	int r = sd_bus_new(&c->bus);

	if (r >= 0)
		r = sd_bus_set_address(c->bus, c->address[0] != '\0' ? c->address : system_bus);
	if (r >= 0)
		r = sd_bus_set_bus_client(c->bus, 1);
	if (r >= 0)
		r = sd_bus_start(c->bus);
	if (r >= 0)
		r = say(c);
	if (r >= 0)
		r = sd_bus_get_fd(c->bus);
	return r;
}

static int begin(struct timesyncd *c)
{
	int fd = dial(c);
	uv_poll_t *p = fd >= 0 ? calloc(1, sizeof *p) : NULL;

	if (p == NULL || uv_poll_init(c->loop, p, fd) < 0) {
		free(p);
		return -ECONNREFUSED;
	}
	p->data = c;
	uv_unref((uv_handle_t *)p);
	c->poll = p;
	return uv_timer_start(&c->patience, on_patience, PATIENCE_MS, 0);
}

/* ---- life ---- */

int timesyncd_open(struct timesyncd **ret, uv_loop_t *loop, const char *address)
{
	struct timesyncd *c = calloc(1, sizeof *c);
	if (c == NULL)
		return -ENOMEM;

	c->loop = loop;
	(void)snprintf(c->address, sizeof c->address, "%s", address);
	int r = uv_timer_init(loop, &c->patience);
	if (r < 0) {
		free(c);
		return r;
	}
	c->patience.data = c;
	uv_unref((uv_handle_t *)&c->patience);
	*ret = c;
	return 0;
}

bool timesyncd_ask(struct timesyncd *c)
{
	uint64_t now = uv_now(c->loop);

	if (c->bus != NULL || (c->asked_ms != 0 && now - c->asked_ms < AGAIN_MS))
		return false;
	c->asked_ms = now;
	if (c->address[0] == '\0' && access(runs, F_OK) < 0)
		return false;
	c->answered = false;
	if (begin(c) < 0)
		hang_up(c);
	else
		pump(c);
	return c->bus != NULL;
}

bool timesyncd_asking(const struct timesyncd *c)
{
	return c->bus != NULL;
}

bool timesyncd_state(const struct timesyncd *c, unsigned *ret_reach, unsigned *ret_server_stratum)
{
	uint64_t now = uv_now(c->loop);

	if (c->heard_ms == 0 || now - c->heard_ms > OLD_MS)
		return false;
	*ret_reach = timesync_reach(&c->state, now);
	*ret_server_stratum = c->state.said.stratum;
	return true;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void timesyncd_close(struct timesyncd *c)
{
	if (c == NULL)
		return;
	if (c->bus != NULL)
		hang_up(c);
	uv_close((uv_handle_t *)&c->patience, on_closed);
}
