/* Happy path: no sign of the collector for a minute and this gateway's turn -> one message to each
 * who is to be told, by their channel; a sign of life -> one more that it is back. Failure paths: a
 * channel that fails is tried again with growing pauses for a day; a newer message replaces an older
 * one to the same person that has not gone out yet. */
#include "agent/alone.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/core/watcher.h"
#include "common/core/tr.h"
#include "common/io/deadline.h"
#include "common/io/log.h"
#include "common/notify/channel.h"

/* One message to one person. */
struct call {
	struct alone *owner;
	const struct agent_tell *tell;
	struct channel *channel;
	struct message message, newer; /* key NULL: nothing to say; newer: once message is out */
	bool sending;
	uint64_t due_ms;
};

struct alone {
	uv_loop_t *loop;
	const struct agent_conf *conf;
	struct watcher watcher;
	struct channel *channels; /* one per notifier */
	struct call *calls;	  /* one per person */
	struct deadline *deadline;
	uint32_t n_said;
};

static int64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void look(struct alone *a);

static uint64_t wait_until(int64_t due_wall_ms)
{
	int64_t wait = due_wall_ms - wall_ms();

	return wait > 0 ? (uint64_t)wait : 1;
}

static void settle(struct call *c, const struct channel_outcome *o)
{
	struct message *m = &c->message;
	struct delivery_next next =
		delivery_step(&m->delivery, 1, o->result, false, o->retry_after_ms, m->born_wall_ms,
			      wall_ms(), 0.5);

	c->sending = false;
	c->due_ms = 0;
	log_notice("told about the collector by this centre alone to=%s by=%s outcome=\"%s\"",
		   c->tell->to, c->tell->notifier, o->detail);
	if (next.step == DELIVERY_AGAIN && c->newer.key == NULL) {
		c->due_ms = uv_now(c->owner->loop) + wait_until(next.due_ms);
		return;
	}
	message_fini(m);
	*m = c->newer;
	c->newer = (struct message){ 0 };
}

static void on_sent(void *arg, const struct channel_outcome *o)
{
	struct call *c = arg;

	settle(c, o);
	look(c->owner);
}

static void send_call(struct call *c)
{
	const struct channel_type *type = c->channel->type;
	struct channel_outcome o = { .result = DELIVERY_PERMANENT };
	int r;

	c->sending = true;
	if (type->tell != NULL) {
		type->tell(c->channel, &c->message, &o);
		settle(c, &o);
		return;
	}
	r = type->send(c->channel, &c->message, c->tell->to, on_sent, c);
	if (r == 0)
		return;
	(void)snprintf(o.detail, sizeof o.detail, "%s", uv_strerror(r));
	settle(c, &o);
}

static char *text_of(const struct alone *a, const char *key, int64_t silent_ms)
{
	char minutes[24], text[512];
	const struct tr_arg args[] = { { "site", a->conf->site },
				       { "minutes", minutes },
				       { NULL, NULL } };

	(void)snprintf(minutes, sizeof minutes, "%" PRId64, (silent_ms + 30000) / 60000);
	(void)tr_fill(text, sizeof text, tr("vi", key), args);
	return strdup(text);
}

static struct message message_of(struct alone *a, bool back, int64_t silent_ms)
{
	struct message m = { .kind = MESSAGE_ALARM, .born_wall_ms = wall_ms() };

	if (asprintf(&m.key, "alone/%s/%" PRId64 "/%u", a->conf->name, m.born_wall_ms,
		     ++a->n_said) < 0)
		m.key = NULL;
	m.subject = text_of(a, back ? "alone.back" : "alone.silent", silent_ms);
	m.text = text_of(a, back ? "alone.back" : "alone.silent", silent_ms);
	m.sms = text_of(a, back ? "alone.back_sms" : "alone.silent_sms", silent_ms);
	m.site = strdup(a->conf->site);
	m.entity = strdup("collector");
	m.code = strdup("lost");
	m.severity = strdup("critical");
	m.reason = strdup(back ? "cleared" : "raised");
	return m;
}

static void say(struct alone *a, bool back, int64_t silent_ms)
{
	log_warning(
		back ? "the collector is heard again"
		     : "no sign of the collector -> this centre pages by itself silent_ms=%" PRId64,
		silent_ms);
	for (unsigned i = 0; i < a->conf->watch_collector.n_tell; i++) {
		struct call *c = &a->calls[i];

		struct message *m = c->sending ? &c->newer : &c->message;

		message_fini(m);
		*m = message_of(a, back, silent_ms);
		c->due_ms = 0;
	}
}

/* Send what is due and arm for what comes next. */
static void look(struct alone *a)
{
	uint64_t now = uv_now(a->loop);
	struct watcher_effect e = watcher_tick(&a->watcher, (int64_t)now);
	uint64_t wake = e.wake_ms == INT64_MAX ? UINT64_MAX : (uint64_t)e.wake_ms;

	if (e.say == WATCHER_COLLECTOR_SILENT)
		say(a, false, e.silent_ms);
	for (unsigned i = 0; i < a->conf->watch_collector.n_tell; i++) {
		struct call *c = &a->calls[i];

		if (c->message.key == NULL || c->sending)
			continue;
		if (c->due_ms <= now)
			send_call(c);
		if (c->message.key != NULL && !c->sending && c->due_ms < wake)
			wake = c->due_ms;
	}
	if (wake != UINT64_MAX)
		(void)deadline_arm(a->deadline, wake > now ? wake - now : 1);
}

static void on_deadline(void *arg)
{
	look(arg);
}

void alone_heard(struct alone *a)
{
	struct watcher_effect e;

	if (a == NULL)
		return;
	e = watcher_heard(&a->watcher, (int64_t)uv_now(a->loop));
	if (e.say == WATCHER_COLLECTOR_BACK) {
		say(a, true, 0);
		look(a);
	}
}

static struct channel *channel_of(struct alone *a, const char *id)
{
	for (unsigned i = 0; i < a->conf->watch_collector.n_notifiers; i++)
		if (strcmp(a->conf->watch_collector.notifiers[i].id, id) == 0)
			return &a->channels[i];
	return NULL;
}

static int open_calls(struct alone *a)
{
	const struct agent_watcher *w = &a->conf->watch_collector;

	a->calls = calloc(w->n_tell + 1, sizeof *a->calls);
	if (a->calls == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < w->n_tell; i++)
		a->calls[i] = (struct call){ .owner = a,
					     .tell = &w->tell[i],
					     .channel = channel_of(a, w->tell[i].notifier) };
	return 0;
}

int alone_open(struct alone **ret, uv_loop_t *loop, const struct agent_conf *c, char *reterr,
	       size_t reterr_size)
{
	const struct agent_watcher *w = &c->watch_collector;
	struct alone *a = calloc(1, sizeof *a);
	int r = 0;

	if (a == NULL)
		return -ENOMEM;
	a->loop = loop;
	a->conf = c;
	watcher_init(&a->watcher, w->rank, w->after_ms, (int64_t)uv_now(loop));
	a->channels = calloc(w->n_notifiers + 1, sizeof *a->channels);
	if (a->channels == NULL)
		r = -ENOMEM;
	for (unsigned i = 0; i < w->n_notifiers && r == 0; i++)
		r = channel_open(&a->channels[i], loop, &w->notifiers[i], reterr, reterr_size);
	if (r == 0)
		r = open_calls(a);
	if (r == 0)
		r = deadline_open(&a->deadline, loop, on_deadline, a);
	if (r < 0) {
		alone_close(&a);
		return r;
	}
	look(a);
	*ret = a;
	return 0;
}

void alone_close(struct alone **ap)
{
	struct alone *a = *ap;

	if (a == NULL)
		return;
	*ap = NULL;
	for (unsigned i = 0; a->channels != NULL && i < a->conf->watch_collector.n_notifiers; i++)
		channel_close(&a->channels[i]);
	for (unsigned i = 0; a->calls != NULL && i < a->conf->watch_collector.n_tell; i++) {
		message_fini(&a->calls[i].message);
		message_fini(&a->calls[i].newer);
	}
	deadline_close(&a->deadline);
	free(a->channels);
	free(a->calls);
	free(a);
}
