/* Happy path: the timer says dial, a thread connects (mqtt_dial), the async hands the client over,
 * a poll on its socket drives it; CONNACK, our subscriptions, then `change` says up. A failure at
 * any stage ends in session_end: the client is destroyed, `change` says down with the reason, and
 * the timer is armed with a jittered delay. Each session is a fresh client, so a changed certificate
 * is read at the next connect and nothing half-sent survives in the library.
 *
 * The library runs on this loop only (no thread of its own): an idle agent wakes for what it sends
 * and what comes back, and for nothing else. */
#include "common/io/mqtt.h"

#include <assert.h>
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/mqtt_client.h"
#include "common/io/mqtt_dial.h"
#include "common/io/mqtt_turn.h"

enum {
	INFLIGHT_DEFAULT = 20,
	BACKOFF_CAP_MS = 30000,
	DIAL_MS = 10000,     /* a connect that takes longer is tried anew beside it */
	ELSEWHERE_MS = 4000, /* the same where there is another broker to try */
	LEAVE_MS = 500,	     /* for the broker to hear our DISCONNECT */
	STEADY_MS = 5000,    /* a session that held this long starts the back-off afresh */
	READS_A_TURN = 256,
	ACKS_A_WRITE = 32 /* so many PUBACKs at most wait for each other */
};

enum stage { STAGE_WAITING, STAGE_DIALING, STAGE_JOINING, STAGE_UP, STAGE_LEAVING };

struct mqtt {
	uv_loop_t *loop;
	struct dial_settings *settings;
	const struct mqtt_options *o; /* the settings' own copy */
	struct mqtt_handlers h;
	uv_async_t dialled;
	uv_timer_t timer;
	uv_poll_t
		*poll; /* one per session: it must be closed before its descriptor is used again */
	unsigned n_open;
	bool closing, in_library;
	void (*closed)(void *arg);
	void *closed_arg;

	enum stage stage;
	struct mqtt_turn turn;
	const struct mqtt_peer *peer; /* the broker of this session */
	struct dial *dial;
	struct mosquitto *client;
	bool mqtt5, session_present, paused;
	uint32_t session;
	unsigned subscribing;	     /* SUBACKs still to come */
	int mids[SUBSCRIPTIONS_MAX]; /* of the subscriptions */
	uint64_t up_since_ms;
	char reason[160];    /* why the session ended, once it is known */
	uint64_t sampled_us; /* when `sample_mid` was sent; 0: nothing is being timed */
	int sample_mid;
	uint8_t *waiting; /* bit per mid: QoS 1, not yet acked */
	struct mqtt_counters counters;
};

static void session_end(struct mqtt *m);
static void finish_close(struct mqtt *m);
static void on_timer(uv_timer_t *t);

static void say(struct mqtt *m, bool up, unsigned retry_ms)
{
	struct mqtt_change c = { .up = up,
				 .mqtt5 = m->mqtt5,
				 .peer = m->peer,
				 .session_present = m->session_present,
				 .session = m->session,
				 .reason = up ? "" : m->reason,
				 .retry_ms = retry_ms };

	if (m->h.change != NULL && !m->closing)
		m->h.change(m->h.arg, &c);
}

static void set_reason(struct mqtt *m, const char *reason)
{
	if (m->reason[0] == '\0')
		(void)snprintf(m->reason, sizeof m->reason, "%s", reason);
}

/* ---- the library's callbacks: on the loop thread, inside loop_read, loop_write or loop_misc ---- */

static void become_up(struct mqtt *m)
{
	m->stage = STAGE_UP;
	m->up_since_ms = uv_now(m->loop);
	m->counters.connects++;
	say(m, true, 0);
}

static void subscribe_all(struct mqtt *m)
{
	for (size_t i = 0; m->o->subscriptions[i] != NULL; i++) {
		int r = mosquitto_subscribe(m->client, &m->mids[i], m->o->subscriptions[i],
					    m->o->at_most_once ? 0 : 1);
		if (r == MOSQ_ERR_SUCCESS)
			m->subscribing++;
		else
			set_reason(m, mosquitto_strerror(r));
	}
	if (m->subscribing == 0)
		become_up(m);
}

static void on_connack(struct mosquitto *client, void *arg, int code, int flags,
		       const mosquitto_property *props)
{
	struct mqtt *m = arg;

	(void)client;
	(void)props;
	turn_connack(&m->turn, m->mqtt5, m->mqtt5 && code == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION);
	if (code != 0) {
		set_reason(m, m->mqtt5 ? mosquitto_reason_string(code)
				       : mosquitto_connack_string(code));
		return;
	}
	m->session_present = (flags & 1) != 0;
	subscribe_all(m);
}

static bool must_be_granted(const struct mqtt *m, int mid)
{
	for (size_t i = 0; m->o->subscriptions[i] != NULL; i++)
		if (m->mids[i] == mid)
			return m->o->subscriptions[i][0] != '$';
	return true;
}

static void on_suback(struct mosquitto *client, void *arg, int mid, int n, const int *granted,
		      const mosquitto_property *props)
{
	struct mqtt *m = arg;

	(void)client;
	(void)props;
	for (int i = 0; i < n; i++)
		if (granted[i] >= 128 && must_be_granted(m, mid))
			set_reason(m, "the broker refuses the subscription");
	if (m->subscribing > 0 && --m->subscribing == 0 && m->reason[0] == '\0')
		become_up(m);
}

static void on_message(struct mosquitto *client, void *arg, const struct mosquitto_message *msg,
		       const mosquitto_property *props)
{
	struct mqtt *m = arg;
	struct mqtt_message out = { .topic = msg->topic,
				    .payload = msg->payload,
				    .len = (size_t)msg->payloadlen,
				    .retained = msg->retain,
				    .qos = msg->qos };

	(void)client;
	(void)props;
	m->counters.received++;
	if (m->h.message != NULL && !m->closing)
		m->h.message(m->h.arg, &out);
}

static void on_puback(struct mosquitto *client, void *arg, int mid, int code,
		      const mosquitto_property *props)
{
	struct mqtt *m = arg;

	(void)client;
	(void)props;
	if (!mids_take(m->waiting, mid))
		return; /* QoS 0: written, not acknowledged */
	m->counters.inflight--;
	m->counters.acked++;
	m->counters.denied += code >= 128;
	if (m->sampled_us != 0 && mid == m->sample_mid) {
		m->counters.rtt_us = (unsigned)(uv_hrtime() / 1000 - m->sampled_us);
		m->sampled_us = 0;
	}
	if (m->h.acked != NULL && !m->closing)
		m->h.acked(m->h.arg, mid, code);
}

static void on_disconnect(struct mosquitto *client, void *arg, int code,
			  const mosquitto_property *props)
{
	struct mqtt *m = arg;

	(void)client;
	(void)props;
	if (m->mqtt5 && code >= 128)
		set_reason(m, mosquitto_reason_string(code));
}

/* ---- driving the client ---- */

static void rearm_misc(struct mqtt *m)
{
	/* The library counts whole seconds: a little later is surely past them. */
	(void)uv_timer_start(&m->timer, on_timer, m->o->keepalive_s * 1000u + 600u, 0);
}

static void on_poll(uv_poll_t *p, int status, int events);

static void rearm_poll(struct mqtt *m)
{
	int events = m->paused ? 0 : UV_READABLE;

	if (m->poll == NULL)
		return;
	if (mosquitto_socket(m->client) < 0) { /* lost while sending: end it from the timer */
		(void)uv_poll_stop(m->poll);
		(void)uv_timer_start(&m->timer, on_timer, 0, 0);
		return;
	}
	if (mosquitto_want_write(m->client))
		events |= UV_WRITABLE;
	if (events == 0)
		(void)uv_poll_stop(m->poll);
	else
		(void)uv_poll_start(m->poll, events, on_poll);
}

/* After each call into the library: did the session end, and what is to be waited for? */
static void after_library(struct mqtt *m, int r)
{
	if (r != MOSQ_ERR_SUCCESS)
		set_reason(m, client_words(r, m->stage == STAGE_JOINING));
	bool refused = m->stage == STAGE_JOINING && m->reason[0] != '\0';
	bool leaving = m->closing && m->stage == STAGE_LEAVING && r == MOSQ_ERR_SUCCESS;
	if (m->closing && !leaving)
		finish_close(m);
	else if (r != MOSQ_ERR_SUCCESS || refused)
		session_end(m);
	else
		rearm_poll(m);
}

static int read_some(struct mqtt *m)
{
	int r = MOSQ_ERR_SUCCESS;
	uint64_t before;

	for (int i = 0; i < READS_A_TURN && r == MOSQ_ERR_SUCCESS; i++) {
		before = m->counters.received + m->counters.acked;
		if (i == 1)
			client_gather(m->client, true);
		else if (i % ACKS_A_WRITE == 0)
			client_push(m->client);
		r = mosquitto_loop_read(m->client, 1);
		if (m->counters.received + m->counters.acked == before || m->paused)
			break; /* nothing more came */
	}
	return r;
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct mqtt *m = p->data;
	int r = MOSQ_ERR_SUCCESS;

	m->in_library = true;
	if (status < 0 || (events & UV_READABLE) != 0)
		r = read_some(m);
	if (r == MOSQ_ERR_SUCCESS && mosquitto_want_write(m->client))
		r = mosquitto_loop_write(m->client, 1);
	client_gather(m->client, false);
	if (r == MOSQ_ERR_SUCCESS)
		r = mosquitto_loop_misc(m->client);
	m->in_library = false;
	if (r == MOSQ_ERR_SUCCESS && !m->closing)
		rearm_misc(m);
	after_library(m, r);
}

static int start_poll(struct mqtt *m)
{
	uv_poll_t *p = calloc(1, sizeof *p);
	if (p == NULL)
		return -ENOMEM;

	int r = uv_poll_init(m->loop, p, mosquitto_socket(m->client));
	if (r < 0) {
		free(p);
		return r;
	}
	p->data = m;
	m->poll = p;
	m->n_open++;
	return 0;
}

static void session_begin(struct mqtt *m)
{
	m->stage = STAGE_JOINING;
	m->subscribing = 0;
	mosquitto_connect_v5_callback_set(m->client, on_connack);
	mosquitto_subscribe_v5_callback_set(m->client, on_suback);
	mosquitto_message_v5_callback_set(m->client, on_message);
	mosquitto_publish_v5_callback_set(m->client, on_puback);
	mosquitto_disconnect_v5_callback_set(m->client, on_disconnect);
	turn_joining(&m->turn);
	int r = start_poll(m);
	if (r < 0) {
		set_reason(m, uv_strerror(r));
		session_end(m);
		return;
	}
	rearm_misc(m);
	rearm_poll(m);
}

static void on_dialled(uv_async_t *a)
{
	struct mqtt *m = a->data;

	if (m->dial == NULL || !dial_take(&m->dial, &m->client, m->reason, sizeof m->reason))
		return;
	if (m->client == NULL)
		session_end(m);
	else
		session_begin(m);
}

static void dial(struct mqtt *m)
{
	struct mqtt_will will = { .topic = "" };

	if (m->dial != NULL) {
		dial_abandon(&m->dial);
		set_reason(m, "no answer to the connect");
		session_end(m);
		return;
	}
	client_begin();
	m->session++;
	m->peer = dial_settings_peer(m->settings, m->turn.at);
	m->reason[0] = '\0';
	m->session_present = false;
	m->mqtt5 = turn_mqtt5(&m->turn);
	if (m->h.will != NULL)
		m->h.will(m->h.arg, m->session, &will);
	int r = dial_open(&m->dial, m->settings, m->peer, &will, m->mqtt5, m, &m->dialled);
	if (r < 0) {
		set_reason(m, uv_strerror(r));
		session_end(m);
		return;
	}
	m->stage = STAGE_DIALING;
	(void)uv_timer_start(&m->timer, on_timer, m->turn.n > 1 ? ELSEWHERE_MS : DIAL_MS, 0);
}

static void on_timer(uv_timer_t *t)
{
	struct mqtt *m = t->data;

	if (m->closing) {
		finish_close(m);
		return;
	}
	if (m->stage == STAGE_WAITING || m->stage == STAGE_DIALING) {
		dial(m);
		return;
	}
	m->in_library = true;
	int r = mosquitto_loop_misc(m->client);
	m->in_library = false;
	if (r == MOSQ_ERR_SUCCESS)
		rearm_misc(m);
	after_library(m, r);
}

/* ---- ends ---- */

static void maybe_gone(struct mqtt *m)
{
	if (!m->closing || m->n_open > 0)
		return;
	void (*closed)(void *arg) = m->closed;
	void *arg = m->closed_arg;
	dial_settings_unref(m->settings);
	free(m->waiting);
	free(m);
	if (!dial_running())
		(void)mosquitto_lib_cleanup();
	if (closed != NULL)
		closed(arg);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct mqtt *m = h->data;

	m->n_open--;
	maybe_gone(m);
}

static void on_poll_closed(uv_handle_t *h)
{
	struct mqtt *m = h->data;

	free(h);
	m->n_open--;
	maybe_gone(m);
}

static void drop_client(struct mqtt *m)
{
	if (m->poll != NULL)
		uv_close((uv_handle_t *)m->poll, on_poll_closed);
	m->poll = NULL;
	if (m->client != NULL)
		mosquitto_destroy(m->client);
	m->client = NULL;
	m->counters.inflight = 0;
	m->sampled_us = 0;
	memset(m->waiting, 0, MID_BYTES);
}

/* The session, or the try to begin one, is over: say so and plan the next. */
static void session_end(struct mqtt *m)
{
	bool steady = m->stage == STAGE_UP && uv_now(m->loop) - m->up_since_ms >= STEADY_MS;

	drop_client(m);
	m->stage = STAGE_WAITING;
	set_reason(m, "the connection was lost");
	bool again = m->turn.again; /* it answered, and wants 3.1.1: nothing to speak of */
	unsigned wait_ms = turn_over(&m->turn, steady, m->o->max_backoff_ms);
	(void)uv_timer_start(&m->timer, on_timer, wait_ms, 0);
	if (again)
		return;
	m->counters.failures++;
	say(m, false, wait_ms);
}

static int open_handles(struct mqtt *m)
{
	int r = uv_timer_init(m->loop, &m->timer);
	if (r < 0)
		return r;
	m->timer.data = m;
	m->n_open++;

	r = uv_async_init(m->loop, &m->dialled, on_dialled);
	if (r < 0)
		return r;
	m->dialled.data = m;
	m->n_open++;
	return uv_timer_start(&m->timer, on_timer, 0, 0);
}

int mqtt_open(struct mqtt **ret, uv_loop_t *loop, const struct mqtt_options *o,
	      const struct mqtt_handlers *h)
{
	struct mqtt_options with_defaults = *o;
	int r = -ENOMEM;
	struct mqtt *m = calloc(1, sizeof *m);
	if (m == NULL)
		return -ENOMEM;

	(void)mosquitto_lib_init();
	if (o->max_inflight == 0)
		with_defaults.max_inflight = INFLIGHT_DEFAULT;
	if (o->max_backoff_ms == 0)
		with_defaults.max_backoff_ms = BACKOFF_CAP_MS;
	m->loop = loop;
	m->h = *h;
	m->turn.n = o->n_hosts;
	m->waiting = calloc(1, MID_BYTES);
	if (m->waiting == NULL)
		goto fail;
	r = dial_settings_new(&m->settings, &with_defaults);
	if (r < 0)
		goto fail;
	m->o = dial_settings_options(m->settings);
	r = open_handles(m);
	if (r < 0)
		goto fail;
	*ret = m;
	return 0;
fail:
	mqtt_close(m, NULL, NULL);
	return r;
}

static void finish_close(struct mqtt *m)
{
	if (m->waiting != NULL)
		drop_client(m);
	if (m->timer.data != NULL && !uv_is_closing((uv_handle_t *)&m->timer))
		uv_close((uv_handle_t *)&m->timer, on_handle_closed);
	if (m->dialled.data != NULL && !uv_is_closing((uv_handle_t *)&m->dialled))
		uv_close((uv_handle_t *)&m->dialled, on_handle_closed);
	maybe_gone(m);
}

/* A socket that is closed with something unread is reset, and the broker would lose our DISCONNECT
 * and send the will: so we read on until it closes. */
void mqtt_close(struct mqtt *m, void (*closed)(void *arg), void *arg)
{
	if (m == NULL && closed != NULL)
		closed(arg);
	if (m == NULL)
		return;
	assert(!m->closing);
	m->closing = true;
	m->closed = closed;
	m->closed_arg = arg;
	if (m->dial != NULL)
		dial_abandon(&m->dial);
	if (m->stage == STAGE_UP && mosquitto_disconnect(m->client) == MOSQ_ERR_SUCCESS) {
		m->stage = STAGE_LEAVING;
		m->paused = false;
		(void)uv_timer_start(&m->timer, on_timer, LEAVE_MS, 0);
		if (!m->in_library)
			rearm_poll(m);
	} else if (!m->in_library) {
		finish_close(m); /* else after_library does */
	}
}

bool mqtt_is_up(const struct mqtt *m)
{
	return m->stage == STAGE_UP;
}

unsigned mqtt_window(const struct mqtt *m)
{
	return m->stage == STAGE_UP ? m->o->max_inflight - m->counters.inflight : 0;
}

static void track(struct mqtt *m, int mid, uint64_t sent_us)
{
	mids_add(m->waiting, mid);
	m->counters.inflight++;
	if (m->sampled_us == 0) {
		m->sample_mid = mid;
		m->sampled_us = sent_us;
	}
}

int mqtt_publish(struct mqtt *m, const char *topic, const void *payload, size_t len, int qos,
		 bool retain, int *ret_mid)
{
	int mid = 0, r = 0;
	uint64_t now_us = uv_hrtime() / 1000;

	assert(qos == 0 || qos == 1);
	qos = m->o->at_most_once ? 0 : qos;
	if (m->stage != STAGE_UP)
		r = -ENOTCONN;
	else if (qos == 1 && m->counters.inflight >= m->o->max_inflight)
		r = -EAGAIN;
	else if (len > MQTT_MAX_PAYLOAD)
		r = -EINVAL;
	if (r == 0) {
		int e = mosquitto_publish(m->client, &mid, topic, (int)len, payload, qos, retain);
		if (e != MOSQ_ERR_SUCCESS)
			r = client_errno(e);
	}
	if (r < 0) {
		m->counters.refused++;
		return r;
	}
	m->counters.sent++;
	if (qos == 1)
		track(m, mid, now_us);
	if (!m->in_library)
		rearm_poll(m);
	if (ret_mid != NULL)
		*ret_mid = mid;
	return 0;
}

void mqtt_gather(struct mqtt *m, bool on)
{
	if (m->client != NULL)
		client_gather(m->client, on);
}

void mqtt_pause(struct mqtt *m, bool paused)
{
	m->paused = paused;
	if (!m->in_library && m->stage >= STAGE_JOINING)
		rearm_poll(m);
}

const struct mqtt_counters *mqtt_counters(const struct mqtt *m)
{
	return &m->counters;
}
