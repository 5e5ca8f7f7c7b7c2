/* api_doctor.c - what is misconfigured or unreachable, and what to do: one check a row. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/page.h"
#include "collector/io/http/request.h"
#include "common/core/tr.h"

enum { FINDINGS_MAX = 200, CLOCK_MS = 2000, TLS_DAYS = 21, JOURNAL_PERCENT = 50 };
#define PROVEN_MS INT64_C(604800000)

enum grade { FAULT, CAUTION, INFO };

struct doctor {
	const struct http *http;
	struct view v;
	struct http_health health;
	struct store_stats store;
	json_t *of[INFO + 1];
	size_t n;
};

/* "16 phút": the largest unit that leaves a number worth reading. */
static const char *span_words(char *buf, size_t size, const char *lang, int64_t seconds)
{
	static const struct {
		int64_t from, unit;
		const char *key;
	} units[] = { { 172800, 86400, "cli.days" },
		      { 7200, 3600, "cli.hours" },
		      { 120, 60, "cli.minutes" },
		      { INT64_MIN, 1, "cli.seconds" } };
	char n[24];
	const struct tr_arg args[] = { { "n", n }, { NULL, NULL } };
	size_t i = 0;

	while (seconds < units[i].from)
		i++;
	(void)snprintf(n, sizeof n, "%" PRId64, seconds / units[i].unit);
	(void)tr_fill(buf, size, tr(lang, units[i].key), args);
	return buf;
}

static const char *in_lang(char *buf, size_t size, const char *lang, const char *text,
			   const char *what, int64_t n)
{
	char number[24], span[64];
	const struct tr_arg args[] = { { "what", what },
				       { "n", number },
				       { "span", span_words(span, sizeof span, lang, n) },
				       { NULL, NULL } };

	(void)snprintf(number, sizeof number, "%" PRId64, n);
	(void)tr_fill(buf, size, text, args);
	return buf;
}

static json_t *both(const char *prefix, const char *code, const char *what, int64_t n)
{
	char vi[512], en[512];

	return json_pack("{s:s,s:s}", "vi",
			 in_lang(vi, sizeof vi, "vi", tr_word("vi", prefix, code), what, n), "en",
			 in_lang(en, sizeof en, "en", tr_word("en", prefix, code), what, n));
}

/* id: an entity's, a person's, NULL for none; name: the same for the text; n: a number for it. */
static void find_named(struct doctor *d, enum grade g, const char *code, const char *id,
		       const char *name, int64_t n)
{
	static const char *const grades[] = { "fault", "caution", "info" };

	if (d->n >= FINDINGS_MAX)
		return;
	d->n++;
	(void)json_array_append_new(
		d->of[g], json_pack("{s:s,s:s,s:o,s:o,s:o}", "severity", grades[g], "code", code,
				    "entity", view_text(id), "text", both("doctor.", code, name, n),
				    "advice", both("doctor_do.", code, name, n)));
}

static void find(struct doctor *d, enum grade g, const char *code, const char *what, int64_t n)
{
	find_named(d, g, code, what, what != NULL ? what : "", n);
}

static void find_person(struct doctor *d, enum grade g, const char *code, const struct person *p,
			int64_t n)
{
	find_named(d, g, code, p->id, p->name != NULL ? p->name : p->id, n);
}

static void check_self(struct doctor *d)
{
	if (!d->health.broker_connected)
		find(d, FAULT, "broker_down", NULL, 0);
	if (d->http->src.store == NULL)
		find(d, CAUTION, "no_store", NULL, 0);
	if (d->store.last_error != 0)
		find(d, FAULT, "store_failing", strerror(abs(d->store.last_error)), 0);
	else if (!store_is_well(&d->store))
		find(d, FAULT, "store_behind", NULL, (int64_t)d->store.waiting);
	if (d->health.quarantined > 0)
		find(d, CAUTION, "quarantine", NULL, (int64_t)d->health.quarantined);
	if (d->health.refused > 0)
		find(d, CAUTION, "refused", NULL, (int64_t)d->health.refused);
}

/* What an agent counts about its journal since it started; anything but 0 is worth a look. */
static void check_journal(struct doctor *d, uint32_t agent, const char *id)
{
	static const struct {
		uint16_t metric;
		const char *code;
	} counters[] = { { M_AGENT_WRITE_ERRORS, "agent_disk" },
			 { M_AGENT_DAMAGED, "agent_damage" },
			 { M_AGENT_LOST, "agent_lost_reports" } };
	struct reading r;

	if (live_value(d->v.live, agent, M_AGENT_JOURNAL_FULL, 0, &r) == 0 &&
	    r.reason == REASON_GOOD && r.value > JOURNAL_PERCENT)
		find(d, CAUTION, "agent_journal", id, (int64_t)r.value);
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		if (live_value(d->v.live, agent, counters[i].metric, 0, &r) == 0 &&
		    r.reason == REASON_GOOD && r.value > 0)
			find(d, CAUTION, counters[i].code, id, (int64_t)r.value);
}

static void check_agents(struct doctor *d)
{
	for (uint32_t i = 0; i < d->v.t->n_entities; i++) {
		const struct entity *e = &d->v.t->entities[i];
		const struct live_agent *a = live_agent_get(d->v.live, i);
		int64_t since = 0;

		if (e->kind != ENTITY_AGENT)
			continue;
		if (a == NULL || a->heard_mono_ms == INT64_MIN) {
			find(d, FAULT, "agent_never_seen", e->id, 0);
			continue;
		}
		if (engine_state(d->v.engine, i, &since) != STATE_UP)
			find(d, FAULT, "agent_lost", e->id,
			     (d->v.now.mono_ms - a->heard_mono_ms) / 1000);
		if (a->offset_ms != INT64_MIN && llabs(a->offset_ms) > CLOCK_MS)
			find(d, CAUTION, "agent_clock", e->id, a->offset_ms / 1000);
		check_journal(d, i, e->id);
	}
}

static bool all_unknown(const struct live_device *d)
{
	for (uint32_t i = 0; i < d->n_slots; i++)
		if (d->slots[i].reason == REASON_GOOD)
			return false;
	return d->n_slots > 0;
}

static bool agent_is_up(const struct doctor *d, const struct entity *e)
{
	return e->agent < d->v.t->n_entities &&
	       engine_state(d->v.engine, e->agent, NULL) == STATE_UP;
}

static void check_devices(struct doctor *d)
{
	for (uint32_t i = 0; i < d->v.t->n_entities; i++) {
		const struct entity *e = &d->v.t->entities[i];
		const struct live_device *l = live_get(d->v.live, i);
		struct reading days;

		if (e->kind != ENTITY_DEVICE || !agent_is_up(d, e))
			continue;
		if (l == NULL)
			find(d, FAULT, "device_not_read", e->id, 0);
		else if (!engine_is_reachable(d->v.engine, i))
			find(d, FAULT, "device_unreachable", e->id, 0);
		else if (all_unknown(l))
			find(d, CAUTION, "device_unknown", e->id, 0);
		if (live_value(d->v.live, i, M_TLS_DAYS_LEFT, 0, &days) == 0 &&
		    days.reason == REASON_GOOD && days.value < TLS_DAYS)
			find(d, CAUTION, "certificate", e->id, (int64_t)days.value);
	}
}

static void check_sites(struct doctor *d)
{
	for (uint32_t i = 0; i < d->v.t->n_sites; i++) {
		const struct site *s = &d->v.t->sites[i];

		if (s->n_seats > 0 && s->n_seats < s->minimum_seats)
			find(d, FAULT, "too_few_seats", s->id, s->minimum_seats);
		if (s->n_seats > 0 && s->n_power == 0)
			find(d, CAUTION, "no_power", s->id, 0);
		if (s->n_seats > 0 && s->uplink == NO_ENTITY)
			find(d, CAUTION, "no_uplink", s->id, 0);
	}
}

static void check_people(struct doctor *d)
{
	const struct oncall_plan *p = d->v.plan;

	if (p == NULL || p->n_rotation == 0 || p->n_steps == 0) {
		find(d, FAULT, "nobody_on_call", NULL, 0);
		return;
	}
	for (uint32_t i = 0; i < p->n_people; i++) {
		struct http_proof proof = { 0 };

		if (p->people[i].n_channels == 0) {
			find_person(d, FAULT, "no_channel", &p->people[i], 0);
			continue;
		}
		if (d->http->src.proof != NULL)
			proof = d->http->src.proof(d->http->src.arg, i);
		if (!proof.known || d->v.now.wall_ms - proof.wall_ms > PROVEN_MS)
			find_person(d, CAUTION, "not_proven", &p->people[i], 7);
		else if (!proof.reached)
			find_person(d, FAULT, "not_reached", &p->people[i], 0);
	}
	if (d->health.pages_failed > 0)
		find(d, CAUTION, "pages_failed", NULL, (int64_t)d->health.pages_failed);
}

static void check_access(struct doctor *d)
{
	const struct http_options *o = &d->http->o;
	bool local = o->listen == NULL || strncmp(o->listen, "127.", 4) == 0 ||
		     strncmp(o->listen, "[::1]", 5) == 0;

	if (role_parse(o->anonymous) >= ROLE_TECHNICIAN && !local)
		find(d, FAULT, "anyone_may_act", o->listen, 0);
	if (!local && o->tls_cert == NULL && o->proxy_from == NULL)
		find(d, CAUTION, "no_tls", o->listen, 0);
}

int get_doctor(struct request *q)
{
	static void (*const checks[])(struct doctor *) = {
		check_self, check_agents, check_devices, check_sites, check_people, check_access
	};
	struct doctor d = { .http = q->http, .v = http_view(q->http) };
	bool ok;

	http_health_now(q->http, &d.health, &d.store);
	for (size_t i = 0; i <= INFO; i++)
		d.of[i] = json_array();
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		checks[i](&d);
	ok = json_array_size(d.of[FAULT]) == 0;
	(void)json_array_extend(d.of[FAULT], d.of[CAUTION]);
	(void)json_array_extend(d.of[FAULT], d.of[INFO]);
	json_decref(d.of[CAUTION]);
	json_decref(d.of[INFO]);
	return reply(q, MHD_HTTP_OK,
		     json_pack("{s:b,s:o}", "ok", (int)ok, "findings", d.of[FAULT]));
}
