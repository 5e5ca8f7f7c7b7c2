/* layout.c - one round over a plan: the objects, then the columns whose rows come and go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/sense_priv.h"

int layout_init(struct layout *l, struct plan *plan, struct gather_link *link, struct arena *texts)
{
	memset(l, 0, sizeof *l);
	l->plan = plan;
	l->values = calloc(plan->n_asks + 1, sizeof *l->values);
	l->walked = calloc(plan->n_walks + 1, sizeof *l->walked);
	l->walked_values =
		calloc((size_t)plan->n_walks * GATHER_MAX_ROWS + 1, sizeof *l->walked_values);
	if (l->values == NULL || l->walked == NULL || l->walked_values == NULL)
		return -ENOMEM;
	return gather_init(&l->gather, link, texts, plan->asks, plan->n_asks, l->values);
}

void layout_fini(struct layout *l)
{
	if (l->gather.skip != NULL)
		gather_fini(&l->gather);
	plan_free(l->plan);
	free(l->values);
	free(l->walked);
	free(l->walked_values);
	memset(l, 0, sizeof *l);
}

struct plan_answers layout_answers(const struct layout *l)
{
	return (struct plan_answers){ l->values, l->walked };
}

/* Room for a walk is had only by devices that are walked. */
int sense_walk(struct snmp_sense *s, struct oid column, gather_fn *fn)
{
	if (s->walk == NULL)
		s->walk = calloc(1, sizeof *s->walk);
	if (s->walk == NULL)
		return -ENOMEM;
	return walk_start(s->walk, &s->link, &s->texts, column, fn, s);
}

/* The one layout whose round is under way. */
static struct layout *current(struct snmp_sense *s)
{
	return s->trial.plan != NULL ? &s->trial : &s->settled;
}

static void next_walk(struct snmp_sense *s);

static void on_walked(void *arg, int status)
{
	struct snmp_sense *s = arg;
	struct layout *l = current(s);
	struct plan_walked *w = &l->walked[l->next_walk];
	struct value *values = l->walked_values + (size_t)l->next_walk * GATHER_MAX_ROWS;

	if (status != 0) {
		s->round_fn(s, status);
		return;
	}
	for (unsigned i = 0; i < s->walk->n; i++)
		values[i] = s->walk->rows[i].value;
	*w = (struct plan_walked){ .done = true, .n = s->walk->n, .values = values };
	l->next_walk++;
	next_walk(s);
}

/* A guard of 0 says that the table is empty; one that is not there, that there is no table. */
static bool wanted(struct layout *l, unsigned i)
{
	uint16_t guard = l->plan->walks[i].guard;
	double n = 0;

	l->walked[i] = (struct plan_walked){ .done = false };
	if (guard == PLAN_NO_ASK)
		return true;
	if (!value_number(&l->values[guard], &n))
		return false;
	l->walked[i].done = true;
	return n > 0;
}

static void next_walk(struct snmp_sense *s)
{
	struct layout *l = current(s);
	int r;

	while (l->next_walk < l->plan->n_walks && !wanted(l, l->next_walk))
		l->next_walk++;
	if (l->next_walk == l->plan->n_walks) {
		s->round_fn(s, 0);
		return;
	}
	r = sense_walk(s, l->plan->walks[l->next_walk].column, on_walked);
	if (r < 0)
		s->round_fn(s, r);
}

static void on_gathered(void *arg, int status)
{
	struct snmp_sense *s = arg;

	if (status != 0)
		s->round_fn(s, status);
	else
		next_walk(s);
}

int layout_start(struct layout *l, struct snmp_sense *s, gather_fn *fn)
{
	l->next_walk = 0;
	s->round_fn = fn;
	return gather_start(&l->gather, on_gathered, s);
}
