/* api_other.c - search, and the way into the event stream. */
#include <stdio.h>
#include <string.h>

#include "collector/io/http/fold.h"
#include "collector/io/http/server.h"
#include "collector/io/http/sse.h"

enum { HITS_MAX = 50, QUERY_MAX = 100 };

struct search {
	char words[QUERY_MAX * 2];
	json_t *hits;
	const struct topology *t;
};

static bool matches(const struct search *s, const char *id, const char *name)
{
	return folded_contains(id, s->words) ||
	       (name != NULL && strcmp(name, id) != 0 && folded_contains(name, s->words));
}

static void hit(struct search *s, const char *kind, const char *id, const char *name, uint32_t site)
{
	if (json_array_size(s->hits) >= HITS_MAX || !matches(s, id, name))
		return;
	(void)json_array_append_new(
		s->hits, json_pack("{s:s,s:s,s:s,s:o}", "kind", kind, "id", id, "name",
				   name != NULL ? name : id, "site",
				   view_text(site < s->t->n_sites ? s->t->sites[site].id : NULL)));
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
