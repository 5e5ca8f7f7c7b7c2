/* api_fixture.c - the HTTP server over a real engine and a real store, without a broker: steered by
 * lines on standard input. For the API's tests and the bench of many open walls.
 *
 *   birth AGENT | death AGENT | silence AGENT      a born agent sends quiet heartbeats
 *   report DEVICE METRIC=NUMBER ...                 in the metric's unit; "?" for unknown
 *   unreachable DEVICE | reachable DEVICE
 *   broker up|down
 *   flip DEVICE                                     one more change of state, for the bench
 *   quit
 *
 * Prints "ready PORT" once it listens, and "ok" after each line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "collector/conf/collector_conf.h"
#include "collector/core/engine.h"
#include "collector/io/http/http.h"
#include "collector/io/store/store.h"
#include "collector/io/store/store_read.h"
#include "collector/io/view/view.h"
#include "common/io/log.h"

enum { TICK_MS = 250, LINE = 4096, AGENTS = 4096, VALUES = 32 };

struct fixture {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_pipe_t input;
	char line[LINE];
	size_t used;
	struct collector_conf *conf;
	struct engine *engine;
	struct live *live;
	struct store *store;
	struct http *http;
	bool born[AGENTS];
	bool broker_up, flipped;
	int64_t since_wall_ms;
	int open;
};

static struct instant now(void *arg)
{
	struct timespec mono, wall;

	(void)arg;
	(void)clock_gettime(CLOCK_MONOTONIC, &mono);
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	return (struct instant){ (int64_t)mono.tv_sec * 1000 + mono.tv_nsec / 1000000,
				 (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000 };
}

static void health(void *arg, struct http_health *ret)
{
	const struct fixture *f = arg;

	ret->since_wall_ms = f->since_wall_ms;
	ret->broker_connected = f->broker_up;
}

static void stored(void *arg, struct store_batch *b, int status)
{
	(void)arg;
	if (status < 0)
		log_error("fixture commit failed error=%s", strerror(-status));
	store_batch_free(b);
}

static void commit(struct fixture *f, struct store_batch *b)
{
	if (store_commit(f->store, b, stored, f) < 0)
		store_batch_free(b);
}

static void store_effect(struct fixture *f, struct store_batch *b, const struct effect *e)
{
	struct view v = { .t = &f->conf->topology,
			  .engine = f->engine,
			  .live = f->live,
			  .plan = &f->conf->plan,
			  .now = now(NULL) };
	const char *type;
	uint32_t entity;
	json_t *data = view_effect(&v, e, &type, &entity);
	char *text = json_dumps(data, JSON_COMPACT);
	const struct entity *x = entity != NO_ENTITY ? &v.t->entities[entity] : NULL;

	if (e->kind == EFFECT_STATE)
		(void)store_add_state(b, (int)x->kind, x->id, (int)e->state.state,
				      e->state.since_wall_ms, e->wall_ms, "fixture");
	else if (text != NULL)
		(void)store_add_event(b, e->wall_ms, type, x != NULL ? (int)x->kind : 0,
				      x != NULL ? x->id : "", text);
	free(text);
	json_decref(data);
}

static void carry_out(void *arg)
{
	struct fixture *f = arg;
	size_t n;
	const struct effect *e = engine_effects(f->engine, &n);
	struct store_batch *b = n > 0 ? store_batch_new(f->store) : NULL;

	for (size_t i = 0; b != NULL && i < n; i++)
		store_effect(f, b, &e[i]);
	if (b != NULL)
		commit(f, b);
	if (f->http != NULL)
		http_effects(f->http, e, n);
	engine_effects_clear(f->engine);
}

static void happened(void *arg, const char *type, int kind, const char *entity, const char *json)
{
	struct fixture *f = arg;
	struct store_batch *b = store_batch_new(f->store);

	(void)store_add_event(b, now(NULL).wall_ms, type, kind, entity != NULL ? entity : "", json);
	commit(f, b);
}

static void keep(void *arg, const char *key, const void *buf, size_t len)
{
	struct fixture *f = arg;
	struct store_batch *b = store_batch_new(f->store);

	(void)store_set_blob(b, key, buf, len);
	commit(f, b);
}

static uint32_t entity_of(const struct fixture *f, enum entity_kind kind, const char *id)
{
	uint32_t e = id != NULL ? topology_find(&f->conf->topology, kind, id) : NO_ENTITY;

	if (e == NO_ENTITY)
		(void)fprintf(stderr, "no such entity: %s\n", id != NULL ? id : "");
	return e;
}

static size_t read_values(char *rest, struct reading *r, size_t max)
{
	size_t n = 0;
	char *save = NULL;

	for (char *w = strtok_r(rest, " ", &save); w != NULL && n < max;
	     w = strtok_r(NULL, " ", &save)) {
		char *value = strchr(w, '=');
		const struct metric *m;

		if (value == NULL)
			continue;
		*value++ = '\0';
		m = metric_by_name(w);
		if (m == NULL)
			continue;
		r[n++] = (struct reading){
			.metric = m->id,
			.reason = *value == '?' ? REASON_SENTINEL : REASON_GOOD,
			.value = strtod(value, NULL),
		};
	}
	return n;
}

static void store_report(struct fixture *f, const char *device, const struct reading *r, size_t n)
{
	struct store_series series[VALUES];
	struct store_value values[VALUES];
	struct store_batch *b = store_batch_new(f->store);
	struct store_shape *shape;

	for (size_t i = 0; i < n; i++) {
		series[i] = (struct store_series){ r[i].metric, r[i].instance, r[i].label };
		values[i] =
			(struct store_value){ r[i].reason,
					      metric_scale(metric_by_id(r[i].metric), r[i].value) };
	}
	shape = store_shape_new(device, series, n);
	(void)store_add_reading(b, shape, now(NULL).wall_ms, 0, values);
	store_shape_unref(shape);
	commit(f, b);
}

static void report(struct fixture *f, char *rest)
{
	char *device = strsep(&rest, " ");
	uint32_t e = entity_of(f, ENTITY_DEVICE, device);
	struct instant t = now(NULL);
	struct reading r[VALUES];
	size_t n;

	if (e == NO_ENTITY || rest == NULL)
		return;
	n = read_values(rest, r, VALUES);
	engine_reachable(f->engine, e, true, t);
	engine_report(f->engine, e, r, n, t);
	(void)live_set(f->live, e, r, n, t.mono_ms, t.mono_ms);
	(void)live_reachable(f->live, e, true, t.mono_ms);
	store_report(f, device, r, n);
}

static void birth(struct fixture *f, const char *id)
{
	uint32_t e = entity_of(f, ENTITY_AGENT, id);
	struct live_agent *a = e != NO_ENTITY ? live_agent(f->live, e) : NULL;

	if (a == NULL || e >= AGENTS)
		return;
	f->born[e] = true;
	a->heard_mono_ms = now(NULL).mono_ms;
	a->offset_ms = 12;
	(void)snprintf(a->version, sizeof a->version, "%s", LW_VERSION);
	engine_birth(f->engine, e, now(NULL));
}

/* What an agent says of itself. */
static void own(struct fixture *f, char *rest)
{
	uint32_t e = entity_of(f, ENTITY_AGENT, strsep(&rest, " "));
	struct instant t = now(NULL);
	struct reading r[VALUES];

	if (e != NO_ENTITY && rest != NULL)
		(void)live_set(f->live, e, r, read_values(rest, r, VALUES), t.mono_ms, t.mono_ms);
}

static void lose(struct fixture *f, const char *id, bool will)
{
	uint32_t e = entity_of(f, ENTITY_AGENT, id);

	if (e == NO_ENTITY || e >= AGENTS)
		return;
	f->born[e] = false;
	if (will)
		engine_death(f->engine, e, now(NULL));
}

static void reach(struct fixture *f, const char *id, bool reachable)
{
	uint32_t e = entity_of(f, ENTITY_DEVICE, id);

	if (e == NO_ENTITY)
		return;
	engine_reachable(f->engine, e, reachable, now(NULL));
	(void)live_reachable(f->live, e, reachable, now(NULL).mono_ms);
}

static void flip(struct fixture *f, const char *id)
{
	struct effect e = { .kind = EFFECT_STATE, .wall_ms = now(NULL).wall_ms };

	e.state.entity = entity_of(f, ENTITY_DEVICE, id);
	e.state.state = f->flipped ? STATE_UP : STATE_DOWN;
	e.state.since_wall_ms = e.wall_ms;
	f->flipped = !f->flipped;
	if (e.state.entity != NO_ENTITY)
		http_effects(f->http, &e, 1);
}

static void on_closed(uv_handle_t *h)
{
	struct fixture *f = h->data;

	f->open--;
}

static void http_gone(void *arg)
{
	struct fixture *f = arg;

	f->http = NULL;
	store_close(f->store, NULL, NULL);
}

static void quit(struct fixture *f)
{
	if (uv_is_closing((uv_handle_t *)&f->timer))
		return;
	uv_close((uv_handle_t *)&f->timer, on_closed);
	uv_close((uv_handle_t *)&f->input, on_closed);
	http_close(f->http, http_gone, f);
}

static void obey(struct fixture *f, char *line)
{
	char *rest = line, *verb = strsep(&rest, " ");

	if (strcmp(verb, "quit") == 0) {
		quit(f);
		return;
	}
	if (rest == NULL)
		return;
	if (strcmp(verb, "birth") == 0)
		birth(f, rest);
	else if (strcmp(verb, "death") == 0 || strcmp(verb, "silence") == 0)
		lose(f, rest, verb[0] == 'd');
	else if (strcmp(verb, "report") == 0)
		report(f, rest);
	else if (strcmp(verb, "unreachable") == 0 || strcmp(verb, "reachable") == 0)
		reach(f, rest, verb[0] == 'r');
	else if (strcmp(verb, "own") == 0)
		own(f, rest);
	else if (strcmp(verb, "flip") == 0)
		flip(f, rest);
	else if (strcmp(verb, "broker") == 0) {
		f->broker_up = strcmp(rest, "up") == 0;
		engine_broker(f->engine, f->broker_up, now(NULL));
	}
	carry_out(f);
	(void)puts("ok");
	(void)fflush(stdout);
}

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *buf)
{
	struct fixture *f = h->data;

	(void)want;
	buf->base = f->line + f->used;
	buf->len = LINE - 1 - f->used;
}

static void on_input(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct fixture *f = s->data;
	char *end;

	(void)buf;
	if (n < 0) {
		quit(f);
		return;
	}
	f->used += (size_t)n;
	f->line[f->used] = '\0';
	while ((end = strchr(f->line, '\n')) != NULL) {
		size_t took = (size_t)(end + 1 - f->line);

		*end = '\0';
		obey(f, f->line);
		f->used -= took;
		memmove(f->line, f->line + took, f->used + 1);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct fixture *f = t->data;
	struct instant at = now(NULL);

	for (uint32_t i = 0; i < f->conf->topology.n_entities && i < AGENTS; i++)
		if (f->born[i]) {
			live_agent(f->live, i)->heard_mono_ms = at.mono_ms;
			engine_heartbeat(f->engine, i, at);
		}
	engine_tick(f->engine, at);
	carry_out(f);
}

static int on_kept(void *arg, const char *key, const void *buf, size_t len)
{
	http_restore(arg, key, buf, len);
	return 0;
}

/* What the server gave to keep before a restart. */
static int restore(struct fixture *f, const char *store, char *err, size_t size)
{
	struct store_reader *r = NULL;
	int e = store_reader_open(&r, store, err, size);

	if (e == 0)
		e = store_read_blobs(r, "http.", on_kept, f->http);
	store_reader_close(&r);
	return e;
}

static int start(struct fixture *f, const struct http_options *o, const char *store)
{
	struct store_options so = { .path = store };
	char err[256] = "";
	struct http_sources src = { .topology = &f->conf->topology,
				    .plan = &f->conf->plan,
				    .arg = f,
				    .now = now,
				    .health = health,
				    .engine_changed = carry_out,
				    .happened = happened,
				    .keep = keep };
	int r = engine_new(&f->engine, src.topology, f->conf->rules, src.plan, now(NULL));

	if (r == 0)
		r = live_new(&f->live, f->conf->topology.n_entities);
	if (r == 0)
		r = store_open(&f->store, &f->loop, &so, err, sizeof err);
	src.engine = f->engine;
	src.live = f->live;
	src.store = f->store;
	if (r == 0)
		r = http_open(&f->http, &f->loop, o, &src, err, sizeof err);
	if (r == 0)
		r = restore(f, store, err, sizeof err);
	if (r < 0)
		(void)fprintf(stderr, "api_fixture: %s: %s\n", strerror(-r), err);
	return r;
}

/* --name value pairs. */
static const char *option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	return NULL;
}

static unsigned number(int argc, char **argv, const char *name)
{
	const char *text = option(argc, argv, name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 0;
}

int main(int argc, char **argv)
{
	static struct fixture f;
	const char *config = option(argc, argv, "--config");
	struct http_options o = { .listen = option(argc, argv, "--listen"),
				  .users = option(argc, argv, "--users"),
				  .anonymous = option(argc, argv, "--anonymous"),
				  .web_root = option(argc, argv, "--web"),
				  .proxy_from = option(argc, argv, "--proxy-from"),
				  .proxy_header = option(argc, argv, "--proxy-header"),
				  .proxy_role = option(argc, argv, "--proxy-role"),
				  .tls_cert = option(argc, argv, "--cert"),
				  .tls_key = option(argc, argv, "--key"),
				  .patience_ms = number(argc, argv, "--patience"),
				  .max_connections = number(argc, argv, "--connections") };

	f.since_wall_ms = now(NULL).wall_ms;
	f.broker_up = true;
	if (config == NULL || collector_conf_load(&f.conf, config, stderr) != 0)
		return 1;
	(void)uv_loop_init(&f.loop);
	if (start(&f, &o, option(argc, argv, "--store")) < 0)
		return 1;
	(void)uv_timer_init(&f.loop, &f.timer);
	(void)uv_pipe_init(&f.loop, &f.input, 0);
	f.timer.data = f.input.data = &f;
	f.open = 2;
	(void)uv_timer_start(&f.timer, on_timer, TICK_MS, TICK_MS);
	(void)uv_pipe_open(&f.input, 0);
	(void)uv_read_start((uv_stream_t *)&f.input, on_alloc, on_input);
	(void)printf("ready %u\n", http_port(f.http));
	(void)fflush(stdout);
	(void)uv_run(&f.loop, UV_RUN_DEFAULT);
	engine_free(f.engine);
	live_free(f.live);
	collector_conf_free(f.conf);
	return uv_loop_close(&f.loop) == 0 && f.open == 0 ? 0 : 1;
}
