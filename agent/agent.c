/* Composition: the image in the middle, the watch fills it, the speaker says what is in it. The
 * order of opening is the order of dependency; closing goes backwards and ends when the last handle
 * is gone. systemd is told when all is open, and then of each turn of a timer that shows that the
 * loop still turns. */
#include "agent/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent/alone.h"
#include "agent/io/agentx/agentx.h"
#include "agent/io/footprint/footprint.h"
#include "agent/io/headset/headset.h"
#include "agent/speaker.h"
#include "agent/traps.h"
#include "agent/watch.h"
#include "common/io/log.h"
#include "common/io/notify.h"
#include "common/io/subagent.h"
#include "common/io/tls_offer.h"
#include "lazy_yaml.h"

enum { SETTLED_MS = 8000, SHRINK_EVERY_MS = 60 * 1000 };

struct agent {
	uv_loop_t *loop;
	const struct agent_conf *conf;
	struct image *image;
	struct watch *watch;
	struct speaker *speaker;
	struct alone *alone;
	struct traps *traps;
	struct agentx *agentx; /* NULL: not wanted */
	uv_signal_t term, interrupt;
	uv_timer_t watchdog;
	uint64_t watchdog_ms;
	unsigned n_open;
	uint64_t shrink_ms; /* when memory is given back next */
	bool closing;
};

/* ---- what the local snmpd may show ---- */

static uint32_t table_devices(void *arg)
{
	const struct agent *a = arg;

	return watch_devices(a->watch);
}

static struct agentx_device table_device(void *arg, uint32_t i)
{
	const struct agent *a = arg;
	const struct wire_device *d = &image_layout(a->image)->devices[i];

	return (struct agentx_device){ .id = d->id,
				       .device_class = d->device_class,
				       .reachable = image_reachable(a->image, i),
				       .age_s = image_age_s(a->image, i, watch_now_ms(a->watch)) };
}

static void tell_headsets(struct agent *a)
{
	const struct sense *s = watch_headsets(a->watch);
	struct agentx_headset rows[HEADSETS_MAX];
	size_t n = 0;

	if (a->agentx == NULL || s == NULL)
		return;
	const struct headset *list = headset_list(s, &n);
	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct agentx_headset){ .present = 1, .capture = list[i].capture };
		(void)snprintf(rows[i].vendor, sizeof rows[i].vendor, "%s", list[i].vendor);
		(void)snprintf(rows[i].product, sizeof rows[i].product, "%s", list[i].product);
		(void)snprintf(rows[i].serial, sizeof rows[i].serial, "%s", list[i].serial);
	}
	agentx_set_headsets(a->agentx, rows, (uint32_t)n);
}

static int open_agentx(struct agent *a)
{
	const struct agent_agentx *c = &a->conf->agentx;
	struct agentx_source source = { table_devices, table_device, a };

	if (!c->enabled)
		return 0;
	return agentx_open(&a->agentx, a->loop, c->socket != NULL ? c->socket : SUBAGENT_SOCKET,
			   &source);
}

/* Reading the configuration, profiles and certificates leaves holes in the heap, libraries that nobody
 * needs now, and pages of code that ran once: given back once all has settled, and what a handshake
 * or a rare event brought back, each minute. On a turn that was due anyway: it costs no wake-up. */
static void give_back_memory(struct agent *a)
{
	uint64_t now = watch_now_ms(a->watch);

	if (now < a->shrink_ms)
		return;
	a->shrink_ms = now + SHRINK_EVERY_MS;
	lazy_yaml_unload();
	(void)footprint_shrink();
}

static void on_round(void *arg, uint32_t device, int change, const struct sense_result *r)
{
	struct agent *a = arg;

	(void)device;
	(void)r;
	if (a->speaker == NULL || a->closing)
		return;
	speaker_changed(a->speaker, change);
	if (change != 0)
		tell_headsets(a);
	give_back_memory(a);
}

static void on_poll_now(void *arg, const char *id)
{
	struct agent *a = arg;

	if (!watch_poll_now(a->watch, id))
		log_notice("the collector asks for a device that is not ours -> ignored device=%s",
			   id);
}

static void part_closed(void *arg)
{
	struct agent *a = arg;

	if (--a->n_open > 0)
		return;
	image_free(a->image);
	free(a);
}

static void on_handle_closed(uv_handle_t *h)
{
	part_closed(h->data);
}

static void close_all(struct agent *a)
{
	if (a->closing)
		return;
	a->closing = true;
	a->n_open++; /* until every part was told */
	alone_close(&a->alone);
	traps_close(a->traps);
	if (a->speaker != NULL) {
		a->n_open++;
		speaker_close(a->speaker, part_closed, a);
	}
	if (a->agentx != NULL) {
		a->n_open++;
		agentx_close(a->agentx, part_closed, a);
	}
	if (a->watch != NULL) {
		a->n_open++;
		watch_close(a->watch, part_closed, a);
	}
	uv_handle_t *const handles[] = { (uv_handle_t *)&a->term, (uv_handle_t *)&a->interrupt,
					 (uv_handle_t *)&a->watchdog };
	for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
		if (handles[i]->data != NULL)
			uv_close(handles[i], on_handle_closed);
	part_closed(a);
}

static void on_signal(uv_signal_t *s, int number)
{
	struct agent *a = s->data;

	log_notice("asked to stop -> saying goodbye signal=%d", number);
	notify_systemd("STOPPING=1");
	close_all(a);
}

static void on_watchdog(uv_timer_t *t)
{
	(void)t;
	notify_systemd("WATCHDOG=1");
}

static void on_collector_heard(void *arg)
{
	struct agent *a = arg;

	alone_heard(a->alone);
}

static int open_alone(struct agent *a)
{
	char why[200] = "";
	int r = 0;

	if (a->conf->watch_collector.n_tell > 0)
		r = alone_open(&a->alone, a->loop, a->conf, why, sizeof why);
	if (r < 0)
		log_error("cannot watch the collector: %s", why[0] != '\0' ? why : uv_strerror(r));
	return r;
}

static int open_handles(struct agent *a)
{
	int r = uv_signal_init(a->loop, &a->term);
	if (r < 0)
		return r;
	a->term.data = a;
	a->n_open++;
	r = uv_signal_init(a->loop, &a->interrupt);
	if (r < 0)
		return r;
	a->interrupt.data = a;
	a->n_open++;
	r = uv_signal_start(&a->term, on_signal, SIGTERM);
	if (r == 0)
		r = uv_signal_start(&a->interrupt, on_signal, SIGINT);
	a->watchdog_ms = notify_watchdog_ms() / 2;
	if (r < 0 || a->watchdog_ms == 0)
		return r;
	r = uv_timer_init(a->loop, &a->watchdog);
	if (r < 0)
		return r;
	a->watchdog.data = a;
	a->n_open++;
	return uv_timer_start(&a->watchdog, on_watchdog, a->watchdog_ms, a->watchdog_ms);
}

/* Never 0, and not the one before: the kernel's random numbers. */
static uint32_t new_boot_id(void)
{
	uint32_t id = 0;

	while (id == 0)
		if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
			id = (uint32_t)uv_hrtime();
	return id;
}

int agent_open(struct agent **ret, uv_loop_t *loop, const struct agent_conf *c)
{
	uint32_t boot_id = new_boot_id();
	int r;
	struct agent *a = calloc(1, sizeof *a);
	if (a == NULL)
		return -ENOMEM;

	if (c->broker.ca != NULL)
		tls_offer_few();
	a->loop = loop;
	a->conf = c;
	a->shrink_ms = SETTLED_MS;
	struct watch_handlers wh = { on_round, a };
	struct speaker_handlers sh = { on_poll_now, on_collector_heard, a };
	r = image_new(&a->image, boot_id, LW_VERSION);
	if (r < 0)
		goto fail;
	r = open_handles(a);
	if (r < 0)
		goto fail;
	r = watch_open(&a->watch, loop, c, a->image, &wh);
	if (r < 0)
		goto fail;
	r = speaker_open(&a->speaker, loop, c, a->image, a->watch, boot_id, &sh);
	if (r < 0)
		goto fail;
	r = traps_open(&a->traps, loop, c, a->image, a->watch);
	if (r < 0) {
		log_error("traps cannot be heard listen=%s reason=\"%s\"", c->traps.listen,
			  uv_strerror(r));
		goto fail;
	}
	r = open_alone(a);
	if (r < 0)
		goto fail;
	r = open_agentx(a);
	if (r < 0)
		goto fail;
	log_notice("the agent is running agent=%s boot=%08x devices=%u version=" LW_VERSION,
		   c->name, boot_id, watch_devices(a->watch));
	notify_systemd("READY=1");
	*ret = a;
	return 0;
fail:
	agent_close(&a);
	return r;
}

void agent_close(struct agent **a)
{
	if (*a != NULL)
		close_all(*a);
	*a = NULL;
}
