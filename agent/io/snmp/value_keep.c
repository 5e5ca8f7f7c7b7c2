/* value_keep.c - answers outlive their datagram: texts and OIDs are copied, JSON made flat. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/io/snmp/gather.h"

enum { FLAT_MAX = 4096, DEPTH_MAX = 8 };

struct flat {
	char text[FLAT_MAX];
	size_t n;
};

static void put(struct flat *f, const char *key, double v)
{
	int n = snprintf(f->text + f->n, sizeof f->text - f->n, "%s=%.17g\n", key, v);

	if (n > 0 && (size_t)n < sizeof f->text - f->n)
		f->n += (size_t)n;
	else
		f->text[f->n] = '\0'; /* what does not fit is left out whole */
}

/* Only numbers, and texts that may be numbers: names and serials stay behind. */
static void flatten(struct flat *f, const char *key, json_t *v, int depth)
{
	const char *k;
	json_t *item;
	size_t i;
	double x = 0;
	struct value text = { .type = VALUE_TEXT };

	if (depth == DEPTH_MAX)
		return;
	if (json_is_object(v)) {
		json_object_foreach(v, k, item) flatten(f, k, item, depth + 1);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, item) flatten(f, key, item, depth + 1);
	} else if (json_is_number(v)) {
		put(f, key, json_number_value(v));
	} else if (json_is_boolean(v)) {
		put(f, key, json_is_true(v) ? 1 : 0);
	} else if (json_is_string(v)) {
		text.text = json_string_value(v);
		text.length = json_string_length(v);
		if (value_number(&text, &x))
			put(f, key, x);
	}
}

static bool looks_like_json(const struct value *v)
{
	return v->length > 2 && (v->text[0] == '{' || v->text[0] == '[');
}

static int keep_json(struct arena *texts, struct value *v)
{
	struct flat f = { .n = 0 };
	json_t *root = json_loadb(v->text, v->length, JSON_DISABLE_EOF_CHECK, NULL);

	if (root == NULL)
		return 1;
	flatten(&f, "value", root, 0);
	json_decref(root);
	v->text = arena_text(texts, f.text, f.n);
	v->length = f.n;
	return v->text == NULL ? -ENOMEM : 0;
}

static int keep_text(struct arena *texts, struct value *v)
{
	if (looks_like_json(v)) {
		int r = keep_json(texts, v);
		if (r <= 0)
			return r;
	}
	v->text = arena_text(texts, v->text, v->length);
	return v->text == NULL ? -ENOMEM : 0;
}

int value_keep(struct arena *texts, struct value *v)
{
	if (v->type == VALUE_TEXT)
		return keep_text(texts, v);
	if (v->type == VALUE_OID) {
		uint32_t *ids = arena_alloc(texts, (v->oid.n + 1) * sizeof *ids);

		if (ids == NULL)
			return -ENOMEM;
		memcpy(ids, v->oid.id, v->oid.n * sizeof *ids);
		v->oid.id = ids;
	}
	return 0;
}
