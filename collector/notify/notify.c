/* What is due is read from the store by its reader thread, each row goes to its channel's lane if
 * that has room, and the next look is planned for when the next row is due. Failure paths: a row
 * that cannot be read or names a channel that is gone moves on to its next channel; a lane without
 * room leaves its rows where they are and holds up no other lane; a store that does not answer is
 * asked again. */
#include "collector/notify/notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/io/store/store_read.h"
#include "collector/notify/notify_internal.h"
#include "common/io/log.h"
#include "common/io/wall.h"

struct due {
	struct notify *owner;
	int64_t now_ms;
	size_t n;
	char *rows[NOTIFY_BATCH]; /* JSON; NULL: no memory, stays due */
};

int64_t notify_wall_ms(void)
{
	return wall_now_ms(); /* as the engine's, which says when a message is due */
}

struct lane *notify_lane(struct notify *n, const char *id)
{
	for (size_t i = 0; i < n->n_lanes; i++)
		if (strcmp(n->lanes[i].state.id, id) == 0)
			return &n->lanes[i];
	return NULL;
}

bool lane_take(struct lane *l, uint64_t now_ms)
{
	double per_minute = l->channel.conf->limit_per_minute != 0
				    ? l->channel.conf->limit_per_minute
				    : NOTIFY_PER_MINUTE;

	l->tokens += (double)(now_ms - l->refilled_ms) * per_minute / 60000.0;
	if (l->tokens > per_minute)
		l->tokens = per_minute;
	l->refilled_ms = now_ms;
	if (l->state.under_way >= NOTIFY_PARALLEL || l->tokens < 1)
		return false;
	l->tokens -= 1;
	return true;
}

static void on_timer(uv_timer_t *t)
{
	struct notify *n = t->data;

	n->next_due_ms = INT64_MAX;
	flight_save_again(n);
	notify_wake(n);
}

void notify_plan(struct notify *n, int64_t due_wall_ms)
{
	int64_t wait = due_wall_ms - notify_wall_ms();

	if (n->closing || (due_wall_ms >= n->next_due_ms && uv_is_active((uv_handle_t *)&n->timer)))
		return;
	n->next_due_ms = due_wall_ms;
	if (wait < 1)
		wait = 1;
	if (wait > NOTIFY_LOOK_MS)
		wait = NOTIFY_LOOK_MS;
	(void)uv_timer_start(&n->timer, on_timer, (uint64_t)wait, 0);
}

/* In the reader's thread: copies only. */
static int collect(void *arg, const struct store_outbox_row *row)
{
	struct due *d = arg;

	if (d->n == NOTIFY_BATCH)
		return 1;
	d->rows[d->n] = strdup(row->json);
	if (d->rows[d->n] != NULL)
		d->n++;
	return 0;
}

static void look(struct store_reader *r, void *arg)
{
	struct due *d = arg;

	(void)store_read_outbox(r, d->now_ms, false, NOTIFY_BATCH, collect, d);
}

static bool answered(const struct notify *n, const struct message *m)
{
	return m->wants_receipt && m->incident != 0 && n->options.is_answered != NULL &&
	       n->options.is_answered(n->options.arg, m->incident);
}

/* The channel it names is not configured any more: as if it had refused. */
static void no_lane(struct notify *n, struct message *m)
{
	if (m->delivery.channel + 1 < m->n_channels) {
		m->delivery.channel++;
		m->delivery.tries = 0;
		struct lane *next = notify_lane(n, m->channels[m->delivery.channel]);
		if (next != NULL && lane_take(next, uv_now(n->loop))) {
			flight_start(n, next, m);
			return;
		}
	}
	log_warning("no notifier for a message, it is dropped key=%s", m->key);
	flight_drop(n, m, "no such notifier");
}

static void dispatch(struct notify *n, const char *json)
{
	struct message m;
	struct lane *lane;

	if (message_from_json(&m, json) < 0)
		return; /* never ours to begin with; it shows in `doctor` as overdue */
	if (flight_exists(n, m.key)) {
		message_fini(&m);
		return;
	}
	if (!delivery_is_due(&m.delivery, m.n_channels,
			     answered(n, &m) ? DELIVERY_ANSWERED : DELIVERY_NOBODY_YET)) {
		flight_drop(n, &m, "answered");
		return;
	}
	lane = notify_lane(n, m.channels[m.delivery.channel]);
	if (lane == NULL) {
		no_lane(n, &m);
	} else if (lane_take(lane, uv_now(n->loop))) {
		flight_start(n, lane, &m);
	} else {
		message_fini(&m);
		notify_plan(n, notify_wall_ms() + NOTIFY_BUSY_MS);
	}
}

static void on_looked(void *arg, int status)
{
	struct due *d = arg;
	struct notify *n = d->owner;

	n->asking = false;
	for (size_t i = 0; i < d->n; i++) {
		if (status == 0 && !n->closing && !n->stale)
			dispatch(n, d->rows[i]);
		free(d->rows[i]);
	}
	n->stale = false;
	if (n->again && !n->closing)
		notify_wake(n);
	else
		notify_plan(n, notify_wall_ms() + NOTIFY_LOOK_MS);
	free(d);
	notify_maybe_gone(n);
}

void notify_wake(struct notify *n)
{
	struct due *d;

	if (n->closing)
		return;
	n->again = n->asking;
	if (n->asking)
		return;
	d = calloc(1, sizeof *d);
	if (d == NULL) {
		notify_plan(n, notify_wall_ms() + NOTIFY_BUSY_MS);
		return;
	}
	d->owner = n;
	d->now_ms = notify_wall_ms();
	n->asking = true;
	if (store_ask(n->store, look, on_looked, d) < 0) {
		n->asking = false;
		free(d);
		notify_plan(n, notify_wall_ms() + NOTIFY_BUSY_MS);
	}
}

static int lane_open(struct lane *l, uv_loop_t *loop, const struct notifier_conf *conf,
		     char *reterr, size_t reterr_size)
{
	int r = channel_open(&l->channel, loop, conf, reterr, reterr_size);

	if (r < 0)
		return r;
	l->state = (struct notify_channel_state){ .id = conf->id,
						  .type = conf->type,
						  .to_people = l->channel.type->to_people };
	l->tokens = NOTIFY_PER_MINUTE;
	l->refilled_ms = uv_now(loop);
	return 0;
}

int notify_open(struct notify **ret, uv_loop_t *loop, struct store *store,
		const struct notify_options *o, char *reterr, size_t reterr_size)
{
	struct notify *n = calloc(1, sizeof *n);
	int r;

	if (n == NULL)
		return -ENOMEM;
	n->loop = loop;
	n->store = store;
	n->options = *o;
	n->next_due_ms = INT64_MAX;
	n->lanes = calloc(o->n_notifiers + 1, sizeof *n->lanes);
	r = n->lanes != NULL ? uv_timer_init(loop, &n->timer) : -ENOMEM;
	if (r < 0) {
		free(n->lanes);
		free(n);
		return r;
	}
	n->timer.data = n;
	n->n_open = 1;
	for (size_t i = 0; i < o->n_notifiers; i++) {
		n->n_lanes++;
		r = lane_open(&n->lanes[i], loop, &o->notifiers[i], reterr, reterr_size);
		if (r < 0) {
			notify_close(n, NULL, NULL);
			return r;
		}
	}
	*ret = n;
	notify_wake(n);
	return 0;
}

static void on_timer_closed(uv_handle_t *h)
{
	struct notify *n = h->data;

	n->n_open--;
	notify_maybe_gone(n);
}

void notify_maybe_gone(struct notify *n)
{
	void (*closed)(void *arg) = n->closed;
	void *arg = n->closed_arg;

	if (!n->closing || n->n_open > 0 || n->asking || n->n_saving > 0)
		return;
	free(n->lanes);
	free(n);
	if (closed != NULL)
		closed(arg);
}

/* Sendings under way are cut: their rows are still in the outbox and go out after the restart. */
static void drop_flights(struct notify *n)
{
	struct flight *next;

	for (struct flight *f = n->flights; f != NULL; f = next) {
		next = f->next;
		if (!f->sending && f->unsaved == NULL)
			continue; /* its outcome is being written */
		flight_unlink(f);
		store_batch_free(f->unsaved);
		message_fini(&f->message);
		free(f);
	}
}

void notify_close(struct notify *n, void (*closed)(void *arg), void *arg)
{
	if (n == NULL) {
		if (closed != NULL)
			closed(arg);
		return;
	}
	n->closing = true;
	n->closed = closed;
	n->closed_arg = arg;
	for (size_t i = 0; i < n->n_lanes; i++)
		channel_close(&n->lanes[i].channel);
	drop_flights(n);
	uv_close((uv_handle_t *)&n->timer, on_timer_closed);
}

size_t notify_channels(const struct notify *n, struct notify_channel_state *ret, size_t max)
{
	size_t k = n->n_lanes < max ? n->n_lanes : max;

	for (size_t i = 0; i < k; i++)
		ret[i] = n->lanes[i].state;
	return n->n_lanes;
}
