/* libcyaml tells a mistake in its own words and names the token before it. Here its message is taken
 * apart (which key, which value) and the schema asked what would have been right. A message that is
 * not known is passed on as it stands. */
#include "common/io/conf_schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char unexpected_key[] = "Unexpected key: ";
static const char missing_key[] = "Missing required mapping field: ";

static void trace_step(struct conf_trace *t, const char *line)
{
	if (t->n_steps == CONF_TRACE_DEPTH)
		return;
	struct conf_trace_step *s = &t->steps[t->n_steps++];

	if (sscanf(line, "in mapping field '%63[^']'", s->field) != 1)
		(void)sscanf(line, "in sequence entry '%u'", &s->entry);
}

void conf_trace_log(cyaml_log_t level, void *trace, const char *fmt, va_list args)
{
	struct conf_trace *t = trace;
	char line[256];

	(void)level;
	(void)vsnprintf(line, sizeof line, fmt, args);
	line[strcspn(line, "\n")] = '\0';
	const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
	text += strspn(text, " ");
	if (strncmp(text, "in ", 3) == 0)
		trace_step(t, text);
	else if (t->message[0] == '\0')
		(void)snprintf(t->message, sizeof t->message, "%s", text);
}

static const struct cyaml_schema_value *schema_field(const struct cyaml_schema_value *v,
						     const char *key)
{
	if (v == NULL || v->type != CYAML_MAPPING)
		return NULL;
	for (const struct cyaml_schema_field *f = v->mapping.fields; f->key != NULL; f++)
		if (strcmp(f->key, key) == 0)
			return &f->value;
	return NULL;
}

static const struct cyaml_schema_value *schema_entry(const struct cyaml_schema_value *v)
{
	bool list = v != NULL && (v->type == CYAML_SEQUENCE || v->type == CYAML_SEQUENCE_FIXED);

	return list ? v->sequence.entry : NULL;
}

const struct cyaml_schema_value *conf_schema_below(const struct cyaml_schema_value *v,
						   const char *key)
{
	return key != NULL ? schema_field(v, key) : schema_entry(v);
}

/* Follow the trace from the outside in; the path is written on the way. */
static const struct cyaml_schema_value *follow(struct conf_mistake *m, const struct conf_trace *t,
					       size_t innermost, const struct cyaml_schema_value *v)
{
	size_t n = 0;

	for (size_t i = t->n_steps; i-- > innermost && n < sizeof m->path;) {
		const struct conf_trace_step *s = &t->steps[i];
		char *at = m->path + n;
		size_t room = sizeof m->path - n;
		int put = 0;

		if (s->entry > 0) {
			put = snprintf(at, room, "[%u]", s->entry - 1);
			v = schema_entry(v);
		} else if (s->field[0] != '\0') {
			put = snprintf(at, room, "%s%s", n > 0 ? "." : "", s->field);
			v = schema_field(v, s->field);
		}
		n += put > 0 ? (size_t)put : 0;
	}
	return v;
}

static void path_append(struct conf_mistake *m, const char *key)
{
	size_t n = strlen(m->path);

	(void)snprintf(m->path + n, sizeof m->path - n, "%s%.63s", n > 0 ? "." : "", key);
}

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

static void say_known_keys(struct conf_mistake *m, const struct cyaml_schema_value *v,
			   const char *key)
{
	const char *nearest = NULL;
	unsigned best = 3; /* further off is no suggestion */

	if (v == NULL || v->type != CYAML_MAPPING) {
		(void)snprintf(m->text, sizeof m->text, "no such key");
		return;
	}
	for (const struct cyaml_schema_field *f = v->mapping.fields; f->key != NULL; f++) {
		unsigned d = distance(key, f->key);
		if (d < best) {
			best = d;
			nearest = f->key;
		}
	}
	int n = snprintf(m->text, sizeof m->text,
			 "no such key%s%s%s; it wants one of:", nearest ? ", did you mean \"" : "",
			 nearest ? nearest : "", nearest ? "\"" : "");
	for (const struct cyaml_schema_field *f = v->mapping.fields; f->key != NULL; f++)
		if (n > 0 && (size_t)n < sizeof m->text)
			n += snprintf(m->text + n, sizeof m->text - (size_t)n, " %s", f->key);
}

static void wants_enum(char *buf, size_t size, const struct cyaml_schema_value *v)
{
	int n = snprintf(buf, size, "one of:");

	for (uint32_t i = 0; i < v->enumeration.count; i++)
		if (n > 0 && (size_t)n < size)
			n += snprintf(buf + n, size - (size_t)n, " %s",
				      v->enumeration.strings[i].str);
}

/* Kinds of values: what a person is told to write, and a plain value that always fits. */
static const struct {
	enum cyaml_type type;
	const char *words, *instead;
} kinds[] = {
	{ CYAML_INT, "a whole number", "0" },
	{ CYAML_UINT, "a whole number of 0 or more", "0" },
	{ CYAML_BOOL, "yes or no", "no" },
	{ CYAML_FLOAT, "a number", "0" },
	{ CYAML_MAPPING, "keys and values", NULL },
	{ CYAML_SEQUENCE, "a list", NULL },
	{ CYAML_SEQUENCE_FIXED, "a list", NULL },
};

static void wants(char *buf, size_t size, const struct cyaml_schema_value *v)
{
	(void)snprintf(buf, size, "a value");
	if (v == NULL)
		return;
	if (v->type == CYAML_ENUM || v->type == CYAML_FLAGS)
		wants_enum(buf, size, v);
	if (v->type == CYAML_STRING && v->string.max == CYAML_UNLIMITED)
		(void)snprintf(buf, size, "a text");
	else if (v->type == CYAML_STRING)
		(void)snprintf(buf, size, "a text of %u to %u characters", v->string.min,
			       v->string.max);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].type == v->type)
			(void)snprintf(buf, size, "%s", kinds[i].words);
}

static const char *instead_of(const struct cyaml_schema_value *v)
{
	if (v != NULL && v->type == CYAML_ENUM)
		return v->enumeration.strings[0].str;
	for (size_t i = 0; v != NULL && i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].type == v->type)
			return kinds[i].instead;
	return NULL;
}

static void say_bad_value(struct conf_mistake *m, const struct conf_trace *t,
			  const struct cyaml_schema_value *v, const char *summary)
{
	char right[320], wrong[128] = "";
	const char *value =
		strncmp(t->message, "Invalid ", 8) == 0 ? strchr(t->message, ':') : NULL;

	wants(right, sizeof right, v);
	if (value != NULL) {
		value += 1 + strspn(value + 1, " '");
		(void)snprintf(wrong, sizeof wrong, "'%.*s' is not right", (int)strcspn(value, "'"),
			       value);
		m->instead = instead_of(v);
	} else if (strncmp(t->message, "Expecting ", 10) == 0) {
		(void)snprintf(wrong, sizeof wrong, "is of another kind");
	} else if (strstr(t->message, "STRING length") != NULL) {
		(void)snprintf(wrong, sizeof wrong, "is too %s",
			       strchr(t->message, '<') != NULL ? "short" : "long");
	} else if (strncmp(t->message, "Insufficient entries", 20) == 0) {
		(void)snprintf(wrong, sizeof wrong, "has too few entries");
	} else if (strncmp(t->message, "Excess entries", 14) == 0) {
		(void)snprintf(wrong, sizeof wrong, "has too many entries");
	} else {
		(void)snprintf(wrong, sizeof wrong, "%.100s",
			       t->message[0] != '\0' ? t->message : summary);
	}
	(void)snprintf(m->text, sizeof m->text, "%s; it wants %s", wrong, right);
}

static const char *message_key(const struct conf_trace *t, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(t->message, prefix, n) == 0 ? t->message + n : NULL;
}

void conf_mistake_from(struct conf_mistake *m, const struct conf_trace *t,
		       const struct cyaml_schema_value *schema, const char *summary)
{
	const char *extra = message_key(t, unexpected_key);
	const char *missing = message_key(t, missing_key);
	/* A missing key is noticed at the end of its mapping: the innermost field is the last seen. */
	bool last_seen = missing != NULL && t->n_steps > 0 && t->steps[0].field[0] != '\0';

	*m = (struct conf_mistake){ .path = "" };
	const struct cyaml_schema_value *v = follow(m, t, last_seen ? 1 : 0, schema);
	if (extra != NULL) {
		path_append(m, extra);
		say_known_keys(m, v, extra);
	} else if (missing != NULL) {
		char right[320];

		path_append(m, missing);
		wants(right, sizeof right, schema_field(v, missing));
		(void)snprintf(m->text, sizeof m->text, "is missing; it wants %s", right);
	} else {
		say_bad_value(m, t, v, summary);
	}
	conf_last_key(m->key, sizeof m->key, m->path);
}
