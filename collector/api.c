/* api.c - what the HTTP server reads of the collector and what people do through it. Everything a
 * person does goes into the batch that is being filled, with what the engine makes of it. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector_priv.h"
#include "common/io/beside.h"

/* Where the package puts the page; a collector without it serves the interface alone. */
#define LW_WEB_DIR "/usr/share/linewatch/web"

static struct instant now(void *arg)
{
	(void)arg;
	return collector_now();
}

static void health(void *arg, struct http_health *ret)
{
	const struct collector *c = arg;
	const struct intake_stats *s = intake_stats(c->intake);

	*ret = (struct http_health){ .since_wall_ms = c->since_wall_ms,
				     .broker_connected = c->broker_up,
				     .reports = s->reports,
				     .reports_historical = s->historical,
				     .duplicates = s->duplicates,
				     .quarantined = s->quarantined,
				     .refused = s->refused,
				     .births = s->births,
				     .deaths = s->deaths,
				     .pages_sent = c->pages_sent,
				     .pages_failed = c->pages_failed };
}

static void engine_changed(void *arg)
{
	carry_out(arg);
	arm_engine(arg);
}

/* Who acknowledges has been reached. */
static void note_answer(struct collector *c, const char *type, const char *json)
{
	json_t *o;
	const char *by;

	if (strcmp(type, "ack") != 0 && strcmp(type, "take") != 0)
		return;
	o = json_loads(json, 0, NULL);
	by = json_string_value(json_object_get(o, "by"));
	if (by != NULL)
		drills_answered(c, by);
	json_decref(o);
}

static void happened(void *arg, const char *type, int kind, const char *entity, const char *json)
{
	struct collector *c = arg;

	if (c->filling == NULL)
		return;
	(void)store_add_event(c->filling, collector_now().wall_ms, type, kind, entity, json);
	note_answer(c, type, json);
	c->urgent = true;
	batch_changed(c);
}

static void keep(void *arg, const char *key, const void *buf, size_t len)
{
	struct collector *c = arg;

	if (c->filling == NULL)
		return;
	(void)store_set_blob(c->filling, key, buf, len);
	c->urgent = true;
	batch_changed(c);
}

static int whose_link(void *arg, const char *token, char *ret_person, size_t size,
		      int64_t *ret_until_wall_ms)
{
	const struct collector *c = arg;
	struct ack_link l;
	int r = c->links_signed ? ack_link_check(c->link_key, token, collector_now().wall_ms, &l)
				: -EBADMSG;

	if (r < 0)
		return r;
	(void)snprintf(ret_person, size, "%s", l.person);
	*ret_until_wall_ms = l.expires_wall_ms;
	return 0;
}

static struct http_proof proof(void *arg, uint32_t who)
{
	const struct collector *c = arg;
	int64_t at = c->drills.proven_wall_ms[who];

	return (struct http_proof){ .known = at != 0, .reached = at != 0, .wall_ms = at };
}

static int list_maintenance(struct collector *c)
{
	const struct collector_conf *conf = c->conf;

	c->planned = calloc(conf->n_maintenance + 1, sizeof *c->planned);
	if (c->planned == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < conf->n_maintenance; i++) {
		const struct maintenance_conf *m = &conf->maintenance[i];

		c->planned[i] = (struct http_planned){ m->id, m->target, m->reason, m->from_wall_ms,
						       m->until_wall_ms };
	}
	return 0;
}

static int on_kept(void *arg, const char *key, const void *buf, size_t len)
{
	http_restore(arg, key, buf, len);
	return 0;
}

static int restore(struct collector *c, char *reterr, size_t reterr_size)
{
	struct store_reader *r = NULL;
	int e = store_reader_open(&r, c->conf->store.path, reterr, reterr_size);

	if (e == 0)
		e = store_read_blobs(r, "http.", on_kept, c->http);
	store_reader_close(&r);
	return e;
}

/* Where the page is; a collector without it serves the interface alone. */
static const char *web_root(const struct http_conf *h, char *room, size_t size)
{
	static const char *const places[] = { "../share/linewatch/web/index.html", /* installed */
					      "../web/index.html",		   /* built */
					      NULL };

	if (h->web_root != NULL)
		return h->web_root;
	if (beside_program(places, room, size) < 0)
		return NULL;
	*strrchr(room, '/') = '\0';
	return room;
}

int api_open(struct collector *c, char *reterr, size_t reterr_size)
{
	const struct http_conf *h = &c->conf->http;
	char root[PATH_MAX];
	struct http_options o = { .listen = h->listen,
				  .web_root = web_root(h, root, sizeof root),
				  .users = h->users,
				  .anonymous = h->anonymous,
				  .proxy_from = h->proxy_from,
				  .proxy_header = h->proxy_header,
				  .proxy_role = h->proxy_role,
				  .tls_cert = h->tls_cert,
				  .tls_key = h->tls_key,
				  .max_connections = h->max_connections };
	struct http_sources src = { .topology = &c->conf->topology,
				    .engine = c->engine,
				    .plan = c->conf->plan.n_people > 0 ? &c->conf->plan : NULL,
				    .live = c->live,
				    .store = c->store,
				    .n_planned = c->conf->n_maintenance,
				    .arg = c,
				    .now = now,
				    .health = health,
				    .engine_changed = engine_changed,
				    .happened = happened,
				    .keep = keep,
				    .link = whose_link,
				    .proof = proof,
				    .drill_start = drills_start,
				    .drill_ack = drills_ack,
				    .drills = drills_list };
	int r = list_maintenance(c);

	if (r < 0)
		return r;
	src.planned = c->planned;
	r = http_open(&c->http, c->loop, &o, &src, reterr, reterr_size);
	return r == 0 ? restore(c, reterr, reterr_size) : r;
}
