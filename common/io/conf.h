/* conf.h - a YAML file into structs by a libcyaml schema, with the right line for every mistake.
 *
 * conf_load stops at the first mistake of syntax or schema; plain values of the wrong kind it tells
 * all. What it loaded is then checked by its owner, who reports every mistake of value or reference
 * with conf_problem and uses nothing of it while conf_problems() says that there are any; the lines
 * are found in a tree of the file. Blocks; for start-up only. */
#ifndef LW_CONF_H
#define LW_CONF_H

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdio.h>

struct conf;

enum { CONF_INVALID = 1, CONF_MAX_BYTES = 256 << 20 };

/* 0: *ret_data holds what the schema says; free with conf_data_free. There may be problems already:
 * plain values of the wrong kind, in whose place *ret_data has another.
 * CONF_INVALID: the mistake is in *ret (conf_print). Negative: the file cannot be read (errno), or
 * -ENOMEM; *ret is untouched. `schema` must outlive the conf; its top is a CYAML_FLAG_POINTER mapping. */
int conf_load(struct conf **ret, const char *path, const struct cyaml_schema_value *schema,
	      void **ret_data);

/* The same from memory; `name` stands where the file's name would. */
int conf_load_text(struct conf **ret, const char *name, const char *text, size_t len,
		   const struct cyaml_schema_value *schema, void **ret_data);

void conf_data_free(const struct cyaml_schema_value *schema, void *data); /* accepts NULL */

/* Where something stands: a path as "sites[2].devices[0].id" (counted from 0). What is not in the
 * file (a default, a missing key) is where its nearest container is. `conf` may be NULL (line 0). */
struct conf_where {
	unsigned line; /* of the key, or of the sequence entry; 0: unknown */
	char key[64];  /* the last key of the path */
};
struct conf_where conf_at(const struct conf *c, const char *path_fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Report one mistake: what is wrong and what it wants. */
void conf_problem(struct conf *c, struct conf_where at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

size_t conf_problems(const struct conf *c);
/* One "file:line: key: text" a line, in order of line. */
void conf_print(const struct conf *c, FILE *out);
void conf_close(struct conf *c); /* accepts NULL */

#endif
