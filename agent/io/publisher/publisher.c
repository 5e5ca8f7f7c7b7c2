/* Happy path: mqtt comes up with our subscriptions, `up` asks for a birth, reports go out on live or
 * history. Each CONNECT carries a will that names boot and session, so that an old will that the
 * broker sends late is known for what it is. Controls of another collector, or that cannot be
 * decoded, are counted and dropped; a line says so once a minute at most. */
#include "agent/io/publisher/publisher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/log.h"
#include "common/wire/wire_control.h"

enum { TOPIC_MAX = 200, LIVE_ROOM = 6 };

struct publisher {
	struct mqtt *mqtt;
	struct publisher_handlers h;
	uint32_t boot_id, session;
	char collector[WIRE_MAX_TEXT + 1];
	char lanes[2][TOPIC_MAX], death[TOPIC_MAX], control[TOPIC_MAX], state[TOPIC_MAX];
	bool collector_away;
	uint64_t collector_since_ms;
	struct publisher_counters counters;
	struct log_limit limit_down, limit_denied, limit_control;
};

static void on_change(void *arg, const struct mqtt_change *c)
{
	struct publisher *p = arg;

	if (c->up) {
		p->session = c->session;
		log_info("connected to the broker session=%u mqtt=%s broker=%s:%u", c->session,
			 c->mqtt5 ? "5" : "3.1.1", c->peer->host, c->peer->port);
		p->h.up(p->h.arg, c->session);
		return;
	}
	log_limited(&p->limit_down, LOG_P_WARNING,
		    "no connection to the broker -> journal only broker=%s:%u reason=\"%s\" "
		    "retry_ms=%u",
		    c->peer->host, c->peer->port, c->reason, c->retry_ms);
	p->h.down(p->h.arg);
}

static void on_control(struct publisher *p, const struct mqtt_message *m)
{
	struct wire_control *c = malloc(sizeof *c);
	if (c == NULL)
		return; /* it will be said again */

	int r = wire_control_unpack(m->payload, m->len, c);
	if (r != 0) {
		p->counters.garbled++;
		log_limited(&p->limit_control, LOG_P_WARNING,
			    "a control message cannot be read -> ignored reason=\"%s\" bytes=%zu",
			    r > 0 ? wire_refusal_name(r) : strerror(-r), m->len);
	} else if (strcmp(c->collector, p->collector) != 0) {
		p->counters.strangers++;
		log_limited(&p->limit_control, LOG_P_WARNING,
			    "a control message of another collector -> ignored collector=%s",
			    c->collector);
	} else {
		p->counters.controls++;
		p->h.control(p->h.arg, c);
	}
	free(c);
}

static void on_state(struct publisher *p, const struct mqtt_message *m)
{
	struct wire_collector_state s;

	if (wire_collector_state_unpack(m->payload, m->len, &s) != 0) {
		p->counters.garbled++;
		return;
	}
	if (strcmp(s.collector, p->collector) != 0 || s.since_wall_ms < p->collector_since_ms)
		return; /* another one, or an older word of ours */
	p->collector_since_ms = s.since_wall_ms;
	if (p->collector_away == !s.online)
		return;
	p->collector_away = !s.online;
	log_notice("the collector is %s collector=%s",
		   s.online ? "back" : "away -> journal until it is back", p->collector);
	if (s.online)
		p->h.collector_back(p->h.arg);
}

static void on_message(void *arg, const struct mqtt_message *m)
{
	struct publisher *p = arg;

	if (strcmp(m->topic, p->control) == 0)
		on_control(p, m);
	else if (strcmp(m->topic, p->state) == 0)
		on_state(p, m);
	else
		p->counters.garbled++;
}

static void on_acked(void *arg, int mid, int reason)
{
	struct publisher *p = arg;

	(void)mid;
	if (reason >= 128)
		log_limited(&p->limit_denied, LOG_P_ERROR,
			    "the broker refuses what we publish -> check its access list for this "
			    "certificate reason=%d topic=%s",
			    reason, p->lanes[LANE_LIVE]);
	p->h.room(p->h.arg);
}

static void on_will(void *arg, uint32_t session, struct mqtt_will *w)
{
	struct publisher *p = arg;
	struct wire_death d = { .boot_id = p->boot_id, .session = session };
	uint8_t *bytes;
	size_t len;

	if (wire_death_pack(&d, &bytes, &len) < 0)
		return;
	if (len <= sizeof w->payload) {
		(void)snprintf(w->topic, sizeof w->topic, "%s", p->death);
		memcpy(w->payload, bytes, len);
		w->len = len;
	}
	free(bytes);
}

static void topics(struct publisher *p, const struct publisher_options *o)
{
	static const char *const lanes[] = { "live", "history" };

	for (size_t i = 0; i < 2; i++)
		(void)snprintf(p->lanes[i], TOPIC_MAX, "linewatch/v1/%s/%s/%s", o->site, o->agent,
			       lanes[i]);
	(void)snprintf(p->death, TOPIC_MAX, "linewatch/v1/%s/%s/death", o->site, o->agent);
	(void)snprintf(p->control, TOPIC_MAX, "linewatch/v1/%s/%s/control", o->site, o->agent);
	(void)snprintf(p->state, TOPIC_MAX, "linewatch/v1/collector/%s/state", o->collector);
}

int publisher_open(struct publisher **ret, uv_loop_t *loop, const struct publisher_options *o,
		   const struct publisher_handlers *h)
{
	char name[2 * WIRE_MAX_TEXT + 2];
	struct mqtt_options mo = *o->mqtt;
	struct publisher *p = calloc(1, sizeof *p);
	if (p == NULL)
		return -ENOMEM;

	p->h = *h;
	p->boot_id = o->boot_id;
	(void)snprintf(p->collector, sizeof p->collector, "%s", o->collector);
	topics(p, o);
	(void)snprintf(name, sizeof name, "%s/%s", o->site, o->agent);
	const char *const subscriptions[] = { p->control, p->state, NULL };
	struct mqtt_handlers mh = { on_change, on_message, on_acked, on_will, p };
	mo.client_id = name;
	mo.subscriptions = subscriptions;
	int r = mqtt_open(&p->mqtt, loop, &mo, &mh);
	if (r < 0) {
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

unsigned publisher_room(const struct publisher *p, enum publisher_lane lane)
{
	unsigned room = mqtt_window(p->mqtt);

	if (lane == LANE_LIVE)
		return room;
	return room > LIVE_ROOM ? room - LIVE_ROOM : 0;
}

int publisher_send(struct publisher *p, enum publisher_lane lane, const void *bytes, size_t len)
{
	if (lane == LANE_HISTORY && publisher_room(p, lane) == 0)
		return -EAGAIN;
	return mqtt_publish(p->mqtt, p->lanes[lane], bytes, len, 1, false, NULL);
}

bool publisher_is_up(const struct publisher *p)
{
	return mqtt_is_up(p->mqtt);
}

bool publisher_collector_listens(const struct publisher *p)
{
	return !p->collector_away;
}

const struct mqtt_counters *publisher_mqtt(const struct publisher *p)
{
	return mqtt_counters(p->mqtt);
}

const struct publisher_counters *publisher_counters(const struct publisher *p)
{
	return &p->counters;
}

struct farewell {
	struct publisher *p;
	void (*closed)(void *arg);
	void *arg;
};

static void on_mqtt_closed(void *arg)
{
	struct farewell f = *(struct farewell *)arg;

	free(arg);
	free(f.p);
	if (f.closed != NULL)
		f.closed(f.arg);
}

void publisher_close(struct publisher *p, void (*closed)(void *arg), void *arg)
{
	if (p == NULL)
		return;
	struct wire_death d = { .boot_id = p->boot_id, .session = p->session, .intended = true };
	struct farewell *f = malloc(sizeof *f);
	uint8_t *bytes;
	size_t len;

	if (mqtt_is_up(p->mqtt) && wire_death_pack(&d, &bytes, &len) == 0) {
		(void)mqtt_publish(p->mqtt, p->death, bytes, len, 1, false, NULL);
		free(bytes);
	}
	if (f == NULL) {
		mqtt_close(p->mqtt, NULL, NULL); /* p itself stays: we are out of memory at exit */
		return;
	}
	*f = (struct farewell){ p, closed, arg };
	mqtt_close(p->mqtt, on_mqtt_closed, f);
}
