#include "store_fixture.h"

#include "common/core/registry.h"

enum { STEP_MS = 60000, SLOTS = 3 * 1440, SHAPES = 2 };
static const int64_t T0 = 1790035200000ll; /* a UTC midnight */
static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
static const struct store_series shapes[SHAPES][2] = {
	{ { M_BATTERY_CHARGE, 0, NULL }, { M_INPUT_VOLTAGE, 0, NULL } },
	{ { M_OUTPUT_LOAD, 0, NULL }, { M_BATTERY_CHARGE, 0, NULL } },
};

/* What was stored, slot by slot: the value, 0 when there is none. */
struct truth {
	int64_t value[SLOTS];
	size_t n_wrong, at, until;
	uint32_t dice;
};

static uint32_t roll_dice(struct truth *t, uint32_t sides)
{
	t->dice = t->dice * 1664525u + 1013904223u;
	return (t->dice >> 8) % sides;
}

static void add_some(struct fixture *f, struct truth *t, struct store_shape *const *sh)
{
	struct store_batch *b = store_batch_new(f->store);
	size_t at = roll_dice(t, SLOTS), n = roll_dice(t, 400);

	for (; n > 0 && at < SLOTS; at += 1 + roll_dice(t, 3), n--) {
		size_t k = at / 7 % SHAPES; /* a slot has one shape: a reading is never two */
		int64_t charge = 1 + (int64_t)(at * 7919 % 1000);
		struct store_value v[2] = { { 0, 0 }, { 0, 0 } };

		v[k].scaled = charge;
		v[1 - k].scaled = (int64_t)at;
		t->value[at] = charge;
		(void)store_add_reading(b, sh[k], T0 + (int64_t)at * STEP_MS, 0, v);
	}
	cr_assert_eq(fixture_commit(f, b), 0);
}

static int on_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct truth *t = arg;
	size_t at = (size_t)((wall_ms - T0) / STEP_MS);

	(void)flags;
	for (; t->at < at; t->at++)
		t->n_wrong += t->value[t->at] != 0; /* one was left out */
	t->n_wrong += at != t->at || at >= t->until || t->value[at] != v->scaled;
	t->at = at + 1;
	return 0;
}

static void expect_all(struct fixture *f, struct truth *t, size_t from, size_t until, int round)
{
	t->at = from;
	t->until = until;
	t->n_wrong = 0;
	cr_assert_eq(store_read_series(f->reader, "danang/ups-1", &series,
				       T0 + (int64_t)from * STEP_MS, T0 + (int64_t)until * STEP_MS,
				       on_point, t),
		     0);
	for (; t->at < until; t->at++)
		t->n_wrong += t->value[t->at] != 0;
	cr_expect_eq(t->n_wrong, 0, "round %d, %zu to %zu: %zu points are wrong", round, from,
		     until, t->n_wrong);
}

static int on_hour(void *arg, const struct store_hour *h)
{
	struct truth *t = arg;
	size_t first = (size_t)((h->hour_ms - T0) / STEP_MS), n = 0;
	int64_t sum = 0;

	for (size_t i = first; i < first + 60; i++) {
		n += t->value[i] != 0;
		sum += t->value[i];
	}
	t->n_wrong += n != h->n || (double)sum / (double)n - h->mean > 0.01 ||
		      h->mean - (double)sum / (double)n > 0.01;
	t->at++;
	return 0;
}

static void expect_hours(struct fixture *f, struct truth *t, int round)
{
	size_t hours = 0;

	for (size_t h = 0; h < SLOTS / 60; h++) {
		bool any = false;
		for (size_t i = 0; i < 60; i++)
			any |= t->value[h * 60 + i] != 0;
		hours += any;
	}
	t->at = t->n_wrong = 0;
	cr_assert_eq(store_read_hours(f->reader, "danang/ups-1", &series, T0,
				      T0 + (int64_t)SLOTS * STEP_MS, on_hour, t),
		     0);
	cr_expect_eq(t->n_wrong, 0, "round %d: %zu hours are wrong", round, t->n_wrong);
	cr_expect_eq(t->at, hours, "round %d: %zu hours of %zu", round, t->at, hours);
}

Test(join, whatever_comes_when_and_is_joined_when_reads_as_it_was_stored, .timeout = 600)
{
	struct truth *t = calloc(1, sizeof *t);
	struct fixture f;

	cr_assert_not_null(t);
	t->dice = 7;
	fixture_open(&f);
	struct store_shape *sh[SHAPES] = { store_shape_new("danang/ups-1", shapes[0], 2),
					   store_shape_new("danang/ups-1", shapes[1], 2) };
	for (int round = 0; round < 60; round++) {
		add_some(&f, t, sh);
		if (roll_dice(t, 3) == 0)
			(void)fixture_roll(&f, 4096); /* in passes */
		if (roll_dice(t, 5) == 0)
			(void)fixture_roll(&f, 1 << 20); /* nothing new: joins */
		size_t from = roll_dice(t, SLOTS);
		expect_all(&f, t, 0, SLOTS, round);
		expect_all(&f, t, from, from + roll_dice(t, (uint32_t)(SLOTS - from)) + 1, round);
		expect_hours(&f, t, round);
	}
	(void)fixture_roll(&f, 1 << 20);
	(void)fixture_roll(&f, 1 << 20);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk WHERE hours = 1", -1), 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk", -1), 3 * SHAPES);
	expect_all(&f, t, 0, SLOTS, 99);
	expect_hours(&f, t, 99);
	store_shape_unref(sh[0]);
	store_shape_unref(sh[1]);
	fixture_close(&f);
	free(t);
}

static void add_day(struct fixture *f, struct store_shape *sh, int64_t from_ms)
{
	struct store_batch *b = store_batch_new(f->store);

	for (int i = 0; i < 8640; i++) {
		struct store_value v[2] = { { 0, i * 7919 % 1000 }, { 0, i } };
		(void)store_add_reading(b, sh, from_ms + i * 10000ll, 0, v);
	}
	cr_assert_eq(fixture_commit(f, b), 0);
}

Test(join, the_day_under_way_stays_in_hours_and_empty_pages_are_given_back)
{
	struct roll_options o = { .now_ms = T0 + 36 * 3600000ll, .pass_bytes = 1 << 20 };
	struct fixture f;
	uint64_t rows;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", shapes[0], 2);
	add_day(&f, sh, T0);
	add_day(&f, sh, T0 + 86400000);
	cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk", -1), 48,
		     "a roll does not join what it has just made");
	cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk WHERE hours = 1", -1),
		     24);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk WHERE hours = 24", -1),
		     1);
	int64_t pages = sql_number(f.reader->db, "PRAGMA page_count", -1);
	cr_expect_leq(sql_number(f.reader->db, "PRAGMA freelist_count", -1), pages / 16 + 1);
	store_shape_unref(sh);
	fixture_close(&f);
}

Test(join, readings_go_by_age_a_day_at_a_time_once_joined)
{
	struct roll_options o = { .now_ms = T0 + 36 * 3600000ll,
				  .pass_bytes = 1 << 20,
				  .keep_readings_ms = 24 * 3600000ll };
	struct fixture f;
	uint64_t rows;

	fixture_open(&f);
	struct store_shape *sh = store_shape_new("danang/ups-1", shapes[0], 2);
	add_day(&f, sh, T0);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk WHERE hours = 24", -1), 1,
		     "its last hours are not too old");
	o.now_ms += 13 * 3600000ll;
	cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM chunk", -1), 0);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM day", -1), 1,
		     "the hourly figures stay");
	store_shape_unref(sh);
	fixture_close(&f);
}

static int64_t count(struct fixture *f, const char *what)
{
	char sql[256];

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", what);
	return sql_number(f->reader->db, sql, -1);
}

Test(join, messages_that_are_over_and_boots_that_are_over_go_by_age)
{
	static const struct store_range r = { 1, 9 };
	struct roll_options o = { .pass_bytes = 1 << 20,
				  .keep_outbox_ms = 86400000,
				  .keep_ranges_ms = 86400000 };
	struct fixture f;
	uint64_t rows;

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	(void)store_outbox_add(b, "sent", 1, "{}");
	(void)store_outbox_add(b, "waits", 1, "{}");
	(void)store_outbox_add(b, "given up", 1, "{}");
	(void)store_outbox_done(b, "sent", 5);
	(void)store_outbox_failed(b, "given up", INT64_MAX, "no", NULL);
	(void)store_set_ranges(b, "danang/gw", 7, 0, &r, 1);
	(void)store_set_ranges(b, "hanoi/gw", 3, 0, &r, 1);
	(void)store_set_blob(b, "layout/danang/gw/00000007/1", "x", 1);
	(void)store_set_blob(b, "layout/danang/gw/00000070/1", "x", 1);
	cr_assert_eq(fixture_commit(&f, b), 0);
	(void)uv_sleep(5);
	b = store_batch_new(f.store);
	(void)store_set_ranges(b, "danang/gw", 0x70, 0, &r, 1);
	cr_assert_eq(fixture_commit(&f, b), 0);
	int64_t now = sql_number(f.reader->db, "SELECT max(changed_ms) FROM ranges", 0);

	o.now_ms = now + 1000;
	cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
	cr_expect_eq(count(&f, "outbox"), 3);
	cr_expect_eq(count(&f, "ranges"), 3);
	o.now_ms = now + 2 * 86400000;
	cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
	cr_expect_eq(count(&f, "outbox"), 1);
	cr_expect_eq(count(&f, "outbox WHERE key = 'waits'"), 1);
	cr_expect_eq(count(&f, "ranges"), 2, "the last boot of each agent stays");
	cr_expect_eq(count(&f, "ranges WHERE boot = 7"), 0);
	cr_expect_eq(count(&f, "blob WHERE key = 'layout/danang/gw/00000070/1'"), 1);
	cr_expect_eq(count(&f, "blob"), 1, "its layouts went with it");
	fixture_close(&f);
}
