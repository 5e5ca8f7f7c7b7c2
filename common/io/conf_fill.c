/* Schema and tree are walked beside each other, as deep as the schema goes. */
#include "common/io/conf_fill.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/io/conf.h"
#include "common/io/conf_schema.h"
#include "lazy_yaml.h"

enum { VALUES_MAX = 100 /* wrong plain values that one load tells */ };

struct fill {
	struct conf_tree *t;
	conf_mistake_fn *each;
	void *arg;
	unsigned n_wrong;
	uint32_t n_filled; /* aliases of aliases must not grow a small file without end */
};

/* What is filled from where. */
struct spot {
	uint32_t line;
	uint32_t node;	 /* behind an alias: what it stands for */
	const char *key; /* its own, or that of the list it is in */
	bool shared;	 /* an alias leads here too: its texts stay */
};

static int fill_value(struct fill *f, struct spot s, const struct cyaml_schema_value *v,
		      void *slot);

__attribute__((format(printf, 4, 5))) static int tell(struct fill *f, uint32_t line,
						      const char *key, const char *fmt, ...)
{
	struct conf_mistake m = { .line = line, .key = key };
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(m.text, sizeof m.text, fmt, args);
	va_end(args);
	int r = f->each(f->arg, &m);
	return r < 0 ? r : CONF_INVALID;
}

static int tell_kind(struct fill *f, struct spot s, const struct cyaml_schema_value *v,
		     const char *what)
{
	char right[320];

	conf_schema_wants(right, sizeof right, v);
	return tell(f, s.line, s.key, "%s; it wants %s", what, right);
}

/* A plain value that is told and left at 0. */
static int tell_value(struct fill *f, struct spot s, const struct cyaml_schema_value *v)
{
	char what[128];

	(void)snprintf(what, sizeof what, "'%.64s' is not right", f->t->nodes[s.node].value);
	int r = tell_kind(f, s, v, what);
	return r == CONF_INVALID && f->n_wrong++ < VALUES_MAX ? 0 : r;
}

/* Little endian, as everything this is built for. */
static void store(void *slot, uint32_t size, uint64_t value)
{
	assert(size <= sizeof value);
	memcpy(slot, &value, size);
}

static bool whole_number(const char *text, char *end)
{
	return end != text && *end == '\0' && errno == 0;
}

static int fill_int(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	const char *text = f->t->nodes[s.node].value;
	int64_t limit = INT64_MAX >> (64 - 8 * v->data_size);
	char *end;

	errno = 0;
	long long n = strtoll(text, &end, 0);
	if (!whole_number(text, end) || n > limit || n < -limit - 1)
		return tell_value(f, s, v);
	store(slot, v->data_size, (uint64_t)n);
	return 0;
}

static int fill_uint(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	const char *text = f->t->nodes[s.node].value;
	char *end;

	errno = 0;
	unsigned long long n = strtoull(text, &end, 0);
	if (!whole_number(text, end) || strchr(text, '-') != NULL ||
	    n > UINT64_MAX >> (64 - 8 * v->data_size))
		return tell_value(f, s, v);
	store(slot, v->data_size, n);
	return 0;
}

static int fill_float(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	const char *text = f->t->nodes[s.node].value;
	char *end;

	assert(v->data_size == sizeof(double));
	errno = 0;
	double n = strtod(text, &end);
	if (!whole_number(text, end))
		return tell_value(f, s, v);
	memcpy(slot, &n, sizeof n);
	return 0;
}

static int fill_bool(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	static const char *const words[] = { "false", "true", "no",	 "yes", "off",
					     "on",    "0",    "disable", "1",	"enable" };
	static const bool means[] = { false, true,  false, true, false,
				      true,  false, false, true, true };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(f->t->nodes[s.node].value, words[i]) == 0) {
			store(slot, v->data_size, means[i]);
			return 0;
		}
	return tell_value(f, s, v);
}

static int fill_enum(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	for (uint32_t i = 0; i < v->enumeration.count; i++)
		if (strcmp(f->t->nodes[s.node].value, v->enumeration.strings[i].str) == 0) {
			store(slot, v->data_size, (uint64_t)v->enumeration.strings[i].val);
			return 0;
		}
	store(slot, v->data_size, (uint64_t)v->enumeration.strings[0].val);
	return tell_value(f, s, v);
}

static int fill_text(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	struct conf_node *n = &f->t->nodes[s.node];
	size_t len = strlen(n->value);

	assert((v->flags & CYAML_FLAG_POINTER) != 0);
	if (len < v->string.min || len > v->string.max)
		return tell_kind(f, s, v, len < v->string.min ? "is too short" : "is too long");
	char *text = s.shared ? strdup(n->value) : n->value;
	if (text == NULL)
		return -ENOMEM;
	if (!s.shared)
		n->value = NULL;
	memcpy(slot, &text, sizeof text);
	return 0;
}

static const struct cyaml_schema_field *find_field(const struct cyaml_schema_value *v,
						   const char *key)
{
	for (const struct cyaml_schema_field *i = v->mapping.fields; i->key != NULL; i++)
		if (strcmp(i->key, key) == 0)
			return i;
	return NULL;
}

static uint32_t count_children(const struct conf_tree *t, uint32_t node)
{
	uint32_t n = 0;

	for (uint32_t i = t->nodes[node].first; i != CONF_NO_NODE; i = t->nodes[i].next)
		n++;
	return n;
}

static struct spot spot_of(const struct fill *f, struct spot parent, uint32_t node)
{
	const struct conf_node *n = &f->t->nodes[node];
	uint32_t target = conf_tree_target(f->t, node);

	return (struct spot){ n->line, target, n->key != NULL ? n->key : parent.key,
			      parent.shared || f->t->nodes[target].anchored };
}

/* The list that is the value of a field; how many there are stands beside it. */
static int fill_list(struct fill *f, struct spot s, const struct cyaml_schema_field *field,
		     char *mapping)
{
	const struct cyaml_schema_value *entry = field->value.sequence.entry;
	size_t size = (entry->flags & CYAML_FLAG_POINTER) != 0 ? sizeof(void *) : entry->data_size;
	uint32_t n = count_children(f->t, s.node);
	int r = 0;

	assert((field->value.flags & CYAML_FLAG_POINTER) != 0 && entry->type != CYAML_SEQUENCE);
	if (n < field->value.sequence.min || n > field->value.sequence.max) {
		bool few = n < field->value.sequence.min;
		char wrong[64];

		(void)snprintf(wrong, sizeof wrong, "has %u entries, %s %u", n,
			       few ? "fewer than" : "more than",
			       few ? field->value.sequence.min : field->value.sequence.max);
		return tell_kind(f, s, &field->value, wrong);
	}
	char *list = n > 0 ? calloc(n, size) : NULL;
	if (list == NULL && n > 0)
		return -ENOMEM;
	memcpy(mapping + field->data_offset, &list, sizeof list);
	store(mapping + field->count_offset, field->count_size, n);
	for (uint32_t i = f->t->nodes[s.node].first; r == 0 && i != CONF_NO_NODE;
	     i = f->t->nodes[i].next, list += size)
		r = fill_value(f, spot_of(f, s, i), entry, list);
	return r;
}

static int fill_field(struct fill *f, struct spot s, const struct cyaml_schema_field *field,
		      char *mapping)
{
	if (field->value.type != CYAML_SEQUENCE)
		return fill_value(f, s, &field->value, mapping + field->data_offset);
	if (f->t->nodes[s.node].kind != CONF_LIST)
		return tell_kind(f, s, &field->value, "is of another kind");
	return fill_list(f, s, field, mapping);
}

static int tell_missing(struct fill *f, struct spot s, const struct cyaml_schema_value *v)
{
	char right[320];

	for (const struct cyaml_schema_field *i = v->mapping.fields; i->key != NULL; i++) {
		if ((i->value.flags & CYAML_FLAG_OPTIONAL) != 0 ||
		    conf_tree_child(f->t, s.node, i->key, strlen(i->key)) != CONF_NO_NODE)
			continue;
		conf_schema_wants(right, sizeof right, &i->value);
		return tell(f, s.line, i->key, "is missing; it wants %s", right);
	}
	return 0;
}

static int fill_mapping(struct fill *f, struct spot s, const struct cyaml_schema_value *v,
			void *mapping)
{
	char known[448];
	int r = 0;

	for (uint32_t i = f->t->nodes[s.node].first; r == 0 && i != CONF_NO_NODE;
	     i = f->t->nodes[i].next) {
		const struct conf_node *n = &f->t->nodes[i];
		const struct cyaml_schema_field *field = find_field(v, n->key);

		if (field != NULL) {
			r = fill_field(f, spot_of(f, s, i), field, mapping);
			continue;
		}
		conf_schema_unknown(known, sizeof known, v, n->key);
		return tell(f, n->line, n->key, "%s", known);
	}
	return r == 0 ? tell_missing(f, s, v) : r;
}

typedef int fill_fn(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot);

static fill_fn *const fills[CYAML__TYPE_COUNT] = {
	[CYAML_INT] = fill_int,		[CYAML_UINT] = fill_uint, [CYAML_FLOAT] = fill_float,
	[CYAML_BOOL] = fill_bool,	[CYAML_ENUM] = fill_enum, [CYAML_STRING] = fill_text,
	[CYAML_MAPPING] = fill_mapping,
};

static int fill_value(struct fill *f, struct spot s, const struct cyaml_schema_value *v, void *slot)
{
	uint8_t kind = v->type == CYAML_MAPPING ? CONF_MAPPING : CONF_PLAIN;

	assert(fills[v->type] != NULL);
	if (f->t->nodes[s.node].kind != kind)
		return tell_kind(f, s, v, "is of another kind");
	if (f->n_filled++ >= CONF_NODES_MAX)
		return tell(f, s.line, s.key, "the file has too many entries");
	if ((v->flags & CYAML_FLAG_POINTER) != 0 && v->type != CYAML_STRING) {
		void *data = calloc(1, v->data_size);

		if (data == NULL)
			return -ENOMEM;
		memcpy(slot, &data, sizeof data);
		slot = data;
	}
	return fills[v->type](f, s, v, slot);
}

int conf_fill(void **ret_data, struct conf_tree *t, const struct cyaml_schema_value *schema,
	      conf_mistake_fn *each, void *arg)
{
	struct fill f = { .t = t, .each = each, .arg = arg };
	struct spot top = { t->nodes[0].line, 0, "", t->nodes[0].anchored };

	*ret_data = NULL;
	int r = fill_value(&f, top, schema, ret_data);
	if (r != 0) {
		conf_data_free(schema, *ret_data);
		*ret_data = NULL;
	}
	return r;
}
