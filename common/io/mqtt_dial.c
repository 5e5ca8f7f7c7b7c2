/* Name look-up, TCP connect and the reading of certificates block, so they happen in a short-lived
 * thread; the connected client is then handed to the loop. A connect into a silent network takes up
 * to two minutes: its owner abandons it and may dial again. Failures come back as words.
 *
 * A program that ends does not wait for an abandoned dial. Its thread may be anywhere in the TLS
 * library, whose clean-up at exit would pull the ground from under it: so there is none then. */
#include "common/io/mqtt_dial.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/mqtt_client.h"

/* RUNNING_MAX: more than a client begins in the two minutes that a silent network takes, so that the
 * line's return is not waited for behind tries of long ago. */
enum { STACK_BYTES = 256 << 10, RUNNING_MAX = 16, KEEPALIVE_S = 10 };

struct dial_settings {
	_Atomic int refs;
	struct mqtt_options o;
	struct mqtt_peer peers[MQTT_HOSTS_MAX];
	char *subscriptions[SUBSCRIPTIONS_MAX + 1];
};

struct dial {
	pthread_mutex_t lock;
	pthread_t thread;
	bool finished, abandoned;
	struct dial_settings *settings;
	const struct mqtt_peer *peer; /* of the settings */
	struct mqtt_will will;
	bool mqtt5;
	void *user;
	uv_async_t *done;
	struct mosquitto *client;
	char reason[160];
};

static _Atomic int running;

static int copy(const char **field)
{
	if (*field == NULL)
		return 0;
	*field = strdup(*field);
	return *field == NULL ? -ENOMEM : 0;
}

static int copy_subscriptions(struct dial_settings *s, const char *const *from)
{
	s->o.subscriptions = (const char *const *)s->subscriptions;
	for (size_t i = 0; from != NULL && from[i] != NULL; i++) {
		if (i == SUBSCRIPTIONS_MAX)
			return -E2BIG;
		s->subscriptions[i] = strdup(from[i]);
		if (s->subscriptions[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int copy_peers(struct dial_settings *s, const struct mqtt_options *o)
{
	int r = 0;

	if (o->n_hosts == 0 || o->n_hosts > MQTT_HOSTS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < o->n_hosts && r == 0; i++)
		r = mqtt_peer_parse(&s->peers[i], o->hosts[i], o->port);
	s->o.hosts = NULL; /* not ours */
	return r;
}

int dial_settings_new(struct dial_settings **ret, const struct mqtt_options *o)
{
	int r = 0;
	struct dial_settings *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	atomic_init(&s->refs, 1);
	s->o = *o;
	const char **fields[] = { &s->o.client_id, &s->o.ca_file,  &s->o.cert_file,
				  &s->o.key_file,  &s->o.username, &s->o.password };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (r == 0)
			r = copy(fields[i]);
		else
			*fields[i] = NULL; /* not ours */
	if (r == 0)
		r = copy_subscriptions(s, o->subscriptions);
	if (r == 0)
		r = copy_peers(s, o);
	if (s->o.keepalive_s == 0)
		s->o.keepalive_s = KEEPALIVE_S;
	if (r < 0)
		dial_settings_unref(s);
	else
		*ret = s;
	return r;
}

const struct mqtt_options *dial_settings_options(const struct dial_settings *s)
{
	return &s->o;
}

const struct mqtt_peer *dial_settings_peer(const struct dial_settings *s, unsigned i)
{
	return &s->peers[i];
}

void dial_settings_unref(struct dial_settings *s)
{
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	for (size_t i = 0; s->subscriptions[i] != NULL; i++)
		free(s->subscriptions[i]);
	if (s->o.password != NULL)
		explicit_bzero((char *)s->o.password, strlen(s->o.password));
	const char *fields[] = { s->o.client_id, s->o.ca_file,	s->o.cert_file,
				 s->o.key_file,	 s->o.username, s->o.password };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		free((char *)fields[i]);
	free(s);
}

static int prepare(struct dial *d)
{
	const struct mqtt_options *o = &d->settings->o;
	struct mosquitto *m = d->client;
	int r;

	mosquitto_log_callback_set(m, client_on_log);
	r = mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION,
				 d->mqtt5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
	if (r == MOSQ_ERR_SUCCESS)
		r = mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, (int)o->max_inflight);
	if (r == MOSQ_ERR_SUCCESS)
		r = mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	if (r == MOSQ_ERR_SUCCESS && o->username != NULL)
		r = mosquitto_username_pw_set(m, o->username, o->password);
	if (r == MOSQ_ERR_SUCCESS && o->ca_file != NULL)
		r = mosquitto_tls_set(m, o->ca_file, NULL, o->cert_file, o->key_file, NULL);
	if (r == MOSQ_ERR_SUCCESS && d->will.topic[0] != '\0')
		r = mosquitto_will_set(m, d->will.topic, (int)d->will.len, d->will.payload,
				       o->at_most_once ? 0 : 1, d->will.retain);
	return r;
}

static int connect_client(struct dial *d)
{
	const struct mqtt_options *o = &d->settings->o;
	mosquitto_property *props = NULL;
	int r;

	client_begin();
	d->client = mosquitto_new(o->client_id, o->session_expiry_s == 0, d->user);
	if (d->client == NULL)
		return MOSQ_ERR_NOMEM;
	r = prepare(d);
	if (r == MOSQ_ERR_SUCCESS && d->mqtt5 && o->session_expiry_s > 0)
		r = mosquitto_property_add_int32(&props, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
						 o->session_expiry_s);
	errno = 0;
	if (r == MOSQ_ERR_SUCCESS)
		r = mosquitto_connect_bind_v5(d->client, d->peer->host, (int)d->peer->port,
					      (int)o->keepalive_s, NULL, props);
	int e = errno;
	mosquitto_property_free_all(&props);
	errno = e;
	if (r != MOSQ_ERR_SUCCESS)
		(void)snprintf(d->reason, sizeof d->reason, "%s", client_words(r, true));
	return r;
}

static void dial_free(struct dial *d)
{
	if (d->client != NULL)
		mosquitto_destroy(d->client);
	dial_settings_unref(d->settings);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

static void *dial_main(void *arg)
{
	struct dial *d = arg;

	if (connect_client(d) != MOSQ_ERR_SUCCESS && d->client != NULL) {
		mosquitto_destroy(d->client);
		d->client = NULL;
	}
	(void)pthread_mutex_lock(&d->lock);
	bool abandoned = d->abandoned;
	d->finished = true;
	if (!abandoned)
		(void)uv_async_send(d->done); /* under the lock: the handle is still open */
	(void)pthread_mutex_unlock(&d->lock);
	if (abandoned)
		dial_free(d);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void leave_at_once(int status, void *arg)
{
	(void)arg;
	if (!dial_running())
		return;
	(void)fflush(NULL);
	_exit(status);
}

/* Handlers run newest first: ours before that of the library, which was initialised before. */
static void guard_exit(void)
{
	(void)on_exit(leave_at_once, NULL);
}

bool dial_running(void)
{
	return atomic_load(&running) > 0;
}

static int start_thread(struct dial *d)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_attr_t attr;
	int e = pthread_attr_init(&attr);

	if (e != 0)
		return -e;
	(void)pthread_once(&once, guard_exit);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	e = pthread_create(&d->thread, &attr, dial_main, d);
	(void)pthread_attr_destroy(&attr);
	return -e;
}

int dial_open(struct dial **ret, struct dial_settings *s, const struct mqtt_peer *peer,
	      const struct mqtt_will *will, bool mqtt5, void *user, uv_async_t *done)
{
	if (atomic_fetch_add(&running, 1) >= RUNNING_MAX) {
		atomic_fetch_sub(&running, 1);
		return -EAGAIN;
	}
	struct dial *d = calloc(1, sizeof *d);
	if (d == NULL) {
		atomic_fetch_sub(&running, 1);
		return -ENOMEM;
	}
	(void)pthread_mutex_init(&d->lock, NULL);
	atomic_fetch_add(&s->refs, 1);
	d->settings = s;
	d->peer = peer;
	d->will = *will;
	d->mqtt5 = mqtt5;
	d->user = user;
	d->done = done;
	int r = start_thread(d);
	if (r < 0) {
		atomic_fetch_sub(&running, 1);
		dial_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

bool dial_take(struct dial **dp, struct mosquitto **ret, char *reason, size_t size)
{
	struct dial *d = *dp;

	(void)pthread_mutex_lock(&d->lock);
	bool finished = d->finished;
	(void)pthread_mutex_unlock(&d->lock);
	if (!finished)
		return false;
	(void)pthread_join(d->thread, NULL); /* it is past all that could block */
	*ret = d->client;
	d->client = NULL;
	(void)snprintf(reason, size, "%s", d->reason);
	dial_free(d);
	*dp = NULL;
	return true;
}

void dial_abandon(struct dial **dp)
{
	struct dial *d = *dp;

	*dp = NULL;
	(void)pthread_mutex_lock(&d->lock);
	d->abandoned = true;
	bool finished = d->finished;
	pthread_t thread = d->thread;
	(void)pthread_mutex_unlock(&d->lock);
	if (!finished) { /* the dial is its own now */
		(void)pthread_detach(thread);
		return;
	}
	(void)pthread_join(thread, NULL);
	dial_free(d);
}
