#include "collector/core/live.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct live {
	uint32_t n;
	struct live_device **devices;
	struct live_agent **agents;
};

enum { STALE_AT_LEAST_MS = 10000 };

int live_new(struct live **ret, uint32_t n_entities)
{
	struct live *l = calloc(1, sizeof *l);

	if (l == NULL)
		return -ENOMEM;
	l->n = n_entities;
	l->devices = calloc(n_entities + (size_t)1, sizeof *l->devices);
	l->agents = calloc(n_entities + (size_t)1, sizeof *l->agents);
	if (l->devices == NULL || l->agents == NULL) {
		live_free(l);
		return -ENOMEM;
	}
	*ret = l;
	return 0;
}

static void forget(struct live_device *d)
{
	for (uint32_t i = 0; i < d->n_labels; i++)
		free(d->labels[i]);
	for (unsigned i = 0; i < LIVE_TEXTS; i++) {
		free(d->identity[i]);
		d->identity[i] = NULL;
	}
	free(d->labels);
	free(d->slots);
	free(d->profile);
	d->labels = NULL;
	d->slots = NULL;
	d->profile = NULL;
	d->n_labels = d->n_slots = 0;
	d->read_mono_ms = INT64_MIN;
}

void live_free(struct live *l)
{
	if (l == NULL)
		return;
	for (uint32_t i = 0; i < l->n && l->devices != NULL; i++)
		if (l->devices[i] != NULL) {
			forget(l->devices[i]);
			free(l->devices[i]);
		}
	for (uint32_t i = 0; i < l->n && l->agents != NULL; i++)
		free(l->agents[i]);
	free(l->devices);
	free(l->agents);
	free(l);
}

static struct live_device *device_of(struct live *l, uint32_t entity)
{
	assert(entity < l->n);
	if (l->devices[entity] != NULL)
		return l->devices[entity];
	struct live_device *d = calloc(1, sizeof *d);
	if (d == NULL)
		return NULL;
	d->read_mono_ms = INT64_MIN;
	d->heard_mono_ms = INT64_MIN;
	l->devices[entity] = d;
	return d;
}

int live_describe(struct live *l, uint32_t entity, const char *profile, uint32_t interval_ms)
{
	struct live_device *d = device_of(l, entity);

	if (d == NULL)
		return -ENOMEM;
	forget(d);
	d->interval_ms = interval_ms;
	if (profile != NULL && profile[0] != '\0') {
		d->profile = strdup(profile);
		if (d->profile == NULL)
			return -ENOMEM;
	}
	return 0;
}

int live_identify(struct live *l, uint32_t entity, unsigned metric, const char *text)
{
	struct live_device *d;
	char *copy;

	if (metric < LIVE_FIRST_TEXT || metric >= LIVE_FIRST_TEXT + LIVE_TEXTS)
		return -EINVAL;
	d = device_of(l, entity);
	copy = d != NULL ? strdup(text) : NULL;
	if (copy == NULL)
		return -ENOMEM;
	free(d->identity[metric - LIVE_FIRST_TEXT]);
	d->identity[metric - LIVE_FIRST_TEXT] = copy;
	return 0;
}

const char *live_text(const struct live_device *d, unsigned metric)
{
	if (metric < LIVE_FIRST_TEXT || metric >= LIVE_FIRST_TEXT + LIVE_TEXTS)
		return NULL;
	return d->identity[metric - LIVE_FIRST_TEXT];
}

static bool label_is(const struct live_device *d, const struct live_slot *s, const char *label)
{
	if (s->label == 0 || label == NULL)
		return s->label == 0 && label == NULL;
	return strcmp(d->labels[s->label - 1], label) == 0;
}

static struct live_slot *find(const struct live_device *d, const struct reading *r, uint32_t guess)
{
	for (uint32_t i = 0; i < d->n_slots; i++) {
		/* Reports name their readings in one order: the guess is mostly right. */
		struct live_slot *s = &d->slots[(guess + i) % d->n_slots];

		if (s->metric == r->metric && s->instance == r->instance &&
		    label_is(d, s, r->label))
			return s;
	}
	return NULL;
}

static int add_label(struct live_device *d, const char *label, uint16_t *ret)
{
	char **labels;

	for (uint32_t i = 0; i < d->n_labels; i++)
		if (strcmp(d->labels[i], label) == 0) {
			*ret = (uint16_t)(i + 1);
			return 0;
		}
	labels = realloc(d->labels, (d->n_labels + (size_t)1) * sizeof *labels);
	if (labels == NULL)
		return -ENOMEM;
	d->labels = labels;
	labels[d->n_labels] = strdup(label);
	if (labels[d->n_labels] == NULL)
		return -ENOMEM;
	*ret = (uint16_t)++d->n_labels;
	return 0;
}

static int add_slot(struct live_device *d, const struct reading *r, struct live_slot **ret)
{
	struct live_slot *slots;
	uint16_t label = 0;
	int e;

	if (d->n_slots >= LIVE_SLOTS_MAX)
		return -E2BIG;
	e = r->label != NULL ? add_label(d, r->label, &label) : 0;
	if (e < 0)
		return e;
	slots = realloc(d->slots, (d->n_slots + (size_t)1) * sizeof *slots);
	if (slots == NULL)
		return -ENOMEM;
	d->slots = slots;
	*ret = &slots[d->n_slots++];
	**ret = (struct live_slot){ 0, r->metric, r->instance, label, REASON_NOT_MEASURED };
	return 0;
}

int live_set(struct live *l, uint32_t entity, const struct reading *readings, size_t n,
	     int64_t read_mono_ms, int64_t now_mono_ms)
{
	struct live_device *d = device_of(l, entity);

	if (d == NULL)
		return -ENOMEM;
	d->heard_mono_ms = now_mono_ms;
	d->read_mono_ms = read_mono_ms;
	for (size_t i = 0; i < n; i++) {
		struct live_slot *s = find(d, &readings[i], (uint32_t)i);
		int e = s == NULL ? add_slot(d, &readings[i], &s) : 0;

		if (e < 0)
			return e;
		s->reason = readings[i].reason;
		s->value = readings[i].value;
	}
	return 0;
}

int live_reachable(struct live *l, uint32_t entity, bool reachable, int64_t now_mono_ms)
{
	struct live_device *d = device_of(l, entity);

	if (d == NULL)
		return -ENOMEM;
	d->reachable = reachable;
	d->heard_mono_ms = now_mono_ms;
	return 0;
}

const struct live_device *live_get(const struct live *l, uint32_t entity)
{
	return entity < l->n ? l->devices[entity] : NULL;
}

int live_value(const struct live *l, uint32_t entity, unsigned metric, unsigned instance,
	       struct reading *ret)
{
	const struct live_device *d = live_get(l, entity);

	for (uint32_t i = 0; d != NULL && i < d->n_slots; i++) {
		const struct live_slot *s = &d->slots[i];

		if (s->metric != metric || s->instance != instance)
			continue;
		*ret = (struct reading){ .metric = s->metric,
					 .instance = s->instance,
					 .reason = s->reason,
					 .label = s->label > 0 ? d->labels[s->label - 1] : NULL,
					 .value = s->value };
		return 0;
	}
	return -ENOENT;
}

struct live_agent *live_agent(struct live *l, uint32_t entity)
{
	assert(entity < l->n);
	if (l->agents[entity] == NULL) {
		struct live_agent *a = calloc(1, sizeof *a);

		if (a == NULL)
			return NULL;
		a->heard_mono_ms = a->offset_ms = INT64_MIN;
		l->agents[entity] = a;
	}
	return l->agents[entity];
}

const struct live_agent *live_agent_get(const struct live *l, uint32_t entity)
{
	return entity < l->n ? l->agents[entity] : NULL;
}

bool live_is_stale(const struct live_device *d, int64_t now_mono_ms)
{
	int64_t limit = 2 * (int64_t)d->interval_ms;

	if (limit < STALE_AT_LEAST_MS)
		limit = STALE_AT_LEAST_MS;
	return d->read_mono_ms == INT64_MIN || now_mono_ms - d->read_mono_ms > limit;
}
