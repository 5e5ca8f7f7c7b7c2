/* notify.h - sends what waits in the store's outbox, by every channel, until it is delivered.
 *
 * A message is written to the outbox in the transaction of the alarm that caused it; notify_wake
 * after the commit makes it go out at once. What is sent, failed or waits for a receipt is written
 * back, so that a crash at any point repeats at most the sending under way (the idempotency key
 * tells the gateway). All calls on the loop thread. */
#ifndef LW_NOTIFY_H
#define LW_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "collector/io/store/store.h"
#include "common/notify/message.h"
#include "common/notify/notify_conf.h"

struct notify;

/* What became of a sending: for the incident page ("who was told and when"), metrics and `doctor`. */
struct notify_report {
	const struct message *message;
	const char *channel;
	enum delivery_result result;
	const char *detail;
	int64_t wall_ms, took_ms;
};

struct notify_options {
	const struct notifier_conf *notifiers; /* must outlive notify */
	size_t n_notifiers;
	/* Has somebody acknowledged this incident, or is it over? NULL: never asked. */
	bool (*is_answered)(void *arg, uint32_t incident);
	void (*reported)(void *arg, const struct notify_report *r); /* may be NULL */
	void *arg;
};

/* Every mistake of the channels' set-up is in reterr (the first); -EINVAL. */
int notify_open(struct notify **ret, uv_loop_t *loop, struct store *store,
		const struct notify_options *o, char *reterr, size_t reterr_size);
void notify_close(struct notify *n, void (*closed)(void *arg), void *arg); /* NULL-safe */

void notify_wake(struct notify *n); /* something may be due now */

struct notify_channel_state {
	const char *id, *type;
	uint64_t taken, temporary, permanent;
	unsigned under_way;
	int64_t last_taken_wall_ms, last_failed_wall_ms; /* 0: never */
	char last_detail[160];
	bool to_people;
};
size_t notify_channels(const struct notify *n, struct notify_channel_state *ret, size_t max);

#endif
