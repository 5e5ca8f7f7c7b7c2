/* windows.h - spans of time that people lay over a target, planned work and silences: show, add, end. */
#ifndef LW_WINDOWS_H
#define LW_WINDOWS_H

#include <getopt.h>
#include <stdbool.h>

#include "cli/cmd.h"

/* getopt's value of an option of `add` that is a text. */
enum { WINDOWS_TEXT = 't' };

struct windows {
	const char *path; /* of the list in the API: "/api/v1/silences" */
	const char *list; /* the member of its answer that is the list */
	const char *id;	  /* the member of a window that names it: a text or a whole number */
	bool of_alarms;	  /* a window may be for one alarm's code only */
	const struct option *options; /* of `add`: SPAN_OPTIONS, and texts, each into the request
					    * under its own name; ends with { 0 } */
	const char *none, *added, *ended; /* keys of the catalogue; {id}, {what}, {from}, {until} */
};

/* The whole subcommand: `NAME`, `NAME add TARGET …`, `NAME end ID`. Returns enum cli_exit. */
int windows_command(const struct cli *cli, int argc, char **argv, const struct windows *w);

#endif
