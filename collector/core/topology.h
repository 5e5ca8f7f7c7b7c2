/* topology.h - what is watched and how it hangs together: sites, seats, devices, agents, people.
 * Pure values; built by collector/conf, read by everyone, never changed while it is used.
 *
 * Entities are numbered 0..n_entities-1; a number is stable for the life of the topology only, an id
 * for ever. Ids: "danang/ups-1" device, "qms" service, "danang" site, "danang/gw" agent (in a name
 * space of its own: agents and devices may share an id), "broker", "collector". */
#ifndef LW_TOPOLOGY_H
#define LW_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_ENTITY UINT32_MAX /* not an enum: it does not fit an int */

enum entity_kind {
	ENTITY_DEVICE, /* services too: their class says so */
	ENTITY_SITE,
	ENTITY_AGENT,
	ENTITY_BROKER,
	ENTITY_COLLECTOR
};

enum device_class {
	CLASS_NONE, /* sites, agents, broker, collector */
	CLASS_UPS,
	CLASS_HEADSET,
	CLASS_PHONE,
	CLASS_PBX,
	CLASS_TRUNK,
	CLASS_IVR,
	CLASS_SERVICE,
	CLASS_WORKSTATION,
	CLASS_LINK,
	CLASS_NETWORK,
	CLASS_END
};

const char *device_class_name(enum device_class c);
bool device_class_parse(const char *name, enum device_class *ret);

/* A dependency: needs any one of `any` (a redundancy group; most have one member). */
struct dependency {
	uint32_t *any;
	uint32_t n_any;
};

struct entity {
	char *id;
	char *name; /* for people; the id where none was given */
	enum entity_kind kind;
	enum device_class device_class;
	uint32_t site;	      /* index into sites, NO_ENTITY for none */
	uint32_t seat;	      /* index into seats of the seat it belongs to, NO_ENTITY for none */
	uint32_t agent;	      /* entity of the agent that watches it, NO_ENTITY for none */
	uint32_t interval_ms; /* how often it is expected to be read; 0: the default */
	bool needed_for_seats;
	struct dependency *needs; /* given ones first, then what topology_finish adds */
	uint32_t n_needs;
};

struct seat {
	char *id; /* "danang/01" */
	uint32_t site;
	uint32_t workstation, headset, phone; /* entities, NO_ENTITY where the seat has none */
};

struct site {
	char *id, *name;
	char *timezone;	      /* IANA */
	int32_t utc_offset_s; /* of `timezone`, when the file was read */
	uint32_t entity;
	uint32_t minimum_seats;
	uint32_t first_seat, n_seats; /* seats of a site are consecutive */
	uint32_t *power, n_power;     /* entities */
	uint32_t uplink;	      /* entity or NO_ENTITY */
	uint32_t *pbx, n_pbx;	      /* any one of them is enough */
	double *calls_per_hour;	      /* 24 values by local hour, or NULL */
	bool is_located;
	double north, east; /* degrees, where is_located */
};

struct topology {
	struct entity *entities;
	struct site *sites;
	struct seat *seats;
	uint32_t n_entities, n_sites, n_seats;
	uint32_t broker, collector; /* entities, always there */
	/* Filled by topology_finish: who needs entity i stands in
	 * dependents[first_dependent[i] .. first_dependent[i + 1]). */
	uint32_t *first_dependent, *dependents;
	uint32_t *index; /* hash table of entity + 1 */
	uint32_t index_mask, entities_size;
};

/* A new entity of its own id, copied; its name is NULL, it belongs nowhere yet. 0, -ENOMEM, -EEXIST
 * (*ret is the one that has the id). Pointers to entities move. */
int topology_add(struct topology *t, enum entity_kind kind, const char *id, uint32_t *ret);

/* Adds what every topology implies (an agent needs its workstation and its site's link, a site its
 * uplink and power, a phone the PBX, a headset its workstation), then the dependents. Call once, when
 * entities, sites and seats stand. 0, -ENOMEM, -ELOOP (a circle of needs; *ret_entity is in or
 * behind it). */
int topology_finish(struct topology *t, uint32_t *ret_entity);
void topology_fini(struct topology *t); /* frees everything in it */

/* Adds the group "any one of these" to the needs of `entity`; copies. 0 or -ENOMEM. */
int topology_need(struct topology *t, uint32_t entity, const uint32_t *any, uint32_t n_any);

/* What planned work on `target` means, as people name it: a device, centre or service is itself, a seat
 * ("danang/01") its parts. Into ret; returns how many, 0: nothing is called so. */
enum { TARGET_PARTS = 3 };
uint32_t topology_target(const struct topology *t, const char *target, uint32_t ret[TARGET_PARTS]);
/* Is `e` one of them, or in the centre that one of them is? */
bool topology_targets(const struct topology *t, const uint32_t *of, uint32_t n, uint32_t e);

/* Entity by kind and id in O(1) amortised; NO_ENTITY when unknown. */
uint32_t topology_find(const struct topology *t, enum entity_kind kind, const char *id);

#endif
