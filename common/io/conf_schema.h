/* conf_schema.h - libcyaml's log of a schema mistake, told in a line for people. For conf.c alone. */
#ifndef LW_CONF_SCHEMA_H
#define LW_CONF_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stddef.h>

enum { CONF_TRACE_DEPTH = 32 };

struct conf_trace_step {
	char field[64]; /* "": an entry of a sequence, or a mapping before its first key */
	unsigned entry; /* from 1; 0: not a sequence */
};

/* What libcyaml said; steps from the innermost outwards. */
struct conf_trace {
	char message[256];
	struct conf_trace_step steps[CONF_TRACE_DEPTH];
	size_t n_steps;
};
void conf_trace_log(cyaml_log_t level, void *trace, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

struct conf_mistake {
	char path[256];
	char key[64];
	char text[512];
	/* A plain value that is no number, word or yes-and-no of the schema: what would be one, so
	 * that the rest of the file can still be judged. NULL: a mistake of another kind. */
	const char *instead;
};
void conf_mistake_from(struct conf_mistake *m, const struct conf_trace *t,
		       const struct cyaml_schema_value *schema, const char *summary);

/* What the schema says of a key of `v` (NULL: of an entry of its list); NULL: nothing. */
const struct cyaml_schema_value *conf_schema_below(const struct cyaml_schema_value *v,
						   const char *key);

void conf_last_key(char *buf, size_t size, const char *path); /* in conf.c */

#endif
