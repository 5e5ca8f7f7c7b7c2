/* Why this root, in words: what followed from it, what it is, since when. Texts are the catalogue's. */
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine_priv.h"
#include "common/core/out.h"
#include "common/core/tr.h"

enum { NAMES_MAX = 4, GROUPS_MAX = 4, MEMBERS_MAX = 64, PART = 400 };

static char *number_text(char ret[16], unsigned v)
{
	char *at = ret + 15;

	*at = '\0';
	do {
		*--at = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return at;
}

/* "09:01:06", at the centre. */
static void clock_text(char ret[9], int64_t wall_ms, int32_t offset_s)
{
	int64_t s = (wall_ms / 1000 + offset_s) % 86400;
	const int64_t parts[] = { s / 3600, s / 60 % 60, s % 60 };

	for (size_t i = 0; i < 3; i++) {
		ret[i * 3] = (char)('0' + parts[i] / 10);
		ret[i * 3 + 1] = (char)('0' + parts[i] % 10);
		ret[i * 3 + 2] = i < 2 ? ':' : '\0';
	}
}

struct why {
	const struct engine *e;
	const struct incident_view *in;
	const char *lang;
};

/* A centre as people call it; a thing without its centre's id, where that is the incident's. */
static const char *name_of(const struct why *w, size_t member)
{
	const struct entity *ent = &w->e->t->entities[w->in->members[member].entity];
	const char *slash = strchr(ent->id, '/');

	if (ent->kind == ENTITY_SITE)
		return w->e->t->sites[ent->site].name;
	return slash != NULL && ent->site == w->in->site ? slash + 1 : ent->id;
}

static const char *word_of(const struct why *w, size_t member)
{
	const struct incident_member *m = &w->in->members[member];
	uint16_t rule =
		rule_find(w->e->rules, rule_subject(&w->e->t->entities[m->entity]), m->code);

	return rule != NO_RULE ? rule_text(&w->e->rules->rules[rule], w->lang) : m->code;
}

/* Where the number at the end of a name begins. */
static size_t stem_of(const char *name)
{
	size_t n = strlen(name);

	while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	return n;
}

/* Is b's name a's with the number behind it one higher: phone-01, phone-02? */
static bool follows(const char *a, const char *b)
{
	size_t n = strlen(a), stem = stem_of(a);

	return n - stem < 9 && stem < n && strlen(b) == n && strncmp(a, b, stem) == 0 &&
	       strtoul(b + stem, NULL, 10) == strtoul(a + stem, NULL, 10) + 1;
}

/* Put a member where its name belongs among n others. */
static void insert_by_name(const struct why *w, size_t *group, unsigned n, size_t member)
{
	unsigned at = n;

	for (; at > 0 && strcmp(name_of(w, group[at - 1]), name_of(w, member)) > 0; at--)
		group[at] = group[at - 1];
	group[at] = member;
}

/* The members with this one's code, from it on, by name: indices into ret; returns how many. */
static unsigned group_of(const struct why *w, size_t first, size_t ret[MEMBERS_MAX])
{
	unsigned n = 0;

	for (size_t i = first; i < w->in->n_alarms && n < MEMBERS_MAX; i++)
		if (strcmp(w->in->members[i].code, w->in->members[first].code) == 0)
			insert_by_name(w, ret, n++, i);
	return n;
}

/* "phone-01…04, phone-09 and 2 more". */
static void put_names(struct out *o, const struct why *w, const size_t *group, unsigned n)
{
	unsigned shown = 0, i = 0;
	char line[PART], digits[16];

	while (i < n && shown < NAMES_MAX) {
		const char *first = name_of(w, group[i]), *last = first;

		out_put(o, shown++ > 0 ? ", " : "");
		out_put(o, first);
		for (i++; i < n && follows(last, name_of(w, group[i])); i++)
			last = name_of(w, group[i]);
		if (last != first) {
			out_put(o, "…");
			out_put(o, last + stem_of(last));
		}
	}
	if (i == n)
		return;
	const struct tr_arg args[] = { { "n", number_text(digits, n - i) }, { NULL, NULL } };
	(void)tr_fill(line, sizeof line, tr(w->lang, "why.more"), args);
	out_put(o, line);
}

static bool seen_before(const struct why *w, size_t i)
{
	for (size_t k = 1; k < i; k++)
		if (strcmp(w->in->members[k].code, w->in->members[i].code) == 0)
			return true;
	return false;
}

static void put_effects(struct out *o, const struct why *w)
{
	size_t group[MEMBERS_MAX];
	unsigned groups = 0;

	for (size_t i = 1; i < w->in->n_alarms && i < MEMBERS_MAX && groups < GROUPS_MAX; i++) {
		if (seen_before(w, i))
			continue;
		out_put(o, groups++ > 0 ? "; " : "");
		put_names(o, w, group, group_of(w, i, group));
		out_put(o, ": ");
		out_put(o, word_of(w, i));
	}
}

static int32_t offset_of(const struct why *w)
{
	uint32_t site = w->in->site != NO_ENTITY ? w->in->site : 0;

	return site < w->e->t->n_sites ? w->e->t->sites[site].utc_offset_s : 7 * 3600;
}

size_t engine_reason(const struct engine *e, const struct incident_view *in, const char *lang,
		     char *buf, size_t size)
{
	struct why w = { e, in, lang };
	struct out o = { buf, size, 0 };
	char root[PART], time[9];

	buf[0] = '\0';
	if (in->n_alarms == 0)
		return 0;
	clock_text(time, in->members[0].onset_wall_ms, offset_of(&w));
	const struct tr_arg args[] = { { "who", name_of(&w, 0) },
				       { "what", word_of(&w, 0) },
				       { "time", time },
				       { NULL, NULL } };
	(void)tr_fill(root, sizeof root, tr(lang, "why.root"), args);
	put_effects(&o, &w);
	if (o.len > 0)
		out_put(&o, tr(lang, "why.because"));
	out_put(&o, root);
	return o.len;
}
