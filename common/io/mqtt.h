/* mqtt.h - one connection to the broker, kept up, on the libuv loop: for agent, collector and CLI.
 *
 * MQTT 5 where the broker speaks it, else 3.1.1. Nothing is queued while there is no connection:
 * what must not be lost waits at its owner, who sends it when `change` says up. All functions and
 * handlers run on the loop thread; none blocks. */
#ifndef LW_MQTT_H
#define LW_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct mqtt;

enum { MQTT_HOSTS_MAX = 16 };

struct mqtt_peer {
	char host[256];
	unsigned port;
};

/* "host", "host:port", "[v6]:port", "v6"; `port` where none is given. 0 or -EINVAL. */
int mqtt_peer_parse(struct mqtt_peer *ret, const char *text, unsigned port);

struct mqtt_options { /* strings are copied */
	/* Where brokers of one cluster are, each as mqtt_peer_parse takes it, tried in turn: one that
	 * is joined is kept until it is lost. */
	const char *const *hosts;
	unsigned n_hosts;
	unsigned port; /* of those that name none */
	const char *client_id;
	const char *ca_file; /* NULL: no TLS */
	const char *cert_file, *key_file;
	const char *username, *password; /* NULL: none; a certificate needs neither */
	/* At QoS 1; made anew in each session; ends with NULL. Those of a broker's own topics ($...)
	 * may be refused: there is nothing to hear then. */
	const char *const *subscriptions;
	bool at_most_once;	   /* QoS 0 for all that is sent and heard; nothing is acked then */
	unsigned keepalive_s;	   /* 0: 10 */
	unsigned session_expiry_s; /* 0: the broker forgets us at once (clean session) */
	unsigned max_inflight;	   /* QoS 1 messages without their PUBACK; 0: 20 */
	unsigned max_backoff_ms;   /* ceiling of the jittered delay; 0: 30,000 */
};

/* Each CONNECT is a session: 1, 2 … */
struct mqtt_change {
	bool up; /* connected, and subscribed to everything asked for */
	bool mqtt5;
	const struct mqtt_peer *peer; /* the broker that this is about */
	bool session_present;	      /* the broker still had our session, with what it queued */
	uint32_t session;
	const char *reason; /* down: why, in words; up: "" */
	unsigned retry_ms;  /* down: when the next try begins */
};

struct mqtt_message {
	const char *topic;
	const uint8_t *payload;
	size_t len;
	bool retained;
	int qos;
};

struct mqtt_will {
	char topic[256]; /* "": no will */
	uint8_t payload[64];
	size_t len;
	bool retain;
};

struct mqtt_handlers { /* any may be NULL; none may call mqtt_close and go on using the mqtt */
	void (*change)(void *arg, const struct mqtt_change *c);
	void (*message)(void *arg, const struct mqtt_message *m); /* lives until it returns */
	/* The PUBACK for a mid. reason >= 128: refused (not allowed, too long …). A mid whose session
	 * ended without it is never acked: `change` says so for all of them. */
	void (*acked)(void *arg, int mid, int reason);
	void (*will)(void *arg, uint32_t session, struct mqtt_will *ret); /* of the next CONNECT */
	void *arg;
};

struct mqtt_counters {
	uint64_t connects, failures;	/* sessions that came up; tries and sessions that failed */
	uint64_t sent, acked, received; /* messages */
	uint64_t refused;  /* publishes given back: no connection, window full, too long */
	uint64_t denied;   /* PUBACKs that said no */
	unsigned inflight; /* now without PUBACK */
	unsigned rtt_us;   /* PUBLISH to PUBACK of the newest measured; 0: none yet */
};

/* The first try begins when the loop turns. */
int mqtt_open(struct mqtt **ret, uv_loop_t *loop, const struct mqtt_options *o,
	      const struct mqtt_handlers *h);

/* 0 with *ret_mid (may be NULL); -ENOTCONN; -EAGAIN: the window is full, wait for an ack;
 * -EINVAL: the topic or the size is not allowed; -ENOMEM. qos 0 or 1. */
int mqtt_publish(struct mqtt *m, const char *topic, const void *payload, size_t len, int qos,
		 bool retain, int *ret_mid);
bool mqtt_is_up(const struct mqtt *m);
unsigned mqtt_window(const struct mqtt *m); /* publishes that would be taken now */

/* Between on and off, many publishes share segments of the network. Only within one callback. */
void mqtt_gather(struct mqtt *m, bool on);

/* Stop and resume reading from the broker: back-pressure. Keepalives go on being sent. */
void mqtt_pause(struct mqtt *m, bool paused);

const struct mqtt_counters *mqtt_counters(const struct mqtt *m);

/* Says goodbye (the will is not sent) and lets go. NULL-safe. No handler runs any more but `closed`. */
void mqtt_close(struct mqtt *m, void (*closed)(void *arg), void *arg);

/* Exponential with full jitter: 0..min(cap, 500 * 2^failures). `random` is any 32 bits. */
unsigned mqtt_backoff_ms(unsigned failures, unsigned cap_ms, uint32_t random);

#endif
