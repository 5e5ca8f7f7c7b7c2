/* conf_tree.h - a YAML text as a tree: each key, entry and plain value with its line. For conf.c and
 * conf_fill.c alone. Pure memory. */
#ifndef LW_CONF_TREE_H
#define LW_CONF_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONF_NODES_MAX = 1 << 24 };
#define CONF_NO_NODE UINT32_MAX

enum conf_kind { CONF_PLAIN, CONF_LIST, CONF_MAPPING };

struct conf_node {
	char *key;   /* NULL: an entry of a list, or the document */
	char *value; /* NULL: not plain, an alias, or moved into the structs */
	uint32_t line;
	uint32_t first, last, next; /* children and sibling */
	uint32_t alias_of;	    /* CONF_NO_NODE: none */
	uint8_t kind;		    /* enum conf_kind */
	bool anchored;
};

struct conf_anchor {
	char *name;
	uint32_t node;
};

struct conf_tree {
	struct conf_node *nodes; /* 0 is the document */
	uint32_t n;
	size_t room;
	struct conf_anchor *anchors;
	uint32_t n_anchors;
};

struct conf_tree_error {
	unsigned line;
	char key[64]; /* "" where the mistake has no key */
	char text[192];
};

/* 0, -ENOMEM, or CONF_INVALID with *reterr: not YAML, several documents, a key that stands twice. */
int conf_tree_new(struct conf_tree **ret, const char *text, size_t len,
		  struct conf_tree_error *reterr);
void conf_tree_free(struct conf_tree *t); /* accepts NULL */

/* CONF_NO_NODE: there is none. */
uint32_t conf_tree_child(const struct conf_tree *t, uint32_t parent, const char *key, size_t len);

/* Where an alias leads to; else the node itself. */
uint32_t conf_tree_target(const struct conf_tree *t, uint32_t node);

/* Line of "a.b[3].c", or of the deepest part of it that is there. */
unsigned conf_tree_line(const struct conf_tree *t, const char *path);

#endif
