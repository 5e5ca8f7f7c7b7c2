/* conf_schema.h - what a schema wants, in words for people. For conf_fill.c alone. Pure. */
#ifndef LW_CONF_SCHEMA_H
#define LW_CONF_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stddef.h>

/* Completes "it wants ...". */
void conf_schema_wants(char *buf, size_t size, const struct cyaml_schema_value *v);

/* `key` is none of the mapping `v`: which ones there are, and which may have been meant. */
void conf_schema_unknown(char *buf, size_t size, const struct cyaml_schema_value *v,
			 const char *key);

#endif
