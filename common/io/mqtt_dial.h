/* mqtt_dial.h - one blocking connect to the broker, in a thread of its own. For mqtt.c alone. */
#ifndef LW_MQTT_DIAL_H
#define LW_MQTT_DIAL_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/io/mqtt.h"

enum { SUBSCRIPTIONS_MAX = 16 };

/* A counted copy of the options: a dial that was abandoned may outlive the mqtt that began it. */
struct dial_settings;
int dial_settings_new(struct dial_settings **ret, const struct mqtt_options *o);
const struct mqtt_options *dial_settings_options(const struct dial_settings *s);
const struct mqtt_peer *dial_settings_peer(const struct dial_settings *s, unsigned i);
void dial_settings_unref(struct dial_settings *s); /* accepts NULL */

struct dial;

/* `peer` is one of the settings'. `done` is signalled when the thread has finished; the handle must stay open until dial_take said
 * true or dial_abandon was called. -EAGAIN: too many abandoned ones still wait for their answer. */
int dial_open(struct dial **ret, struct dial_settings *s, const struct mqtt_peer *peer,
	      const struct mqtt_will *will, bool mqtt5, void *user, uv_async_t *done);

/* False while the thread runs. True: *d is gone and *ret is connected (its CONNECT is on the way), or
 * NULL with the reason. */
bool dial_take(struct dial **d, struct mosquitto **ret, char *reason, size_t size);

/* Forget it: the thread cleans up by itself when its connect returns. */
void dial_abandon(struct dial **d);
bool dial_running(void); /* any thread, also of those that were abandoned */

#endif
