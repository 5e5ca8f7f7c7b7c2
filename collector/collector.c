/* collector.c - the parts put together, and taken apart again in the other order. */
#include "collector/collector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "collector/collector_priv.h"
#include "common/wire/wire.h"

/* ---- what comes by itself ---- */

static void on_wake(void *arg)
{
	struct collector *c = arg;

	c->wake_ms = INT64_MAX; /* it is spent */
	engine_tick(c->engine, collector_now());
	carry_out(c);
	arm_engine(c);
}

static void on_tick(void *arg)
{
	struct collector *c = arg;
	struct instant now = collector_now();

	mqtt_gather(c->mqtt, true);
	intake_tick(c->intake, c->filling, now);
	mqtt_gather(c->mqtt, false);
	watch_store(c, now);
	broker_watch(c, now);
	drills_tick(c);
	clock_keep(c);
	batch_changed(c);
	(void)sd_notify(0, "WATCHDOG=1");
	(void)deadline_arm(c->tick, TICK_MS);
}

/* intake_links.engine_changed */
static void on_engine_changed(void *arg)
{
	carry_out(arg);
	arm_engine(arg);
}

/* intake_links.event */
static void on_event(void *arg, uint32_t agent, uint32_t kind, int64_t value)
{
	if (kind == WIRE_EVENT_DRILL)
		drills_event(arg, agent, value);
}

/* notify_options.is_answered */
static bool is_answered(void *arg, uint32_t incident)
{
	const struct collector *c = arg;
	const struct incident_view *v;
	size_t n = engine_incidents(c->engine, &v);

	for (size_t i = 0; i < n; i++) {
		if (v[i].number == incident)
			return v[i].owner != NULL || v[i].closed_wall_ms != 0;
	}
	return true; /* it is over */
}

/* notify_options.reported */
static void on_reported(void *arg, const struct notify_report *r)
{
	struct collector *c = arg;

	c->pages_sent += r->result == DELIVERY_TAKEN;
	c->pages_failed += r->result != DELIVERY_TAKEN;
	drills_report(c, r);
}

/* ---- start ---- */

static int on_engine_blob(void *arg, const char *key, const void *buf, size_t len)
{
	struct collector *c = arg;
	int r = 0;

	if (strcmp(key, "engine") == 0)
		r = engine_load(c->engine, buf, len, collector_now());
	else if (strcmp(key, "engine.run") == 0 && len == sizeof c->run)
		memcpy(&c->run, buf, len);
	if (r < 0)
		log_warning("the engine's state cannot be read -> begins anew error=%s",
			    uv_strerror(r));
	return 0;
}

static int restore(struct collector *c, char *reterr, size_t reterr_size)
{
	struct store_reader *r = NULL;
	int e = store_reader_open(&r, c->conf->store.path, reterr, reterr_size);

	if (e < 0)
		return e;
	e = clock_restore(c, r);
	if (e == 0)
		e = store_read_blobs(r, "engine", on_engine_blob, c);
	if (e == 0)
		e = intake_restore(c->intake, r, collector_now());
	store_reader_close(&r);
	if (e < 0)
		(void)snprintf(reterr, reterr_size, "%s: cannot pick up from it: %s",
			       c->conf->store.path, uv_strerror(e));
	return e;
}

/* A store that is new, or restored from elsewhere, must not reuse the keys of another's pages. */
static int settle_run(struct collector *c)
{
	if (c->run != 0)
		return 0;
	c->run = 1 + (uint32_t)(uv_hrtime() ^ (uint64_t)c->since_wall_ms) % (UINT32_MAX - 1);
	return store_set_blob(c->filling, "engine.run", &c->run, sizeof c->run);
}

static void plan_maintenance(struct collector *c)
{
	struct instant now = collector_now();

	for (uint32_t i = 0; i < c->conf->n_maintenance; i++) {
		const struct maintenance_conf *m = &c->conf->maintenance[i];

		for (uint32_t k = 0; k < m->n_entities; k++)
			(void)engine_maintenance(c->engine, m->id, m->entities[k], m->from_wall_ms,
						 m->until_wall_ms, now);
	}
	carry_out(c);
}

static int open_core(struct collector *c, char *reterr, size_t reterr_size)
{
	const struct collector_conf *conf = c->conf;
	struct intake_links links = { .topology = &conf->topology,
				      .rules = conf->rules,
				      .collector = conf->id,
				      .publish = broker_publish,
				      .engine_changed = on_engine_changed,
				      .event = on_event,
				      .arg = c };
	int r = live_new(&c->live, conf->topology.n_entities);

	if (r == 0)
		r = engine_new(&c->engine, &conf->topology, conf->rules,
			       conf->plan.n_people > 0 ? &conf->plan : NULL, collector_now());
	if (r == 0) {
		links.engine = c->engine;
		links.live = c->live;
		r = intake_new(&c->intake, &links);
	}
	if (r < 0)
		(void)snprintf(reterr, reterr_size, "no memory for the engine");
	return r;
}

static int open_store(struct collector *c, char *reterr, size_t reterr_size)
{
	const struct store_conf *s = &c->conf->store;
	struct store_options o = { .path = s->path,
				   .key_path = s->key_file,
				   .keep_readings_ms = s->keep_readings_ms,
				   .keep_hourly_ms = s->keep_hourly_ms,
				   .keep_outbox_ms = s->keep_outbox_ms,
				   .keep_ranges_ms = s->keep_ranges_ms };
	int r = store_open(&c->store, c->loop, &o, reterr, reterr_size);

	if (r < 0)
		return r;
	c->filling = store_batch_new(c->store);
	if (c->filling == NULL)
		return -ENOMEM;
	r = restore(c, reterr, reterr_size);
	if (r == 0)
		r = drills_open(c);
	if (r == 0)
		r = clock_settle(c);
	return r == 0 ? settle_run(c) : r;
}

static int open_timers(struct collector *c)
{
	int r = deadline_open(&c->wake, c->loop, on_wake, c);

	if (r == 0)
		r = deadline_open(&c->tick, c->loop, on_tick, c);
	if (r == 0)
		r = deadline_open(&c->commit, c->loop, on_commit_due, c);
	if (r == 0)
		r = deadline_arm(c->tick, TICK_MS);
	return r;
}

/* deadman_options.healthy: does what we are for still work? */
static bool is_healthy(void *arg)
{
	const struct collector *c = arg;

	return c->broker_up && !c->lagging.on;
}

static int open_deadman(struct collector *c)
{
	struct deadman_options o = { .url = c->conf->deadman.url,
				     .every_ms = (uint32_t)c->conf->deadman.every_ms,
				     .healthy = is_healthy,
				     .arg = c };

	return o.url != NULL ? deadman_open(&c->deadman, c->loop, &o) : 0;
}

static int open_notify(struct collector *c, char *reterr, size_t reterr_size)
{
	struct notify_options o = { .notifiers = c->conf->notifiers,
				    .n_notifiers = c->conf->n_notifiers,
				    .is_answered = is_answered,
				    .reported = on_reported,
				    .arg = c };
	char beside[4096];
	const char *key = c->conf->pages.key_file;
	int r;

	(void)snprintf(beside, sizeof beside, "%s.link-key", c->conf->store.path);
	if (key == NULL)
		key = beside;
	r = ack_link_key(key, c->link_key);

	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "%s: %s", key, uv_strerror(r));
		return r;
	}
	c->links_signed = true;
	r = notify_open(&c->notify, c->loop, c->store, &o, reterr, reterr_size);
	return r == 0 ? open_deadman(c) : r;
}

static int open_nms(struct collector *c)
{
	const struct agentx_conf *a = &c->conf->agentx;

	return a->enabled ? nms_open(&c->nms, c->loop, a->socket, c->engine, &c->conf->topology,
				     c->conf->rules)
			  : 0;
}

/* What we measure ourselves stands as before the restart, and we have measured nothing yet: good
 * until it shows again, so that no alarm outlives its cause. */
static void begin_conditions(struct collector *c)
{
	const struct topology *t = &c->conf->topology;
	struct instant now = collector_now();

	(void)engine_condition(c->engine, t->collector, "store_lagging", false, now);
	(void)engine_condition(c->engine, t->broker, "dropping", false, now);
	carry_out(c);
}

int collector_open(struct collector **ret, uv_loop_t *loop, struct collector_conf *conf,
		   char *reterr, size_t reterr_size)
{
	struct collector *c = calloc(1, sizeof *c);
	int r;

	if (c == NULL)
		return -ENOMEM;
	c->conf = conf;
	c->loop = loop;
	c->wake_ms = INT64_MAX;
	clock_open(c);
	r = open_timers(c);
	if (r == 0)
		r = open_core(c, reterr, reterr_size);
	if (r == 0)
		r = open_store(c, reterr, reterr_size);
	if (r == 0)
		r = open_notify(c, reterr, reterr_size);
	if (r == 0)
		r = api_open(c, reterr, reterr_size);
	if (r == 0)
		r = open_nms(c);
	if (r == 0)
		r = broker_open(c, reterr, reterr_size);
	if (r < 0) {
		collector_close(c);
		return r;
	}
	begin_conditions(c);
	plan_maintenance(c);
	arm_engine(c);
	log_notice("collector started id=%s sites=%u entities=%u", conf->id, conf->topology.n_sites,
		   conf->topology.n_entities);
	*ret = c;
	return 0;
}

/* ---- end ---- */

static void free_collector(struct collector *c)
{
	drills_close(c);
	store_batch_free(c->filling);
	intake_free(c->intake);
	engine_free(c->engine);
	live_free(c->live);
	free(c->planned);
	explicit_bzero(c->link_key, sizeof c->link_key);
	free(c);
}

static void on_store_closed(void *arg)
{
	free_collector(arg);
}

/* The broker and the notifiers are gone: nothing more is written but what is queued. The last batch
 * says what is stored, so it must know what became of the one before it. */
void collector_end(struct collector *c)
{
	if (c->n_open > 0 || c->committing)
		return;
	if (c->store != NULL && c->filling != NULL)
		commit_last(c);
	store_close(c->store, on_store_closed, c);
}

static void on_part_closed(void *arg)
{
	struct collector *c = arg;

	c->n_open--;
	collector_end(c);
}

void collector_close(struct collector *c)
{
	if (c == NULL)
		return;
	broker_goodbye(c);
	clock_close();
	c->closing = true;
	deadline_close(&c->wake);
	deadline_close(&c->tick);
	deadline_close(&c->commit);
	deadman_close(&c->deadman);
	c->n_open = c->nms != NULL ? 4 : 3;
	nms_close(c->nms, on_part_closed, c);
	c->nms = NULL;
	http_close(c->http, on_part_closed, c);
	notify_close(c->notify, on_part_closed, c);
	mqtt_close(c->mqtt, on_part_closed, c);
}
