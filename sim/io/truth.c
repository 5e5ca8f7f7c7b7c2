/* Happy path: a line for each change, flushed at once, so that a kill loses at most the last one.
 * Failure path: a line that cannot be written is said once on stderr; the simulation goes on. */
#include "sim/io/truth.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct known { /* what was written last about one device */
	bool written, answers;
	double value[SIM_VALUES_MAX];
};

struct sim_truth {
	const struct sim_world *world;
	struct known *known; /* a row for each device */
	FILE *file;
	bool failed;
};

static void put(struct sim_truth *t, json_t *line)
{
	struct timespec now;
	struct tm tm;
	char at[40];
	size_t n;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	n = strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(at + n, sizeof at - n, ".%03ldZ", now.tv_nsec / 1000000);
	(void)json_object_set_new(line, "at", json_string(at));
	bool ok = json_dumpf(line, t->file, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0 &&
		  fputc('\n', t->file) != EOF && fflush(t->file) == 0;
	if (!ok && !t->failed)
		(void)fprintf(stderr, "<3>the truth log cannot be written error=\"%s\"\n",
			      strerror(errno));
	t->failed = !ok;
	json_decref(line);
}

static json_t *value_of(const struct metric *m, double v)
{
	const char *word = m->kind == METRIC_STATE ? metric_word(m, llround(v)) : NULL;

	if (word != NULL)
		return json_string(word);
	return floor(v) == v ? json_integer((json_int_t)v) : json_real(v);
}

static void name_of(char *buf, size_t size, const struct sim_value *v)
{
	const char *name = metric_by_id(v->metric)->name;

	if (v->instance == 0)
		(void)snprintf(buf, size, "%s", name);
	else
		(void)snprintf(buf, size, "%s#%u", name, v->instance + 1u);
}

int sim_truth_open(struct sim_truth **ret, const char *path, const struct sim_world *w)
{
	struct sim_truth *t = calloc(1, sizeof *t);
	if (t == NULL)
		return -ENOMEM;
	t->world = w;
	t->known = calloc(w->n_devices, sizeof *t->known);
	t->file = fopen(path, "ae");
	if (t->known == NULL || t->file == NULL) {
		int r = t->known == NULL ? -ENOMEM : -errno;
		sim_truth_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

void sim_truth_close(struct sim_truth *t)
{
	if (t == NULL)
		return;
	if (t->file != NULL)
		(void)fclose(t->file);
	free(t->known);
	free(t);
}

void sim_truth_command(struct sim_truth *t, const char *text)
{
	put(t, json_pack("{ss ss}", "type", "command", "text", text));
}

void sim_truth_told(struct sim_truth *t, const struct sim_device *d)
{
	json_t *values = json_object();
	char name[64];

	for (unsigned i = 0; i < d->n_values; i++) {
		const struct sim_value *v = &d->value[i];
		name_of(name, sizeof name, v);
		(void)json_object_set_new(
			values, name,
			value_of(metric_by_id(v->metric), sim_told(d, v->metric, v->instance)));
	}
	put(t, json_pack("{ss ss so}", "type", "told", "device", d->id, "values", values));
}

static bool is_state(uint16_t metric)
{
	enum metric_kind k = metric_by_id(metric)->kind;

	return k == METRIC_STATE || k == METRIC_FLAG;
}

static void look_at(struct sim_truth *t, const struct sim_device *d, struct known *k)
{
	bool answers = sim_answers(t->world, d), first = !k->written;
	char name[64];

	if (first || answers != k->answers)
		put(t,
		    json_pack("{ss ss sb}", "type", "device", "device", d->id, "answers", answers));
	k->answers = answers;
	k->written = true;
	for (unsigned i = 0; i < d->n_values; i++) {
		const struct sim_value *v = &d->value[i];
		bool changed = first || v->value < k->value[i] || v->value > k->value[i];

		k->value[i] = v->value;
		if (!changed || !is_state(v->metric))
			continue;
		name_of(name, sizeof name, v);
		put(t, json_pack("{ss ss ss so}", "type", "state", "device", d->id, "metric", name,
				 "value", value_of(metric_by_id(v->metric), v->value)));
	}
}

void sim_truth_look(struct sim_truth *t)
{
	for (uint32_t i = 0; i < t->world->n_devices; i++)
		look_at(t, &t->world->devices[i], &t->known[i]);
}
