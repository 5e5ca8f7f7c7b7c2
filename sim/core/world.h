/* world.h - the simulated call centres: what is true about each piece of equipment now, and how
 * one fault leads to the next. Pure: time comes in, randomness comes from a seed.
 *
 * Each site has ups-1, pbx-1, router-1 and for every seat phone-NN and ws-NN-headset. Mains that are
 * cut drain the UPS by its load; an empty UPS leaves the whole site without power; phones hang on
 * the PBX. A lie changes what a device tells, never what is true. */
#ifndef LW_SIM_WORLD_H
#define LW_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/registry.h"

enum sim_class { SIM_UPS, SIM_PBX, SIM_ROUTER, SIM_PHONE, SIM_HEADSET, SIM_CLASS_END };

enum {
	SIM_ID_MAX = 64,
	SIM_SITE_ID_MAX = 24,
	SIM_VALUES_MAX = 20,
	SIM_LIES_MAX = 4,
	SIM_SITES_MAX = 1000,
	SIM_SEATS_MAX = 99
};

struct sim_value {
	uint16_t metric, instance;
	double value;
};

struct sim_device {
	char id[SIM_ID_MAX]; /* "danang/ups-1" */
	enum sim_class class;
	const char *dialect; /* which MIBs it speaks: a name of mib.h */
	uint32_t site;
	bool powered;	  /* false: answers nothing */
	bool silent;	  /* told to be */
	int64_t slow_ms;  /* each answer waits this long */
	int64_t boot_ms;  /* when it started, for its up-time */
	int64_t ready_ms; /* answers from then on (a PBX that boots) */
	int64_t event_ms; /* a phone's next change of registration; INT64_MAX: none */
	bool event_value;
	unsigned n_values, n_lies;
	struct sim_value value[SIM_VALUES_MAX];
	struct sim_value lie[SIM_LIES_MAX];
};

struct sim_site {
	char id[SIM_SITE_ID_MAX];
	bool mains, wan, pbx_crashed, blackout;
	uint32_t first, n; /* devices; ups, pbx, router, then phone and headset of each seat */
};

struct sim_world {
	struct sim_site *sites;
	struct sim_device *devices;
	uint32_t n_sites, n_devices, n_seats; /* seats of each site */
	int64_t now_ms;
	double battery_speed; /* 1: real time; 60: an hour of battery in a minute */
	uint64_t random;
};

struct sim_plan {
	uint32_t sites, seats;
	double battery_speed;
	uint64_t seed;
};

/* -EINVAL: outside the limits above; -ENOMEM. */
int sim_world_new(struct sim_world **ret, const struct sim_plan *plan, int64_t now_ms);
void sim_world_free(struct sim_world *w);
void sim_world_step(struct sim_world *w, int64_t now_ms);

struct sim_site *sim_site_find(struct sim_world *w, const char *id, size_t len);
struct sim_device *sim_device_find(struct sim_world *w, const char *id, size_t len);
const char *sim_class_name(enum sim_class c);

bool sim_answers(const struct sim_world *w, const struct sim_device *d);
double sim_true(const struct sim_device *d, uint16_t metric, uint16_t instance); /* NAN: none */
double sim_told(const struct sim_device *d, uint16_t metric, uint16_t instance); /* with lies */
void sim_set(struct sim_device *d, uint16_t metric, uint16_t instance, double v);
int sim_lie(struct sim_device *d, uint16_t metric, uint16_t instance, double v); /* -ENOSPC */

void sim_power(struct sim_world *w, struct sim_site *s, bool mains);
void sim_pbx(struct sim_world *w, struct sim_site *s, bool crashed);
void sim_wan(struct sim_site *s, struct sim_world *w, bool up);

double sim_random(struct sim_world *w); /* 0 <= x < 1 */

#endif
