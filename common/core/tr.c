#include "common/core/tr.h"

#include <stdlib.h>
#include <string.h>

struct row {
	const char *key, *vi, *en;
};

static const struct row rows[] = {
#define ROW(k, v, e) { k, v, e },
#include "catalogue.inc"
#undef ROW
};

enum { N_ROWS = sizeof rows / sizeof *rows, KEY_MAX = 96 };

static int by_key(const void *key, const void *row)
{
	return strcmp(key, ((const struct row *)row)->key);
}

static const struct row *find(const char *key)
{
	return bsearch(key, rows, N_ROWS, sizeof *rows, by_key);
}

static const char *text_of(const struct row *r, const char *lang)
{
	return lang != NULL && strcmp(lang, "en") == 0 ? r->en : r->vi;
}

bool tr_has(const char *key)
{
	return find(key) != NULL;
}

const char *tr(const char *lang, const char *key)
{
	const struct row *r = find(key);

	return r != NULL ? text_of(r, lang) : key;
}

const char *tr_word(const char *lang, const char *prefix, const char *name)
{
	char key[KEY_MAX];
	size_t p = strlen(prefix), n = strlen(name);
	const struct row *r;

	if (p + n >= sizeof key)
		return name;
	memcpy(key, prefix, p);
	memcpy(key + p, name, n + 1);
	r = find(key);
	return r != NULL ? text_of(r, lang) : name;
}

static const char *value_of(const struct tr_arg *args, const char *name, size_t n)
{
	for (; args->name != NULL; args++)
		if (strlen(args->name) == n && memcmp(args->name, name, n) == 0)
			return args->value;
	return NULL;
}

struct out {
	char *buf;
	size_t size, len;
	bool full;
};

static void put(struct out *o, const char *s, size_t n)
{
	size_t room = o->size - 1 - o->len;

	if (o->full)
		return;
	if (n > room) {
		n = room;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		o->full = true;
	}
	memcpy(o->buf + o->len, s, n);
	o->len += n;
}

size_t tr_fill(char *buf, size_t size, const char *text, const struct tr_arg *args)
{
	struct out o = { buf, size, 0, false };

	if (size == 0)
		return 0;
	while (*text != '\0') {
		const char *open = strchr(text, '{');
		const char *end = open != NULL ? strchr(open, '}') : NULL;
		const char *value;

		if (end == NULL) {
			put(&o, text, strlen(text));
			break;
		}
		put(&o, text, (size_t)(open - text));
		value = value_of(args, open + 1, (size_t)(end - open - 1));
		if (value != NULL)
			put(&o, value, strlen(value));
		else
			put(&o, open, (size_t)(end - open + 1));
		text = end + 1;
	}
	buf[o.len] = '\0';
	return o.len;
}
