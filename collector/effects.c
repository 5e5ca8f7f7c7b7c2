/* effects.c - what the engine decided, carried out: into the batch that is being filled (states and
 * events are on disk before anybody is told), and to who listens. */
#include <jansson.h>
#include <stdlib.h>

#include "collector/collector_priv.h"
#include "collector/io/view/view.h"

static struct view view_now(const struct collector *c)
{
	return (struct view){ .t = &c->conf->topology,
			      .engine = c->engine,
			      .live = c->live,
			      .plan = &c->conf->plan,
			      .now = collector_now() };
}

static void store_state(struct collector *c, const struct effect *e)
{
	const struct entity *x = &c->conf->topology.entities[e->state.entity];

	(void)store_add_state(c->filling, (int)x->kind, x->id, (int)e->state.state,
			      e->state.since_wall_ms, e->wall_ms, "");
}

static void store_event(struct collector *c, const struct effect *e)
{
	const struct topology *t = &c->conf->topology;
	struct view v = view_now(c);
	const char *type;
	uint32_t entity;
	json_t *j = view_effect(&v, e, &type, &entity);
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	if (text != NULL)
		(void)store_add_event(c->filling, e->wall_ms, type,
				      entity != NO_ENTITY ? (int)t->entities[entity].kind : 0,
				      entity != NO_ENTITY ? t->entities[entity].id : "", text);
	free(text);
	json_decref(j);
}

void arm_engine(struct collector *c)
{
	int64_t wake = engine_wake_ms(c->engine), now;

	if (wake == c->wake_ms || c->closing)
		return; /* as it is after most heartbeats */
	c->wake_ms = wake;
	if (wake == INT64_MAX) {
		deadline_disarm(c->wake);
		return;
	}
	now = collector_now().mono_ms;
	(void)deadline_arm(c->wake, wake > now ? (uint64_t)(wake - now) : 0);
}

struct outbox_sources outbox_sources(const struct collector *c)
{
	return (struct outbox_sources){ .conf = c->conf,
					.engine = c->engine,
					.link_key = c->links_signed ? c->link_key : NULL,
					.run = c->run };
}

/* Pages and notes to machines: in the same commit as what they are about. */
static void fill_outbox(struct collector *c, const struct effect *e)
{
	struct outbox_sources s = outbox_sources(c);
	int n = outbox_put(c->filling, &s, e);

	if (n < 0)
		log_error("a message could not be written down error=%s", uv_strerror(n));
	c->outbox_filled |= n > 0;
}

void carry_out(struct collector *c)
{
	size_t n;
	const struct effect *e = engine_effects(c->engine, &n);

	if (c->http != NULL && n > 0)
		http_effects(c->http, e, n);
	nms_effects(c->nms, e, n);

	for (size_t i = 0; i < n; i++) {
		if (e[i].kind == EFFECT_STATE)
			store_state(c, &e[i]);
		else
			store_event(c, &e[i]);
		fill_outbox(c, &e[i]);
		c->engine_dirty = true;
		c->urgent |= e[i].kind != EFFECT_STATE;
	}
	engine_effects_clear(c->engine);
	if (n > 0)
		batch_changed(c);
}
