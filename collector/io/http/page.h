/* page.h - private to http/: a list in pages, and counts that several answers share. */
#ifndef LW_PAGE_H
#define LW_PAGE_H

#include "collector/io/http/request.h"

struct page {
	struct request *q;
	json_t *list;
	size_t limit;
	const char *after; /* NULL: from the start */
	bool started;	   /* page_wants has passed `after` */
	char next[ROUTE_ID_MAX];
};

/* false: the parameters were wrong, and it has replied so. */
bool page_begin(struct page *p, struct request *q);
/* For lists without an index: does this one come after `after`? Ask for each, in order. */
bool page_wants(struct page *p, const char *id);
/* Takes j. false: the page is full, and `id` is where the next one goes on. */
bool page_add(struct page *p, json_t *j, const char *id);
bool page_goes_on(struct page *p, const char *id);
int page_reply(struct page *p, const char *member);

struct counts {
	uint32_t agents, agents_seen, devices;
};
void count_agents(const struct view *v, struct counts *ret);
void http_health_now(const struct http *h, struct http_health *ret, struct store_stats *ret_store);
bool store_is_well(const struct store_stats *s);
bool param_site(struct request *q,
		uint32_t *ret); /* NO_ENTITY: none given; false: it has replied */

#endif
