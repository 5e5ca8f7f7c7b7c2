/* One sending: given to its channel, its outcome written to the store. Failure paths: a channel
 * that refuses at once counts as a failed try; an outcome that the store cannot take (disk full) is
 * kept and offered again, and the message is not sent a second time meanwhile. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "collector/notify/notify_internal.h"

void flight_unlink(struct flight *f)
{
	if (f->owner == NULL)
		return;
	for (struct flight **p = &f->owner->flights; *p != NULL; p = &(*p)->next) {
		if (*p == f) {
			*p = f->next;
			return;
		}
	}
}

static void flight_free(struct flight *f)
{
	flight_unlink(f);
	store_batch_free(f->unsaved);
	message_fini(&f->message);
	free(f);
}

bool flight_exists(const struct notify *n, const char *key)
{
	for (const struct flight *f = n->flights; f != NULL; f = f->next)
		if (strcmp(f->message.key, key) == 0)
			return true;
	return false;
}

static void on_saved(void *arg, struct store_batch *b, int status)
{
	struct flight *f = arg;
	struct notify *n = f->owner;

	n->n_saving--;
	f->unsaved = b;
	if (status == 0 || n->closing) {
		flight_free(f);
		n->stale = n->asking; /* a look under way may have seen the row as it was */
		notify_wake(n);
		notify_maybe_gone(n);
		return;
	}
	notify_plan(n, notify_wall_ms() + NOTIFY_COMMIT_RETRY_MS);
}

static void save(struct flight *f)
{
	struct store_batch *b = f->unsaved;

	f->unsaved = NULL;
	f->owner->n_saving++;
	if (store_commit(f->owner->store, b, on_saved, f) < 0) {
		f->owner->n_saving--;
		f->unsaved = b;
		notify_plan(f->owner, notify_wall_ms() + NOTIFY_COMMIT_RETRY_MS);
	}
}

void flight_save_again(struct notify *n)
{
	struct flight *next;

	for (struct flight *f = n->flights; f != NULL; f = next) {
		next = f->next;
		if (f->unsaved != NULL)
			save(f);
	}
}

static int write_outcome(struct flight *f, const struct delivery_next *next, const char *detail,
			 int64_t now)
{
	const char *key = f->message.key;
	char *json;
	int r;

	if (next->step == DELIVERY_DONE)
		return store_outbox_done(f->unsaved, key, now);
	json = message_to_json(&f->message);
	r = store_outbox_failed(f->unsaved, key,
				next->step == DELIVERY_GIVEN_UP ? INT64_MAX : next->due_ms, detail,
				json);
	free(json);
	if (r == 0 && next->step == DELIVERY_AGAIN)
		notify_plan(f->owner, next->due_ms);
	return r;
}

static void settle(struct flight *f, const struct delivery_next *next, const char *detail)
{
	int64_t now = notify_wall_ms();

	f->unsaved = store_batch_new(f->owner->store);
	if (f->unsaved == NULL || write_outcome(f, next, detail, now) < 0) {
		/* No memory: the row stays due and is looked at again. */
		notify_plan(f->owner, now + NOTIFY_COMMIT_RETRY_MS);
		flight_free(f);
		return;
	}
	save(f);
}

static void count(struct lane *l, const struct channel_outcome *o, int64_t now)
{
	struct notify_channel_state *s = &l->state;

	if (o->result == DELIVERY_TAKEN) {
		s->taken++;
		s->last_taken_wall_ms = now;
	} else {
		s->last_failed_wall_ms = now;
		if (o->result == DELIVERY_TEMPORARY)
			s->temporary++;
		else
			s->permanent++;
	}
	memcpy(s->last_detail, o->detail, sizeof s->last_detail);
}

static void report(struct flight *f, const struct channel_outcome *o, int64_t now)
{
	struct notify *n = f->owner;
	struct notify_report r = {
		.message = &f->message,
		.channel = f->lane->state.id,
		.result = o->result,
		.detail = o->detail,
		.wall_ms = now,
		.took_ms = (int64_t)(uv_now(n->loop) - f->started_ms),
	};

	if (n->options.reported != NULL)
		n->options.reported(n->options.arg, &r);
}

static void on_sent(void *arg, const struct channel_outcome *o)
{
	struct flight *f = arg;
	struct message *m = &f->message;
	int64_t now = notify_wall_ms();
	struct delivery_next next;

	f->sending = false;
	f->lane->state.under_way--;
	count(f->lane, o, now);
	report(f, o, now);
	next = delivery_step(&m->delivery, m->n_channels, o->result, m->wants_receipt,
			     o->retry_after_ms, m->born_wall_ms, now,
			     randombytes_uniform(1000) / 1000.0);
	settle(f, &next, o->detail);
}

static void failed_at_once(struct flight *f, int r)
{
	struct channel_outcome o = { .result = r == -ENOMEM ? DELIVERY_TEMPORARY
							    : DELIVERY_PERMANENT };

	(void)strncpy(o.detail, uv_strerror(r), sizeof o.detail - 1);
	on_sent(f, &o);
}

static struct flight *flight_new(struct notify *n, struct lane *lane, struct message *m)
{
	struct flight *f = calloc(1, sizeof *f);

	if (f == NULL) {
		message_fini(m); /* the row stays due */
		return NULL;
	}
	f->owner = n;
	f->lane = lane;
	f->message = *m;
	*m = (struct message){ 0 };
	f->next = n->flights;
	n->flights = f;
	f->started_ms = uv_now(n->loop);
	return f;
}

void flight_start(struct notify *n, struct lane *lane, struct message *m)
{
	struct flight *f = flight_new(n, lane, m);
	struct channel *c = &lane->channel;
	struct channel_outcome told = { .result = DELIVERY_TEMPORARY };
	int r;

	if (f == NULL)
		return;
	f->sending = true;
	lane->state.under_way++;
	if (c->type->tell != NULL) {
		c->type->tell(c, &f->message, &told);
		on_sent(f, &told);
		return;
	}
	r = c->type->send(c, &f->message, f->message.addresses[f->message.delivery.channel],
			  on_sent, f);
	if (r < 0)
		failed_at_once(f, r);
}

void flight_drop(struct notify *n, struct message *m, const char *why)
{
	struct delivery_next done = { DELIVERY_DONE, 0 };
	struct flight *f = flight_new(n, NULL, m);

	if (f != NULL)
		settle(f, &done, why);
}
