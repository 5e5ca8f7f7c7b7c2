/* broker.c - the collector's connection to the broker: what it hears goes to the intake, and its own
 * retained state says that it is alive. While the connection is down nothing that agents say is
 * lost: they keep it until it is acknowledged. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector_priv.h"
#include "common/io/secret.h"
#include "common/wire/wire_control.h"

/* Messages that mosquitto has thrown away since it started; other brokers never say it. */
#define DROPPED_TOPIC "$SYS/broker/publish/messages/dropped"

static const char *const subscriptions[] = { DROPPED_TOPIC, "linewatch/v1/+/+/live",
					     "linewatch/v1/+/+/history", "linewatch/v1/+/+/death",
					     NULL };

static void state_topic(const struct collector *c, char *buf, size_t size)
{
	(void)snprintf(buf, size, "linewatch/v1/collector/%s/state", c->conf->id);
}

static int pack_state(const struct collector *c, bool online, uint8_t **ret, size_t *ret_len)
{
	struct wire_collector_state s = { .online = online,
					  .since_wall_ms = (uint64_t)c->since_wall_ms,
					  .wall_ms = (uint64_t)collector_now().wall_ms };

	(void)snprintf(s.collector, sizeof s.collector, "%s", c->conf->id);
	return wire_collector_state_pack(&s, ret, ret_len);
}

static void say_state(struct collector *c, bool online)
{
	char topic[128];
	uint8_t *buf;
	size_t len;

	state_topic(c, topic, sizeof topic);
	if (pack_state(c, online, &buf, &len) < 0)
		return;
	(void)mqtt_publish(c->mqtt, topic, buf, len, 1, true, NULL);
	free(buf);
}

static void on_change(void *arg, const struct mqtt_change *ch)
{
	struct collector *c = arg;

	if (c->closing)
		return;
	if (ch->up) {
		log_notice("connected to the broker session=%u mqtt=%s broker=%s:%u", ch->session,
			   ch->mqtt5 ? "5" : "3.1.1", ch->peer->host, ch->peer->port);
		say_state(c, true);
	} else if (c->broker_up || ch->session <= 1) {
		log_warning("no connection to the broker broker=%s:%u reason=\"%s\" retry_ms=%u",
			    ch->peer->host, ch->peer->port, ch->reason, ch->retry_ms);
	}
	c->broker_up = ch->up;
	engine_broker(c->engine, ch->up, collector_now());
	carry_out(c);
	arm_engine(c);
}

static void set_dropping(struct collector *c, bool dropping, struct instant now)
{
	if (dropping == c->dropping)
		return;
	c->dropping = dropping;
	log_notice(dropping ? "the broker throws messages away -> they are asked for again"
			    : "the broker keeps its messages again");
	(void)engine_condition(c->engine, c->conf->topology.broker, "dropping", dropping, now);
	carry_out(c);
	arm_engine(c);
}

/* It only grows; a smaller number is a broker that was started anew. */
static void on_dropped(struct collector *c, const struct mqtt_message *m)
{
	struct instant now = collector_now();
	char text[24];
	long long n;

	(void)snprintf(text, sizeof text, "%.*s", (int)(m->len < 20 ? m->len : 20),
		       (const char *)m->payload);
	n = strtoll(text, NULL, 10);
	if (c->dropped_known && n > c->dropped) {
		c->dropped_at_ms = now.mono_ms;
		set_dropping(c, true, now);
	}
	c->dropped_known = true;
	c->dropped = n;
}

void broker_watch(struct collector *c, struct instant now)
{
	if (c->dropping && now.mono_ms - c->dropped_at_ms > DROPPING_MS)
		set_dropping(c, false, now);
}

static void on_message(void *arg, const struct mqtt_message *m)
{
	struct collector *c = arg;

	if (c->closing || c->filling == NULL)
		return;
	if (strcmp(m->topic, DROPPED_TOPIC) == 0) {
		on_dropped(c, m);
		return;
	}
	intake_message(c->intake, c->filling, m->topic, m->payload, m->len, collector_now());
	carry_out(c);
	batch_changed(c);
}

/* Said for us when we vanish; an agent heeds it only if it is as new as what it knows. */
static void on_will(void *arg, uint32_t session, struct mqtt_will *ret)
{
	struct collector *c = arg;
	uint8_t *buf;
	size_t len;

	(void)session;
	ret->len = 0;
	state_topic(c, ret->topic, sizeof ret->topic);
	if (pack_state(c, false, &buf, &len) < 0)
		return;
	if (len <= sizeof ret->payload) {
		memcpy(ret->payload, buf, len);
		ret->len = len;
		ret->retain = true;
	}
	free(buf);
}

int broker_publish(void *arg, const char *topic, const void *buf, size_t len)
{
	struct collector *c = arg;

	return mqtt_publish(c->mqtt, topic, buf, len, 1, false, NULL);
}

int broker_open(struct collector *c, char *reterr, size_t reterr_size)
{
	static const struct mqtt_handlers on = { .change = on_change,
						 .message = on_message,
						 .will = on_will };
	const struct broker_conf *b = &c->conf->broker;
	struct mqtt_handlers h = on;
	struct mqtt_options o;
	char id[96], password[256] = "";
	int r = 0;

	if (b->password_file != NULL)
		r = secret_read(b->password_file, password, sizeof password);
	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "%s: %s", b->password_file, secret_problem(r));
		return r;
	}
	(void)snprintf(id, sizeof id, "linewatch-collector-%s", c->conf->id);
	broker_conf_options(b, &o);
	o.client_id = id;
	o.password = b->password_file != NULL ? password : NULL;
	o.subscriptions = subscriptions;
	o.max_inflight = 200;
	h.arg = c;
	r = mqtt_open(&c->mqtt, c->loop, &o, &h);
	explicit_bzero(password, sizeof password);
	if (r < 0)
		(void)snprintf(reterr, reterr_size, "cannot start the broker's client: %s",
			       uv_strerror(r));
	return r;
}

void broker_goodbye(struct collector *c)
{
	if (c->mqtt != NULL && mqtt_is_up(c->mqtt))
		say_state(c, false);
}
