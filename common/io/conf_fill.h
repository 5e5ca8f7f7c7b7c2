/* conf_fill.h - fills the structs that a libcyaml schema describes from a tree. For conf.c alone.
 *
 * The tree stands already, for its lines: libcyaml's own loader would have libyaml read the text a
 * second time, and stops at the first mistake. The structs are as libcyaml would make them, so
 * cyaml_free frees them. Types that no schema here uses (flags, bit fields, fixed lists) are refused
 * by an assertion. */
#ifndef LW_CONF_FILL_H
#define LW_CONF_FILL_H

#include <cyaml/cyaml.h>

#include "common/io/conf_tree.h"

struct conf_mistake {
	unsigned line;
	const char *key; /* the last one of its path; "" for the document */
	char text[512];	 /* what is wrong and what it wants */
};

/* Told of each mistake, in order; its negative errno ends the walk. */
typedef int conf_mistake_fn(void *arg, const struct conf_mistake *m);

/* 0: *ret_data is filled; plain values of the wrong kind were told and are 0, no, or the first word
 * of their list. CONF_INVALID: a mistake of another kind was told, or too many; or a negative errno
 * (*ret_data is NULL with both). Texts are moved out of the tree. */
int conf_fill(void **ret_data, struct conf_tree *t, const struct cyaml_schema_value *schema,
	      conf_mistake_fn *each, void *arg);

#endif
