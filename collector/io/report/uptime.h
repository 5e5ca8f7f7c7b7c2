/* uptime.h - the availability of everything over one span: devices, seats, centres, classes and the
 * hotline, with what an outage cost. Reads the store: for a reader's thread or a program without a
 * loop. The work grows with state changes, not with readings. */
#ifndef LW_UPTIME_H
#define LW_UPTIME_H

#include <jansson.h>
#include <stdio.h>

#include "collector/core/availability.h"
#include "collector/core/topology.h"
#include "collector/io/store/store_read.h"

enum uptime_kind { UPTIME_HOTLINE, UPTIME_SITE, UPTIME_CLASS, UPTIME_SEAT, UPTIME_DEVICE };
const char *uptime_kind_name(enum uptime_kind k);

struct uptime_row {
	enum uptime_kind kind;
	const char *id, *name; /* the topology's */
	struct availability sum;
	double callers; /* who met a closed door; centres and the hotline; -1: rate not configured */
	double callers_most;  /* if all that is unknown was down */
	struct timeline line; /* not of classes */
	uint32_t members;     /* of a class: how many were summed up */
	/* of the hotline, centres, classes and a seat alone, where asked for */
	struct availability *bars;
};

/* Seats are a class as well, of this id. */
#define UPTIME_SEATS "seat"

enum uptime_only { UPTIME_ALL, UPTIME_ONLY_SITES, UPTIME_ONLY_CLASSES, UPTIME_ONLY_SEAT };

struct uptime_request {
	const struct topology *topology;
	uint32_t site;		   /* NO_ENTITY: all */
	enum uptime_only only;	   /* sites: with the hotline */
	uint32_t seat;		   /* of UPTIME_ONLY_SEAT: the one; only what it needs is read */
	bool trace;		   /* JSON: every stretch of everything, up ones too */
	const int64_t *starts;	   /* of n_bars bars, and the end of the last; the caller's */
	size_t n_bars;		   /* 0: no bars */
	int64_t from_ms, until_ms; /* what lies ahead of now is left out by the caller */
	const struct zone *zone;   /* of the hours of calls_per_hour, and of days */
};

struct uptime {
	struct uptime_request asked;
	struct uptime_row *rows; /* by kind, then in the topology's order */
	size_t n;
};

int uptime_read(struct uptime *ret, struct store_reader *r, const struct uptime_request *q);
void uptime_fini(struct uptime *u);

json_t *uptime_json(const struct uptime *u); /* new reference, NULL: no memory */
int uptime_csv(const struct uptime *u, FILE *out);
/* A page to print, complete in itself; lang "vi" or "en". month: "2026-10", "" for any other span. */
int uptime_html(const struct uptime *u, const char *lang, const char *month, FILE *out);

/* "2026-10" to its span in the zone. -EINVAL. */
int month_span(const struct zone *z, const char *text, int64_t *ret_from_ms, int64_t *ret_until_ms);

#endif
