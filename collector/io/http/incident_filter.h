/* incident_filter.h - private to http/: which of the incidents somebody asked for: those of a span,
 * of a thing, of a class of things. */
#ifndef LW_INCIDENT_FILTER_H
#define LW_INCIDENT_FILTER_H

#include "collector/io/http/request.h"

struct incident_filter {
	int64_t from_ms, to_ms;	 /* open at some time of it */
	const char *entity;	 /* the request's; NULL: any */
	enum device_class class; /* CLASS_NONE: any */
	bool seats;		 /* only what cost a seat */
};

/* false: it has replied what is wrong. */
bool incident_filter_read(struct request *q, struct incident_filter *ret);
/* incident: as in docs/openapi.yaml. */
bool incident_filter_wants(const struct incident_filter *f, const struct topology *t,
			   const json_t *incident);

/* The seats of an earlier word on the incident belong to it as well. */
void incident_add_seats(json_t *incident, const json_t *earlier);

#endif
