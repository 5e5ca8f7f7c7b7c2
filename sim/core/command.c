#include "sim/core/command.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 4, WORD_BYTES = 96 };

struct args {
	struct sim_world *w;
	unsigned n;
	char word[WORDS_MAX][WORD_BYTES];
	struct sim_site *site;
	struct sim_device *device;
	char *reply;
	size_t size;
};

enum target { ON_NOTHING, ON_SITE, ON_DEVICE };

struct command {
	const char *name;
	enum target target;
	unsigned words; /* with the name */
	int (*run)(struct args *a);
	const char *help;
};

static int say(struct args *a, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int say(struct args *a, int r, const char *format, ...)
{
	size_t used = strlen(a->reply);
	va_list list;

	va_start(list, format);
	(void)vsnprintf(a->reply + used, a->size - used, format, list);
	va_end(list);
	return r;
}

static int cut_power(struct args *a)
{
	sim_power(a->w, a->site, false);
	return 0;
}

static int restore_power(struct args *a)
{
	sim_power(a->w, a->site, true);
	return 0;
}

static int crash_pbx(struct args *a)
{
	sim_pbx(a->w, a->site, true);
	return 0;
}

static int restore_pbx(struct args *a)
{
	sim_pbx(a->w, a->site, false);
	return 0;
}

static struct sim_device *pbx_of(struct args *a)
{
	for (uint32_t i = 0; i < a->site->n; i++)
		if (a->w->devices[a->site->first + i].class == SIM_PBX)
			return &a->w->devices[a->site->first + i];
	return NULL;
}

static int congest_pbx(struct args *a)
{
	sim_set(pbx_of(a), M_PBX_STATUS, 0, PBX_CONGESTED);
	return 0;
}

static int relax_pbx(struct args *a)
{
	sim_set(pbx_of(a), M_PBX_STATUS, 0, PBX_UP);
	return 0;
}

static int cut_wan(struct args *a)
{
	sim_wan(a->site, a->w, false);
	return 0;
}

static int restore_wan(struct args *a)
{
	sim_wan(a->site, a->w, true);
	return 0;
}

static int number(const char *text, double *ret, const char **ret_rest)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || !isfinite(v))
		return -EINVAL;
	*ret = v;
	*ret_rest = end;
	return 0;
}

static int battery(struct args *a)
{
	const char *rest;
	double v;

	if (number(a->word[2], &v, &rest) < 0 || v < 0 || v > 100)
		return say(a, -EINVAL, "battery wants percent from 0 to 100\n");
	sim_set(&a->w->devices[a->site->first], M_BATTERY_CHARGE, 0, v);
	return 0;
}

static int set_plug(struct args *a, bool present)
{
	if (a->device->class != SIM_HEADSET)
		return say(a, -EINVAL, "%s is not a headset\n", a->device->id);
	sim_set(a->device, M_HEADSET_PRESENT, 0, present);
	return 0;
}

static int unplug(struct args *a)
{
	return set_plug(a, false);
}

static int plug(struct args *a)
{
	return set_plug(a, true);
}

static int silence(struct args *a)
{
	a->device->silent = true;
	return 0;
}

static int speak(struct args *a)
{
	a->device->silent = false;
	a->device->slow_ms = 0;
	return 0;
}

static int slow(struct args *a)
{
	const char *rest;
	double v;

	if (number(a->word[2], &v, &rest) < 0 || (strcmp(rest, "ms") != 0 && *rest != '\0') ||
	    v < 0 || v > 60000)
		return say(a, -EINVAL, "slow wants a time up to 60000ms\n");
	a->device->slow_ms = (int64_t)v;
	return 0;
}

/* "battery.charge_percent" or "if.oper_up#2" */
static const struct metric *parse_metric(char *name, uint16_t *ret_instance)
{
	char *hash = strchr(name, '#');
	long instance = 1;

	if (hash != NULL) {
		*hash = '\0';
		instance = strtol(hash + 1, NULL, 10);
	}
	*ret_instance = instance > 1 && instance < 100 ? (uint16_t)(instance - 1) : 0;
	return metric_by_name(name);
}

static int lie(struct args *a)
{
	char *equals = strchr(a->word[2], '=');
	const char *rest;
	uint16_t instance;
	int64_t state;
	double v = 0;

	if (equals == NULL)
		return say(a, -EINVAL, "lie wants METRIC=VALUE\n");
	*equals++ = '\0';
	const struct metric *m = parse_metric(a->word[2], &instance);
	if (m == NULL)
		return say(a, -EINVAL, "no such metric: %s\n", a->word[2]);
	if (metric_parse_word(m, equals, &state))
		v = (double)state;
	else if (number(equals, &v, &rest) < 0 || *rest != '\0')
		return say(a, -EINVAL, "%s: not a value of %s\n", equals, m->name);
	if (sim_lie(a->device, m->id, instance, v) < 0)
		return say(a, -EINVAL, "at most %d lies of one device\n", SIM_LIES_MAX);
	return 0;
}

static int honest(struct args *a)
{
	a->device->n_lies = 0;
	return 0;
}

static void describe(struct args *a, struct sim_site *s)
{
	const struct sim_device *d = &a->w->devices[s->first];
	const struct metric *status = metric_by_id(M_UPS_STATUS);
	unsigned registered = 0, headsets = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		registered += sim_true(&d[i], M_SIP_REGISTERED, 0) > 0;
		headsets += sim_true(&d[i], M_HEADSET_PRESENT, 0) > 0;
	}
	(void)say(a, 0, "%-10s mains %-3s  ups %-11s %5.1f %% %6.0f s  pbx %-7s  wan %-3s  ", s->id,
		  s->mains ? "on" : "off",
		  metric_word(status, llround(sim_true(d, M_UPS_STATUS, 0))),
		  sim_true(d, M_BATTERY_CHARGE, 0), sim_true(d, M_BATTERY_RUNTIME, 0),
		  s->pbx_crashed ? "crashed" : "up", s->wan ? "up" : "cut");
	(void)say(a, 0, "phones %u/%u  headsets %u/%u\n", registered, a->w->n_seats, headsets,
		  a->w->n_seats);
}

static int status(struct args *a)
{
	for (uint32_t i = 0; i < a->w->n_sites; i++)
		if (a->n < 2 || strcmp(a->w->sites[i].id, a->word[1]) == 0)
			describe(a, &a->w->sites[i]);
	return 0;
}

static int help(struct args *a);

static const struct command commands[] = {
	{ "cut-power", ON_SITE, 2, cut_power, "SITE: mains off" },
	{ "restore-power", ON_SITE, 2, restore_power, "SITE: mains on" },
	{ "battery", ON_SITE, 3, battery, "SITE PERCENT: set the battery's charge" },
	{ "crash-pbx", ON_SITE, 2, crash_pbx, "SITE: the PBX is gone, its phones unregister" },
	{ "restore-pbx", ON_SITE, 2, restore_pbx, "SITE: the PBX boots, its phones come back" },
	{ "congest-pbx", ON_SITE, 2, congest_pbx, "SITE: the PBX says congested" },
	{ "relax-pbx", ON_SITE, 2, relax_pbx, "SITE: the PBX says up" },
	{ "cut-wan", ON_SITE, 2, cut_wan, "SITE: its line to Hanoi carries nothing" },
	{ "restore-wan", ON_SITE, 2, restore_wan, "SITE: the line works again" },
	{ "unplug", ON_DEVICE, 2, unplug, "HEADSET" },
	{ "plug", ON_DEVICE, 2, plug, "HEADSET" },
	{ "silence", ON_DEVICE, 2, silence, "DEVICE: no answers" },
	{ "speak", ON_DEVICE, 2, speak, "DEVICE: answers again, at once" },
	{ "slow", ON_DEVICE, 3, slow, "DEVICE 900ms: each answer waits" },
	{ "lie", ON_DEVICE, 3, lie, "DEVICE METRIC=VALUE: what it tells, not what is" },
	{ "honest", ON_DEVICE, 2, honest, "DEVICE: no more lies" },
	{ "status", ON_NOTHING, 1, status, "[SITE]: what is true" },
	{ "help", ON_NOTHING, 1, help, ": this list" },
};

static int help(struct args *a)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		(void)say(a, 0, "%-14s %s\n", commands[i].name, commands[i].help);
	return 0;
}

static void split(struct args *a, const char *line)
{
	while (a->n < WORDS_MAX) {
		line += strspn(line, " \t\r\n");
		size_t n = strcspn(line, " \t\r\n");

		if (n == 0)
			return;
		if (n < WORD_BYTES) {
			memcpy(a->word[a->n], line, n);
			a->word[a->n][n] = '\0';
		}
		a->n++;
		line += n;
	}
}

/* "headset danang/ws-02-headset" is heard as "danang/ws-02-headset"; "ups-1" alone is the first. */
static void find_target(struct args *a, const struct command *c)
{
	const char *id = a->word[1];

	if (c->target == ON_SITE)
		a->site = sim_site_find(a->w, id, strlen(id));
	if (c->target != ON_DEVICE)
		return;
	a->device = sim_device_find(a->w, id, strlen(id));
	for (uint32_t i = 0; a->device == NULL && i < a->w->n_devices; i++) {
		const char *slash = strchr(a->w->devices[i].id, '/');
		if (slash != NULL && strcmp(slash + 1, id) == 0)
			a->device = &a->w->devices[i];
	}
}

static void drop_class_word(struct args *a)
{
	if (a->n < 3 || strchr(a->word[2], '/') == NULL || strchr(a->word[2], '=') != NULL)
		return;
	memmove(a->word[1], a->word[2], sizeof a->word[0] * (WORDS_MAX - 2));
	a->n--;
}

int command_run(struct sim_world *w, const char *line, char *reply, size_t size)
{
	struct args a = { .w = w, .reply = reply, .size = size };
	const struct command *c = NULL;

	reply[0] = '\0';
	split(&a, line);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(a.word[0], commands[i].name) == 0)
			c = &commands[i];
	if (c == NULL)
		return say(&a, -EINVAL, "no such command: %s (try help)\n", a.word[0]);
	if (c->target == ON_DEVICE)
		drop_class_word(&a);
	if (a.n < c->words)
		return say(&a, -EINVAL, "%s wants %s\n", c->name, c->help);
	find_target(&a, c);
	if ((c->target == ON_SITE && a.site == NULL) ||
	    (c->target == ON_DEVICE && a.device == NULL))
		return say(&a, -EINVAL, "there is no %s\n", a.word[1]);
	int r = c->run(&a);
	return r == 0 && reply[0] == '\0' ? say(&a, 0, "ok\n") : r;
}
