#include "common/io/conf_schema.h"

#include <stdio.h>
#include <string.h>

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein distance of two short words; 99 where one is longer than that makes sense for. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[33];
	size_t la = strlen(a), lb = strlen(b);

	if (la > 32 || lb > 32)
		return 99;
	for (unsigned j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned kept = row[j];

			row[j] =
				min3(row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = kept;
		}
	}
	return row[lb];
}

void conf_schema_unknown(char *buf, size_t size, const struct cyaml_schema_value *v,
			 const char *key)
{
	const char *nearest = NULL;
	unsigned best = 3; /* further off is no suggestion */

	for (const struct cyaml_schema_field *f = v->mapping.fields; f->key != NULL; f++) {
		unsigned d = distance(key, f->key);
		if (d < best) {
			best = d;
			nearest = f->key;
		}
	}
	int n = snprintf(buf, size,
			 "no such key%s%s%s; it wants one of:", nearest ? ", did you mean \"" : "",
			 nearest ? nearest : "", nearest ? "\"" : "");
	for (const struct cyaml_schema_field *f = v->mapping.fields; f->key != NULL; f++)
		if (n > 0 && (size_t)n < size)
			n += snprintf(buf + n, size - (size_t)n, " %s", f->key);
}

static void wants_enum(char *buf, size_t size, const struct cyaml_schema_value *v)
{
	int n = snprintf(buf, size, "one of:");

	for (uint32_t i = 0; i < v->enumeration.count; i++)
		if (n > 0 && (size_t)n < size)
			n += snprintf(buf + n, size - (size_t)n, " %s",
				      v->enumeration.strings[i].str);
}

static const char *const words[CYAML__TYPE_COUNT] = {
	[CYAML_INT] = "a whole number",	     [CYAML_UINT] = "a whole number of 0 or more",
	[CYAML_BOOL] = "yes or no",	     [CYAML_FLOAT] = "a number",
	[CYAML_MAPPING] = "keys and values", [CYAML_SEQUENCE] = "a list",
};

void conf_schema_wants(char *buf, size_t size, const struct cyaml_schema_value *v)
{
	if (v->type == CYAML_ENUM)
		wants_enum(buf, size, v);
	else if (v->type == CYAML_STRING && v->string.max == CYAML_UNLIMITED)
		(void)snprintf(buf, size, "a text");
	else if (v->type == CYAML_STRING)
		(void)snprintf(buf, size, "a text of %u to %u characters", v->string.min,
			       v->string.max);
	else
		(void)snprintf(buf, size, "%s", words[v->type]);
}
