/* mqtt_turn.h - which broker to dial next, in which version of MQTT, and after how long. It looks at
 * no clock and no socket. For mqtt.c alone. */
#ifndef LW_MQTT_TURN_H
#define LW_MQTT_TURN_H

#include <stdbool.h>

struct mqtt_turn {
	unsigned n, at;	   /* brokers; the one to be dialled next, or joined now */
	unsigned failures; /* since a session held */
	unsigned silent;   /* joins since the last CONNACK */
	bool old_only;	   /* the last one asked does not speak MQTT 5 */
	bool again;	   /* it shall be asked once more at once, in 3.1.1 */
};

bool turn_mqtt5(const struct mqtt_turn *t); /* else 3.1.1 */
void turn_joining(struct mqtt_turn *t);	    /* a CONNECT is on the way */
/* A CONNACK for it; `unsupported`: it refuses MQTT 5. */
void turn_connack(struct mqtt_turn *t, bool mqtt5, bool unsupported);

/* The session, or the try to begin one, is over; `steady`: it had held for a while. Goes on to the
 * next broker and returns the delay before it is dialled. */
unsigned turn_over(struct mqtt_turn *t, bool steady, unsigned cap_ms);

#endif
