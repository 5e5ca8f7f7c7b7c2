/* rules.h - which conditions are alarms, how long they must hold, how bad they are. Pure tables; the
 * `rules` section of the collector's file adds rows and overrides them. */
#ifndef LW_RULES_H
#define LW_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/core/engine.h"

/* What a rule is about: a device class, or another kind of entity. */
enum { SUBJECT_END = CLASS_END + ENTITY_COLLECTOR + 1 };
#define SUBJECT(class_)	   (1U << (class_))
#define SUBJECT_KIND(kind) (1U << (CLASS_END + (kind)))

/* Alarms of one family on one entity are one fault. FAMILY_OWN: each code by itself. */
enum rule_family { FAMILY_OWN, FAMILY_FAILURE, FAMILY_POWER, FAMILY_CAPACITY };

enum rule_flags {
	RULE_DOWN = 1,	    /* the entity does not do its work: down in the availability */
	RULE_FAILS = 2,	    /* what needs the entity fails with it */
	RULE_EXPLAINED = 4, /* may be the consequence of another entity's failure */
	RULE_STEADY = 8,    /* never held up by flapping, never shelved: critical site alarms */
	RULE_INDIRECT = 16  /* of FAILS: a healthy dependent proves that it does not */
};

struct rule {
	char *code;
	uint32_t subjects; /* mask */
	enum severity severity;
	int32_t raise_ms, clear_ms; /* hold times */
	int32_t settle_ms;	    /* between raised and told */
	enum rule_family family;
	unsigned flags;
	char *text_vi, *text_en, *action_vi, *action_en; /* NULL: as in the catalogue */
};

enum rule_compare {
	COMPARE_ABOVE, /* bad at `raise` and more, good at `clear` and less */
	COMPARE_BELOW,
	COMPARE_DISTANCE, /* as ABOVE, of the absolute value */
	COMPARE_STATES,	  /* bad where bit `value` of `states` is set */
	COMPARE_METRIC	  /* bad where not less than the device's metric `versus` */
};

struct condition {
	uint16_t rule;
	uint16_t metric, versus;
	enum rule_compare compare;
	double raise, clear;
	uint32_t states;
	bool only_on_battery;
};

struct ruleset {
	struct rule *rules;
	uint32_t n_rules;
	struct condition *conditions;
	uint32_t n_conditions;
	/* conditions of (subject, metric), built by ruleset_finish: rows of `order` */
	uint32_t first[SUBJECT_END][METRIC_ID_END + 1];
	uint16_t *order;
};

#define NO_RULE UINT16_MAX

int ruleset_new(struct ruleset **ret); /* the default rules; 0 or -ENOMEM */
void ruleset_free(struct ruleset *rs); /* accepts NULL */

/* Change what YAML says; both copy. A rule whose code and subjects are there is replaced for these
 * subjects, its conditions kept unless `replace_conditions`. 0, -ENOMEM, -ENOSPC. */
int ruleset_add(struct ruleset *rs, const struct rule *r, bool replace_conditions, uint16_t *ret);
int ruleset_add_condition(struct ruleset *rs, const struct condition *c);
int ruleset_finish(struct ruleset *rs); /* after the last change */

unsigned rule_subject(const struct entity *e);
uint16_t rule_find(const struct ruleset *rs, unsigned subject, const char *code); /* or NO_RULE */

/* Text and first action in "vi" or "en". */
const char *rule_text(const struct rule *r, const char *lang);
const char *rule_action(const struct rule *r, const char *lang);

#endif
