#include "collector/io/http/incident_filter.h"

#include <string.h>

#include "common/core/rfc3339.h"

enum { SEATS_MOST = 256 };

static bool read_class(struct request *q, struct incident_filter *f)
{
	const char *name = request_param(q, "class");

	f->seats = name != NULL && strcmp(name, "seat") == 0;
	if (name == NULL || f->seats || device_class_parse(name, &f->class))
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "class");
	return false;
}

bool incident_filter_read(struct request *q, struct incident_filter *ret)
{
	*ret = (struct incident_filter){ .class = CLASS_NONE };
	ret->entity = request_param(q, "entity");
	return read_class(q, ret) && param_time(q, "from", 0, &ret->from_ms) &&
	       param_time(q, "to", INT64_MAX, &ret->to_ms);
}

static bool has(const json_t *list, const char *id)
{
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j) if (strcmp(json_string_value(j), id) == 0) return true;
	return false;
}

static bool in_span(const struct incident_filter *f, const json_t *incident)
{
	const char *opened = json_string_value(json_object_get(incident, "opened_at"));
	const char *closed = json_string_value(json_object_get(incident, "closed_at"));
	int64_t from = 0, until = INT64_MAX;

	if (opened != NULL)
		(void)rfc3339_parse(opened, &from);
	if (closed != NULL)
		(void)rfc3339_parse(closed, &until);
	return from < f->to_ms && until > f->from_ms;
}

static bool is(const json_t *incident, const char *member, const char *id)
{
	const char *text = json_string_value(json_object_get(incident, member));

	return text != NULL && strcmp(text, id) == 0;
}

static bool is_of(const struct incident_filter *f, const struct topology *t, const char *id)
{
	uint32_t e = id != NULL ? topology_find(t, ENTITY_DEVICE, id) : NO_ENTITY;

	return e != NO_ENTITY && t->entities[e].device_class == f->class;
}

static bool touches_class(const struct incident_filter *f, const struct topology *t,
			  const json_t *incident)
{
	const json_t *j, *entities = json_object_get(incident, "entities");
	size_t i;

	json_array_foreach(entities, i, j) if (is_of(f, t, json_string_value(j))) return true;
	return is_of(f, t, json_string_value(json_object_get(incident, "root_entity")));
}

bool incident_filter_wants(const struct incident_filter *f, const struct topology *t,
			   const json_t *incident)
{
	const json_t *seats = json_object_get(incident, "seats");

	if (!in_span(f, incident) || (f->seats && json_array_size(seats) == 0) ||
	    (f->class != CLASS_NONE && !touches_class(f, t, incident)))
		return false;
	return f->entity == NULL || is(incident, "site", f->entity) ||
	       is(incident, "root_entity", f->entity) ||
	       has(json_object_get(incident, "entities"), f->entity) || has(seats, f->entity);
}

static json_int_t n_seats(const json_t *incident)
{
	return json_integer_value(json_object_get(incident, "n_seats"));
}

void incident_add_seats(json_t *incident, const json_t *earlier)
{
	json_t *j, *seats = json_object_get(incident, "seats");
	const json_t *more = json_object_get(earlier, "seats");
	json_int_t most =
		n_seats(earlier) > n_seats(incident) ? n_seats(earlier) : n_seats(incident);
	size_t i;

	json_array_foreach(more, i, j) if (json_is_string(j) && json_is_array(seats) &&
					   json_array_size(seats) < SEATS_MOST &&
					   !has(seats, json_string_value(j)))(void)
		json_array_append(seats, j);
	if ((json_int_t)json_array_size(seats) > most)
		most = (json_int_t)json_array_size(seats);
	(void)json_object_set_new(incident, "n_seats", json_integer(most));
}
