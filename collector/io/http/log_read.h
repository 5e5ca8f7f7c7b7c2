/* log_read.h - private to http/: the store's events, read in its reader's thread. */
#ifndef LW_LOG_READ_H
#define LW_LOG_READ_H

#include "collector/io/http/request.h"

/* Incidents as the log last told them, newest first, each with every seat that it ever cost. */
struct log_incidents {
	uint32_t site;
	bool closed_only;
	int64_t until_ms;    /* what was told until then */
	const char *site_id; /* NULL: any */
	json_t *incidents;
	json_t *by_number; /* the same and those left out */
};
/* to_ms: nobody asks for what opened later. */
int log_incidents_ask(struct request *q, uint32_t site, bool closed_only, int64_t to_ms,
		      void (*then)(struct request *));
json_t *log_incidents_find(const struct log_incidents *l, uint32_t number); /* NULL: none */
void log_incidents_fini(struct log_incidents *l);

/* What belongs to one incident, in order of time. */
struct log_incident {
	uint32_t number;
	int64_t from_ms;
	json_t *last; /* as the log last told it, with every seat that it cost; null: never */
	json_t *timeline;
};
int log_incident_ask(struct request *q, uint32_t number, int64_t from_ms,
		     void (*then)(struct request *));
void log_incident_fini(struct log_incident *l);

#endif
