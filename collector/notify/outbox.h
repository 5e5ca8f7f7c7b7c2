/* outbox.h - from what the engine decided to the messages that wait in the store: a page to a person
 * through their channels, an alarm to every machine that wants alarms. The rows go into the same
 * batch, and so the same transaction, as the decision. */
#ifndef LW_OUTBOX_H
#define LW_OUTBOX_H

#include "collector/conf/collector_conf.h"
#include "collector/core/engine.h"
#include "collector/io/store/store.h"
#include "common/notify/ack_link.h"
#include "common/notify/message.h"

struct outbox_sources {
	const struct collector_conf *conf;
	const struct engine *engine;
	const uint8_t *link_key; /* ACK_LINK_KEY_BYTES; NULL: links are not signed */
	uint32_t run;		 /* of this history: keys of another store are not ours */
};

/* Adds what `e` gives rise to. Returns how many messages, or negative errno: the batch is as it was
 * but for messages already added, and the rest is lost only if the caller gives the batch up. */
int outbox_put(struct store_batch *b, const struct outbox_sources *s, const struct effect *e);

/* A message that proves every channel of a person, for drills and `linewatch oncall test`. */
int outbox_put_test(struct store_batch *b, const struct outbox_sources *s, uint32_t person,
		    uint32_t drill, int64_t wall_ms);

/* The channels of a person in order of preference, into m; returns how many. */
uint32_t outbox_channels(const struct collector_conf *c, uint32_t person, struct message *m);

#endif
