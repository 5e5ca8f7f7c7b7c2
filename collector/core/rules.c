#include "collector/core/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/tr.h"

#define UPS	    SUBJECT(CLASS_UPS)
#define HEADSET	    SUBJECT(CLASS_HEADSET)
#define PHONE	    SUBJECT(CLASS_PHONE)
#define PBX	    SUBJECT(CLASS_PBX)
#define TRUNK	    SUBJECT(CLASS_TRUNK)
#define IVR	    SUBJECT(CLASS_IVR)
#define SERVICE	    SUBJECT(CLASS_SERVICE)
#define WORKSTATION SUBJECT(CLASS_WORKSTATION)
#define NETWORK	    (SUBJECT(CLASS_NETWORK) | SUBJECT(CLASS_LINK))
#define AGENT	    SUBJECT_KIND(ENTITY_AGENT)
#define SITE	    SUBJECT_KIND(ENTITY_SITE)
#define BROKER	    SUBJECT_KIND(ENTITY_BROKER)
#define COLLECTOR   SUBJECT_KIND(ENTITY_COLLECTOR)

#define GONE (RULE_DOWN | RULE_FAILS | RULE_EXPLAINED)

static const struct {
	const char *code;
	uint32_t subjects;
	enum severity severity;
	int32_t raise_ms, clear_ms, settle_ms;
	enum rule_family family;
	unsigned flags;
} default_rules[] = {
	{ "on_battery", UPS, SEVERITY_MAJOR, 3000, 5000, 2000, FAMILY_POWER, 0 },
	{ "low_battery", UPS, SEVERITY_CRITICAL, 3000, 10000, 2000, FAMILY_POWER, RULE_FAILS },
	{ "output_off", UPS, SEVERITY_CRITICAL, 3000, 5000, 2000, FAMILY_POWER,
	  RULE_DOWN | RULE_FAILS },
	{ "lost_on_battery", UPS, SEVERITY_CRITICAL, 3000, 5000, 2000, FAMILY_POWER, RULE_FAILS },
	{ "gauge_unreliable", UPS, SEVERITY_MINOR, 30000, 60000, 2000, FAMILY_POWER, 0 },
	{ "replace_battery", UPS, SEVERITY_MINOR, 60000, 60000, 2000, FAMILY_OWN, 0 },
	{ "overload", UPS, SEVERITY_MAJOR, 10000, 30000, 2000, FAMILY_OWN, 0 },
	{ "bypass", UPS, SEVERITY_MINOR, 10000, 10000, 2000, FAMILY_OWN, 0 },
	{ "over_temperature", UPS, SEVERITY_MAJOR, 30000, 60000, 2000, FAMILY_OWN, 0 },
	{ "unreachable", UPS, SEVERITY_MAJOR, 8000, 5000, 2000, FAMILY_POWER,
	  GONE | RULE_INDIRECT },
	{ "unreachable", NETWORK, SEVERITY_MAJOR, 8000, 5000, 2000, FAMILY_FAILURE,
	  GONE | RULE_INDIRECT },
	{ "unreachable", PBX | TRUNK, SEVERITY_CRITICAL, 2000, 5000, 8000, FAMILY_FAILURE, GONE },
	{ "unreachable", IVR | SERVICE, SEVERITY_MAJOR, 8000, 5000, 2000, FAMILY_FAILURE, GONE },
	{ "unreachable", HEADSET | PHONE | WORKSTATION, SEVERITY_WARNING, 8000, 5000, 2000,
	  FAMILY_FAILURE, GONE },
	{ "missing", HEADSET, SEVERITY_WARNING, 5000, 3000, 2000, FAMILY_OWN, RULE_DOWN },
	{ "unregistered", PHONE, SEVERITY_WARNING, 8000, 5000, 2000, FAMILY_FAILURE, GONE },
	{ "unregistered", PBX | TRUNK | IVR, SEVERITY_CRITICAL, 8000, 5000, 2000, FAMILY_FAILURE,
	  GONE },
	{ "no_answer", PHONE, SEVERITY_WARNING, 8000, 5000, 2000, FAMILY_FAILURE, GONE },
	{ "no_answer", PBX | TRUNK, SEVERITY_CRITICAL, 2000, 5000, 8000, FAMILY_FAILURE, GONE },
	{ "no_answer", IVR, SEVERITY_MAJOR, 5000, 5000, 2000, FAMILY_FAILURE, GONE },
	{ "wrong_prompt", IVR, SEVERITY_MAJOR, 5000, 5000, 2000, FAMILY_FAILURE, 0 },
	{ "silent", IVR, SEVERITY_MAJOR, 5000, 5000, 2000, FAMILY_FAILURE, RULE_DOWN },
	{ "calls_full", PBX, SEVERITY_MAJOR, 10000, 10000, 2000, FAMILY_OWN, 0 },
	{ "congested", PBX, SEVERITY_MAJOR, 10000, 10000, 2000, FAMILY_OWN, 0 },
	{ "registrations_dropped", PBX, SEVERITY_MAJOR, 8000, 5000, 2000, FAMILY_FAILURE,
	  RULE_FAILS },
	{ "down", SERVICE, SEVERITY_MAJOR, 8000, 5000, 2000, FAMILY_FAILURE, GONE },
	{ "slow", SERVICE, SEVERITY_WARNING, 60000, 60000, 2000, FAMILY_OWN, 0 },
	{ "certificate_expiring", SERVICE, SEVERITY_MINOR, 0, 0, 2000, FAMILY_OWN, 0 },
	{ "disk_full", WORKSTATION, SEVERITY_MINOR, 60000, 60000, 2000, FAMILY_OWN, 0 },
	{ "memory_full", WORKSTATION, SEVERITY_WARNING, 300000, 60000, 2000, FAMILY_OWN, 0 },
	{ "high_load", WORKSTATION, SEVERITY_WARNING, 300000, 60000, 2000, FAMILY_OWN, 0 },
	{ "clock_unsynchronised", WORKSTATION, SEVERITY_WARNING, 300000, 60000, 2000, FAMILY_OWN,
	  0 },
	{ "lost", AGENT, SEVERITY_MAJOR, 0, 3000, 3000, FAMILY_FAILURE, GONE },
	{ "clock_skew", AGENT, SEVERITY_MINOR, 10000, 30000, 2000, FAMILY_OWN, 0 },
	{ "journal_full", AGENT, SEVERITY_MAJOR, 0, 60000, 2000, FAMILY_OWN, 0 },
	{ "below_minimum", SITE, SEVERITY_CRITICAL, 8000, 5000, 2000, FAMILY_CAPACITY,
	  RULE_STEADY },
	{ "dark", SITE, SEVERITY_CRITICAL, 8000, 5000, 2000, FAMILY_CAPACITY,
	  RULE_STEADY | RULE_DOWN },
	{ "isolated", SITE, SEVERITY_CRITICAL, 0, 10000, 3000, FAMILY_FAILURE,
	  RULE_STEADY | RULE_FAILS | RULE_EXPLAINED },
	{ "lost", BROKER, SEVERITY_CRITICAL, 8000, 5000, 2000, FAMILY_FAILURE, GONE },
	{ "dropping", BROKER, SEVERITY_MAJOR, 5000, 60000, 2000, FAMILY_OWN, 0 },
	{ "store_lagging", COLLECTOR, SEVERITY_MAJOR, 10000, 20000, 2000, FAMILY_OWN, 0 },
};

#define STATES(a, b) COMPARE_STATES, 0, 0, (1U << (a)) | (1U << (b)), false
#define IS(v)	     STATES(v, v)

static const struct {
	const char *code;
	uint32_t subjects;
	uint16_t metric, versus;
	enum rule_compare compare;
	double raise, clear;
	uint32_t states;
	bool only_on_battery;
} default_conditions[] = {
	{ "on_battery", UPS, M_UPS_STATUS, 0, STATES(UPS_ON_BATTERY, UPS_LOW_BATTERY) },
	{ "low_battery", UPS, M_UPS_STATUS, 0, IS(UPS_LOW_BATTERY) },
	{ "low_battery", UPS, M_BATTERY_RUNTIME, 0, COMPARE_BELOW, 300, 420, 0, true },
	{ "low_battery", UPS, M_BATTERY_CHARGE, 0, COMPARE_BELOW, 20, 30, 0, true },
	{ "output_off", UPS, M_UPS_STATUS, 0, STATES(UPS_OFF, UPS_FAULT) },
	{ "bypass", UPS, M_UPS_STATUS, 0, IS(UPS_BYPASS) },
	{ "overload", UPS, M_OUTPUT_LOAD, 0, COMPARE_ABOVE, 100, 95, 0, false },
	{ "over_temperature", UPS, M_BATTERY_TEMPERATURE, 0, COMPARE_ABOVE, 45, 42, 0, false },
	{ "over_temperature", UPS, M_AMBIENT_TEMPERATURE, 0, COMPARE_ABOVE, 40, 37, 0, false },
	{ "replace_battery", UPS, M_BATTERY_REPLACE, 0, IS(1) },
	{ "replace_battery", UPS, M_UPS_TEST_RESULT, 0, IS(3) },
	{ "missing", HEADSET, M_HEADSET_PRESENT, 0, IS(0) },
	{ "missing", HEADSET, M_HEADSET_CAPTURE, 0, IS(0) },
	{ "unregistered", PHONE, M_SIP_REGISTERED, 0, IS(0) },
	{ "unregistered", PBX | TRUNK | IVR, M_SIP_REGISTERED, 0, IS(0) },
	{ "no_answer", PHONE, M_SIP_SERVES, 0, IS(0) },
	{ "no_answer", PBX | TRUNK, M_SIP_SERVES, 0, IS(0) },
	{ "no_answer", PBX | TRUNK, M_TRUNK_UP, 0, IS(0) },
	{ "no_answer", PBX | TRUNK, M_PBX_STATUS, 0, IS(PBX_DOWN) },
	{ "no_answer", IVR, M_IVR_RESULT, 0, STATES(IVR_NO_ANSWER, IVR_BUSY) },
	{ "silent", IVR, M_IVR_RESULT, 0, STATES(IVR_SILENT, IVR_ONE_WAY) },
	{ "wrong_prompt", IVR, M_IVR_RESULT, 0, IS(IVR_WRONG_PROMPT) },
	{ "congested", PBX, M_PBX_STATUS, 0, STATES(PBX_CONGESTED, PBX_QUIESCING) },
	{ "calls_full", PBX, M_PBX_CALLS_ACTIVE, M_PBX_CALLS_LIMIT, COMPARE_METRIC, 0, 0, 0,
	  false },
	{ "calls_full", PBX, M_PBX_CHANNELS_ACTIVE, M_PBX_CHANNELS_TOTAL, COMPARE_METRIC, 0, 0, 0,
	  false },
	{ "down", SERVICE, M_SERVICE_UP, 0, IS(0) },
	{ "slow", SERVICE, M_SERVICE_LATENCY, 0, COMPARE_ABOVE, 5000, 3000, 0, false },
	{ "certificate_expiring", SERVICE, M_TLS_DAYS_LEFT, 0, COMPARE_BELOW, 14, 15, 0, false },
	{ "disk_full", WORKSTATION, M_HOST_DISK_USED, 0, COMPARE_ABOVE, 95, 90, 0, false },
	{ "memory_full", WORKSTATION, M_HOST_MEMORY_USED, 0, COMPARE_ABOVE, 95, 90, 0, false },
	{ "high_load", WORKSTATION, M_HOST_LOAD1, 0, COMPARE_ABOVE, 16, 8, 0, false },
	{ "clock_unsynchronised", WORKSTATION, M_CLOCK_SYNCHRONISED, 0, IS(0) },
	{ "clock_unsynchronised", WORKSTATION, M_CLOCK_NTP_REACH, 0, IS(0) },
	{ "clock_unsynchronised", WORKSTATION, M_CLOCK_OFFSET, 0, COMPARE_DISTANCE, 2000, 1000, 0,
	  false },
	{ "unreachable", NETWORK, M_LINK_UP, 0, IS(0) },
};

unsigned rule_subject(const struct entity *e)
{
	return e->kind == ENTITY_DEVICE ? (unsigned)e->device_class
					: (unsigned)CLASS_END + (unsigned)e->kind;
}

uint16_t rule_find(const struct ruleset *rs, unsigned subject, const char *code)
{
	for (uint32_t i = 0; i < rs->n_rules; i++)
		if ((rs->rules[i].subjects & (1U << subject)) != 0 &&
		    strcmp(rs->rules[i].code, code) == 0)
			return (uint16_t)i;
	return NO_RULE;
}

const char *rule_text(const struct rule *r, const char *lang)
{
	const char *own = strcmp(lang, "en") == 0 ? r->text_en : r->text_vi;

	return own != NULL ? own : tr_word(lang, "alarm.", r->code);
}

const char *rule_action(const struct rule *r, const char *lang)
{
	const char *own = strcmp(lang, "en") == 0 ? r->action_en : r->action_vi;

	return own != NULL ? own : tr_word(lang, "action.", r->code);
}

static void rule_fini(struct rule *r)
{
	free(r->code);
	free(r->text_vi);
	free(r->text_en);
	free(r->action_vi);
	free(r->action_en);
}

void ruleset_free(struct ruleset *rs)
{
	if (rs == NULL)
		return;
	for (uint32_t i = 0; i < rs->n_rules; i++)
		rule_fini(&rs->rules[i]);
	free(rs->rules);
	free(rs->conditions);
	free(rs->order);
	free(rs);
}

static char *copy(const char *s, bool *ret_failed)
{
	char *c = s != NULL ? strdup(s) : NULL;

	*ret_failed = *ret_failed || (s != NULL && c == NULL);
	return c;
}

/* The subjects leave the rows that had them, with their conditions or without. */
static void supersede(struct ruleset *rs, uint32_t n_before, uint16_t fresh, bool replace)
{
	const struct rule *r = &rs->rules[fresh];

	for (uint32_t i = 0; i < n_before; i++) {
		struct rule *old = &rs->rules[i];
		uint32_t taken = old->subjects & r->subjects;

		if (taken == 0 || strcmp(old->code, r->code) != 0)
			continue;
		old->subjects &= ~taken;
		for (uint32_t k = 0, n = rs->n_conditions; k < n && !replace; k++) {
			struct condition moved = rs->conditions[k];

			if (moved.rule != i)
				continue;
			moved.rule = fresh;
			if (old->subjects == 0)
				rs->conditions[k] = moved;
			else
				(void)ruleset_add_condition(rs, &moved);
		}
	}
}

int ruleset_add(struct ruleset *rs, const struct rule *r, bool replace_conditions, uint16_t *ret)
{
	bool failed = false;
	uint32_t n = rs->n_rules;

	if (n >= NO_RULE)
		return -ENOSPC;
	struct rule *grown = realloc(rs->rules, (n + 1) * sizeof *grown);
	if (grown == NULL)
		return -ENOMEM;
	rs->rules = grown;
	grown[n] = *r;
	grown[n].code = copy(r->code, &failed);
	grown[n].text_vi = copy(r->text_vi, &failed);
	grown[n].text_en = copy(r->text_en, &failed);
	grown[n].action_vi = copy(r->action_vi, &failed);
	grown[n].action_en = copy(r->action_en, &failed);
	rs->n_rules++;
	if (failed)
		return -ENOMEM;
	supersede(rs, n, (uint16_t)n, replace_conditions);
	*ret = (uint16_t)n;
	return 0;
}

int ruleset_add_condition(struct ruleset *rs, const struct condition *c)
{
	struct condition *grown = realloc(rs->conditions, (rs->n_conditions + 1) * sizeof *grown);

	if (grown == NULL)
		return -ENOMEM;
	rs->conditions = grown;
	grown[rs->n_conditions++] = *c;
	return 0;
}

/* One row per (subject, metric) and condition, counted first and filled after. */
int ruleset_finish(struct ruleset *rs)
{
	uint32_t n = 0;

	free(rs->order);
	rs->order = calloc((size_t)rs->n_conditions * SUBJECT_END + 1, sizeof *rs->order);
	if (rs->order == NULL)
		return -ENOMEM;
	for (unsigned s = 0; s < SUBJECT_END; s++) {
		for (unsigned m = 0; m <= METRIC_ID_END; m++) {
			rs->first[s][m] = n;
			for (uint32_t i = 0; i < rs->n_conditions && m < METRIC_ID_END; i++) {
				const struct condition *c = &rs->conditions[i];

				if ((rs->rules[c->rule].subjects & (1U << s)) != 0 &&
				    c->metric == m)
					rs->order[n++] = (uint16_t)i;
			}
		}
	}
	return 0;
}

static int add_default_conditions(struct ruleset *rs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof default_conditions / sizeof *default_conditions;
	     i++) {
		unsigned subject = (unsigned)__builtin_ctz(default_conditions[i].subjects);
		struct condition c = {
			.rule = rule_find(rs, subject, default_conditions[i].code),
			.metric = default_conditions[i].metric,
			.versus = default_conditions[i].versus,
			.compare = default_conditions[i].compare,
			.raise = default_conditions[i].raise,
			.clear = default_conditions[i].clear,
			.states = default_conditions[i].states,
			.only_on_battery = default_conditions[i].only_on_battery,
		};

		r = ruleset_add_condition(rs, &c);
	}
	return r;
}

int ruleset_new(struct ruleset **ret)
{
	int r = 0;
	uint16_t at;
	struct ruleset *rs = calloc(1, sizeof *rs);

	if (rs == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < sizeof default_rules / sizeof *default_rules; i++) {
		struct rule row = {
			.code = (char *)default_rules[i].code,
			.subjects = default_rules[i].subjects,
			.severity = default_rules[i].severity,
			.raise_ms = default_rules[i].raise_ms,
			.clear_ms = default_rules[i].clear_ms,
			.settle_ms = default_rules[i].settle_ms,
			.family = default_rules[i].family,
			.flags = default_rules[i].flags,
		};

		r = ruleset_add(rs, &row, false, &at);
	}
	if (r == 0)
		r = add_default_conditions(rs);
	if (r == 0)
		r = ruleset_finish(rs);
	if (r < 0) {
		ruleset_free(rs);
		return r;
	}
	*ret = rs;
	return 0;
}
