#include "store_fixture.h"

#include <errno.h>

#include "collector/core/engine.h"
#include "common/core/registry.h"

enum { COLUMNS = 3 };
static const struct store_series series[COLUMNS] = { { M_BATTERY_CHARGE, 0, NULL },
						     { M_INPUT_VOLTAGE, 1, NULL },
						     { M_HOST_DISK_USED, 0, "/home" } };
static const int64_t T0 = 1790000000000ll;

static struct store_batch *readings(struct store_shape *sh, int64_t from_ms, int n, int step_ms)
{
	struct store_batch *b = store_batch_new(NULL);

	for (int i = 0; i < n; i++) {
		struct store_value v[COLUMNS] = { { 0, 1000 - i % 7 },
						  { 0, 2280 + i % 11 },
						  { (uint8_t)(i % 5 == 0 ? REASON_STALE : 0),
						    500 } };
		cr_assert_eq(store_add_reading(b, sh, from_ms + (int64_t)i * step_ms, 0, v), 0);
	}
	return b;
}

struct points {
	size_t n, unknown;
	int64_t first_ms, last_ms, sum;
};

static int on_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct points *p = arg;

	(void)flags;
	if (p->n++ == 0)
		p->first_ms = wall_ms;
	cr_expect_geq(wall_ms, p->last_ms);
	p->last_ms = wall_ms;
	p->unknown += v->reason != 0;
	p->sum += v->reason == 0 ? v->scaled : 0;
	return 0;
}

static struct points read_points(struct fixture *f, size_t column, int64_t from, int64_t until)
{
	struct points p = { 0 };

	cr_assert_eq(store_read_series(f->reader, "danang/ups-1", &series[column], from, until,
				       on_point, &p),
		     0);
	return p;
}

Test(store, readings_are_the_same_before_and_after_they_are_rolled)
{
	struct fixture f;
	struct points before[COLUMNS], after[COLUMNS];

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", series, COLUMNS);
	cr_assert_eq(fixture_commit(&f, readings(sh, T0, 1000, 10000)), 0);
	for (size_t i = 0; i < COLUMNS; i++)
		before[i] = read_points(&f, i, 0, INT64_MAX);
	cr_expect_eq(before[0].n, 1000);
	cr_expect_eq(before[0].first_ms, T0);
	cr_expect_eq(before[2].unknown, 200);

	cr_expect_eq(fixture_roll(&f, 1000), 1000, "in many passes");
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM raw", -1), 0);
	for (size_t i = 0; i < COLUMNS; i++) {
		after[i] = read_points(&f, i, 0, INT64_MAX);
		cr_expect_eq(memcmp(&before[i], &after[i], sizeof after[i]), 0, "column %zu", i);
	}
	struct points part = read_points(&f, 0, T0 + 3000000, T0 + 3600000);
	cr_expect_eq(part.n, 60);
	store_shape_unref(sh);
	fixture_close(&f);
}

Test(store, late_and_doubled_readings_find_their_place_once)
{
	struct fixture f;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", series, COLUMNS);
	cr_assert_eq(fixture_commit(&f, readings(sh, T0 + 3600000, 100, 10000)), 0);
	(void)fixture_roll(&f, 1 << 20);
	cr_assert_eq(fixture_commit(&f, readings(sh, T0, 100, 10000)), 0);	     /* late */
	cr_assert_eq(fixture_commit(&f, readings(sh, T0 + 3600000, 100, 10000)), 0); /* double */
	cr_expect_eq(read_points(&f, 0, 0, INT64_MAX).n, 200);
	(void)fixture_roll(&f, 1 << 20);
	cr_expect_eq(read_points(&f, 0, 0, INT64_MAX).n, 200);
	store_shape_unref(sh);
	fixture_close(&f);
}

Test(store, a_shape_that_changes_keeps_the_metric_together)
{
	static const struct store_series other[2] = { { M_OUTPUT_LOAD, 0, NULL },
						      { M_BATTERY_CHARGE, 0, NULL } };
	struct fixture f;

	fixture_open(&f);
	struct store_shape *a = store_shape_new("danang/ups-1", series, COLUMNS);
	struct store_shape *b = store_shape_new("danang/ups-1", other, 2);
	cr_assert_eq(fixture_commit(&f, readings(a, T0, 10, 1000)), 0);
	struct store_batch *batch = store_batch_new(f.store);
	struct store_value v[2] = { { 0, 300 }, { 0, 777 } };
	cr_assert_eq(store_add_reading(batch, b, T0 + 20000, 0, v), 0);
	cr_assert_eq(fixture_commit(&f, batch), 0);
	struct points p = read_points(&f, 0, 0, INT64_MAX);
	cr_expect_eq(p.n, 11);
	(void)fixture_roll(&f, 1 << 20);
	p = read_points(&f, 0, 0, INT64_MAX);
	cr_expect_eq(p.n, 11);
	store_shape_unref(a);
	store_shape_unref(b);
	fixture_close(&f);
}

struct hours {
	size_t n;
	struct store_hour h[64];
};

static int on_hour(void *arg, const struct store_hour *h)
{
	struct hours *x = arg;

	x->h[x->n++] = *h;
	return 0;
}

Test(store, hours_agree_whether_kept_computed_or_raw)
{
	struct hours raw = { 0 }, kept = { 0 }, mixed = { 0 };
	struct fixture f;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", series, COLUMNS);
	cr_assert_eq(fixture_commit(&f, readings(sh, T0, 30 * 360, 10000)), 0);
	cr_assert_eq(store_read_hours(f.reader, "danang/ups-1", &series[2], 0, INT64_MAX / 2,
				      on_hour, &raw),
		     0);
	cr_expect_geq(raw.n, 30);
	cr_expect_gt(raw.h[3].n_unknown, 0);
	(void)fixture_roll(&f, 1 << 24);
	cr_assert_eq(store_read_hours(f.reader, "danang/ups-1", &series[2], 0, INT64_MAX / 2,
				      on_hour, &kept),
		     0);
	cr_expect_eq(raw.n, kept.n);
	for (size_t i = 0; i < raw.n; i++) {
		cr_expect_eq(raw.h[i].hour_ms, kept.h[i].hour_ms);
		cr_expect_eq(raw.h[i].n, kept.h[i].n);
		cr_expect_eq(raw.h[i].n_unknown, kept.h[i].n_unknown);
		cr_expect_float_eq(raw.h[i].mean, kept.h[i].mean, 0.01);
		cr_expect_eq(raw.h[i].min, kept.h[i].min);
		cr_expect_eq(raw.h[i].max, kept.h[i].max);
	}
	cr_assert_eq(fixture_commit(&f, readings(sh, T0 + 5, 1, 1)), 0); /* late, into a kept day */
	cr_assert_eq(store_read_hours(f.reader, "danang/ups-1", &series[0], 0, INT64_MAX / 2,
				      on_hour, &mixed),
		     0);
	cr_expect_eq(mixed.n, kept.n);
	store_shape_unref(sh);
	fixture_close(&f);
}

struct states {
	size_t n;
	int state[32];
	bool healed[32];
	int64_t since[32];
};

static int on_state(void *arg, const struct store_state_row *row)
{
	struct states *s = arg;

	s->state[s->n] = row->state;
	s->healed[s->n] = row->healed;
	s->since[s->n++] = row->since_ms;
	return 0;
}

Test(store, states_come_with_the_one_in_force_and_what_was_healed)
{
	struct states s = { 0 };
	struct fixture f;

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, 1000, 1000, "birth");
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UNKNOWN, 5000, 6000, "lost");
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, 9000, 9000, "back");
	(void)store_add_healed(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, 5500, 8000, 9500);
	(void)store_add_state(b, ENTITY_AGENT, "danang/ups-1", STATE_DOWN, 1, 1, "another kind");
	cr_assert_eq(fixture_commit(&f, b), 0);
	cr_assert_eq(store_read_states(f.reader, ENTITY_DEVICE, "danang/ups-1", 5200, 20000,
				       on_state, &s),
		     0);
	cr_assert_eq(s.n, 3);
	cr_expect_eq(s.state[0], STATE_UNKNOWN);
	cr_expect_eq(s.since[0], 5000);
	cr_expect(s.healed[1]);
	cr_expect_eq(s.state[2], STATE_UP);
	s.n = 0;
	cr_assert_eq(store_read_states(f.reader, -1, NULL, 0, 20000, on_state, &s), 0);
	cr_expect_eq(s.n, 5);
	fixture_close(&f);
}

/* The backlog healed a stretch that began before the unknown state in force, and silence that was
 * noticed late counts from earlier on than the state written before it. */
Test(store, what_reaches_in_from_before_the_state_in_force_comes_too)
{
	struct states s = { 0 };
	struct fixture f;

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, 1000, 1000, "birth");
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UNKNOWN, 5000, 6000, "lost");
	(void)store_add_healed(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, 4000, 8000, 9500);
	(void)store_add_healed(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, 2000, 4500, 9500);
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-2", STATE_UP, 5000, 5000, "birth");
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-2", STATE_UNKNOWN, 4000, 9000, "lost");
	cr_assert_eq(fixture_commit(&f, b), 0);
	cr_assert_eq(store_read_states(f.reader, ENTITY_DEVICE, "danang/ups-1", 7000, 20000,
				       on_state, &s),
		     0);
	cr_assert_eq(s.n, 2);
	cr_expect(s.healed[0] && s.since[0] == 4000);
	cr_expect_eq(s.state[1], STATE_UNKNOWN);
	s.n = 0;
	cr_assert_eq(store_read_states(f.reader, ENTITY_DEVICE, "danang/ups-2", 7000, 20000,
				       on_state, &s),
		     0);
	cr_assert_eq(s.n, 1); /* the silence noticed late overrules the state before it */
	cr_expect(s.state[0] == STATE_UNKNOWN && s.since[0] == 4000);
	fixture_close(&f);
}

static int on_ranges(void *arg, const char *agent, uint32_t boot, int64_t offset_ms,
		     const struct store_range *r, size_t n)
{
	int *seen = arg;

	cr_expect_str_eq(agent, "danang/gw");
	cr_expect_eq(boot, 0xdeadbeef);
	cr_expect_eq(offset_ms, -17);
	cr_expect_eq(n, 2);
	cr_expect_eq(r[0].first, 1);
	cr_expect_eq(r[0].last, 900000);
	cr_expect_eq(r[1].first, 900002);
	cr_expect_eq(r[1].last, 900002);
	(*seen)++;
	return 0;
}

static int on_hole(void *arg, const char *agent, uint32_t boot, uint64_t first, uint64_t last,
		   int64_t wall_ms)
{
	int *seen = arg;

	cr_expect_str_eq(agent, "danang/gw");
	cr_expect(boot == 7 && first == 3 && last == 9 && wall_ms == 77);
	(*seen)++;
	return 0;
}

Test(store, what_was_received_is_remembered)
{
	struct fixture f;
	int seen = 0;

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	(void)store_set_ranges(b, "danang/gw", 0xdeadbeef, 0, (struct store_range[]){ { 1, 5 } },
			       1);
	(void)store_set_ranges(b, "danang/gw", 0xdeadbeef, -17,
			       (struct store_range[]){ { 1, 900000 }, { 900002, 900002 } }, 2);
	(void)store_add_hole(b, "danang/gw", 7, 3, 9, 77);
	cr_assert_eq(fixture_commit(&f, b), 0);
	fixture_stop(&f);
	fixture_open_with(&f, (struct store_options){ 0 });
	cr_assert_eq(store_read_ranges(f.reader, on_ranges, &seen), 0);
	cr_assert_eq(store_read_holes(f.reader, on_hole, &seen), 0);
	cr_expect_eq(seen, 2);
	fixture_close(&f);
}

struct outbox {
	size_t n;
	char keys[8][16];
	unsigned attempts[8];
};

static int on_outbox(void *arg, const struct store_outbox_row *row)
{
	struct outbox *o = arg;

	(void)snprintf(o->keys[o->n], 16, "%s", row->key);
	o->attempts[o->n++] = row->attempts;
	return 0;
}

Test(store, the_outbox_sends_each_key_until_it_is_done)
{
	struct outbox due = { 0 };
	struct fixture f;

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	(void)store_outbox_add(b, "p1", 100, "{}");
	(void)store_outbox_add(b, "p1", 50, "{}"); /* the same page, decided twice */
	(void)store_outbox_add(b, "p2", 90, "{}");
	(void)store_outbox_add(b, "p3", 90, "{}");
	(void)store_outbox_done(b, "p2", 95);
	(void)store_outbox_failed(b, "p3", 400, "timeout", NULL);
	cr_assert_eq(fixture_commit(&f, b), 0);
	cr_assert_eq(store_read_outbox(f.reader, 200, false, 0, on_outbox, &due), 0);
	cr_expect_eq(due.n, 1);
	cr_expect_str_eq(due.keys[0], "p1");
	due.n = 0;
	cr_assert_eq(store_read_outbox(f.reader, 400, false, 0, on_outbox, &due), 0);
	cr_expect_eq(due.n, 2);
	cr_expect_eq(due.attempts[1], 1);
	due.n = 0;
	cr_assert_eq(store_read_outbox(f.reader, 0, true, 0, on_outbox, &due), 0);
	cr_expect_eq(due.n, 3);
	fixture_close(&f);
}

static int count_quarantine(void *arg, const struct store_quarantine_row *row)
{
	cr_expect_eq(row->full_len, 100000);
	cr_expect_eq(row->len, 4096);
	++*(size_t *)arg;
	return 0;
}

Test(store, quarantine_is_bounded)
{
	static uint8_t junk[100000];
	struct fixture f;
	size_t n = 0;

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	for (int i = 0; i < 1200; i++)
		cr_assert_eq(store_add_quarantine(b, i, "linewatch/v1/a/b/live", "bad encoding",
						  junk, sizeof junk),
			     0);
	cr_assert_eq(fixture_commit(&f, b), 0);
	cr_assert_eq(store_read_quarantine(f.reader, 0, count_quarantine, &n), 0);
	cr_expect_eq(n, 1000);
	fixture_close(&f);
}

static int on_blob(void *arg, const char *key, const void *buf, size_t len)
{
	cr_expect_str_eq(key, "engine");
	cr_expect_eq(len, 3);
	cr_expect_eq(memcmp(buf, "abc", 3), 0);
	++*(size_t *)arg;
	return 0;
}

Test(store, a_shed_batch_keeps_what_must_not_be_lost)
{
	struct fixture f;
	size_t blobs = 0;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", series, COLUMNS);
	struct store_batch *b = readings(sh, T0, 5, 1000);
	(void)store_set_blob(b, "engine", "abc", 3);
	(void)store_set_blob(b, "gone", "abc", 3);
	(void)store_set_blob(b, "gone", NULL, 0);
	(void)store_set_ranges(b, "danang/gw", 1, 0, NULL, 0);
	store_batch_shed(b);
	cr_assert_eq(fixture_commit(&f, b), 0);
	cr_expect_eq(read_points(&f, 0, 0, INT64_MAX).n, 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM ranges", -1), 0);
	cr_assert_eq(store_read_blobs(f.reader, "", on_blob, &blobs), 0);
	cr_expect_eq(blobs, 1);
	store_shape_unref(sh);
	fixture_close(&f);
}

static void ask_work(struct store_reader *r, void *arg)
{
	struct points *p = arg;

	cr_expect_eq(store_read_series(r, "danang/ups-1", &series[0], 0, INT64_MAX, on_point, p),
		     0);
}

static void ask_done(void *arg, int status)
{
	struct points *p = arg;

	cr_expect_eq(status, 0);
	p->sum = -1; /* told */
}

Test(store, questions_are_answered_on_the_loop)
{
	struct points p = { 0 };
	struct fixture f;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", series, COLUMNS);
	cr_assert_eq(fixture_commit(&f, readings(sh, T0, 5, 1000)), 0);
	cr_assert_eq(store_ask(f.store, ask_work, ask_done, &p), 0);
	while (p.sum != -1)
		(void)uv_run(&f.loop, UV_RUN_ONCE);
	cr_expect_eq(p.n, 5);
	store_shape_unref(sh);
	fixture_close(&f);
}

Test(store, closing_finishes_what_is_queued)
{
	struct fixture f;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", series, COLUMNS);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(store_commit(f.store, readings(sh, T0 + i * 1000000, 50, 1000),
					  fixture_done, &f),
			     0);
	fixture_stop(&f);
	cr_expect_eq(f.status, 0);
	fixture_open_with(&f, (struct store_options){ 0 });
	cr_expect_eq(read_points(&f, 0, 0, INT64_MAX).n, 1000);
	store_shape_unref(sh);
	fixture_close(&f);
}

Test(store, too_many_waiting_batches_are_given_back)
{
	struct fixture f;
	int r = 0, n = 0;

	fixture_open(&f);
	while (r == 0 && n < 10000) {
		struct store_batch *b = store_batch_new(f.store);
		r = store_commit(f.store, b, fixture_done, &f);
		if (r < 0)
			store_batch_free(b);
		n++;
	}
	cr_expect_eq(r, -EAGAIN, "done runs only when the loop turns, so 64 fill it");
	cr_expect_eq(n, 65);
	fixture_close(&f);
}
