#include "common/notify/template.h"

#include "lazy_curl.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const char *name, size_t len, const struct message *m,
			    const char *address)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{ "to", address },	     { "sms", m->sms },	  { "sms_unicode", m->sms_unicode },
		{ "text", m->text },	     { "link", m->link }, { "subject", m->subject },
		{ "severity", m->severity }, { "key", m->key },	  { "site", m->site },
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strlen(values[i].name) == len && memcmp(values[i].name, name, len) == 0)
			return values[i].value != NULL ? values[i].value : "";
	return NULL;
}

static char *escape_json(const char *value)
{
	json_t *s = json_string(value);
	char *out = s != NULL ? json_dumps(s, JSON_ENCODE_ANY) : NULL;

	json_decref(s);
	return out;
}

static char *escape_form(const char *value)
{
	char *curls = curl_easy_escape(NULL, value, 0);
	char *out = curls != NULL ? strdup(curls) : NULL;

	curl_free(curls);
	return out;
}

static char *escape(const char *value, const char *content_type)
{
	if (strstr(content_type, "json") != NULL)
		return escape_json(value);
	if (strstr(content_type, "form") != NULL)
		return escape_form(value);
	return strdup(value);
}

char *template_fill(const char *body, const char *content_type, const struct message *m,
		    const char *address)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *p = body;

	if (out == NULL)
		return NULL;
	while (*p != '\0') {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		const char *value =
			end != NULL ? value_of(p + 1, (size_t)(end - p) - 1, m, address) : NULL;

		if (value == NULL) {
			(void)fputc(*p++, out);
			continue;
		}
		char *escaped = escape(value, content_type);
		(void)fputs(escaped != NULL ? escaped : "", out);
		free(escaped);
		p = end + 1;
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
