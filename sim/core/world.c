#include "sim/core/world.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/centre.h"

enum { SITE_DEVICES = 3, SEAT_DEVICES = 2 };

static const char *const class_names[SIM_CLASS_END] = {
	[SIM_UPS] = "ups",	   [SIM_PBX] = "pbx",	  [SIM_ROUTER] = "network",
	[SIM_HEADSET] = "headset", [SIM_PHONE] = "phone",
};

static const char *const first_sites[] = { "hanoi", "danang", "angiang" };

const char *sim_class_name(enum sim_class c)
{
	return class_names[c];
}

/* splitmix64 (Steele, Lea, Flood 2014). */
double sim_random(struct sim_world *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(z >> 11) / (double)(UINT64_C(1) << 53);
}

static const struct sim_value *find_value(const struct sim_value *v, unsigned n, uint16_t metric,
					  uint16_t instance)
{
	for (unsigned i = 0; i < n; i++)
		if (v[i].metric == metric && v[i].instance == instance)
			return &v[i];
	return NULL;
}

double sim_true(const struct sim_device *d, uint16_t metric, uint16_t instance)
{
	const struct sim_value *v = find_value(d->value, d->n_values, metric, instance);

	return v != NULL ? v->value : (double)NAN;
}

double sim_told(const struct sim_device *d, uint16_t metric, uint16_t instance)
{
	const struct sim_value *v = find_value(d->lie, d->n_lies, metric, instance);

	return v != NULL ? v->value : sim_true(d, metric, instance);
}

static int put_value(struct sim_value *list, unsigned *n, unsigned max, struct sim_value v)
{
	for (unsigned i = 0; i < *n; i++) {
		if (list[i].metric != v.metric || list[i].instance != v.instance)
			continue;
		list[i].value = v.value;
		return 0;
	}
	if (*n == max)
		return -ENOSPC;
	list[(*n)++] = v;
	return 0;
}

void sim_set(struct sim_device *d, uint16_t metric, uint16_t instance, double v)
{
	struct sim_value row = { metric, instance, v };

	(void)put_value(d->value, &d->n_values, SIM_VALUES_MAX, row);
}

int sim_lie(struct sim_device *d, uint16_t metric, uint16_t instance, double v)
{
	struct sim_value row = { metric, instance, v };

	return put_value(d->lie, &d->n_lies, SIM_LIES_MAX, row);
}

bool sim_answers(const struct sim_world *w, const struct sim_device *d)
{
	return d->powered && !d->silent && w->now_ms >= d->ready_ms;
}

static void add_device(struct sim_world *w, uint32_t site, enum sim_class class,
		       const char *dialect, const char *id)
{
	struct sim_device *d = &w->devices[w->n_devices++];

	(void)snprintf(d->id, sizeof d->id, "%s/%s", w->sites[site].id, id);
	d->class = class;
	d->dialect = dialect;
	d->site = site;
	d->powered = true;
	/* Up for a while already: some days, each its own. */
	d->boot_ms = w->now_ms - (int64_t)(sim_random(w) * 40 * 86400 * 1000) - 3600000;
	d->ready_ms = INT64_MIN;
	d->event_ms = INT64_MAX;
	w->sites[site].n++;
}

static void add_seat(struct sim_world *w, uint32_t site, uint32_t number)
{
	char id[SIM_SITE_ID_MAX];

	(void)snprintf(id, sizeof id, "phone-%02u", number);
	add_device(w, site, SIM_PHONE, "phone", id);
	(void)snprintf(id, sizeof id, "ws-%02u-headset", number);
	add_device(w, site, SIM_HEADSET, "headset-base", id);
}

static void add_site(struct sim_world *w, uint32_t i)
{
	struct sim_site *s = &w->sites[i];

	if (i < sizeof first_sites / sizeof *first_sites)
		(void)snprintf(s->id, sizeof s->id, "%s", first_sites[i]);
	else
		(void)snprintf(s->id, sizeof s->id, "site-%u", i + 1);
	s->mains = s->wan = true;
	s->first = w->n_devices;
	add_device(w, i, SIM_UPS, i % 2 == 0 ? "powernet" : "rfc1628", "ups-1");
	add_device(w, i, SIM_PBX, "kamailio", "pbx-1");
	add_device(w, i, SIM_ROUTER, "router", "router-1");
	for (uint32_t seat = 1; seat <= w->n_seats; seat++)
		add_seat(w, i, seat);
}

int sim_world_new(struct sim_world **ret, const struct sim_plan *plan, int64_t now_ms)
{
	if (plan->sites < 1 || plan->sites > SIM_SITES_MAX || plan->seats > SIM_SEATS_MAX)
		return -EINVAL;
	struct sim_world *w = calloc(1, sizeof *w);
	if (w == NULL)
		return -ENOMEM;
	size_t per_site = SITE_DEVICES + (size_t)plan->seats * SEAT_DEVICES;

	w->sites = calloc(plan->sites, sizeof *w->sites);
	w->devices = calloc(plan->sites * per_site, sizeof *w->devices);
	if (w->sites == NULL || w->devices == NULL) {
		sim_world_free(w);
		return -ENOMEM;
	}
	w->n_seats = plan->seats;
	w->battery_speed = plan->battery_speed;
	w->random = plan->seed;
	w->now_ms = now_ms;
	for (w->n_sites = 0; w->n_sites < plan->sites; w->n_sites++)
		add_site(w, w->n_sites);
	for (uint32_t i = 0; i < w->n_sites; i++)
		centre_init(w, &w->sites[i]);
	*ret = w;
	return 0;
}

void sim_world_free(struct sim_world *w)
{
	if (w == NULL)
		return;
	free(w->sites);
	free(w->devices);
	free(w);
}

void sim_world_step(struct sim_world *w, int64_t now_ms)
{
	int64_t dt_ms = now_ms - w->now_ms;

	w->now_ms = now_ms;
	for (uint32_t i = 0; i < w->n_sites; i++)
		centre_step(w, &w->sites[i], dt_ms);
}

struct sim_site *sim_site_find(struct sim_world *w, const char *id, size_t len)
{
	for (uint32_t i = 0; i < w->n_sites; i++)
		if (strlen(w->sites[i].id) == len && memcmp(w->sites[i].id, id, len) == 0)
			return &w->sites[i];
	return NULL;
}

/* "danang/ups-1": the site first, then its few devices. */
struct sim_device *sim_device_find(struct sim_world *w, const char *id, size_t len)
{
	const char *slash = memchr(id, '/', len);
	struct sim_site *s = slash != NULL ? sim_site_find(w, id, (size_t)(slash - id)) : NULL;

	for (uint32_t i = 0; s != NULL && i < s->n; i++) {
		struct sim_device *d = &w->devices[s->first + i];
		if (strlen(d->id) == len && memcmp(d->id, id, len) == 0)
			return d;
	}
	return NULL;
}
