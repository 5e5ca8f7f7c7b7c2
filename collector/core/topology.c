#include "collector/core/topology.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[CLASS_END] = {
	"none", "ups",	   "headset",	  "phone", "pbx",     "trunk",
	"ivr",	"service", "workstation", "link",  "network",
};

const char *device_class_name(enum device_class c)
{
	return (unsigned)c < CLASS_END ? class_names[c] : "none";
}

bool device_class_parse(const char *name, enum device_class *ret)
{
	for (unsigned i = CLASS_UPS; i < CLASS_END; i++) {
		if (strcmp(class_names[i], name) == 0) {
			*ret = (enum device_class)i;
			return true;
		}
	}
	return false;
}

/* FNV-1a: ids are short and come from a file that people write. */
static uint32_t hash(enum entity_kind kind, const char *id)
{
	uint32_t h = 2166136261U ^ (uint32_t)kind;

	for (; *id != '\0'; id++)
		h = (h ^ (uint8_t)*id) * 16777619U;
	return h ^ (h >> 15);
}

uint32_t topology_find(const struct topology *t, enum entity_kind kind, const char *id)
{
	if (t->index == NULL)
		return NO_ENTITY;
	for (uint32_t i = hash(kind, id) & t->index_mask; t->index[i] != 0;
	     i = (i + 1) & t->index_mask) {
		const struct entity *e = &t->entities[t->index[i] - 1];

		if (e->kind == kind && strcmp(e->id, id) == 0)
			return t->index[i] - 1;
	}
	return NO_ENTITY;
}

static void index_entity(struct topology *t, uint32_t n)
{
	const struct entity *e = &t->entities[n];
	uint32_t i = hash(e->kind, e->id) & t->index_mask;

	while (t->index[i] != 0)
		i = (i + 1) & t->index_mask;
	t->index[i] = n + 1;
}

static int grow(struct topology *t)
{
	uint32_t size = t->entities_size == 0 ? 64 : t->entities_size * 2;
	struct entity *entities = realloc(t->entities, size * sizeof *entities);

	if (entities == NULL)
		return -ENOMEM;
	t->entities = entities;
	uint32_t *index = calloc((size_t)size * 2, sizeof *index);
	if (index == NULL)
		return -ENOMEM;
	free(t->index);
	t->index = index;
	t->index_mask = size * 2 - 1;
	t->entities_size = size;
	for (uint32_t i = 0; i < t->n_entities; i++)
		index_entity(t, i);
	return 0;
}

int topology_add(struct topology *t, enum entity_kind kind, const char *id, uint32_t *ret)
{
	uint32_t at = topology_find(t, kind, id);

	if (at != NO_ENTITY) {
		*ret = at;
		return -EEXIST;
	}
	if (t->n_entities == t->entities_size && grow(t) < 0)
		return -ENOMEM;
	char *copy = strdup(id);
	if (copy == NULL)
		return -ENOMEM;
	t->entities[t->n_entities] = (struct entity){
		.id = copy, .kind = kind, .site = NO_ENTITY, .seat = NO_ENTITY, .agent = NO_ENTITY
	};
	index_entity(t, t->n_entities);
	*ret = t->n_entities++;
	return 0;
}

int topology_need(struct topology *t, uint32_t entity, const uint32_t *any, uint32_t n_any)
{
	struct entity *e = &t->entities[entity];
	struct dependency *grown = realloc(e->needs, (e->n_needs + 1) * sizeof *grown);

	if (grown == NULL)
		return -ENOMEM;
	e->needs = grown;
	uint32_t *copy = malloc(n_any * sizeof *copy);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, any, n_any * sizeof *copy);
	e->needs[e->n_needs++] = (struct dependency){ copy, n_any };
	return 0;
}

static bool names(const struct entity *e, const uint32_t *any, uint32_t n)
{
	for (uint32_t i = 0; i < e->n_needs; i++)
		for (uint32_t k = 0; k < e->needs[i].n_any; k++)
			for (uint32_t m = 0; m < n; m++)
				if (e->needs[i].any[k] == any[m])
					return true;
	return false;
}

/* Unless the file already says how the entity hangs on one of them. */
static int need_unless_named(struct topology *t, uint32_t entity, const uint32_t *any, uint32_t n)
{
	if (entity == NO_ENTITY || n == 0 || any[0] == NO_ENTITY || any[0] == entity ||
	    names(&t->entities[entity], any, n))
		return 0;
	return topology_need(t, entity, any, n);
}

static int imply_agents(struct topology *t)
{
	for (uint32_t i = 0; i < t->n_entities; i++) {
		struct entity *e = &t->entities[i];
		int r;

		if (e->kind != ENTITY_AGENT)
			continue;
		uint32_t host = topology_find(t, ENTITY_DEVICE, e->id);
		if (host != NO_ENTITY && t->entities[host].device_class == CLASS_WORKSTATION) {
			r = topology_need(t, i, &host, 1);
			if (r < 0)
				return r;
			e->seat = t->entities[host].seat;
		}
		r = e->site != NO_ENTITY ? topology_need(t, i, &t->sites[e->site].entity, 1)
					 : topology_need(t, i, &t->broker, 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int imply_sites(struct topology *t)
{
	for (uint32_t i = 0; i < t->n_sites; i++) {
		struct site *s = &t->sites[i];
		int r = need_unless_named(t, s->entity, &s->uplink, 1);

		if (r == 0)
			r = need_unless_named(t, s->entity, s->power, s->n_power);
		if (r == 0)
			r = need_unless_named(t, s->entity, &t->broker, 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int imply_seats(struct topology *t)
{
	for (uint32_t i = 0; i < t->n_seats; i++) {
		const struct seat *s = &t->seats[i];
		const struct site *site = &t->sites[s->site];
		int r = need_unless_named(t, s->phone, site->pbx, site->n_pbx);

		if (r == 0)
			r = need_unless_named(t, s->headset, &s->workstation, 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int build_dependents(struct topology *t)
{
	uint32_t n = 0;

	t->first_dependent = calloc((size_t)t->n_entities + 2, sizeof *t->first_dependent);
	if (t->first_dependent == NULL)
		return -ENOMEM;
	uint32_t *first = t->first_dependent + 1; /* one early: filled by counting up */
	for (uint32_t i = 0; i < t->n_entities; i++)
		for (uint32_t k = 0; k < t->entities[i].n_needs; k++)
			for (uint32_t m = 0; m < t->entities[i].needs[k].n_any; m++, n++)
				first[t->entities[i].needs[k].any[m] + 1]++;
	t->dependents = malloc((n > 0 ? n : 1) * sizeof *t->dependents);
	if (t->dependents == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n_entities; i++)
		first[i + 1] += first[i];
	for (uint32_t i = 0; i < t->n_entities; i++)
		for (uint32_t k = 0; k < t->entities[i].n_needs; k++)
			for (uint32_t m = 0; m < t->entities[i].needs[k].n_any; m++)
				t->dependents[first[t->entities[i].needs[k].any[m]]++] = i;
	return 0;
}

/* Something that `entity` needs and that waits as well: there is one on a circle and behind it. */
static uint32_t waiting_need(const struct topology *t, const uint32_t *waits, uint32_t entity)
{
	const struct entity *e = &t->entities[entity];

	for (uint32_t k = 0; k < e->n_needs; k++)
		for (uint32_t m = 0; m < e->needs[k].n_any; m++)
			if (waits[e->needs[k].any[m]] > 0)
				return e->needs[k].any[m];
	return entity;
}

/* From whoever waits down to the circle itself, then along it to a device: that is what people wrote. */
static uint32_t on_circle(const struct topology *t, const uint32_t *waits)
{
	uint32_t at = 0;

	while (waits[at] == 0)
		at++;
	for (uint32_t i = 0; i < t->n_entities; i++)
		at = waiting_need(t, waits, at);
	for (uint32_t i = 0; i < t->n_entities && t->entities[at].kind != ENTITY_DEVICE; i++)
		at = waiting_need(t, waits, at);
	return at;
}

/* Kahn's order over the dependents; who is left over stands in or behind a circle. */
static int find_circle(const struct topology *t, uint32_t *ret_entity)
{
	uint32_t *waits = calloc(t->n_entities, sizeof *waits);
	uint32_t *queue = malloc(t->n_entities * sizeof *queue);
	uint32_t head = 0, tail = 0;
	int r = waits != NULL && queue != NULL ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < t->n_entities; i++) {
		for (uint32_t k = 0; k < t->entities[i].n_needs; k++)
			waits[i] += t->entities[i].needs[k].n_any;
		if (waits[i] == 0)
			queue[tail++] = i;
	}
	while (r == 0 && head < tail) {
		uint32_t e = queue[head++];

		for (uint32_t k = t->first_dependent[e]; k < t->first_dependent[e + 1]; k++)
			if (--waits[t->dependents[k]] == 0)
				queue[tail++] = t->dependents[k];
	}
	if (r == 0 && tail < t->n_entities) {
		*ret_entity = on_circle(t, waits);
		r = -ELOOP;
	}
	free(waits);
	free(queue);
	return r;
}

int topology_finish(struct topology *t, uint32_t *ret_entity)
{
	int r = imply_agents(t);

	if (r == 0)
		r = imply_sites(t);
	if (r == 0)
		r = imply_seats(t);
	if (r == 0)
		r = build_dependents(t);
	return r == 0 ? find_circle(t, ret_entity) : r;
}

static void entity_fini(struct entity *e)
{
	for (uint32_t i = 0; i < e->n_needs; i++)
		free(e->needs[i].any);
	free(e->needs);
	free(e->id);
	free(e->name);
}

void topology_fini(struct topology *t)
{
	for (uint32_t i = 0; t->entities != NULL && i < t->n_entities; i++)
		entity_fini(&t->entities[i]);
	for (uint32_t i = 0; t->sites != NULL && i < t->n_sites; i++) {
		free(t->sites[i].id);
		free(t->sites[i].name);
		free(t->sites[i].timezone);
		free(t->sites[i].power);
		free(t->sites[i].pbx);
		free(t->sites[i].calls_per_hour);
	}
	for (uint32_t i = 0; t->seats != NULL && i < t->n_seats; i++)
		free(t->seats[i].id);
	free(t->entities);
	free(t->sites);
	free(t->seats);
	free(t->first_dependent);
	free(t->dependents);
	free(t->index);
	memset(t, 0, sizeof *t);
}

uint32_t topology_target(const struct topology *t, const char *target, uint32_t ret[TARGET_PARTS])
{
	uint32_t n = 0, e = topology_find(t, ENTITY_DEVICE, target);

	if (e == NO_ENTITY)
		e = topology_find(t, ENTITY_SITE, target);
	if (e != NO_ENTITY) {
		ret[0] = e;
		return 1;
	}
	for (uint32_t i = 0; i < t->n_seats; i++) {
		const uint32_t parts[TARGET_PARTS] = { t->seats[i].workstation, t->seats[i].headset,
						       t->seats[i].phone };

		if (strcmp(t->seats[i].id, target) != 0)
			continue;
		for (size_t k = 0; k < TARGET_PARTS; k++)
			if (parts[k] != NO_ENTITY)
				ret[n++] = parts[k];
	}
	return n;
}

bool topology_targets(const struct topology *t, const uint32_t *of, uint32_t n, uint32_t e)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct entity *x = &t->entities[of[i]];

		if (of[i] == e || (x->kind == ENTITY_SITE && t->entities[e].site == x->site))
			return true;
	}
	return false;
}
