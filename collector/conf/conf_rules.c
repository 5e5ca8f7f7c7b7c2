/* The `rules` section: rows that change the default rules or add to them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf/conf_reader.h"

static bool find_subject(const char *name, unsigned *ret)
{
	static const char *const kinds[] = { NULL, "site", "agent", "broker", "collector" };
	enum device_class c;

	if (device_class_parse(name, &c)) {
		*ret = (unsigned)c;
		return true;
	}
	for (unsigned k = ENTITY_SITE; k <= ENTITY_COLLECTOR; k++) {
		if (strcmp(kinds[k], name) != 0)
			continue;
		*ret = (unsigned)CLASS_END + k;
		return true;
	}
	return false;
}

static void read_severity(struct reader *r, uint32_t i, struct rule *rule)
{
	static const char *const names[] = { "cleared", "warning", "minor", "major", "critical" };
	const char *text = r->raw->rules[i].severity;

	if (text == NULL)
		return;
	for (unsigned k = SEVERITY_WARNING; k <= SEVERITY_CRITICAL; k++) {
		if (strcmp(names[k], text) != 0)
			continue;
		rule->severity = (enum severity)k;
		return;
	}
	conf_problem(r->conf, conf_at(r->conf, "rules[%u].severity", i),
		     "\"%s\": wants warning, minor, major or critical", text);
}

static void read_hold(struct reader *r, uint32_t i, const char *key, const char *text, int32_t *ret)
{
	int64_t ms;

	if (text == NULL)
		return;
	if (parse_duration(text, &ms) && ms <= 86400000)
		*ret = (int32_t)ms;
	else
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].%s", i, key),
			     "\"%s\": " DURATION_WANTS ", at most 1d", text);
}

static void read_states(struct reader *r, uint32_t i, const struct metric *m, struct condition *c)
{
	const struct raw_rule *raw = &r->raw->rules[i];

	c->compare = COMPARE_STATES;
	for (uint32_t k = 0; k < raw->n_states; k++) {
		int64_t v;
		char *end;

		if (!metric_parse_word(m, raw->states[k], &v)) {
			v = strtol(raw->states[k], &end, 10);
			if (*end != '\0' || end == raw->states[k] || v < 0 || v > 31) {
				conf_problem(r->conf, conf_at(r->conf, "rules[%u].states", i),
					     "\"%s\" is no state of %s", raw->states[k], m->name);
				continue;
			}
		}
		c->states |= 1U << (unsigned)v;
	}
}

/* False: the row has no condition, or a wrong one. */
static bool read_condition(struct reader *r, uint32_t i, struct condition *c)
{
	const struct raw_rule *raw = &r->raw->rules[i];
	int given = (raw->above != NULL) + (raw->below != NULL) + (raw->n_states > 0);

	if (raw->metric == NULL && given == 0)
		return false;
	const struct metric *m = raw->metric != NULL ? metric_by_name(raw->metric) : NULL;
	if (m == NULL || m->kind == METRIC_TEXT) {
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].metric", i),
			     "%s%s%s: wants the name of a metric, such as ups.status",
			     raw->metric != NULL ? "\"" : "",
			     raw->metric != NULL ? raw->metric : "missing",
			     raw->metric != NULL ? "\"" : "");
		return false;
	}
	if (given != 1) {
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].metric", i),
			     "wants one of above, below or states beside it");
		return false;
	}
	c->metric = m->id;
	if (raw->n_states > 0) {
		read_states(r, i, m, c);
		return true;
	}
	c->compare = raw->above != NULL ? COMPARE_ABOVE : COMPARE_BELOW;
	c->raise = raw->above != NULL ? *raw->above : *raw->below;
	c->clear = raw->clear != NULL ? *raw->clear : c->raise;
	if (c->compare == COMPARE_ABOVE ? c->clear > c->raise : c->clear < c->raise)
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].clear", i),
			     "%g lies beyond the limit of %g; wants the good side of it", c->clear,
			     c->raise);
	return true;
}

static bool known_condition(const struct ruleset *rs, uint16_t rule)
{
	for (uint32_t i = 0; i < rs->n_conditions; i++)
		if (rs->conditions[i].rule == rule)
			return true;
	return false;
}

static int read_rule(struct reader *r, uint32_t i)
{
	const struct raw_rule *raw = &r->raw->rules[i];
	struct ruleset *rs = r->out->rules;
	struct rule rule = { .severity = SEVERITY_WARNING,
			     .raise_ms = 10000,
			     .clear_ms = 10000,
			     .settle_ms = 2000 };
	struct condition c = { 0 };
	unsigned subject;
	uint16_t at;

	if (!find_subject(raw->class_name, &subject)) {
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].class", i),
			     "\"%s\": wants a class of devices, or site, agent, broker, collector",
			     raw->class_name);
		return 0;
	}
	uint16_t old = rule_find(rs, subject, raw->code);
	if (old != NO_RULE)
		rule = rs->rules[old];
	rule.code = raw->code;
	rule.subjects = 1U << subject;
	if (raw->text.vi != NULL)
		rule.text_vi = raw->text.vi;
	if (raw->text.en != NULL)
		rule.text_en = raw->text.en;
	if (raw->action.vi != NULL)
		rule.action_vi = raw->action.vi;
	if (raw->action.en != NULL)
		rule.action_en = raw->action.en;
	rule.flags |= (raw->down ? (unsigned)RULE_DOWN : 0U) |
		      (raw->fails ? (unsigned)(RULE_FAILS | RULE_EXPLAINED) : 0U);
	read_severity(r, i, &rule);
	read_hold(r, i, "hold", raw->hold, &rule.raise_ms);
	read_hold(r, i, "clear_hold", raw->clear_hold, &rule.clear_ms);
	bool has = read_condition(r, i, &c);
	if (!valid_id(raw->code))
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].code", i), "\"%s\": " ID_WANTS,
			     raw->code);
	else if (old == NO_RULE && !has)
		conf_problem(r->conf, conf_at(r->conf, "rules[%u].code", i),
			     "\"%s\" is a new code; wants a metric and above, below or states",
			     raw->code);
	int e = ruleset_add(rs, &rule, has, &at);
	c.rule = at;
	if (e == 0 && has && !known_condition(rs, at))
		e = ruleset_add_condition(rs, &c);
	return e;
}

int read_rules(struct reader *r)
{
	int e = ruleset_new(&r->out->rules);

	for (uint32_t i = 0; e == 0 && i < r->raw->n_rules; i++)
		e = read_rule(r, i);
	return e == 0 && r->raw->n_rules > 0 ? ruleset_finish(r->out->rules) : e;
}
