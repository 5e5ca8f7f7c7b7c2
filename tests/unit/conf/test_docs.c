#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf/conf_raw.h"

/* docs/COLLECTOR.md names every key that the schema knows, and no other. */
static char *page(void)
{
	FILE *f = fopen(LW_SOURCE_DIR "/docs/COLLECTOR.md", "r");
	char *text = calloc(1, 1 << 17);

	cr_assert_not_null(f);
	cr_assert_lt(fread(text, 1, (1 << 17) - 1, f), (1 << 17) - 1);
	(void)fclose(f);
	return text;
}

struct walk {
	const char *text;
	size_t n;
};

static void named(struct walk *w, const char *path)
{
	char quoted[160];

	(void)snprintf(quoted, sizeof quoted, "`%s`", path);
	w->n++;
	cr_expect(strstr(w->text, quoted) != NULL, "%s is not in docs/COLLECTOR.md", quoted);
}

static void walk_keys(struct walk *w, const char *path, const struct cyaml_schema_value *v)
{
	char below[128];

	if (v->type == CYAML_SEQUENCE) {
		(void)snprintf(below, sizeof below, "%s[]", path);
		if (v->sequence.entry->type == CYAML_MAPPING)
			walk_keys(w, below, v->sequence.entry);
		else
			named(w, path);
		return;
	}
	if (v->type != CYAML_MAPPING) {
		named(w, path);
		return;
	}
	if (strcmp(path, "services[]") == 0) { /* the keys of sites[].devices[] */
		named(w, path);
		return;
	}
	for (const struct cyaml_schema_field *f = v->mapping.fields; f->key != NULL; f++) {
		(void)snprintf(below, sizeof below, "%s%s%s", path, path[0] != '\0' ? "." : "",
			       f->key);
		walk_keys(w, below, &f->value);
	}
}

/* Rows of tables whose first cell is a key: "| `a`, `b` | …". */
static size_t keys_on(const char *text)
{
	size_t n = 0;

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "| `", 3) != 0)
			continue;
		const char *end = line + 2 + strcspn(line + 2, "|");
		for (const char *c = line; c < end; c++)
			n += *c == '`';
	}
	return n / 2;
}

Test(docs, every_key_of_the_collectors_file_is_explained)
{
	char *text = page();
	struct walk w = { .text = text };

	walk_keys(&w, "", &collector_conf_schema);
	cr_expect_gt(w.n, 80);
	cr_expect_eq(keys_on(text), w.n, "%zu keys on the page, %zu in the schema", keys_on(text),
		     w.n);
	free(text);
}
