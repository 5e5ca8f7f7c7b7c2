#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/schema.h"
#include "tests/unit/intake/rig.h"

static const char config[] = "sites:\n"
			     "  - id: danang\n"
			     "    name: Da Nang\n"
			     "    timezone: Asia/Ho_Chi_Minh\n"
			     "    devices:\n"
			     "      - {id: ups-1, class: ups, agent: gw}\n"
			     "      - {id: pbx-1, class: pbx, agent: gw}\n"
			     "      - {id: ups-9, class: ups, agent: other}\n";

struct instant now(const struct rig *r)
{
	return (struct instant){ 1000000 + r->ms, WALL0 + r->ms };
}

static int on_publish(void *arg, const char *topic, const void *buf, size_t len)
{
	struct rig *r = arg;

	if (r->refuse_publish)
		return -EAGAIN;
	cr_expect_str_eq(topic, "linewatch/v1/danang/gw/control");
	cr_assert_lt(r->n_said, SAID_MAX);
	cr_assert_eq(wire_control_unpack(buf, len, &r->said[r->n_said++]), 0);
	return 0;
}

static void on_changed(void *arg)
{
	engine_effects_clear(((struct rig *)arg)->engine);
}

void start_intake(struct rig *r)
{
	struct store_reader *reader = NULL;
	char err[256];
	struct intake_links l = { .topology = &r->conf->topology,
				  .engine = r->engine,
				  .live = r->live,
				  .rules = r->conf->rules,
				  .collector = "main",
				  .publish = on_publish,
				  .engine_changed = on_changed,
				  .arg = r };
	cr_assert_eq(intake_new(&r->in, &l), 0);
	cr_assert_eq(store_reader_open(&reader, r->path, err, sizeof err), 0, "%s", err);
	cr_assert_eq(intake_restore(r->in, reader, now(r)), 0);
	store_reader_close(&reader);
}

void start(struct rig *r)
{
	struct store_options o = { .path = r->path };
	char err[256];

	cr_assert_eq(uv_loop_init(&r->loop), 0);
	cr_assert_eq(store_open(&r->store, &r->loop, &o, err, sizeof err), 0, "%s", err);
	cr_assert_eq(live_new(&r->live, r->conf->topology.n_entities), 0);
	cr_assert_eq(engine_new(&r->engine, &r->conf->topology, r->conf->rules, NULL, now(r)), 0);
	start_intake(r);
	r->batch = store_batch_new(r->store);
}

void stop(struct rig *r)
{
	store_batch_free(r->batch);
	store_close(r->store, NULL, NULL);
	(void)uv_run(&r->loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&r->loop), 0);
	intake_free(r->in);
	engine_free(r->engine);
	live_free(r->live);
}

void rig_open(struct rig *r)
{
	memset(r, 0, sizeof *r);
	strcpy(r->dir, "/tmp/lw-intake-XXXXXX");
	cr_assert_not_null(mkdtemp(r->dir));
	(void)snprintf(r->path, sizeof r->path, "%s/store.db", r->dir);
	cr_assert_eq(collector_conf_load_text(&r->conf, "test", config, sizeof config - 1, stderr),
		     0);
	start(r);
}

void rig_close(struct rig *r)
{
	char cmd[128];

	stop(r);
	wire_layout_free(r->layout);
	collector_conf_free(r->conf);
	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", r->dir);
	cr_assert_eq(system(cmd), 0);
}

static void on_done(void *arg, struct store_batch *b, int status)
{
	struct rig *r = arg;

	r->done = true;
	r->status = status;
	store_batch_free(b);
}

void commit(struct rig *r)
{
	struct store_batch *b = r->batch;

	cr_assert_eq(intake_seal(r->in, b), 0);
	r->batch = store_batch_new(r->store);
	r->done = false;
	cr_assert_eq(store_commit(r->store, b, on_done, r), 0);
	while (!r->done)
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	intake_committed(r->in, r->status);
}

void tick(struct rig *r, int64_t ms)
{
	r->ms += ms;
	intake_tick(r->in, r->batch, now(r));
}

/* ---- the agent ---- */

struct wire_layout *new_layout(uint32_t session)
{
	static const char *const ids[] = { "ups-1", "pbx-1", "ups-9" };
	static const char *const classes[] = { "ups", "pbx", "ups" };
	struct wire_layout *l = calloc(1, sizeof *l);

	l->boot_id = BOOT;
	l->number = 1;
	l->session = session;
	l->version = strdup("0.1.0");
	l->n_devices = 3;
	l->n_slots = 6;
	l->devices = calloc(3, sizeof *l->devices);
	for (uint32_t i = 0; i < 3; i++) {
		struct wire_device *d = &l->devices[i];

		d->id = strdup(ids[i]);
		d->device_class = strdup(classes[i]);
		d->profile = strdup("sim");
		d->interval_ms = 10000;
		d->first_slot = i * 2;
		d->n_slots = 2;
		d->slots = calloc(2, sizeof *d->slots);
		d->slots[0].metric = i == 1 ? M_PBX_CALLS_ACTIVE : M_UPS_STATUS;
		d->slots[1].metric = i == 1 ? M_PBX_STATUS : M_BATTERY_CHARGE;
	}
	return l;
}

void send_as(struct rig *r, const struct sent *s, const char *topic, uint32_t boot)
{
	struct wire_value values[6] = {
		{ 0, 0, UPS_ONLINE }, { 1, 0, s->charge },  { 2, 0, 2 },
		{ 3, 0, PBX_UP },     { 4, 0, UPS_ONLINE }, { 5, 0, 1000 }
	};
	uint32_t silent = 0;
	struct wire_report w = { .boot_id = boot,
				 .seq = s->seq,
				 .mono_ms = (uint64_t)s->made_ms,
				 .wall_ms = (uint64_t)(WALL0 + s->made_ms + r->skew_ms),
				 .layout = 1,
				 .full_seq = s->full_seq,
				 .n_values = s->full_seq == 0 ? 6 : 1,
				 .values = s->full_seq == 0 ? values : values + 1,
				 .n_silent = s->silent_ups,
				 .silent = &silent,
				 .first_seq = s->first_seq,
				 .n_backlog = s->backlog.boot_id != 0,
				 .backlog = (struct wire_range *)(uintptr_t)&s->backlog,
				 .n_lost = s->lost.boot_id != 0,
				 .lost = (struct wire_range *)(uintptr_t)&s->lost };
	uint8_t *buf;
	size_t len;

	if (s->birth) {
		wire_layout_free(r->layout);
		r->layout = new_layout(1);
		r->layout->boot_id = boot;
		r->layout->wall_ms = w.wall_ms;
		r->layout->mono_ms = w.mono_ms;
		w.birth = r->layout;
	}
	cr_assert_eq(wire_report_pack(&w, r->layout, &buf, &len), 0);
	intake_message(r->in, r->batch, topic, buf, len, now(r));
	free(buf);
}

void live(struct rig *r, struct sent s)
{
	s.made_ms = s.made_ms != 0 ? s.made_ms : r->ms;
	send_as(r, &s, "linewatch/v1/danang/gw/live", BOOT);
}

void history(struct rig *r, struct sent s)
{
	send_as(r, &s, "linewatch/v1/danang/gw/history", BOOT);
}

int64_t count(struct rig *r, const char *sql)
{
	sqlite3 *db;
	int64_t n;

	cr_assert_eq(sqlite3_open(r->path, &db), SQLITE_OK);
	n = sql_number(db, sql, -1);
	(void)sqlite3_close(db);
	return n;
}

static int add_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	char *text = arg;
	size_t n = strlen(text);

	(void)snprintf(text + n, 1024 - n, "%s%d%s=%d", n > 0 ? " " : "",
		       (int)((wall_ms - WALL0) / 1000), flags & STORE_READING_HISTORICAL ? "h" : "",
		       v->reason == 0 ? (int)v->scaled : -(int)v->reason);
	return 0;
}

/* Charge of danang/ups-1: "10=1000 20h=990 …", negative: reason. */
const char *charges(struct rig *r)
{
	static char text[1024];
	struct store_series s = { M_BATTERY_CHARGE, 0, NULL };
	struct store_reader *reader = NULL;
	char err[256];

	text[0] = '\0';
	cr_assert_eq(store_reader_open(&reader, r->path, err, sizeof err), 0);
	cr_assert_eq(store_read_series(reader, "danang/ups-1", &s, 0, INT64_MAX, add_point, text),
		     0);
	store_reader_close(&reader);
	return text;
}

const struct wire_control *last_said(const struct rig *r)
{
	cr_assert_gt(r->n_said, 0);
	return &r->said[r->n_said - 1];
}
