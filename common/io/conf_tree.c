/* libyaml's events become a tree of nodes: one per key of a mapping and per entry of a list. The words
 * themselves are libyaml's own memory, taken over from the event. An alias points to the node of its
 * anchor, so a path leads through it. What libyaml refuses, keys that stand twice, and more than one
 * document end the walk with the line of the mistake. */
#include "common/io/conf_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/grow.h"
#include "common/io/conf.h"
#include "lazy_yaml.h"

enum { DEPTH_MAX = 32 };
#define NONE CONF_NO_NODE

struct walk {
	struct conf_tree *t;
	struct conf_tree_error *err;
	uint32_t open[DEPTH_MAX];
	unsigned depth;
	unsigned documents;
	char *key; /* of the value that comes next in a mapping */
	uint32_t key_line;
};

static int fail(struct walk *w, size_t line, const char *key, const char *text)
{
	w->err->line = (unsigned)line;
	(void)snprintf(w->err->key, sizeof w->err->key, "%s", key);
	(void)snprintf(w->err->text, sizeof w->err->text, "%s", text);
	return CONF_INVALID;
}

static int node_add(struct conf_tree *t, uint32_t *ret)
{
	struct conf_node *nodes = grow(t->nodes, t->n, &t->room, 64, sizeof *nodes);

	if (nodes == NULL)
		return -ENOMEM;
	t->nodes = nodes;
	t->nodes[t->n] =
		(struct conf_node){ .first = NONE, .last = NONE, .next = NONE, .alias_of = NONE };
	*ret = t->n++;
	return 0;
}

static void node_append(struct conf_tree *t, uint32_t parent, uint32_t child)
{
	struct conf_node *p = &t->nodes[parent];

	if (p->last == NONE)
		p->first = child;
	else
		t->nodes[p->last].next = child;
	p->last = child;
}

uint32_t conf_tree_child(const struct conf_tree *t, uint32_t parent, const char *key, size_t len)
{
	for (uint32_t i = t->nodes[parent].first; i != NONE; i = t->nodes[i].next)
		if (t->nodes[i].key != NULL && strncmp(t->nodes[i].key, key, len) == 0 &&
		    t->nodes[i].key[len] == '\0')
			return i;
	return NONE;
}

uint32_t conf_tree_target(const struct conf_tree *t, uint32_t node)
{
	return t->nodes[node].alias_of != NONE ? t->nodes[node].alias_of : node;
}

static uint32_t child_by_number(const struct conf_tree *t, uint32_t parent, unsigned long n)
{
	uint32_t i = t->nodes[parent].first;

	while (i != NONE && n-- > 0)
		i = t->nodes[i].next;
	return i;
}

static uint32_t node_by_anchor(const struct conf_tree *t, const char *anchor)
{
	for (uint32_t i = t->n_anchors; i-- > 0;)
		if (strcmp(t->anchors[i].name, anchor) == 0)
			return t->anchors[i].node;
	return NONE;
}

static int anchor_add(struct conf_tree *t, uint32_t node, const char *name)
{
	struct conf_anchor *grown = realloc(t->anchors, (t->n_anchors + 1) * sizeof *grown);

	if (grown == NULL)
		return -ENOMEM;
	t->anchors = grown;
	grown[t->n_anchors] = (struct conf_anchor){ strdup(name), node };
	if (grown[t->n_anchors].name == NULL)
		return -ENOMEM;
	t->n_anchors++;
	t->nodes[node].anchored = true;
	return 0;
}

static bool wants_key(const struct walk *w)
{
	return w->depth > 0 && w->key == NULL &&
	       w->t->nodes[w->open[w->depth - 1]].kind == CONF_MAPPING;
}

/* The word of a scalar, to be freed by free(): libyaml allocates with malloc. */
static char *take_word(yaml_event_t *e)
{
	char *word = (char *)e->data.scalar.value;

	e->data.scalar.value = NULL;
	return word;
}

/* A key of the mapping that is open: its value comes with the next event. */
static int take_key(struct walk *w, yaml_event_t *e)
{
	size_t line = e->start_mark.line + 1;
	const char *key = (const char *)e->data.scalar.value;

	if (e->type != YAML_SCALAR_EVENT)
		return fail(w, line, "", "a key must be a plain word");
	if (conf_tree_child(w->t, w->open[w->depth - 1], key, strlen(key)) != NONE)
		return fail(w, line, key, "stands here a second time; keep one of the two");
	w->key = take_word(e);
	w->key_line = (uint32_t)line;
	return 0;
}

static int take_value(struct walk *w, yaml_event_t *e, const yaml_char_t *anchor, uint32_t *ret)
{
	uint32_t i;
	size_t line = e->start_mark.line + 1;

	if (w->t->n >= CONF_NODES_MAX)
		return fail(w, line, "", "the file has too many entries");
	int r = node_add(w->t, &i);
	if (r < 0)
		return r;
	struct conf_node *n = &w->t->nodes[i];
	n->line = w->key != NULL ? w->key_line : (uint32_t)line;
	n->key = w->key;
	w->key = NULL;
	n->value = e->type == YAML_SCALAR_EVENT ? take_word(e) : NULL;
	if (w->depth > 0)
		node_append(w->t, w->open[w->depth - 1], i);
	*ret = i;
	return anchor != NULL ? anchor_add(w->t, i, (const char *)anchor) : 0;
}

static int take_container(struct walk *w, yaml_event_t *e)
{
	uint32_t i;
	bool mapping = e->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		mapping ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;

	if (w->depth == DEPTH_MAX)
		return fail(w, e->start_mark.line + 1, "", "nested too deeply");
	int r = take_value(w, e, anchor, &i);
	if (r != 0)
		return r;
	w->t->nodes[i].kind = mapping ? CONF_MAPPING : CONF_LIST;
	w->open[w->depth++] = i;
	return 0;
}

static int take_alias(struct walk *w, yaml_event_t *e)
{
	uint32_t i;
	const char *anchor = (const char *)e->data.alias.anchor;
	uint32_t target = node_by_anchor(w->t, anchor);

	if (target == NONE) {
		char text[128];
		(void)snprintf(text, sizeof text, "no anchor &%.64s stands before this alias",
			       anchor);
		return fail(w, e->start_mark.line + 1, w->key != NULL ? w->key : "", text);
	}
	for (unsigned d = 0; d < w->depth; d++)
		if (w->open[d] == target)
			return fail(w, e->start_mark.line + 1, "",
				    "an alias must not contain itself");
	int r = take_value(w, e, NULL, &i);
	if (r == 0)
		w->t->nodes[i].alias_of = target;
	return r;
}

static int take(struct walk *w, yaml_event_t *e)
{
	uint32_t i;

	if (e->type == YAML_DOCUMENT_START_EVENT && ++w->documents > 1)
		return fail(w, e->start_mark.line + 1, "",
			    "a second document begins; only one is read");
	if (e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT)
		w->depth--;
	bool value = e->type == YAML_SCALAR_EVENT || e->type == YAML_ALIAS_EVENT ||
		     e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT;
	if (!value)
		return 0;
	if (wants_key(w))
		return take_key(w, e);
	if (e->type == YAML_SCALAR_EVENT)
		return take_value(w, e, e->data.scalar.anchor, &i);
	return e->type == YAML_ALIAS_EVENT ? take_alias(w, e) : take_container(w, e);
}

static int parser_failed(struct walk *w, const yaml_parser_t *p)
{
	char text[160];

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	(void)snprintf(text, sizeof text, "this is not YAML: %s",
		       p->problem ? p->problem : "unreadable");
	return fail(w, p->problem_mark.line + 1, "", text);
}

static int walk_events(struct walk *w, yaml_parser_t *p)
{
	yaml_event_t e;
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		if (!yaml_parser_parse(p, &e))
			return parser_failed(w, p);
		end = e.type == YAML_STREAM_END_EVENT;
		r = take(w, &e);
		yaml_event_delete(&e);
	}
	if (r == 0 && w->t->n == 0)
		r = fail(w, 1, "", "the file is empty; it wants keys and values");
	return r;
}

int conf_tree_new(struct conf_tree **ret, const char *text, size_t len,
		  struct conf_tree_error *reterr)
{
	yaml_parser_t p;
	struct walk w = { .err = reterr };

	w.t = calloc(1, sizeof *w.t);
	if (w.t == NULL)
		return -ENOMEM;
	if (!yaml_parser_initialize(&p)) {
		conf_tree_free(w.t);
		return -ENOMEM;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	int r = walk_events(&w, &p);
	yaml_parser_delete(&p);
	free(w.key);
	if (r != 0)
		conf_tree_free(w.t);
	else
		*ret = w.t;
	return r;
}

void conf_tree_free(struct conf_tree *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->n; i++) {
		free(t->nodes[i].key);
		free(t->nodes[i].value);
	}
	for (uint32_t i = 0; i < t->n_anchors; i++)
		free(t->anchors[i].name);
	free(t->anchors);
	free(t->nodes);
	free(t);
}

unsigned conf_tree_line(const struct conf_tree *t, const char *path)
{
	uint32_t at = 0;

	while (*path != '\0') {
		uint32_t next, in = conf_tree_target(t, at);
		size_t len = strcspn(path, ".[");

		if (*path == '.') {
			path++;
			continue;
		}
		if (*path == '[') {
			next = child_by_number(t, in, strtoul(path + 1, NULL, 10));
			len = strcspn(path, "]") + (strchr(path, ']') != NULL);
		} else {
			next = conf_tree_child(t, in, path, len);
		}
		if (next == NONE)
			break;
		at = next;
		path += len;
	}
	return t->nodes[at].line;
}
