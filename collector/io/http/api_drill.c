/* api_drill.c - rehearsals: begin one, see what each link took, answer it. */
#include <errno.h>
#include <stdlib.h>

#include "collector/core/drill.h"
#include "collector/io/http/request.h"
#include "collector/io/view/view.h"

static json_t *links_json(const struct drill *d)
{
	json_t *list = json_array();

	for (unsigned l = 0; l < DRILL_LINKS; l++) {
		int64_t took = drill_took_ms(d, (enum drill_link)l);

		(void)json_array_append_new(
			list, json_pack("{s:s, s:o}", "link", drill_link_name((enum drill_link)l),
					"took_ms", took >= 0 ? json_integer(took) : json_null()));
	}
	return list;
}

static json_t *drill_json(const struct view *v, const struct drill *d)
{
	static const char *const states[] = { "running", "passed", "failed" };
	const char *failed_at = d->state == DRILL_FAILED ? drill_link_name(d->failed_at) : NULL;

	return json_pack("{s:I, s:s, s:o, s:s, s:o, s:o}", "drill", (json_int_t)d->number, "agent",
			 v->t->entities[d->agent].id, "started_at", view_time(d->wall_ms), "state",
			 states[d->state], "failed_at", view_text(failed_at), "links",
			 links_json(d));
}

int get_drills(struct request *q)
{
	struct view v = http_view(q->http);
	const struct drill *d = NULL;
	size_t n = q->http->src.drills != NULL ? q->http->src.drills(q->http->src.arg, &d) : 0;
	json_t *list = json_array();

	while (n-- > 0) /* newest first */
		(void)json_array_append_new(list, drill_json(&v, &d[n]));
	return reply(q, MHD_HTTP_OK, json_pack("{s:o}", "drills", list));
}

int post_drill(struct request *q)
{
	struct view v = http_view(q->http);
	const struct drill *d;
	const char *agent;
	uint32_t entity, number;
	int r;

	if (!body_text(q, "agent", 128, &agent))
		return 0;
	entity = agent != NULL ? topology_find(v.t, ENTITY_AGENT, agent) : NO_ENTITY;
	if (entity == NO_ENTITY)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_agent",
			       agent != NULL ? agent : "agent");
	if (q->http->src.drill_start == NULL)
		return problem(q, MHD_HTTP_CONFLICT, "drill_impossible", NULL);
	r = q->http->src.drill_start(q->http->src.arg, entity, &number);
	if (r == -EBUSY)
		return problem(q, MHD_HTTP_CONFLICT, "drill_running", NULL);
	if (r < 0)
		return problem(q, MHD_HTTP_CONFLICT, "drill_impossible", NULL);
	audit(q, request_user(q), "drill", agent, "ok");
	size_t n = q->http->src.drills(q->http->src.arg, &d);
	return reply(q, MHD_HTTP_OK, drill_json(&v, &d[n - 1]));
}

int post_drill_ack(struct request *q)
{
	struct view v = http_view(q->http);
	const struct drill *d;
	const char *by;
	uint32_t number = (uint32_t)strtoul(q->id.text, NULL, 10);

	if (!body_text(q, "by", 64, &by))
		return 0;
	if (q->who.via != VIA_ANONYMOUS || by == NULL)
		by = request_user(q);
	if (q->http->src.drill_ack == NULL ||
	    q->http->src.drill_ack(q->http->src.arg, number, by) < 0)
		return problem(q, MHD_HTTP_NOT_FOUND, "no_such_drill", q->id.text);
	audit(q, by, "drill_ack", q->id.text, "ok");
	size_t n = q->http->src.drills(q->http->src.arg, &d);
	return reply(q, MHD_HTTP_OK, drill_json(&v, &d[n - 1]));
}
