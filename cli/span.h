/* span.h - the options --from, --until and --for, and what they put into a request. */
#ifndef LW_SPAN_H
#define LW_SPAN_H

#include <jansson.h>
#include <stdint.h>

#include "cli/when.h"

struct span_wish {
	int64_t from_ms, until_ms, for_s; /* 0: not given */
};

/* Rows of a getopt_long table. */
/* clang-format off */
#define SPAN_OPTIONS                                                                               \
	{ "from", required_argument, NULL, 'F' }, { "until", required_argument, NULL, 'U' },       \
	{ "for", required_argument, NULL, 'D' }
/* clang-format on */

/* Takes its own options, lets others pass. CLI_OK, or CLI_MISUSE and it has said why. */
int span_option(const struct cli *cli, struct span_wish *w, int option, const char *text);
/* "from" (where given) and "until": exactly one of --until and --for is wanted. As above. */
int span_into(const struct cli *cli, const struct span_wish *w, json_t *body);

#endif
