/* api_other.c - search, and the way into the event stream. */
#include <stdio.h>
#include <string.h>

#include "collector/io/http/fold.h"
#include "collector/io/http/request.h"
#include "collector/io/http/sse.h"

enum { HITS_MAX = 50, QUERY_MAX = 100, TEXT_MAX = 512 };

struct search {
	char words[QUERY_MAX * 2];
	json_t *hits;
	const struct topology *t;
};

/* Each of the words stands in its id, its name or its centre's name. */
static bool matches(const struct search *s, const char *id, const char *name, const char *site)
{
	char all[TEXT_MAX], plain[TEXT_MAX], words[sizeof s->words], *rest = words;

	(void)snprintf(all, sizeof all, "%s %s %s", id, name, site);
	fold(plain, sizeof plain, all);
	(void)snprintf(words, sizeof words, "%s", s->words);
	for (const char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		if (strstr(plain, w) == NULL)
			return false;
	return true;
}

static void hit(struct search *s, const char *kind, const char *id, const char *name, uint32_t site)
{
	const struct site *at = site < s->t->n_sites ? &s->t->sites[site] : NULL;

	name = name != NULL ? name : id;
	if (json_array_size(s->hits) >= HITS_MAX ||
	    !matches(s, id, name, at != NULL && at->name != NULL ? at->name : ""))
		return;
	(void)json_array_append_new(s->hits,
				    json_pack("{s:s,s:s,s:s,s:o}", "kind", kind, "id", id, "name",
					      name, "site", view_text(at != NULL ? at->id : NULL)));
}

int get_search(struct request *q)
{
	const char *text = request_param(q, "q");
	const struct topology *t = q->http->src.topology;
	struct search s = { .t = t };

	if (text == NULL || text[0] == '\0' || strlen(text) > QUERY_MAX)
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "q");
	fold(s.words, sizeof s.words, text);
	s.hits = json_array();
	for (uint32_t i = 0; i < t->n_sites; i++)
		hit(&s, "site", t->sites[i].id, t->sites[i].name, i);
	for (uint32_t i = 0; i < t->n_seats; i++)
		hit(&s, "seat", t->seats[i].id, NULL, t->seats[i].site);
	for (uint32_t i = 0; i < t->n_entities; i++) {
		const struct entity *e = &t->entities[i];

		if (e->kind == ENTITY_DEVICE || e->kind == ENTITY_AGENT)
			hit(&s, view_kind_name(e->kind), e->id, e->name, e->site);
	}
	return reply(q, MHD_HTTP_OK, json_pack("{s:o}", "results", s.hits));
}

int get_events(struct request *q)
{
	if (sse_clients(q->http->sse) >= SSE_CLIENTS_MAX || q->http->closing)
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	q->status = 0; /* the stream itself is the answer */
	return 0;
}
