/* find.h - look-ups that several answers share. Linear in the open alarms and incidents. */
#ifndef LW_FIND_H
#define LW_FIND_H

#include "collector/io/view/view.h"

struct site_trouble {
	uint32_t incidents_open;
	enum severity worst;
};

struct site_trouble find_site_trouble(const struct view *v, uint32_t site);
const struct alarm_view *find_alarm(const struct view *v, uint64_t id); /* NULL: none */
const struct incident_view *find_incident(const struct view *v, uint32_t number);

/* Makes the view's index of alarms; without memory the view stays as it is. Good until the engine's
 * next input; find_index_free before that. */
void find_index(struct view *v);
void find_index_free(struct view *v);
/* The alarms of an entity, one after the other: start with NULL, ends with NULL. */
const struct alarm_view *find_next(const struct view *v, uint32_t entity,
				   const struct alarm_view *last);

/* An id of any kind: devices first, then sites, then agents; NO_ENTITY: none. */
uint32_t find_entity(const struct view *v, const char *id);

#endif
