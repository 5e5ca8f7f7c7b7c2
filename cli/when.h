/* when.h - times, months and lengths of time as people give them, checked before anybody is asked. */
#ifndef LW_WHEN_H
#define LW_WHEN_H

#include <stdint.h>

#include "cli/cmd.h"

/* "2026-11-21T19:10:02.000Z" to Unix ms; -1 when it is not a time. A date alone is its midnight, a
 * time without zone is this machine's. */
int64_t time_parse(const char *text);
/* "90s", "15m", "2h", "7d" to seconds; -1 when it is none of them. */
int64_t span_parse(const char *text);

/* What stands behind `option`: CLI_OK and *ret, or CLI_MISUSE after saying what is wrong with it and
 * how it is written. */
int when_time(const struct cli *cli, const char *option, const char *text, int64_t *ret_ms);
int when_span(const struct cli *cli, const char *option, const char *text, int64_t *ret_s);
/* "2026-10": begun by now, or it has nothing to tell. */
int when_month(const struct cli *cli, const char *option, const char *text);
int when_days(const struct cli *cli, const char *text, int64_t max, int64_t *ret); /* of --days */
/* Both were given: the second lies behind the first. */
int when_order(const struct cli *cli, int64_t from_ms, int64_t until_ms);

/* The time as a query value at the end of a path: "&from=2026-…Z". */
void when_into_path(char *path, unsigned size, const char *name, int64_t unix_ms);

#endif
