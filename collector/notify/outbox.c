#include "collector/notify/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/page_text.h"
#include "common/core/tr.h"

enum { LINK_LIFE_MS = 86400000, TEXT_MAX = 8192 };

static const char *const severity_names[] = { "cleared", "warning", "minor", "major", "critical" };
static const char *const reason_names[] = { "opened", "worse", "escalated", "resolved" };

static bool add_channel(struct message *m, const struct notifier_conf *n, const char *address)
{
	if (address == NULL || m->n_channels == MESSAGE_MAX_CHANNELS)
		return false;
	char *id = strdup(n->id), *to = strdup(address);
	if (id == NULL || to == NULL) {
		free(id);
		free(to);
		return false;
	}
	m->channels[m->n_channels] = id;
	m->addresses[m->n_channels] = to;
	m->n_channels++;
	return true;
}

static const struct notifier_conf *notifier_of(const struct collector_conf *c, const char *id)
{
	for (uint32_t i = 0; i < c->n_notifiers; i++)
		if (strcmp(c->notifiers[i].id, id) == 0)
			return &c->notifiers[i];
	return NULL;
}

uint32_t outbox_channels(const struct collector_conf *c, uint32_t person, struct message *m)
{
	const struct person *p = &c->plan.people[person];
	const struct person_address *a = &c->addresses[person];

	for (uint32_t i = 0; i < p->n_channels; i++) {
		const struct notifier_conf *n = notifier_of(c, p->channels[i]);

		if (n != NULL)
			(void)add_channel(m, n, person_address_for(a, n->type));
	}
	for (uint32_t i = 0; p->n_channels == 0 && i < c->n_notifiers; i++)
		(void)add_channel(m, &c->notifiers[i], person_address_for(a, c->notifiers[i].type));
	return m->n_channels;
}

static int add(struct store_batch *b, const struct message *m)
{
	char *json = message_to_json(m);
	int r = json != NULL ? store_outbox_add(b, m->key, m->born_wall_ms, json) : -ENOMEM;

	free(json);
	return r;
}

/* --- a page to a person --- */

static char *link_to(const struct outbox_sources *s, uint32_t incident, const char *person,
		     int64_t wall_ms)
{
	const char *base =
		s->conf->pages.url != NULL ? s->conf->pages.url : "http://127.0.0.1:8111";
	struct ack_link l = { .incident = incident, .expires_wall_ms = wall_ms + LINK_LIFE_MS };
	char token[ACK_LINK_MAX];
	char *out = NULL;

	(void)snprintf(l.person, sizeof l.person, "%s", person);
	if (s->link_key == NULL || ack_link_make(s->link_key, &l, token) < 0) {
		if (asprintf(&out, "%s/i/%u", base, incident) < 0)
			return NULL;
		return out;
	}
	if (asprintf(&out, "%s/i/%u?t=%s", base, incident, token) < 0)
		return NULL;
	return out;
}

static char *text_in(const struct page_request *r, enum page_form form)
{
	char buf[TEXT_MAX];

	(void)page_text(buf, sizeof buf, r, form);
	return strdup(buf);
}

static void fill_texts(struct message *m, const struct page_request *r)
{
	m->subject = text_in(r, PAGE_FORM_SUBJECT);
	m->text = text_in(r, PAGE_FORM_CHAT);
	m->mail = text_in(r, PAGE_FORM_LONG);
	m->sms = text_in(r, PAGE_FORM_SMS);
	m->sms_unicode = text_in(r, PAGE_FORM_SMS_UCS2);
}

static void fill_incident(struct message *m, const struct outbox_sources *s, uint32_t incident)
{
	const struct topology *t = &s->conf->topology;
	struct incident_view v;

	if (!engine_incident(s->engine, incident, &v) || v.n_alarms == 0)
		return;
	m->entity = strdup(t->entities[v.members[0].entity].id);
	m->code = strdup(v.members[0].code);
	m->severity = strdup(severity_names[v.severity]);
	if (v.site != NO_ENTITY)
		m->site = strdup(t->sites[v.site].id);
}

static char *page_key(const struct outbox_sources *s, const struct effect *e, const char *person)
{
	char *key = NULL;
	int n = asprintf(&key, "page/%08" PRIx32 "/%u/%s/%u/%s/%" PRId64, s->run, e->page.incident,
			 reason_names[e->page.reason], e->page.step, person, e->wall_ms);

	return n < 0 ? NULL : key;
}

static int put_page(struct store_batch *b, const struct outbox_sources *s, const struct effect *e)
{
	const struct person *p = &s->conf->plan.people[e->page.person];
	struct message m = { .kind = MESSAGE_PAGE,
			     .incident = e->page.incident,
			     .wants_receipt = e->page.reason != PAGE_RESOLVED,
			     .born_wall_ms = e->wall_ms };
	struct page_request r = { .engine = s->engine,
				  .topology = &s->conf->topology,
				  .rules = s->conf->rules,
				  .plan = &s->conf->plan,
				  .incident = e->page.incident,
				  .reason = e->page.reason,
				  .language = p->language,
				  .wall_ms = e->wall_ms };
	int n = 0;

	if (outbox_channels(s->conf, e->page.person, &m) == 0) {
		message_fini(&m); /* no notifier reaches this person */
		return 0;
	}
	m.link = link_to(s, e->page.incident, p->id, e->wall_ms);
	r.link = m.link;
	fill_texts(&m, &r);
	fill_incident(&m, s, e->page.incident);
	m.person = strdup(p->id);
	m.language = strdup(p->language);
	m.reason = strdup(reason_names[e->page.reason]);
	m.key = page_key(s, e, p->id);
	n = m.key != NULL && m.reason != NULL ? add(b, &m) : -ENOMEM;
	message_fini(&m);
	return n < 0 ? n : 1;
}

/* --- an alarm to machines: one row for each, so that a dead one holds up no other --- */

static char *alarm_words(const struct outbox_sources *s, const struct effect *e)
{
	const struct alarm_view *v = &e->alarm.view;
	const struct entity *x = &s->conf->topology.entities[v->entity];
	char what[256], text[300];
	const struct tr_arg over[] = { { "what", what }, { NULL, NULL } };

	(void)snprintf(what, sizeof what, "%s: %s", x->name, tr_word("vi", "alarm.", v->code));
	if (e->alarm.raised)
		return strdup(what);
	(void)tr_fill(text, sizeof text, tr("vi", "notify.over"), over);
	return strdup(text);
}

static int put_alarm_for(struct store_batch *b, const struct outbox_sources *s,
			 const struct effect *e, const struct notifier_conf *n)
{
	const struct topology *t = &s->conf->topology;
	const struct alarm_view *v = &e->alarm.view;
	const struct entity *x = &t->entities[v->entity];
	struct message m = { .kind = MESSAGE_ALARM,
			     .alarm = v->id,
			     .incident = v->incident,
			     .born_wall_ms = e->wall_ms };
	int r;

	m.entity = strdup(x->id);
	m.code = strdup(v->code);
	m.severity = strdup(severity_names[v->severity]);
	m.reason = strdup(e->alarm.raised ? "raised" : "cleared");
	m.subject = alarm_words(s, e);
	m.text = m.subject != NULL ? strdup(m.subject) : NULL;
	m.site = x->site != NO_ENTITY ? strdup(t->sites[x->site].id) : NULL;
	if (!add_channel(&m, n, "") ||
	    asprintf(&m.key, "alarm/%08" PRIx32 "/%s/%" PRIu64 "/%s/%s", s->run, n->id, v->id,
		     e->alarm.raised ? "raised" : "cleared", severity_names[v->severity]) < 0) {
		m.key = NULL;
		message_fini(&m);
		return -ENOMEM;
	}
	r = add(b, &m);
	message_fini(&m);
	return r;
}

static bool wants_alarms(const struct notifier_conf *n)
{
	static const char *const machines[] = { "alertmanager", "snmp_trap", "syslog" };

	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		if (strcmp(n->type, machines[i]) == 0)
			return true;
	return false;
}

static int put_alarm(struct store_batch *b, const struct outbox_sources *s, const struct effect *e)
{
	int n = 0;

	for (uint32_t i = 0; i < s->conf->n_notifiers; i++) {
		int r;

		if (!wants_alarms(&s->conf->notifiers[i]))
			continue;
		r = put_alarm_for(b, s, e, &s->conf->notifiers[i]);
		if (r < 0)
			return r;
		n++;
	}
	return n;
}

int outbox_put(struct store_batch *b, const struct outbox_sources *s, const struct effect *e)
{
	if (e->kind == EFFECT_PAGE)
		return put_page(b, s, e);
	if (e->kind == EFFECT_ALARM)
		return put_alarm(b, s, e);
	return 0;
}

/* --- a test --- */

static int put_test_by(struct store_batch *b, const struct message *whole, uint32_t channel,
		       uint32_t drill)
{
	struct message m = *whole;
	char *key = NULL;
	int r;

	if (asprintf(&key, "test/%u/%s/%s/%" PRId64, drill, whole->person, whole->channels[channel],
		     whole->born_wall_ms) < 0)
		return -ENOMEM;
	m.key = key;
	m.channels[0] = whole->channels[channel];
	m.addresses[0] = whole->addresses[channel];
	m.n_channels = 1;
	r = add(b, &m);
	free(key);
	return r;
}

int outbox_put_test(struct store_batch *b, const struct outbox_sources *s, uint32_t person,
		    uint32_t drill, int64_t wall_ms)
{
	const struct person *p = &s->conf->plan.people[person];
	struct message m = { .kind = MESSAGE_TEST, .born_wall_ms = wall_ms };
	uint32_t n = outbox_channels(s->conf, person, &m);
	int r = 0;

	m.person = strdup(p->id);
	m.language = strdup(p->language);
	m.subject = strdup(tr(p->language, "notify.drill_subject"));
	m.text = strdup(tr(p->language, "notify.drill_text"));
	m.sms = strdup(tr(p->language, "notify.drill_sms"));
	m.mail = m.text != NULL ? strdup(m.text) : NULL;
	m.reason = strdup("drill");
	for (uint32_t i = 0; i < n && r == 0; i++)
		r = put_test_by(b, &m, i, drill);
	message_fini(&m);
	return r < 0 ? r : (int)n;
}
