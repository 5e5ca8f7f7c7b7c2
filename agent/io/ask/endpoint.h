/* endpoint.h - where a sense asks and how: a URL cut into its parts, with checked options.
 *
 * scheme://user@host:port/path and, for SIP, scheme:user@host:port;params. Options come from the
 * agent's file (a JSON object) or, in a probe URL, stand after '#' (or '?', but for http): "#expect=alive&
 * status=200", percent-encoded; they never leave this machine. Unknown options are refused. */
#ifndef LW_ENDPOINT_H
#define LW_ENDPOINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/io/sense.h"

enum endpoint_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG };

/* One option that a sense understands; the table ends with name NULL. */
struct endpoint_option {
	const char *name;
	enum endpoint_kind kind;
	long min, max; /* of a number; of a text its longest length */
	long dflt;     /* of a number or flag */
};

struct endpoint {
	char scheme[16], user[128], host[256], path[512], params[128];
	unsigned port; /* 0: none given */
	const struct endpoint_option *known;
	json_t *options; /* object; owned */
};

/* 0; -EINVAL with one line in `reterr` that says what is wrong and what it wants. */
int endpoint_init(struct endpoint *ret, const struct sense_target *t,
		  const struct endpoint_option *known, char *reterr, size_t reterr_size);
void endpoint_fini(struct endpoint *e); /* a zeroed one too */

const char *endpoint_text(const struct endpoint *e, const char *option); /* NULL: not given */
long endpoint_number(const struct endpoint *e, const char *option);
bool endpoint_flag(const struct endpoint *e, const char *option);

/* "host:port", for people. Cut at `size`. */
void endpoint_show(const struct endpoint *e, char *buf, size_t size);

#endif
