/* drills.c - happy path: control with the number -> the agent's event -> test messages to who is on
 * call, by each of their channels -> the gateways take them -> somebody answers. Failure path: a
 * link that does not hold in its time ends the drill and is named in the log. */
#include "collector/drills.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector_priv.h"
#include "common/wire/wire_control.h"

static const char *const state_names[] = { "running", "passed", "failed" };

static struct drill *running(struct drills *d)
{
	return d->n > 0 && d->rows[d->n - 1].state == DRILL_RUNNING ? &d->rows[d->n - 1] : NULL;
}

static const char *agent_id(const struct collector *c, const struct drill *d)
{
	return c->conf->topology.entities[d->agent].id;
}

/* To the log: one event per link that held, and how it ended. */
static void tell(struct collector *c, const struct drill *d, const char *link, const char *who,
		 const char *channel)
{
	json_t *o = json_pack("{s:i, s:s, s:s, s:s}", "drill", (int)d->number, "link", link,
			      "result", state_names[d->state], "agent", agent_id(c, d));
	char *text;

	if (who != NULL)
		(void)json_object_set_new(o, "to", json_string(who));
	if (channel != NULL)
		(void)json_object_set_new(o, "channel", json_string(channel));
	text = json_dumps(o, JSON_COMPACT);
	if (text != NULL && c->filling != NULL)
		(void)store_add_event(c->filling, collector_now().wall_ms, "drill", ENTITY_AGENT,
				      agent_id(c, d), text);
	free(text);
	json_decref(o);
	c->urgent = true;
	batch_changed(c);
}

static int on_proof(void *arg, const char *key, const void *buf, size_t len)
{
	struct collector *c = arg;
	const struct oncall_plan *p = &c->conf->plan;

	for (uint32_t i = 0; i < p->n_people; i++)
		if (strcmp(p->people[i].id, key + strlen("proof.")) == 0 &&
		    len == sizeof *c->drills.proven_wall_ms)
			memcpy(&c->drills.proven_wall_ms[i], buf, len);
	return 0;
}

int drills_open(struct collector *c)
{
	struct store_reader *r = NULL;
	char err[200];

	c->drills.proven_wall_ms =
		calloc(c->conf->plan.n_people + 1, sizeof *c->drills.proven_wall_ms);
	if (c->drills.proven_wall_ms == NULL)
		return -ENOMEM;
	if (store_reader_open(&r, c->conf->store.path, err, sizeof err) == 0)
		(void)store_read_blobs(r, "proof.", on_proof, c);
	store_reader_close(&r);
	return 0;
}

void drills_close(struct collector *c)
{
	free(c->drills.proven_wall_ms);
	c->drills.proven_wall_ms = NULL;
}

static int command(struct collector *c, const struct drill *d)
{
	struct wire_control m = { .drill = d->number };
	char topic[256];
	uint8_t *buf;
	size_t len;
	int r;

	(void)snprintf(m.collector, sizeof m.collector, "%s", c->conf->id);
	m.wall_ms = (uint64_t)collector_now().wall_ms;
	(void)snprintf(topic, sizeof topic, "linewatch/v1/%s/control", agent_id(c, d));
	r = wire_control_pack(&m, &buf, &len);
	if (r < 0)
		return r;
	r = broker_publish(c, topic, buf, len);
	free(buf);
	return r;
}

int drills_start(void *arg, uint32_t agent, uint32_t *ret_number)
{
	struct collector *c = arg;
	struct drills *d = &c->drills;
	struct instant now = collector_now();
	struct drill *row;
	int r;

	if (c->conf->plan.n_people == 0 || c->conf->n_notifiers == 0)
		return -ENOENT;
	if (running(d) != NULL)
		return -EBUSY;
	if (d->n == DRILLS_KEPT) {
		memmove(d->rows, d->rows + 1, (DRILLS_KEPT - 1) * sizeof *d->rows);
		d->n--;
	}
	row = &d->rows[d->n];
	drill_start(row, (uint32_t)(now.wall_ms / 1000), agent, now.mono_ms, now.wall_ms);
	if (row->number == d->last_number)
		row->number++;
	r = command(c, row);
	if (r < 0)
		return r;
	d->n++;
	d->last_number = *ret_number = row->number;
	(void)drill_reach(row, DRILL_COMMANDED, collector_now().mono_ms);
	tell(c, row, drill_link_name(DRILL_COMMANDED), NULL, NULL);
	return 0;
}

void drills_event(struct collector *c, uint32_t agent, int64_t number)
{
	struct drill *d = running(&c->drills);
	struct instant now = collector_now();
	struct outbox_sources s = outbox_sources(c);
	uint32_t person;

	if (d == NULL || d->agent != agent || d->number != number ||
	    !drill_reach(d, DRILL_ANSWERED, now.mono_ms))
		return;
	person = oncall_at(&c->conf->plan, now.wall_ms);
	tell(c, d, drill_link_name(DRILL_ANSWERED), NULL, NULL);
	if (person == NO_PERSON ||
	    outbox_put_test(c->filling, &s, person, d->number, now.wall_ms) <= 0)
		return; /* the tick names the link that did not hold */
	c->drills.decided = d->number;
	c->outbox_filled = true;
	c->urgent = true;
	batch_changed(c);
}

void drills_committed(struct collector *c)
{
	struct drill *d = running(&c->drills);

	if (d != NULL && c->drills.decided == d->number)
		(void)drill_reach(d, DRILL_DECIDED, collector_now().mono_ms);
	c->drills.decided = 0;
}

void drills_report(struct collector *c, const struct notify_report *r)
{
	struct drill *d = running(&c->drills);

	if (r->message->kind != MESSAGE_TEST || r->result != DELIVERY_TAKEN || d == NULL)
		return;
	(void)drill_reach(d, DRILL_HANDED, collector_now().mono_ms);
	tell(c, d, drill_link_name(DRILL_HANDED), r->message->person, r->channel);
}

int drills_ack(void *arg, uint32_t number, const char *by)
{
	struct collector *c = arg;
	struct drill *d = running(&c->drills);

	if (d == NULL || (number != 0 && d->number != number) ||
	    !drill_reach(d, DRILL_ACKNOWLEDGED, collector_now().mono_ms))
		return -ENOENT;
	tell(c, d, drill_link_name(DRILL_ACKNOWLEDGED), by, NULL);
	drills_answered(c, by);
	return 0;
}

void drills_answered(struct collector *c, const char *person)
{
	const struct oncall_plan *p = &c->conf->plan;
	int64_t now = collector_now().wall_ms;
	char key[64];

	for (uint32_t i = 0; i < p->n_people; i++) {
		if (strcmp(p->people[i].id, person) != 0 || c->filling == NULL)
			continue;
		c->drills.proven_wall_ms[i] = now;
		(void)snprintf(key, sizeof key, "proof.%s", person);
		(void)store_set_blob(c->filling, key, &now, sizeof now);
	}
}

size_t drills_list(void *arg, const struct drill **ret)
{
	const struct collector *c = arg;

	*ret = c->drills.rows;
	return c->drills.n;
}

void drills_tick(struct collector *c)
{
	struct drill *d = running(&c->drills);

	if (d == NULL)
		return;
	drill_tick(d, collector_now().mono_ms);
	if (d->state == DRILL_FAILED)
		tell(c, d, drill_link_name(d->failed_at), NULL, NULL);
}
