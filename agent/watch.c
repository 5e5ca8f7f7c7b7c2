/* One deadline drives the schedule; each poll's answer goes through the image to `round`. A sense
 * answers exactly once per poll, in its own time; nothing waits for it. A device whose URL or
 * options its sense refuses is reported once and counts as silent: the others are not held up. */
#include "agent/watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/schedule.h"
#include "agent/io/headset/headset.h"
#include "common/io/deadline.h"
#include "common/io/log.h"

enum { WORKSTATION_MS = 10000, HEADSET_MS = 10000 };

struct watched {
	struct watch *watch;
	uint32_t number;
	char *name;	     /* "danang/ups-1" */
	struct sense *sense; /* NULL: could not be opened */
	bool known, reachable;
	struct log_limit limit;
	bool calm; /* a test call: never more often than its interval */
};

struct watch {
	uv_loop_t *loop;
	struct image *image;
	struct watch_handlers h;
	struct schedule *schedule;
	struct deadline *deadline;
	struct watched *devices;
	uint32_t n, room, answered;
	uint64_t start_ns;
	const struct sense *headsets;
	struct watch_counters counters;
	bool closing;
	uint32_t n_open;
	void (*closed)(void *arg);
	void *closed_arg;
};

struct plan { /* one device, from the file or our own */
	const char *id, *device_class;
	uint32_t interval_ms;
	struct sense_target target;
};

uint64_t watch_now_ms(const struct watch *w)
{
	return (uv_hrtime() - w->start_ns) / 1000000;
}

static void rearm(struct watch *w)
{
	uint64_t wake = schedule_wake_ms(w->schedule), now = watch_now_ms(w);

	if (wake == UINT64_MAX)
		deadline_disarm(w->deadline);
	else
		(void)deadline_arm(w->deadline, wake > now ? wake - now : 0);
}

static void log_change(struct watched *d, const struct sense_result *r)
{
	if (d->known && d->reachable == r->reachable)
		return;
	if (!r->reachable)
		log_limited(&d->limit, LOG_P_WARNING,
			    "no answer -> device silent device=%s reason=\"%s\"", d->name,
			    r->error != NULL ? r->error : "");
	else
		log_info("the device answers device=%s class=%s profile=%s", d->name,
			 r->device_class != NULL ? r->device_class : "",
			 r->profile != NULL ? r->profile : "");
	d->known = true;
	d->reachable = r->reachable;
}

static void on_done(void *arg, const struct sense_result *r)
{
	struct watched *d = arg;
	struct watch *w = d->watch;
	uint64_t now = watch_now_ms(w);
	struct image_round round = { .reachable = r->reachable,
				     .device_class = r->device_class,
				     .profile = r->profile,
				     .readings = r->readings,
				     .n_readings = r->n_readings,
				     .identity = r->identity,
				     .n_identity = r->n_identity };

	w->counters.failures += !r->reachable;
	log_change(d, r);
	w->answered += !image_answered(w->image, d->number);
	int change = image_apply(w->image, d->number, &round, now);
	if (change < 0) {
		log_limited(&d->limit, LOG_P_ERROR, "a round was dropped device=%s reason=\"%s\"",
			    d->name, strerror(-change));
		change = 0;
	}
	schedule_done(w->schedule, d->number, now,
		      !d->calm && image_restless(w->image, d->number, now));
	rearm(w);
	w->h.round(w->h.arg, d->number, change, r);
}

static void on_deadline(void *arg)
{
	struct watch *w = arg;
	uint32_t i;

	while (schedule_due(w->schedule, watch_now_ms(w), &i)) {
		struct watched *d = &w->devices[i];
		w->counters.polls++;
		int r = d->sense->type->poll(d->sense, on_done, d);
		if (r < 0) {
			w->counters.failures++;
			log_limited(&d->limit, LOG_P_ERROR,
				    "a poll cannot be started device=%s reason=\"%s\"", d->name,
				    uv_strerror(r));
			schedule_done(w->schedule, i, watch_now_ms(w), false);
		}
	}
	rearm(w);
}

static void on_nudge(void *arg)
{
	struct watched *d = arg;

	if (d->watch->closing)
		return;
	schedule_now(d->watch->schedule, d->number);
	rearm(d->watch);
}

static void never_opened(struct watched *d, const char *why)
{
	struct image_round silent = { .reachable = false };

	log_error("a device cannot be watched -> silent until the file is mended device=%s "
		  "reason=\"%s\"",
		  d->name, why);
	(void)image_apply(d->watch->image, d->number, &silent, 0);
	d->watch->answered++;
}

static int device_open(struct watch *w, const char *site, const struct plan *p)
{
	struct watched *d = &w->devices[w->n];
	struct sense_target target = p->target;
	char why[256] = "";

	int number = image_add(w->image, p->id, p->device_class, p->interval_ms);
	if (number < 0)
		return number;
	assert((uint32_t)number == w->n);
	d->watch = w;
	d->number = w->n++;
	d->calm = strncmp(p->target.url, "ivr:", 4) == 0;
	if (asprintf(&d->name, "%s/%s", site, p->id) < 0) {
		d->name = NULL;
		return -ENOMEM;
	}
	target.nudge = on_nudge;
	target.nudge_arg = d;
	const struct sense_type *type = sense_type_find(target.url);
	int r = type != NULL ? type->open(&d->sense, w->loop, &target, why, sizeof why) : -EINVAL;
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		d->sense = NULL;
		never_opened(d, why[0] != '\0' ? why : uv_strerror(r));
		return 0;
	}
	w->n_open++;
	schedule_set(w->schedule, d->number, p->interval_ms);
	if (type == &sense_headset)
		w->headsets = d->sense;
	return 0;
}

static int open_own(struct watch *w, const struct agent_conf *c)
{
	const struct {
		bool wanted;
		struct plan plan;
	} own[] = {
		{ c->workstation,
		  { c->workstation_id, "workstation", WORKSTATION_MS, { .url = "host:" } } },
		{ c->headsets, { c->headset_id, "headset", HEADSET_MS, { .url = "headset:" } } },
	};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		int r = own[i].wanted ? device_open(w, c->site, &own[i].plan) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int open_configured(struct watch *w, const struct agent_conf *c)
{
	for (unsigned i = 0; i < c->n_devices; i++) {
		const struct agent_device *d = &c->devices[i];
		struct plan p = { .id = d->id,
				  .device_class = d->device_class != NULL ? d->device_class : "",
				  .interval_ms = d->interval_ms,
				  .target = { .url = d->url,
					      .community = d->secret_community,
					      .profile = d->profile,
					      .device_class = d->device_class,
					      .options_json = d->options_json,
					      .timeout_ms = d->timeout_ms } };
		int r = device_open(w, c->site, &p);
		if (r < 0)
			return r;
	}
	return 0;
}

int watch_open(struct watch **ret, uv_loop_t *loop, const struct agent_conf *c, struct image *im,
	       const struct watch_handlers *h)
{
	int r = -ENOMEM;
	struct watch *w = calloc(1, sizeof *w);
	if (w == NULL)
		return -ENOMEM;

	w->loop = loop;
	w->image = im;
	w->h = *h;
	w->start_ns = uv_hrtime();
	w->room = c->n_devices + 2;
	w->devices = calloc(w->room, sizeof *w->devices);
	if (w->devices == NULL)
		goto fail;
	r = schedule_new(&w->schedule, w->room, c->poll.fast_ms);
	if (r < 0)
		goto fail;
	r = deadline_open(&w->deadline, loop, on_deadline, w);
	if (r < 0)
		goto fail;
	r = open_own(w, c);
	if (r < 0)
		goto fail;
	r = open_configured(w, c);
	if (r < 0)
		goto fail;
	rearm(w);
	*ret = w;
	return 0;
fail:
	watch_close(w, NULL, NULL);
	return r;
}

uint32_t watch_devices(const struct watch *w)
{
	return w->n;
}

bool watch_asking(const struct watch *w)
{
	return schedule_asking(w->schedule) > 0;
}

bool watch_settled(const struct watch *w)
{
	return w->answered >= w->n;
}

int watch_find(const struct watch *w, const char *id)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (strcmp(strchr(w->devices[i].name, '/') + 1, id) == 0)
			return (int)i;
	return -ENOENT;
}

bool watch_poll_now(struct watch *w, const char *id)
{
	int i = watch_find(w, id);

	if (i < 0)
		return false;
	if (w->devices[i].sense != NULL)
		schedule_now(w->schedule, (uint32_t)i);
	rearm(w);
	return true;
}

void watch_count_refused(struct watch *w)
{
	w->counters.refused++;
}

const struct watch_counters *watch_counters(const struct watch *w)
{
	return &w->counters;
}

const struct sense *watch_headsets(const struct watch *w)
{
	return w->headsets;
}

static void maybe_gone(struct watch *w)
{
	if (w->n_open > 0)
		return;
	void (*closed)(void *arg) = w->closed;
	void *arg = w->closed_arg;
	for (uint32_t i = 0; w->devices != NULL && i < w->n; i++)
		free(w->devices[i].name);
	free(w->devices);
	schedule_free(w->schedule);
	free(w);
	if (closed != NULL)
		closed(arg);
}

static void on_sense_closed(void *arg)
{
	struct watch *w = arg;

	w->n_open--;
	maybe_gone(w);
}

void watch_close(struct watch *w, void (*closed)(void *arg), void *arg)
{
	if (w == NULL)
		return;
	w->closing = true;
	w->closed = closed;
	w->closed_arg = arg;
	deadline_close(&w->deadline);
	w->n_open++; /* until all of them were told */
	for (uint32_t i = 0; w->devices != NULL && i < w->n; i++)
		if (w->devices[i].sense != NULL)
			w->devices[i].sense->type->close(w->devices[i].sense, on_sense_closed, w);
	w->n_open--;
	maybe_gone(w);
}
