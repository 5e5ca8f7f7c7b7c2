/* Why this root, in words: what was seen, since when, and what speaks for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"

enum { NAMES_MAX = 4 };

struct words {
	char text[1024];
	size_t len;
};

static void say(struct words *w, const char *s)
{
	size_t n = strlen(s);

	if (n > sizeof w->text - 1 - w->len)
		n = sizeof w->text - 1 - w->len;
	memcpy(w->text + w->len, s, n);
	w->len += n;
	w->text[w->len] = '\0';
}

static void say_number(struct words *w, const char *fmt_before, unsigned v, const char *after)
{
	char buf[16];

	(void)snprintf(buf, sizeof buf, "%u", v);
	say(w, fmt_before);
	say(w, buf);
	say(w, after);
}

/* UTC: the log's language and clock. */
static void say_time(struct words *w, int64_t wall_ms)
{
	unsigned s = (unsigned)(wall_ms / 1000 % 86400);
	char buf[16];

	(void)snprintf(buf, sizeof buf, "%02u:%02u:%02uZ", s / 3600, s / 60 % 60, s % 60);
	say(w, buf);
}

static void say_code(struct words *w, const char *code)
{
	size_t from = w->len;

	say(w, code);
	for (size_t i = from; i < w->len; i++)
		if (w->text[i] == '_')
			w->text[i] = ' ';
}

/* "phone-01, phone-02 and 2 more unregistered": the members with one code. */
static void say_group(struct words *w, const struct engine *e, const struct incident *in,
		      uint32_t first)
{
	const char *code = in->members[first].code;
	unsigned n = 0;

	for (uint32_t i = first; i < in->n_members; i++) {
		if (strcmp(in->members[i].code, code) != 0)
			continue;
		if (n < NAMES_MAX) {
			say(w, n > 0 ? ", " : "");
			say(w, e->t->entities[in->members[i].entity].id);
		}
		n++;
	}
	if (n > NAMES_MAX)
		say_number(w, " and ", n - NAMES_MAX, " more");
	say(w, " ");
	say_code(w, code);
}

static bool seen_before(const struct incident *in, uint32_t i)
{
	for (uint32_t k = 1; k < i && k < 64; k++)
		if (strcmp(in->members[k].code, in->members[i].code) == 0)
			return true;
	return false;
}

char *incident_reason(const struct engine *e, const struct incident *in)
{
	struct words w = { .len = 0 };
	const struct incident_member *root = &in->members[0];
	unsigned groups = 0;

	for (uint32_t i = 1; i < in->n_members && i < 64 && groups < 4; i++) {
		if (seen_before(in, i))
			continue;
		say(&w, groups++ > 0 ? "; " : "");
		say_group(&w, e, in, i);
	}
	if (groups > 0)
		say(&w, " because ");
	say(&w, e->t->entities[root->entity].id);
	say(&w, " ");
	say_code(&w, root->code);
	say(&w, " since ");
	say_time(&w, root->onset_wall_ms);
	return strdup(w.text);
}
