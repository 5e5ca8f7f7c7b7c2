/* conf_index.h - where each key and entry of a YAML text stands. For conf.c alone. Pure memory. */
#ifndef LW_CONF_INDEX_H
#define LW_CONF_INDEX_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_index;

struct conf_index_error {
	unsigned line;
	char key[64]; /* "" where the mistake has no key */
	char text[192];
};

/* 0, -ENOMEM, or CONF_INVALID with *reterr: not YAML, several documents, a key that stands twice. */
int conf_index_new(struct conf_index **ret, const char *text, size_t len,
		   struct conf_index_error *reterr);
void conf_index_free(struct conf_index *x); /* accepts NULL */

/* Line of "a.b[3].c", or of the deepest part of it that is there. */
unsigned conf_index_line(const struct conf_index *x, const char *path);

/* Where the schema wants yes or no and another word stands: libcyaml would take it for yes. `each`
 * hears of every such value; its negative errno ends the walk and is returned, else 0. */
typedef int conf_index_fn(void *arg, unsigned line, const char *key, const char *text, size_t len);
int conf_index_odd_bools(const struct conf_index *x, const struct cyaml_schema_value *schema,
			 conf_index_fn *each, void *arg);

/* The bytes of the plain value at `path` in the text that was indexed; false: no such value there. */
bool conf_index_value(const struct conf_index *x, const char *path, size_t *ret_start,
		      size_t *ret_end);

#endif
