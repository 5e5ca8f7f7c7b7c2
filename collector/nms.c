#include "collector/nms.h"

#include <errno.h>
#include <stdlib.h>

#include "common/core/rfc3339.h"
#include "common/io/subagent.h"

enum { ACTIVE_ALARMS = 6, ALARM_SUMMARY = 7 }; /* numbers below the MIB's root */

struct nms {
	struct subagent *subagent;
	const struct engine *engine;
	const struct topology *t;
	const struct ruleset *rules;
	struct alarm_view *rows; /* ascending by id */
	uint32_t n_rows, size;
	bool stale;
	uint32_t counts[SEVERITY_CRITICAL + 1];
	uint32_t changes; /* alarms raised and cleared since the start */
	int64_t changed_wall_ms;
	char time[RFC3339_SIZE];
	void (*closed)(void *arg);
	void *closed_arg;
};

/* The MIB's index has 32 bits; ids begin at 1 and one is used for each raising. */
static uint32_t id_of(const struct alarm_view *a)
{
	return (uint32_t)a->id;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = id_of(a), y = id_of(b);

	return (x > y) - (x < y);
}

static void refresh(struct nms *n)
{
	const struct alarm_view *all;
	size_t found = n->stale ? engine_alarms(n->engine, &all) : 0;

	if (!n->stale)
		return;
	if (found > n->size) {
		struct alarm_view *grown = realloc(n->rows, found * sizeof *grown);

		if (grown == NULL)
			return; /* what was true a moment ago is shown once more */
		n->rows = grown;
		n->size = (uint32_t)found;
	}
	for (size_t i = 0; i <= SEVERITY_CRITICAL; i++)
		n->counts[i] = 0;
	for (size_t i = 0; i < found; i++) {
		n->rows[i] = all[i];
		n->counts[all[i].severity]++;
	}
	n->n_rows = (uint32_t)found;
	n->stale = false;
	if (found > 1)
		qsort(n->rows, found, sizeof *n->rows, by_id);
}

static struct agentx_value text(const char *s)
{
	return (struct agentx_value){ .kind = AGENTX_TEXT, .text = s };
}

static struct agentx_value number(int kind, uint32_t v)
{
	struct agentx_value value = { .number = v };

	value.kind = kind == AGENTX_INTEGER   ? AGENTX_INTEGER
		     : kind == AGENTX_COUNTER ? AGENTX_COUNTER
					      : AGENTX_GAUGE;
	return value;
}

/* ItuPerceivedSeverity of RFC 3877. */
static uint32_t itu_severity(enum severity s)
{
	static const uint32_t itu[] = { [SEVERITY_CLEARED] = 1,
					[SEVERITY_CRITICAL] = 3,
					[SEVERITY_MAJOR] = 4,
					[SEVERITY_MINOR] = 5,
					[SEVERITY_WARNING] = 6 };

	return itu[s];
}

static const char *words_of(const struct nms *n, const struct alarm_view *a)
{
	uint16_t rule = rule_find(n->rules, rule_subject(&n->t->entities[a->entity]), a->code);

	return rule != NO_RULE ? rule_text(&n->rules->rules[rule], "vi") : a->code;
}

static uint32_t alarm_rows(void *arg)
{
	struct nms *n = arg;

	refresh(n);
	return n->n_rows;
}

static uint32_t alarm_index(void *arg, uint32_t row)
{
	const struct nms *n = arg;

	return id_of(&n->rows[row - 1]);
}

static struct agentx_value alarm_value(void *arg, uint32_t row, uint32_t column)
{
	struct nms *n = arg;
	const struct alarm_view *a = &n->rows[row - 1];

	switch (column) {
	case 2:
		return text(n->t->entities[a->entity].id);
	case 3:
		return text(a->code);
	case 4:
		return number(AGENTX_INTEGER, itu_severity(a->severity));
	case 5:
		return text(words_of(n, a));
	case 6:
		return text(rfc3339_format(n->time, a->raised_wall_ms));
	case 7:
		return number(AGENTX_GAUGE, a->incident);
	default:
		return number(AGENTX_INTEGER, (uint32_t)a->life + 1);
	}
}

static struct agentx_value summary_value(void *arg, uint32_t row, uint32_t column)
{
	static const enum severity severities[] = { SEVERITY_CRITICAL, SEVERITY_MAJOR,
						    SEVERITY_MINOR, SEVERITY_WARNING };
	struct nms *n = arg;

	(void)row;
	refresh(n);
	if (column == 1)
		return number(AGENTX_GAUGE, n->n_rows);
	if (column <= 5)
		return number(AGENTX_GAUGE, n->counts[severities[column - 2]]);
	if (column == 6)
		return number(AGENTX_COUNTER, n->changes);
	return text(n->changed_wall_ms > 0 ? rfc3339_format(n->time, n->changed_wall_ms) : "");
}

static const uint32_t root[] = LINEWATCH_MIB_ROOT;
static const struct agentx_table tables[] = {
	{ ACTIVE_ALARMS, 2, 8, alarm_rows, alarm_index, alarm_value },
	{ ALARM_SUMMARY, 1, 7, NULL, NULL, summary_value },
};

int nms_open(struct nms **ret, uv_loop_t *loop, const char *socket, const struct engine *e,
	     const struct topology *t, const struct ruleset *rules)
{
	struct nms *n = calloc(1, sizeof *n);
	if (n == NULL)
		return -ENOMEM;

	const struct agentx_mib mib = { root, sizeof root / sizeof *root, tables,
					sizeof tables / sizeof *tables, n };
	n->engine = e;
	n->t = t;
	n->rules = rules;
	n->stale = true;
	int r = subagent_open(&n->subagent, loop, socket != NULL ? socket : SUBAGENT_SOCKET,
			      "linewatch-collector", &mib);
	if (r < 0) {
		free(n);
		return r;
	}
	*ret = n;
	return 0;
}

void nms_effects(struct nms *n, const struct effect *effects, size_t n_effects)
{
	for (size_t i = 0; n != NULL && i < n_effects; i++) {
		if (effects[i].kind == EFFECT_ALARM) {
			n->changes++;
			n->changed_wall_ms = effects[i].wall_ms;
		}
		n->stale = n->stale || effects[i].kind == EFFECT_ALARM ||
			   effects[i].kind == EFFECT_INCIDENT;
	}
}

static void on_closed(void *arg)
{
	struct nms *n = arg;
	void (*closed)(void *) = n->closed;
	void *closed_arg = n->closed_arg;

	free(n->rows);
	free(n);
	if (closed != NULL)
		closed(closed_arg);
}

void nms_close(struct nms *n, void (*closed)(void *arg), void *arg)
{
	if (n == NULL)
		return;
	n->closed = closed;
	n->closed_arg = arg;
	subagent_close(n->subagent, on_closed, n);
}
