/* channel.h - one way to reach people or machines: what all of them have in common.
 *
 * A channel is opened once per `notifiers` entry. Sending never blocks; `done` comes exactly once,
 * on the loop thread, never from inside send. Several sendings may be under way on one channel;
 * channels share nothing, so that a dead one holds up no other. */
#ifndef LW_NOTIFY_CHANNEL_H
#define LW_NOTIFY_CHANNEL_H

#include <stddef.h>
#include <uv.h>

#include "common/curl/curl_loop.h"
#include "common/notify/message.h"
#include "common/notify/notify_conf.h"

struct channel;

struct channel_outcome {
	enum delivery_result result;
	int64_t retry_after_ms; /* what the gateway asked for; 0: nothing */
	char detail[160];	/* for the log and the incident page: "250 queued", "HTTP 429" */
};

typedef void channel_done_fn(void *arg, const struct channel_outcome *o);

struct channel_type {
	const char *name; /* `type:` in the configuration */
	bool to_people;	  /* needs a person's address */
	int (*open)(struct channel *c, char *reterr, size_t reterr_size);
	/* One of the two: send ends with `done`; tell knows at once (a datagram). */
	int (*send)(struct channel *c, const struct message *m, const char *address,
		    channel_done_fn *done, void *arg);
	void (*tell)(struct channel *c, const struct message *m, struct channel_outcome *ret);
	void (*close)(struct channel *c); /* cancels what is under way: no done. May be NULL */
};

struct channel {
	const struct channel_type *type;
	const struct notifier_conf *conf;
	uv_loop_t *loop;
	struct curl_loop *curl; /* of this channel alone */
	char *secret;		/* from token_file or password_file; NULL: none */
	void *state;		/* the type's own */
};

const struct channel_type *channel_type_find(const char *name);
const struct channel_type *channel_type_at(size_t i); /* NULL past the end */

/* A channel for `conf`, which outlives it, with its secret read from its file. -EINVAL: reterr says
 * what is wrong with which notifier. On failure channel_close frees what was opened. */
int channel_open(struct channel *c, uv_loop_t *loop, const struct notifier_conf *conf, char *reterr,
		 size_t reterr_size);
void channel_close(struct channel *c); /* cuts what is under way; accepts a zeroed one */

extern const struct channel_type channel_email, channel_webhook, channel_telegram, channel_zalo,
	channel_slack, channel_sms_gateway, channel_alertmanager, channel_gammu, channel_syslog,
	channel_snmp_trap;

#endif
