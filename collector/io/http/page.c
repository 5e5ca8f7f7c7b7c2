#include "collector/io/http/page.h"

#include <stdio.h>
#include <string.h>

bool page_begin(struct page *p, struct request *q)
{
	*p = (struct page){ .q = q, .after = request_param(q, "after") };
	if (!param_limit(q, &p->limit))
		return false;
	p->list = json_array();
	p->started = p->after == NULL;
	return true;
}

bool page_wants(struct page *p, const char *id)
{
	if (p->started)
		return true;
	p->started = strcmp(id, p->after) == 0;
	return false;
}

bool page_goes_on(struct page *p, const char *id)
{
	if (json_array_size(p->list) < p->limit)
		return true;
	(void)snprintf(p->next, sizeof p->next, "%s", id);
	return false;
}

bool page_add(struct page *p, json_t *j, const char *id)
{
	(void)json_array_append_new(p->list, j);
	return page_goes_on(p, id);
}

int page_reply(struct page *p, const char *member)
{
	return reply(p->q, MHD_HTTP_OK,
		     json_pack("{s:o,s:o}", member, p->list, "next",
			       p->next[0] != '\0' ? json_string(p->next) : json_null()));
}
