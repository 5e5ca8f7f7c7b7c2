/* show.h - parts of the API's answers as every subcommand shows them: the same columns, units, words. */
#ifndef LW_SHOW_H
#define LW_SHOW_H

#include <jansson.h>

#include "cli/table.h"

struct state_look {
	const char *mark; /* shape before colour: "●" */
	enum style style;
};

struct state_look look_of_capacity(const char *state);
struct state_look look_of_entity(const char *state);
struct state_look look_of_severity(const char *severity);
/* 0 none, 1 warning … 4 critical. */
int severity_rank(const char *severity);

/* Milliseconds from the RFC 3339 member to now; 0 when it is not there. */
int64_t age_of(const json_t *o, const char *member);

/* Tables of API objects, or a sentence that there is none. */
typedef void show_fn(const struct cli *cli, const json_t *list);
show_fn show_incidents, show_alarms;

/* The whole of one of the API's lists, asked for and shown, or printed as JSON; path and member as
 * for client_list. Returns enum cli_exit. */
int show_all(const struct cli *cli, const char *path, const char *member, show_fn *show);

#endif
