/* Sites, seats, devices, services and agents. First everything gets its number, then what refers to
 * what is looked up, so that the order in the file does not matter. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/conf/conf_reader.h"

enum { ID_SIZE = 100 };

/* A device of the file: where it stands there and which entity it became. */
struct place {
	const struct raw_device *raw;
	uint32_t entity;
	uint32_t site; /* NO_ENTITY: a service */
	uint32_t row;
};

struct builder {
	struct reader *r;
	struct topology *t;
	struct place *places;
	uint32_t n_places;
};

static struct conf_where at_device(const struct builder *b, const struct place *p, const char *key)
{
	if (p->site == NO_ENTITY)
		return conf_at(b->r->conf, "services[%u]%s", p->row, key);
	return conf_at(b->r->conf, "sites[%u].devices[%u]%s", p->site, p->row, key);
}

/* "ups-1" is of the site itself, "hanoi/ups-1" of another. */
static void full_id(char *buf, const struct builder *b, uint32_t site, const char *name)
{
	size_t n = 0, len = strlen(name);

	if (site != NO_ENTITY && strchr(name, '/') == NULL) {
		const char *home = b->r->raw->sites[site].id;

		n = strnlen(home, ID_SIZE / 2);
		memcpy(buf, home, n);
		buf[n++] = '/';
	}
	if (len > ID_SIZE - 1 - n)
		len = ID_SIZE - 1 - n;
	memcpy(buf + n, name, len);
	buf[n + len] = '\0';
}

static bool fits(const char *name)
{
	return strlen(name) < ID_SIZE / 2 - 1 || strchr(name, '/') != NULL;
}

/* A device by the name used in the file; services are known by their id everywhere. */
static uint32_t find_device(const struct builder *b, uint32_t site, const char *name)
{
	char id[ID_SIZE];

	if (strlen(name) >= ID_SIZE)
		return NO_ENTITY;
	full_id(id, b, site, name);
	uint32_t e = topology_find(b->t, ENTITY_DEVICE, id);
	return e != NO_ENTITY ? e : topology_find(b->t, ENTITY_DEVICE, name);
}

static int copy_text(char **ret, const char *text)
{
	*ret = strdup(text);
	return *ret != NULL ? 0 : -ENOMEM;
}

static int add_sites(struct builder *b)
{
	const struct raw_conf *raw = b->r->raw;

	b->t->sites = calloc(raw->n_sites, sizeof *b->t->sites);
	if (b->t->sites == NULL)
		return -ENOMEM;
	b->t->n_sites = raw->n_sites;
	for (uint32_t i = 0; i < raw->n_sites; i++) {
		const struct raw_site *s = &raw->sites[i];
		struct site *site = &b->t->sites[i];
		int r = topology_add(b->t, ENTITY_SITE, s->id, &site->entity);

		if (r == -EEXIST)
			conf_problem(b->r->conf, conf_at(b->r->conf, "sites[%u].id", i),
				     "there is a site \"%s\" already; each needs an id of its own",
				     s->id);
		else if (r < 0)
			return r;
		if (!valid_id(s->id))
			conf_problem(b->r->conf, conf_at(b->r->conf, "sites[%u].id", i),
				     "\"%s\": " ID_WANTS, s->id);
		site->minimum_seats = s->minimum_seats;
		site->uplink = NO_ENTITY;
		b->t->entities[site->entity].site = i;
		if (copy_text(&site->id, s->id) < 0 ||
		    copy_text(&site->name, s->name != NULL ? s->name : s->id) < 0 ||
		    copy_text(&site->timezone,
			      s->timezone != NULL ? s->timezone : "Asia/Ho_Chi_Minh") < 0 ||
		    copy_text(&b->t->entities[site->entity].name, site->name) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The offset of a zone now. Vietnam has had none but +07:00 since 1975. */
static bool zone_offset(const char *zone, int32_t *ret_s)
{
	char path[128];
	const char *was = getenv("TZ");
	char *keep = was != NULL ? strdup(was) : NULL;
	time_t now = time(NULL);
	struct tm tm;

	(void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
	if (strcmp(zone, "Asia/Ho_Chi_Minh") == 0) {
		*ret_s = 7 * 3600;
		free(keep);
		return true;
	}
	if (strstr(zone, "..") != NULL || zone[0] == '\0' || access(path, R_OK) < 0) {
		free(keep);
		return false;
	}
	(void)setenv("TZ", zone, 1);
	tzset();
	*ret_s = localtime_r(&now, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
	(void)(keep != NULL ? setenv("TZ", keep, 1) : unsetenv("TZ"));
	tzset();
	free(keep);
	return true;
}

static int add_device(struct builder *b, const struct raw_device *raw, uint32_t site, uint32_t row)
{
	struct place p = { raw, NO_ENTITY, site, row };
	char id[ID_SIZE];
	enum device_class class;

	if (!valid_id(raw->id)) {
		conf_problem(b->r->conf, at_device(b, &p, ".id"), "\"%s\": " ID_WANTS, raw->id);
		return 0;
	}
	full_id(id, b, site, raw->id);
	int r = topology_add(b->t, ENTITY_DEVICE, id, &p.entity);
	if (r == -EEXIST) {
		conf_problem(b->r->conf, at_device(b, &p, ".id"),
			     "there is a device \"%s\" already; each needs an id of its own", id);
		return 0;
	}
	if (r < 0)
		return r;
	struct entity *e = &b->t->entities[p.entity];
	e->site = site;
	e->needed_for_seats = raw->needed_for_seats;
	if (device_class_parse(raw->class_name, &class))
		e->device_class = class;
	else
		conf_problem(b->r->conf, at_device(b, &p, ".class"),
			     "\"%s\" is no class; wants ups, headset, phone, pbx, trunk, ivr, "
			     "service, workstation, link or network",
			     raw->class_name);
	b->places[b->n_places++] = p;
	return copy_text(&e->name, raw->name != NULL ? raw->name : id);
}

static int add_devices(struct builder *b)
{
	const struct raw_conf *raw = b->r->raw;
	size_t n = raw->n_services;
	int r = 0;

	for (uint32_t i = 0; i < raw->n_sites; i++)
		n += raw->sites[i].n_devices;
	b->places = calloc(n + 1, sizeof *b->places);
	if (b->places == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < raw->n_sites; i++)
		for (uint32_t k = 0; r == 0 && k < raw->sites[i].n_devices; k++)
			r = add_device(b, &raw->sites[i].devices[k], i, k);
	for (uint32_t k = 0; r == 0 && k < raw->n_services; k++)
		r = add_device(b, &raw->services[k], NO_ENTITY, k);
	return r;
}

/* An agent nobody has named yet: its site is the first part of its name. -EINVAL: it has none. */
static int new_agent(struct builder *b, const char *id, uint32_t *ret)
{
	char site[ID_SIZE];
	const char *slash = strchr(id, '/');

	(void)snprintf(site, sizeof site, "%.*s", slash != NULL ? (int)(slash - id) : 0, id);
	uint32_t home = topology_find(b->t, ENTITY_SITE, site);
	if (home == NO_ENTITY || !valid_id(slash + 1))
		return -EINVAL;
	int r = topology_add(b->t, ENTITY_AGENT, id, ret);
	if (r < 0)
		return r;
	b->t->entities[*ret].site = b->t->entities[home].site;
	return copy_text(&b->t->entities[*ret].name, id);
}

/* Agents are who devices name. */
static int add_agent(struct builder *b, const struct place *p)
{
	char id[ID_SIZE];
	int r = 0;

	if (p->raw->agent == NULL)
		return 0;
	if (!fits(p->raw->agent) || strlen(p->raw->agent) >= ID_SIZE) {
		conf_problem(b->r->conf, at_device(b, p, ".agent"), "\"%s\" is too long",
			     p->raw->agent);
		return 0;
	}
	full_id(id, b, p->site, p->raw->agent);
	uint32_t agent = topology_find(b->t, ENTITY_AGENT, id);
	if (agent == NO_ENTITY)
		r = new_agent(b, id, &agent);
	if (r == -EINVAL) {
		conf_problem(b->r->conf, at_device(b, p, ".agent"),
			     "\"%s\" is no agent; wants its name, or site/name with a site of this "
			     "file",
			     p->raw->agent);
		return 0;
	}
	if (r == 0)
		b->t->entities[p->entity].agent = agent;
	return r;
}

static int need(struct builder *b, const struct place *p, char **names, uint32_t n,
		const char *path)
{
	uint32_t *any = calloc(n + (size_t)1, sizeof *any), found = 0;
	int r = 0;

	if (any == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = find_device(b, p->site, names[i]);

		if (e == NO_ENTITY || e == p->entity)
			conf_problem(b->r->conf, at_device(b, p, path),
				     "\"%s\" is no %sdevice; wants the id of one in this file",
				     names[i], e == p->entity && e != NO_ENTITY ? "other " : "");
		else
			any[found++] = e;
	}
	if (found > 0)
		r = topology_need(b->t, p->entity, any, found);
	free(any);
	return r;
}

static int link_device(struct builder *b, const struct place *p)
{
	const struct raw_device *raw = p->raw;
	int64_t interval = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < raw->n_depends_on; i++)
		r = need(b, p, &raw->depends_on[i], 1, ".depends_on");
	for (uint32_t i = 0; r == 0 && i < raw->n_any; i++)
		r = need(b, p, raw->any[i].names, raw->any[i].n, ".depends_on_any");
	if (raw->interval == NULL)
		return r;
	if (!parse_duration(raw->interval, &interval) || interval < 1000 || interval > 86400000)
		conf_problem(b->r->conf, at_device(b, p, ".interval"), "\"%s\": wants 1s to 1d",
			     raw->interval);
	else
		b->t->entities[p->entity].interval_ms = (uint32_t)interval;
	return r;
}

/* Looked up for a mistake only: finding lines in a large file takes time. */
static struct conf_where at_seat(const struct builder *b, uint32_t site, uint32_t row,
				 const char *key)
{
	return conf_at(b->r->conf, "sites[%u].seats[%u].%s", site, row, key);
}

/* A device whose class is no word at all has been told of already. */
static bool other_class(const struct builder *b, uint32_t entity, enum device_class wants)
{
	enum device_class is = b->t->entities[entity].device_class;

	return is != wants && is != CLASS_NONE;
}

static uint32_t seat_part(struct builder *b, uint32_t site, uint32_t row, const char *key,
			  const char *name, enum device_class wants)
{
	if (name == NULL)
		return NO_ENTITY;
	uint32_t e = find_device(b, site, name);
	if (e == NO_ENTITY) {
		conf_problem(b->r->conf, at_seat(b, site, row, key),
			     "\"%s\" is no device; wants the id of a %s of this site", name,
			     device_class_name(wants));
		return NO_ENTITY;
	}
	if (other_class(b, e, wants))
		conf_problem(b->r->conf, at_seat(b, site, row, key),
			     "\"%s\" is of class %s; wants a %s", name,
			     device_class_name(b->t->entities[e].device_class),
			     device_class_name(wants));
	else if (b->t->entities[e].seat != NO_ENTITY)
		conf_problem(b->r->conf, at_seat(b, site, row, key),
			     "\"%s\" belongs to another seat already", name);
	else
		b->t->entities[e].seat = b->t->n_seats;
	return e;
}

static int add_seat(struct builder *b, uint32_t site, uint32_t row)
{
	const struct raw_seat *raw = &b->r->raw->sites[site].seats[row];
	struct seat *s = &b->t->seats[b->t->n_seats];
	char id[ID_SIZE];

	if (!valid_id(raw->id)) {
		conf_problem(b->r->conf, at_seat(b, site, row, "id"), "\"%s\": " ID_WANTS, raw->id);
		return 0;
	}
	full_id(id, b, site, raw->id);
	s->site = site;
	s->workstation =
		seat_part(b, site, row, "workstation", raw->workstation, CLASS_WORKSTATION);
	s->headset = seat_part(b, site, row, "headset", raw->headset, CLASS_HEADSET);
	s->phone = seat_part(b, site, row, "phone", raw->phone, CLASS_PHONE);
	if (raw->workstation == NULL && raw->headset == NULL && raw->phone == NULL)
		conf_problem(b->r->conf, at_seat(b, site, row, "id"),
			     "the seat has nothing; wants a workstation, headset or phone");
	b->t->n_seats++;
	return copy_text(&s->id, id);
}

static int by_seat_id(const void *a, const void *b)
{
	const struct raw_seat *const *x = a, *const *y = b;
	int order = strcmp((*x)->id, (*y)->id);

	return order != 0 ? order : *x < *y ? -1 : 1; /* the same array: in order of the file */
}

static int check_seat_ids(struct builder *b, uint32_t site)
{
	const struct raw_site *raw = &b->r->raw->sites[site];
	const struct raw_seat **seats = calloc(raw->n_seats + (size_t)1, sizeof(void *));

	if (seats == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_seats; i++)
		seats[i] = &raw->seats[i];
	qsort(seats, raw->n_seats, sizeof(void *), by_seat_id);
	for (uint32_t i = 1; i < raw->n_seats; i++)
		if (strcmp(seats[i]->id, seats[i - 1]->id) == 0)
			conf_problem(b->r->conf,
				     at_seat(b, site, (uint32_t)(seats[i] - raw->seats), "id"),
				     "there is a seat \"%s\" already", seats[i]->id);
	free(seats);
	return 0;
}

static struct conf_where at_site(const struct builder *b, uint32_t site, const char *key)
{
	return conf_at(b->r->conf, "sites[%u].%s", site, key);
}

/* Devices that a site names under `key`. */
static int site_list(struct builder *b, uint32_t site, const char *key, char **names, uint32_t n,
		     enum device_class wants, uint32_t **ret, uint32_t *ret_n)
{
	*ret = calloc(n + (size_t)1, sizeof **ret);
	if (*ret == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = find_device(b, site, names[i]);

		if (e == NO_ENTITY)
			conf_problem(b->r->conf, at_site(b, site, key),
				     "\"%s\" is no device; wants the id of a %s of this site",
				     names[i], device_class_name(wants));
		else if (other_class(b, e, wants))
			conf_problem(b->r->conf, at_site(b, site, key),
				     "\"%s\" is of class %s; wants a %s", names[i],
				     device_class_name(b->t->entities[e].device_class),
				     device_class_name(wants));
		else
			(*ret)[(*ret_n)++] = e;
	}
	return 0;
}

static int read_load(struct builder *b, uint32_t i)
{
	const struct raw_site *raw = &b->r->raw->sites[i];

	if (raw->n_calls_per_hour == 0)
		return 0;
	if (raw->n_calls_per_hour != 24) {
		conf_problem(b->r->conf, conf_at(b->r->conf, "sites[%u].calls_per_hour", i),
			     "has %u numbers; wants 24, one an hour of the local day",
			     raw->n_calls_per_hour);
		return 0;
	}
	b->t->sites[i].calls_per_hour = calloc(24, sizeof(double));
	if (b->t->sites[i].calls_per_hour == NULL)
		return -ENOMEM;
	memcpy(b->t->sites[i].calls_per_hour, raw->calls_per_hour, 24 * sizeof(double));
	return 0;
}

static void read_location(struct builder *b, uint32_t i)
{
	const struct raw_site *raw = &b->r->raw->sites[i];
	const double *at = raw->location;
	struct site *s = &b->t->sites[i];

	if (raw->n_location == 0)
		return;
	if (raw->n_location != 2 || !(fabs(at[0]) <= 90) || !(fabs(at[1]) <= 180)) {
		conf_problem(b->r->conf, conf_at(b->r->conf, "sites[%u].location", i),
			     "is no place; wants degrees north and east, such as [16.05, 108.21]");
		return;
	}
	s->is_located = true;
	s->north = at[0];
	s->east = at[1];
}

static int link_site(struct builder *b, uint32_t i)
{
	const struct raw_site *raw = &b->r->raw->sites[i];
	struct site *s = &b->t->sites[i];
	struct conf *conf = b->r->conf;
	int r = site_list(b, i, "power", raw->power, raw->n_power, CLASS_UPS, &s->power,
			  &s->n_power);

	if (r == 0)
		r = site_list(b, i, "pbx", raw->pbx, raw->n_pbx, CLASS_PBX, &s->pbx, &s->n_pbx);
	if (r == 0)
		r = read_load(b, i);
	read_location(b, i);
	if (raw->uplink != NULL) {
		s->uplink = find_device(b, i, raw->uplink);
		if (s->uplink == NO_ENTITY)
			conf_problem(
				conf, conf_at(conf, "sites[%u].uplink", i),
				"\"%s\" is no device; wants the id of a router or link of this "
				"site",
				raw->uplink);
	}
	if (!zone_offset(s->timezone, &s->utc_offset_s))
		conf_problem(conf, conf_at(conf, "sites[%u].timezone", i),
			     "\"%s\" is no time zone; wants one such as Asia/Ho_Chi_Minh",
			     s->timezone);
	s->first_seat = b->t->n_seats;
	if (r == 0)
		r = check_seat_ids(b, i);
	for (uint32_t k = 0; r == 0 && k < raw->n_seats; k++)
		r = add_seat(b, i, k);
	s->n_seats = b->t->n_seats - s->first_seat;
	if (s->minimum_seats > raw->n_seats)
		conf_problem(conf, conf_at(conf, "sites[%u].minimum_seats", i),
			     "is %u, but the site has %u seats", s->minimum_seats, raw->n_seats);
	return r;
}

static int link_sites(struct builder *b)
{
	size_t n = 0;
	int r = 0;

	for (uint32_t i = 0; i < b->t->n_sites; i++)
		n += b->r->raw->sites[i].n_seats;
	b->t->seats = calloc(n + 1, sizeof *b->t->seats);
	if (b->t->seats == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < b->t->n_sites; i++)
		r = link_site(b, i);
	return r;
}

static int finish(struct builder *b)
{
	uint32_t at = NO_ENTITY;

	if (conf_problems(b->r->conf) > 0)
		return 0; /* what is missing would only lead to more */
	int r = topology_finish(b->t, &at);
	if (r != -ELOOP)
		return r;
	for (uint32_t i = 0; i < b->n_places; i++)
		if (b->places[i].entity == at) {
			conf_problem(b->r->conf, at_device(b, &b->places[i], ".depends_on"),
				     "%s needs itself in the end; a circle of dependencies cannot "
				     "be told apart from its cause",
				     b->t->entities[at].id);
			return 0;
		}
	conf_problem(b->r->conf, conf_at(b->r->conf, "sites"),
		     "%s needs itself in the end: through power, uplink or pbx",
		     b->t->entities[at].id);
	return 0;
}

int read_topology(struct reader *reader)
{
	struct builder b = { .r = reader, .t = &reader->out->topology };
	int r = topology_add(b.t, ENTITY_BROKER, "broker", &b.t->broker);

	if (r == 0)
		r = copy_text(&b.t->entities[b.t->broker].name, "broker");
	if (r == 0)
		r = topology_add(b.t, ENTITY_COLLECTOR, "collector", &b.t->collector);
	if (r == 0)
		r = copy_text(&b.t->entities[b.t->collector].name, "collector");
	if (r == 0)
		r = add_sites(&b);
	if (r == 0)
		r = add_devices(&b);
	for (uint32_t i = 0; r == 0 && i < b.n_places; i++)
		r = add_agent(&b, &b.places[i]);
	for (uint32_t i = 0; r == 0 && i < b.n_places; i++)
		r = link_device(&b, &b.places[i]);
	if (r == 0)
		r = link_sites(&b);
	if (r == 0)
		r = finish(&b);
	free(b.places);
	return r;
}
