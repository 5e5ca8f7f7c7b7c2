/* libyaml's events become a tree of nodes: one per key of a mapping and per entry of a sequence.
 * An alias points to the node of its anchor, so a path leads through it. A plain value keeps where it
 * stands in the text. What libyaml refuses, keys
 * that stand twice, and more than one document end the walk with the line of the mistake. */
#include "common/io/conf_index.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/io/conf.h"
#include "common/io/conf_schema.h"
#include "lazy_yaml.h"

enum { DEPTH_MAX = 32, NODES_MAX = 1 << 24, YES_OR_NO_MAX = 7 };
#define NONE UINT32_MAX

struct node {
	char *key;    /* NULL: an entry of a sequence */
	char *anchor; /* NULL: none */
	uint32_t line;
	uint32_t first, last, next; /* children and sibling */
	uint32_t alias_of;
	uint32_t start, end; /* of a plain value, in characters of the text; equal: none */
	bool mapping;
	bool yes_or_no; /* a plain value that is one of the words for it */
};

struct conf_index {
	const char *text; /* the caller's, for the time of the index */
	size_t len;
	struct node *nodes; /* 0 is the document */
	uint32_t n, room;
};

struct walk {
	struct conf_index *x;
	struct conf_index_error *err;
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

static int node_add(struct conf_index *x, uint32_t *ret)
{
	if (x->n == x->room) {
		uint32_t room = x->room == 0 ? 64 : x->room * 2;
		struct node *grown = realloc(x->nodes, room * sizeof *grown);
		if (grown == NULL)
			return -ENOMEM;
		x->nodes = grown;
		x->room = room;
	}
	x->nodes[x->n] =
		(struct node){ .first = NONE, .last = NONE, .next = NONE, .alias_of = NONE };
	*ret = x->n++;
	return 0;
}

static void node_append(struct conf_index *x, uint32_t parent, uint32_t child)
{
	struct node *p = &x->nodes[parent];

	if (p->last == NONE)
		p->first = child;
	else
		x->nodes[p->last].next = child;
	p->last = child;
}

static uint32_t child_by_key(const struct conf_index *x, uint32_t parent, const char *key,
			     size_t len)
{
	for (uint32_t i = x->nodes[parent].first; i != NONE; i = x->nodes[i].next)
		if (x->nodes[i].key != NULL && strlen(x->nodes[i].key) == len &&
		    memcmp(x->nodes[i].key, key, len) == 0)
			return i;
	return NONE;
}

static uint32_t child_by_number(const struct conf_index *x, uint32_t parent, unsigned long n)
{
	uint32_t i = x->nodes[parent].first;

	while (i != NONE && n-- > 0)
		i = x->nodes[i].next;
	return i;
}

static uint32_t node_by_anchor(const struct conf_index *x, const char *anchor)
{
	for (uint32_t i = x->n; i-- > 0;)
		if (x->nodes[i].anchor != NULL && strcmp(x->nodes[i].anchor, anchor) == 0)
			return i;
	return NONE;
}

static bool wants_key(const struct walk *w)
{
	return w->depth > 0 && w->x->nodes[w->open[w->depth - 1]].mapping && w->key == NULL;
}

/* A key of the mapping that is open: its value comes with the next event. */
static int take_key(struct walk *w, const yaml_event_t *e)
{
	size_t line = e->start_mark.line + 1;
	const char *key = (const char *)e->data.scalar.value;

	if (e->type != YAML_SCALAR_EVENT)
		return fail(w, line, "", "a key must be a plain word");
	if (child_by_key(w->x, w->open[w->depth - 1], key, strlen(key)) != NONE)
		return fail(w, line, key, "stands here a second time; keep one of the two");
	w->key = strdup(key);
	w->key_line = (uint32_t)line;
	return w->key == NULL ? -ENOMEM : 0;
}

static bool is_yes_or_no(const char *word)
{
	static const char *const words[] = { "true",  "yes", "on",  "1", "enable",
					     "false", "no",  "off", "0", "disable" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return false;
}

static int take_value(struct walk *w, const yaml_event_t *e, const char *anchor, uint32_t *ret)
{
	uint32_t i;
	size_t line = e->start_mark.line + 1;

	if (w->x->n >= NODES_MAX)
		return fail(w, line, "", "the file has too many entries");
	int r = node_add(w->x, &i);
	if (r < 0)
		return r;
	struct node *n = &w->x->nodes[i];
	n->line = w->key != NULL ? w->key_line : (uint32_t)line;
	n->key = w->key;
	w->key = NULL;
	if (anchor != NULL && (n->anchor = strdup(anchor)) == NULL)
		return -ENOMEM;
	if (w->depth > 0)
		node_append(w->x, w->open[w->depth - 1], i);
	if (e->type == YAML_SCALAR_EVENT) {
		n->start = (uint32_t)e->start_mark.index;
		n->end = (uint32_t)e->end_mark.index;
		n->yes_or_no = e->data.scalar.length <= YES_OR_NO_MAX &&
			       is_yes_or_no((const char *)e->data.scalar.value);
	}
	*ret = i;
	return 0;
}

static int take_container(struct walk *w, const yaml_event_t *e)
{
	uint32_t i;
	bool mapping = e->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		mapping ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;

	if (w->depth == DEPTH_MAX)
		return fail(w, e->start_mark.line + 1, "", "nested too deeply");
	int r = take_value(w, e, (const char *)anchor, &i);
	if (r != 0)
		return r;
	w->x->nodes[i].mapping = mapping;
	w->open[w->depth++] = i;
	return 0;
}

static int take_alias(struct walk *w, const yaml_event_t *e)
{
	uint32_t i;
	const char *anchor = (const char *)e->data.alias.anchor;
	uint32_t target = node_by_anchor(w->x, anchor);

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
		w->x->nodes[i].alias_of = target;
	return r;
}

static int take(struct walk *w, const yaml_event_t *e)
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
		return take_value(w, e, (const char *)e->data.scalar.anchor, &i);
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
	if (r == 0 && w->x->n == 0)
		r = fail(w, 1, "", "the file is empty; it wants keys and values");
	return r;
}

int conf_index_new(struct conf_index **ret, const char *text, size_t len,
		   struct conf_index_error *reterr)
{
	yaml_parser_t p;
	struct walk w = { .err = reterr };

	w.x = calloc(1, sizeof *w.x);
	if (w.x == NULL)
		return -ENOMEM;
	if (!yaml_parser_initialize(&p)) {
		conf_index_free(w.x);
		return -ENOMEM;
	}
	w.x->text = text;
	w.x->len = len;
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	int r = walk_events(&w, &p);
	yaml_parser_delete(&p);
	free(w.key);
	if (r != 0)
		conf_index_free(w.x);
	else
		*ret = w.x;
	return r;
}

void conf_index_free(struct conf_index *x)
{
	if (x == NULL)
		return;
	for (uint32_t i = 0; i < x->n; i++) {
		free(x->nodes[i].key);
		free(x->nodes[i].anchor);
	}
	free(x->nodes);
	free(x);
}

/* The node at `path`, or the deepest part of it that is there (`*ret_whole` tells which). */
static uint32_t node_at(const struct conf_index *x, const char *path, bool *ret_whole)
{
	uint32_t at = 0;

	*ret_whole = false;
	while (*path != '\0') {
		uint32_t next;
		uint32_t in = x->nodes[at].alias_of != NONE ? x->nodes[at].alias_of : at;
		size_t len = strcspn(path, ".[");

		if (*path == '.') {
			path++;
			continue;
		}
		if (*path == '[') {
			next = child_by_number(x, in, strtoul(path + 1, NULL, 10));
			len = strcspn(path, "]") + (strchr(path, ']') != NULL);
		} else {
			next = child_by_key(x, in, path, len);
		}
		if (next == NONE)
			return at;
		at = next;
		path += len;
	}
	*ret_whole = true;
	return at;
}

unsigned conf_index_line(const struct conf_index *x, const char *path)
{
	bool whole;

	return x->nodes[node_at(x, path, &whole)].line;
}

/* libyaml's marks count characters; the text is UTF-8. */
static size_t byte_of(const struct conf_index *x, uint32_t character)
{
	size_t i = 0;

	while (i < x->len && character > 0) {
		i++;
		while (i < x->len && ((unsigned char)x->text[i] & 0xC0) == 0x80)
			i++;
		character--;
	}
	return i;
}

bool conf_index_value(const struct conf_index *x, const char *path, size_t *ret_start,
		      size_t *ret_end)
{
	bool whole;
	const struct node *n = &x->nodes[node_at(x, path, &whole)];

	if (n->alias_of != NONE)
		n = &x->nodes[n->alias_of];
	if (!whole || n->start == n->end)
		return false;
	*ret_start = byte_of(x, n->start);
	*ret_end = byte_of(x, n->end);
	return true;
}

struct odd {
	const struct conf_index *x;
	conf_index_fn *each;
	void *arg;
};

static int odd_bool(const struct odd *o, uint32_t at)
{
	const struct node *n = &o->x->nodes[at];
	size_t start = byte_of(o->x, n->start), end = byte_of(o->x, n->end);

	if (n->yes_or_no || n->start == n->end)
		return 0; /* what is no plain value at all, libcyaml refuses by itself */
	return o->each(o->arg, n->line, n->key != NULL ? n->key : "", o->x->text + start,
		       end - start);
}

/* Beside each other, the schema and what stands there; as deep as the schema goes. */
static int odd_below(const struct odd *o, uint32_t at, const struct cyaml_schema_value *v)
{
	const struct node *nodes = o->x->nodes;
	int r = 0;

	if (nodes[at].alias_of != NONE)
		return 0; /* judged where it is written out */
	if (v->type == CYAML_BOOL)
		return odd_bool(o, at);
	for (uint32_t i = nodes[at].first; r == 0 && i != NONE; i = nodes[i].next) {
		const struct cyaml_schema_value *below = conf_schema_below(v, nodes[i].key);

		if (below != NULL)
			r = odd_below(o, i, below);
	}
	return r;
}

int conf_index_odd_bools(const struct conf_index *x, const struct cyaml_schema_value *schema,
			 conf_index_fn *each, void *arg)
{
	struct odd o = { x, each, arg };

	return odd_below(&o, 0, schema);
}
