#include "collector/core/silence.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

void silence_fini(struct silence *s)
{
	free(s->target);
	free(s->code);
	free(s->by);
	free(s->reason);
	*s = (struct silence){ .armed = INT64_MAX };
}

static bool is_about(const struct engine *e, const struct silence *s, uint32_t entity)
{
	return topology_targets(e->t, s->entities, s->n_entities, entity);
}

static bool is_of(const struct silence *s, const struct rule *r)
{
	return (r->flags & RULE_STEADY) == 0 && (s->code == NULL || strcmp(s->code, r->code) == 0);
}

bool silence_covers(const struct engine *e, const struct alarm_row *a)
{
	for (uint32_t i = 0; i < e->n_silences; i++)
		if (e->silences[i].open && is_of(&e->silences[i], alarm_rule(e, a)) &&
		    is_about(e, &e->silences[i], a->entity))
			return true;
	return false;
}

static void look_at_alarms(struct engine *e)
{
	for (uint32_t i = 0; i < e->n_alarms; i++) {
		struct alarm_row *a = &e->alarms[i];

		if (!a->used || !a->raised || a->shelved == silence_covers(e, a))
			continue;
		a->shelved = !a->shelved;
		incident_alarm_changed(e, i);
	}
}

void silence_due(struct engine *e, uint32_t row)
{
	struct silence *s = &e->silences[row];
	int64_t wall = e->now.wall_ms, next = s->until_wall_ms;
	bool open = wall >= s->from_wall_ms && wall < s->until_wall_ms, was = s->open;

	s->armed = INT64_MAX;
	if (s->number == 0)
		return;
	s->open = open;
	if (wall >= s->until_wall_ms) {
		silence_fini(s);
	} else {
		next = wall < s->from_wall_ms ? s->from_wall_ms : s->until_wall_ms;
		due_arm(&e->due, &s->armed, DUE_SILENCE, row, e->now.mono_ms + next - wall);
	}
	if (open != was)
		look_at_alarms(e);
}

uint32_t silence_row(struct engine *e)
{
	uint32_t row = 0;

	while (row < e->n_silences && e->silences[row].number != 0)
		row++;
	if (row < e->n_silences)
		return row;
	e->silences = engine_grow(e->silences, row, &e->silences_size, sizeof *e->silences);
	e->silences[row] = (struct silence){ .armed = INT64_MAX };
	e->n_silences++;
	return row;
}

/* May an alarm of this code be meant by it? 0, -EINVAL: there is none, -EPERM: never silenced. */
static int check_code(const struct engine *e, const struct silence *s, const char *code)
{
	int r = code == NULL ? 0 : -EINVAL;

	for (uint32_t i = 0; r == -EINVAL && i < e->t->n_entities; i++) {
		uint16_t rule =
			is_about(e, s, i)
				? rule_find(e->rules, rule_subject(&e->t->entities[i]), code)
				: NO_RULE;

		if (rule != NO_RULE)
			r = (e->rules->rules[rule].flags & RULE_STEADY) != 0 ? -EPERM : 0;
	}
	return r;
}

static const char *given(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* True: copied, or there is nothing to copy. */
static bool copy(char **ret, const char *text)
{
	*ret = given(text) != NULL ? strdup(text) : NULL;
	return *ret != NULL || given(text) == NULL;
}

static int fill(const struct engine *e, struct silence *s, const struct silence_view *wish)
{
	*s = (struct silence){ .from_wall_ms = wish->from_wall_ms,
			       .until_wall_ms = wish->until_wall_ms,
			       .armed = INT64_MAX };
	if (given(wish->target) == NULL || given(wish->by) == NULL ||
	    s->until_wall_ms <= s->from_wall_ms || s->until_wall_ms <= e->now.wall_ms)
		return -EINVAL;
	s->n_entities = topology_target(e->t, wish->target, s->entities);
	int r = s->n_entities > 0 ? check_code(e, s, given(wish->code)) : -ENOENT;
	if (r < 0)
		return r;
	return copy(&s->target, wish->target) && copy(&s->code, wish->code) &&
			       copy(&s->by, wish->by) && copy(&s->reason, wish->reason)
		       ? 0
		       : -ENOMEM;
}

static void note_code(const char **list, uint32_t *n, const char *code)
{
	for (uint32_t i = 0; i < *n; i++)
		if (strcmp(list[i], code) == 0)
			return;
	if (*n < SCOPE_CODES)
		list[(*n)++] = code;
}

/* What may be raised by the things that it is about. */
static void scope_codes(const struct engine *e, const struct silence *s, struct silence_scope *ret)
{
	uint32_t subjects = 0;

	for (uint32_t i = 0; i < e->t->n_entities; i++) {
		if (!is_about(e, s, i))
			continue;
		subjects |= 1U << rule_subject(&e->t->entities[i]);
		ret->n_things++;
	}
	for (uint32_t i = 0; i < e->rules->n_rules; i++) {
		const struct rule *r = &e->rules->rules[i];

		if ((r->subjects & subjects) == 0)
			continue;
		if ((r->flags & RULE_STEADY) != 0)
			note_code(ret->steady, &ret->n_steady, r->code);
		else
			note_code(ret->codes, &ret->n_codes, r->code);
	}
}

int engine_silence_scope(const struct engine *e, const struct silence_view *wish,
			 struct silence_scope *ret)
{
	struct silence s = { 0 };

	*ret = (struct silence_scope){ 0 };
	s.n_entities = topology_target(e->t, wish->target, s.entities);
	int r = s.n_entities > 0 ? check_code(e, &s, given(wish->code)) : -ENOENT;
	if (r < 0)
		return r;
	if (!copy(&s.code, wish->code))
		return -ENOMEM;
	scope_codes(e, &s, ret);
	for (uint32_t i = 0; i < e->n_alarms; i++) {
		const struct alarm_row *a = &e->alarms[i];

		if (!a->used || !a->raised || a->shelved || !is_of(&s, alarm_rule(e, a)) ||
		    !is_about(e, &s, a->entity))
			continue;
		if (ret->n_alarms < SCOPE_ALARMS)
			ret->alarms[ret->n_alarms] = a->id;
		ret->n_alarms++;
	}
	silence_fini(&s);
	return 0;
}

static uint32_t count(const struct engine *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n_silences; i++)
		n += e->silences[i].number != 0;
	return n;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The newest word on one and the same thing counts, also when it ends earlier. */
static void replace_older(struct engine *e, uint32_t row)
{
	for (uint32_t i = 0; i < e->n_silences; i++) {
		struct silence *s = &e->silences[i];

		if (i == row || !s->open || !e->silences[row].open ||
		    !same_text(s->target, e->silences[row].target) ||
		    !same_text(s->code, e->silences[row].code))
			continue;
		s->until_wall_ms = INT64_MIN;
		silence_due(e, i);
	}
}

int engine_silence(struct engine *e, const struct silence_view *wish, uint32_t *ret_number,
		   struct instant now)
{
	struct silence s;

	if (now.mono_ms > e->now.mono_ms)
		e->now = now;
	if (count(e) >= SILENCES_MAX)
		return -ENOSPC;
	int r = fill(e, &s, wish);
	if (r < 0) {
		silence_fini(&s);
		return r;
	}
	uint32_t row = silence_row(e);
	s.number = ++e->last_silence;
	e->silences[row] = s;
	if (ret_number != NULL)
		*ret_number = s.number;
	silence_due(e, row);
	replace_older(e, row);
	return 0;
}

int engine_silence_end(struct engine *e, uint32_t number, struct instant now)
{
	if (now.mono_ms > e->now.mono_ms)
		e->now = now;
	for (uint32_t i = 0; number != 0 && i < e->n_silences; i++) {
		if (e->silences[i].number != number)
			continue;
		e->silences[i].until_wall_ms = INT64_MIN;
		silence_due(e, i);
		return 0;
	}
	return -ENOENT;
}

int engine_shelve(struct engine *e, uint64_t alarm, const char *by, int64_t until_wall_ms,
		  uint32_t *ret_number, struct instant now)
{
	uint32_t row = 0;

	while (row < e->n_alarms &&
	       (!e->alarms[row].used || !e->alarms[row].raised || e->alarms[row].id != alarm))
		row++;
	if (row == e->n_alarms)
		return -ENOENT;
	struct silence_view wish = { .target = e->t->entities[e->alarms[row].entity].id,
				     .code = alarm_rule(e, &e->alarms[row])->code,
				     .by = by,
				     .from_wall_ms = now.wall_ms,
				     .until_wall_ms = until_wall_ms };
	int r = engine_silence(e, &wish, ret_number, now);

	return r == -EPERM ? -EINVAL : r;
}

static int by_number(const void *a, const void *b)
{
	const struct silence_view *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

size_t engine_silences(const struct engine *ce, const struct silence_view **ret)
{
	struct engine *e = (struct engine *)(uintptr_t)ce; /* the views are a cache of its own */
	size_t n = 0;

	free(e->silence_views);
	e->silence_views = calloc(e->n_silences + (size_t)1, sizeof *e->silence_views);
	assert(e->silence_views != NULL);
	for (uint32_t i = 0; i < e->n_silences; i++) {
		const struct silence *s = &e->silences[i];

		if (s->number != 0)
			e->silence_views[n++] = (struct silence_view){
				s->number, s->target,	    s->code,	      s->by,
				s->reason, s->from_wall_ms, s->until_wall_ms, s->open
			};
	}
	qsort(e->silence_views, n, sizeof *e->silence_views, by_number);
	*ret = e->silence_views;
	return n;
}
