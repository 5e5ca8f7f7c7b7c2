#include <errno.h>
#include <string.h>

#include "cli/replay.h"
#include "collector/core/page_text.h"
#include "common/core/rfc3339.h"

enum { TEXT_SIZE = 4096, NAME_SIZE = 256, WHY_SIZE = 1024 };

int replay_print_line(FILE *out, json_t *line)
{
	int r;

	if (line == NULL)
		return -ENOMEM;
	r = json_dumpf(line, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(line);
	if (r < 0 || fputc('\n', out) == EOF)
		return -EIO;
	return 0;
}

const char *replay_time(char buf[32], int64_t wall_ms)
{
	char full[RFC3339_SIZE];
	size_t n = strlen(rfc3339_format(full, wall_ms));

	/* Whole seconds without a fraction, as people write them. */
	if (n > 5 && strcmp(full + n - 5, ".000Z") == 0)
		memcpy(full + n - 5, "Z", 2);
	(void)snprintf(buf, 32, "%s", full);
	return buf;
}

static const char *severity_name(enum severity s)
{
	static const char *const names[] = { "cleared", "warning", "minor", "major", "critical" };

	return names[s];
}

static json_t *alarm_name(const struct topology *t, uint32_t entity, const char *code)
{
	return json_sprintf("%s/%s", t->entities[entity].id, code);
}

static json_t *site_name(const struct topology *t, uint32_t site)
{
	return site != NO_ENTITY ? json_string(t->sites[site].id) : json_null();
}

static int print_alarm(struct replay_output *o, const struct effect *f, const char *at)
{
	const struct alarm_view *v = &f->alarm.view;

	return replay_print_line(
		o->out, json_pack("{s:s, s:s, s:o, s:s, s:s}", "at", at, "type", "alarm", "alarm",
				  alarm_name(&o->conf->topology, v->entity, v->code), "state",
				  f->alarm.raised ? "raised" : "cleared", "severity",
				  severity_name(v->severity)));
}

static int print_incident(struct replay_output *o, const struct effect *f, const char *at)
{
	static const char *const changes[] = { "opened", "updated", "closed" };
	const struct incident_view *v = &f->incident.view;
	const struct topology *t = &o->conf->topology;
	json_t *alarms = json_array();
	char why[WHY_SIZE];

	(void)engine_reason(o->engine, v, o->lang, why, sizeof why);
	for (size_t i = 0; i < v->n_alarms; i++)
		(void)json_array_append_new(
			alarms, alarm_name(t, v->members[i].entity, v->members[i].code));
	return replay_print_line(
		o->out,
		json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:s, s:s}", "at", at, "type",
			  "incident", "incident", (int)v->number, "state",
			  changes[f->incident.change], "site", site_name(t, v->site), "root",
			  alarm_name(t, v->members[0].entity, v->members[0].code), "alarms", alarms,
			  "severity", severity_name(v->severity), "reason", why));
}

/* What the channel can carry: a notifier's type, or the channel's name where there are none. */
static enum page_form form_of(const struct collector_conf *c, const char *channel)
{
	const char *type = channel;

	for (uint32_t i = 0; i < c->n_notifiers; i++)
		if (strcmp(c->notifiers[i].id, channel) == 0)
			type = c->notifiers[i].type;
	if (strcmp(type, "email") == 0)
		return PAGE_FORM_LONG;
	if (strcmp(type, "sms") == 0 || strcmp(type, "sms_gateway") == 0 ||
	    strcmp(type, "gammu") == 0)
		return PAGE_FORM_SMS;
	return PAGE_FORM_CHAT;
}

static int print_page(struct replay_output *o, const struct effect *f, const char *at)
{
	static const char *const reasons[] = { "opened", "worse", "escalated", "resolved" };
	const struct person *p = &o->conf->plan.people[f->page.person];
	const char *channel = p->n_channels > 0 ? p->channels[0] : "none";
	char text[TEXT_SIZE];
	const struct page_request r = { .engine = o->engine,
					.topology = &o->conf->topology,
					.rules = o->conf->rules,
					.plan = &o->conf->plan,
					.incident = f->page.incident,
					.reason = f->page.reason,
					.language = p->language,
					.wall_ms = f->wall_ms };

	(void)page_text(text, sizeof text, &r, form_of(o->conf, channel));
	return replay_print_line(
		o->out, json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "at", at, "type", "page",
				  "incident", (int)f->page.incident, "to", p->id, "reason",
				  reasons[f->page.reason], "channel", channel, "text", text));
}

static json_t *minutes(int32_t m)
{
	return m >= 0 ? json_integer(m) : json_null();
}

static int print_capacity(struct replay_output *o, const struct effect *f, const char *at)
{
	static const char *const states[] = { "unknown", "full", "degraded", "critical", "dark" };
	const struct capacity *c = &f->capacity;
	const struct topology *t = &o->conf->topology;

	if (c->site == NO_ENTITY)
		return 0; /* the hotline is the sum of what is printed */
	return replay_print_line(
		o->out,
		json_pack("{s:s, s:s, s:o, s:i, s:i, s:i, s:s, s:o, s:o, s:o, s:o}", "at", at,
			  "type", "capacity", "site", site_name(t, c->site), "seats_ready",
			  (int)c->seats_ready, "seats_unknown", (int)c->seats_unknown,
			  "seats_total", (int)c->seats_total, "state", states[c->state], "limiting",
			  c->limiting != NO_ENTITY ? json_string(t->entities[c->limiting].id)
						   : json_null(),
			  "minutes_left", minutes(c->minutes_left), "minutes_low",
			  minutes(c->minutes_low), "minutes_high", minutes(c->minutes_high)));
}

static int take_state(struct replay_output *o, const struct effect *f, const char *at)
{
	(void)at;
	return replay_totals_state(o->totals, f->state.entity, f->state.state,
				   f->state.since_wall_ms);
}

int replay_print(struct replay_output *o, const struct effect *effects, size_t n)
{
	static int (*const printers[])(struct replay_output * o, const struct effect *f,
				       const char *at) = {
		[EFFECT_ALARM] = print_alarm, [EFFECT_INCIDENT] = print_incident,
		[EFFECT_PAGE] = print_page,   [EFFECT_CAPACITY] = print_capacity,
		[EFFECT_STATE] = take_state,
	};
	char at[32];
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = printers[effects[i].kind](o, &effects[i], replay_time(at, effects[i].wall_ms));
	return r;
}
