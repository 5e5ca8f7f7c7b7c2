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
	unsigned n; /* words; what names the target is taken out */
	char word[WORDS_MAX][WORD_BYTES];
	const char *value; /* "900ms", "METRIC=VALUE", "20"; NULL: none was given */
	struct sim_site *site;
	struct sim_device *device;
	char *reply;
	size_t size;
};

enum target { ON_NOTHING, ON_SITE, ON_DEVICE };

struct command {
	const char *name;
	enum target target;
	bool wants_value;
	int (*run)(struct args *a);
	const char *help;
	/* what may be meant where nothing is named; NULL: everything */
	bool (*fits_site)(const struct sim_site *s);
	bool (*fits_device)(const struct sim_device *d);
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

	if (number(a->value, &v, &rest) < 0 || v < 0 || v > 100)
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

	if (number(a->value, &v, &rest) < 0 || (strcmp(rest, "ms") != 0 && *rest != '\0') ||
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
	char text[WORD_BYTES];
	const char *rest;
	uint16_t instance;
	int64_t state;
	double v = 0;

	(void)snprintf(text, sizeof text, "%s", a->value);
	char *equals = strchr(text, '=');
	if (equals == NULL)
		return say(a, -EINVAL, "lie wants METRIC=VALUE\n");
	*equals++ = '\0';
	const struct metric *m = parse_metric(text, &instance);
	if (m == NULL)
		return say(a, -EINVAL, "no such metric: %s\n", text);
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

static bool is_dark(const struct sim_site *s)
{
	return !s->mains;
}

static bool has_crashed(const struct sim_site *s)
{
	return s->pbx_crashed;
}

static bool is_cut(const struct sim_site *s)
{
	return !s->wan;
}

static bool is_plugged(const struct sim_device *d)
{
	return d->class == SIM_HEADSET && sim_true(d, M_HEADSET_PRESENT, 0) > 0;
}

static bool is_unplugged(const struct sim_device *d)
{
	return d->class == SIM_HEADSET && !is_plugged(d);
}

static bool is_held_back(const struct sim_device *d)
{
	return d->silent || d->slow_ms > 0;
}

static bool is_lying(const struct sim_device *d)
{
	return d->n_lies > 0;
}

static const struct command commands[] = {
	{ "cut-power", ON_SITE, false, cut_power, "SITE: mains off", NULL, NULL },
	{ "restore-power", ON_SITE, false, restore_power, "SITE: mains on", is_dark, NULL },
	{ "battery", ON_SITE, true, battery, "SITE PERCENT: set the battery's charge", NULL, NULL },
	{ "crash-pbx", ON_SITE, false, crash_pbx, "SITE: the PBX is gone, its phones unregister",
	  NULL, NULL },
	{ "restore-pbx", ON_SITE, false, restore_pbx, "SITE: the PBX boots, its phones come back",
	  has_crashed, NULL },
	{ "congest-pbx", ON_SITE, false, congest_pbx, "SITE: the PBX says congested", NULL, NULL },
	{ "relax-pbx", ON_SITE, false, relax_pbx, "SITE: the PBX says up", NULL, NULL },
	{ "cut-wan", ON_SITE, false, cut_wan, "SITE: its line to Hanoi carries nothing", NULL,
	  NULL },
	{ "restore-wan", ON_SITE, false, restore_wan, "SITE: the line works again", is_cut, NULL },
	{ "unplug", ON_DEVICE, false, unplug, "HEADSET", NULL, is_plugged },
	{ "plug", ON_DEVICE, false, plug, "HEADSET", NULL, is_unplugged },
	{ "silence", ON_DEVICE, false, silence, "DEVICE: no answers", NULL, NULL },
	{ "speak", ON_DEVICE, false, speak, "DEVICE: answers again, at once", NULL, is_held_back },
	{ "slow", ON_DEVICE, true, slow, "DEVICE 900ms: each answer waits", NULL, NULL },
	{ "lie", ON_DEVICE, true, lie, "DEVICE METRIC=VALUE: what it tells, not what is", NULL,
	  NULL },
	{ "honest", ON_DEVICE, false, honest, "DEVICE: no more lies", NULL, is_lying },
	{ "status", ON_NOTHING, false, status, "[SITE]: what is true", NULL, NULL },
	{ "help", ON_NOTHING, false, help, ": this list", NULL, NULL },
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

/* ---- who is meant ---- */

/* Names, one behind the other, as far as people read them. */
struct listing {
	struct args *a;
	unsigned n;
};

static void list(struct listing *l, const char *name)
{
	enum { MOST = 12 };

	if (l->n < MOST)
		(void)say(l->a, 0, "%s%s", l->n > 0 ? ", " : "", name);
	else if (l->n == MOST)
		(void)say(l->a, 0, ", …");
	l->n++;
}

static int find_site(struct args *a, const struct command *c, const char *name)
{
	struct listing l = { a, 0 };
	struct sim_site *only = NULL;
	unsigned fit = 0;

	a->site = name != NULL ? sim_site_find(a->w, name, strlen(name)) : NULL;
	if (a->site != NULL)
		return 0;
	for (uint32_t i = 0; i < a->w->n_sites; i++) {
		if (name == NULL && c->fits_site != NULL && !c->fits_site(&a->w->sites[i]))
			continue;
		only = &a->w->sites[i];
		fit++;
	}
	if (name == NULL && fit == 1) {
		a->site = only;
		return 0;
	}
	if (name == NULL && fit == 0)
		return say(a, -EINVAL, "%s: there is nothing to do\n", c->name);
	(void)say(a, 0,
		  name != NULL ? "there is no centre %s; there are " : "%s: of which centre? ",
		  name != NULL ? name : c->name);
	for (uint32_t i = 0; i < a->w->n_sites; i++)
		if (name != NULL || c->fits_site == NULL || c->fits_site(&a->w->sites[i]))
			list(&l, a->w->sites[i].id);
	return say(a, -EINVAL, "\n");
}

/* "danang/ws-02-headset", "ws-02-headset", and of a headset also "danang/ws-02" and "ws-02" */
static bool is_called(const struct sim_device *d, const char *name)
{
	const char *slash = strchr(d->id, '/'), *tail = slash != NULL ? slash + 1 : d->id;
	const char *id = strchr(name, '/') != NULL ? d->id : tail;
	size_t n = strlen(name);

	return strncmp(id, name, n) == 0 &&
	       (id[n] == '\0' || (d->class == SIM_HEADSET && strcmp(id + n, "-headset") == 0));
}

struct wanted {
	const struct command *command;
	const char *name; /* NULL: not named */
	int class;	  /* -1: any */
};

static bool may_be_meant(const struct wanted *x, const struct sim_device *d)
{
	if (x->class >= 0 && (int)d->class != x->class)
		return false;
	if (x->name != NULL)
		return is_called(d, x->name);
	return x->command->fits_device == NULL || x->command->fits_device(d);
}

/* A name without its centre means the first of that name; the reply says so. */
static int find_device(struct args *a, const struct wanted *x)
{
	struct listing l = { a, 0 };
	unsigned n = 0;

	for (uint32_t i = 0; i < a->w->n_devices; i++) {
		struct sim_device *d = &a->w->devices[i];

		if (may_be_meant(x, d) && n++ == 0)
			a->device = d;
	}
	if (n == 1)
		return 0;
	if (n == 0 && x->name == NULL)
		return say(a, -EINVAL, "%s: there is nothing to do\n", x->command->name);
	if (n == 0)
		return say(a, -EINVAL,
			   "there is no %s; names are as danang/ups-1, danang/ws-01-headset\n",
			   x->name);
	if (x->name != NULL)
		(void)say(a, 0, "%s it is, of ", a->device->id);
	else
		(void)say(a, 0, "%s: which one? ", x->command->name);
	for (uint32_t i = 0; i < a->w->n_devices; i++)
		if (may_be_meant(x, &a->w->devices[i]))
			list(&l, a->w->devices[i].id);
	return say(a, x->name != NULL ? 0 : -EINVAL, "\n");
}

static int class_of(const char *word)
{
	if (strcmp(word, "router") == 0)
		return SIM_ROUTER;
	for (int c = 0; c < SIM_CLASS_END; c++)
		if (strcmp(word, sim_class_name((enum sim_class)c)) == 0)
			return c;
	return -1;
}

/* The words behind the command: "[class] [name] [value]", the value also before the name. */
static int find_target(struct args *a, const struct command *c)
{
	struct wanted x = { .command = c, .class = -1 };

	for (unsigned i = 1; i < a->n; i++) {
		const char *word = a->word[i];
		bool value = strchr(word, '=') != NULL || (word[0] >= '0' && word[0] <= '9') ||
			     (a->n > 2 && i == a->n - 1 && a->value == NULL && x.name != NULL);

		if (c->wants_value && a->value == NULL && value)
			a->value = word;
		else if (c->target == ON_DEVICE && x.class < 0 && x.name == NULL &&
			 class_of(word) >= 0)
			x.class = class_of(word);
		else if (x.name == NULL)
			x.name = word;
		else
			return say(a, -EINVAL, "%s wants %s\n", c->name, c->help);
	}
	if (c->wants_value && a->value == NULL)
		return say(a, -EINVAL, "%s wants %s\n", c->name, c->help);
	if (c->target == ON_SITE)
		return find_site(a, c, x.name);
	return c->target == ON_DEVICE ? find_device(a, &x) : 0;
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
	int r = find_target(&a, c);
	if (r == 0)
		r = c->run(&a);
	return r == 0 && reply[0] == '\0' ? say(&a, 0, "ok\n") : r;
}
