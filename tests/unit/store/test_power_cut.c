#include "store_fixture.h"

#include <errno.h>

#include "collector/core/engine.h"
#include "common/core/registry.h"
#include "fault_vfs.h"

enum { BATCHES = 12 };

static char key_path[64];

static void init(void)
{
	strcpy(key_path, "/tmp/lw-cut-key-XXXXXX");
	int fd = mkstemp(key_path);
	cr_assert_geq(fd, 0);
	(void)close(fd);
	(void)remove(key_path); /* the store makes it */
	cr_assert_eq(fault_register(), 0);
}

static void fini(void)
{
	(void)remove(key_path);
}

TestSuite(power, .init = init, .fini = fini, .timeout = 600);

/* 0, or that it could not be opened (the power went). */
static int open_store(struct fixture *f)
{
	struct store_options o = { .path = "/store.db", .key_path = key_path };

	memset(f, 0, sizeof *f);
	cr_assert_eq(uv_loop_init(&f->loop), 0);
	return store_open(&f->store, &f->loop, &o, f->err, sizeof f->err);
}

static void stop(struct fixture *f)
{
	store_close(f->store, NULL, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&f->loop), 0);
}

static struct store_batch *batch(struct store_shape *sh, int i)
{
	struct store_batch *b = store_batch_new(NULL);
	char text[32];

	for (int k = 0; k < 40; k++) {
		struct store_value v = { 0, i * 100 + k };
		(void)store_add_reading(b, sh, 1790000000000ll + (i * 100 + k) * 1000, 0, &v);
	}
	(void)snprintf(text, sizeof text, "batch %d", i);
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, i, i, text);
	(void)store_set_ranges(b, "danang/gw", 1, 0,
			       (struct store_range[]){ { 1, (uint64_t)i + 1 } }, 1);
	(void)store_set_blob(b, "engine", &i, sizeof i);
	return b;
}

/* How many batches were told to be on disk before the power went. */
static int run(struct store_shape *sh)
{
	struct fixture f;
	int acked = 0;

	int r = open_store(&f);
	for (int i = 0; i < BATCHES && r == 0; i++) {
		r = fixture_commit(&f, batch(sh, i));
		acked += r == 0;
	}
	stop(&f);
	return acked;
}

static int64_t number(const char *sql)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open("/store.db", &db), SQLITE_OK);
	int64_t n = sql_number(db, sql, -1);
	(void)sqlite3_close(db);
	return n;
}

static void expect_whole(const char *when, long at, int acked, struct store_shape *sh)
{
	struct store_proof proof;
	struct fixture f;
	char err[256] = "";

	cr_assert_eq(open_store(&f), 0, "%s at %ld: %s", when, at, f.err);
	struct store_reader *r = NULL;
	cr_assert_eq(store_reader_open(&r, "/store.db", err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_check(r, err, sizeof err), 0, "%s at %ld: %s", when, at, err);
	cr_assert_eq(store_verify(r, &proof, err, sizeof err), 0, "%s at %ld: %s", when, at, err);
	store_reader_close(&r);
	int64_t states = number("SELECT count(*) FROM record");
	cr_assert_geq(states, acked, "%s at %ld: an acknowledged batch is gone", when, at);
	cr_assert_leq(states, acked + 1, "%s at %ld", when, at);
	/* all of a batch or nothing of it */
	cr_assert_eq(number("SELECT count(*) FROM ranges"), states > 0, "%s at %ld", when, at);
	cr_assert_eq(number("SELECT sum(length(body) > 0) FROM raw") > 0, states > 0);
	cr_assert_eq(fixture_commit(&f, batch(sh, 50)), 0, "and it goes on");
	stop(&f);
}

Test(power, no_acknowledged_batch_is_lost_wherever_the_power_goes)
{
	static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	struct store_shape *sh = store_shape_new("danang/ups-1", &series, 1);
	int cuts = 0, acked_total = 0;

	fault_reset(1);
	cr_assert_eq(run(sh), BATCHES);
	long operations = fault_operations();
	cr_assert_gt(operations, 100);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		for (long at = (long)seed; at < operations; at += 3) {
			fault_reset(seed * 1000003 + (uint64_t)at);
			fault_cut_at(at);
			int acked = run(sh);
			cuts += fault_was_cut();
			acked_total += acked;
			fault_restart();
			expect_whole("power cut", at, acked, sh);
		}
	}
	cr_log_info("%d cuts, %d batches were acknowledged before them\n", cuts, acked_total);
	cr_expect_gt(cuts, 100, "%d", cuts);
	cr_expect_gt(acked_total, cuts, "the cuts fell after commits, too");
	store_shape_unref(sh);
	fault_reset(0);
}

/* All that the roller does, the power going at any write of it: rolls, joins, pages given back. */
static int run_rolls(struct store_shape *sh)
{
	struct roll_options o = { .now_ms = 1800000000000ll, .pass_bytes = 1 << 20 };
	struct fixture f;
	uint64_t rows;
	int acked = 0;

	int r = open_store(&f);
	if (r == 0)
		r = store_reader_open(&f.reader, "/store.db", f.err, sizeof f.err);
	for (int i = 0; i < 4 && r == 0; i++) {
		r = fixture_commit(&f, batch(sh, i * 40)); /* an hour and more each */
		acked += r == 0;
		for (int k = 0; k < 2 && r == 0; k++)
			r = roll(f.reader, &o, fixture_roll_commit, &f, &rows);
	}
	store_reader_close(&f.reader);
	stop(&f);
	return acked;
}

static int count_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	(void)wall_ms;
	(void)flags;
	(void)v;
	++*(int *)arg;
	return 0;
}

static int readings_there(const struct store_series *series)
{
	struct store_reader *r = NULL;
	char err[256];
	int n = 0;

	cr_assert_eq(store_reader_open(&r, "/store.db", err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_read_series(r, "danang/ups-1", series, 0, INT64_MAX, count_point, &n),
		     0);
	cr_assert_eq(store_check(r, err, sizeof err), 0, "%s", err);
	store_reader_close(&r);
	return n;
}

Test(power, no_reading_is_lost_or_doubled_wherever_a_roll_is_cut)
{
	static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	struct roll_options o = { .now_ms = 1800000000000ll, .pass_bytes = 1 << 20 };
	struct store_shape *sh = store_shape_new("danang/ups-1", &series, 1);
	struct fixture f;
	uint64_t rows;
	int cuts = 0;

	fault_reset(1);
	cr_assert_eq(run_rolls(sh), 4);
	long operations = fault_operations();
	cr_assert_gt(operations, 100);
	for (long at = 1; at < operations; at += 3) {
		fault_reset((uint64_t)at);
		fault_cut_at(at);
		int acked = run_rolls(sh);
		cuts += fault_was_cut();
		fault_restart();
		cr_assert_eq(open_store(&f), 0, "at %ld: %s", at, f.err);
		int n = readings_there(&series);
		cr_assert(n == acked * 40 || n == acked * 40 + 40, "cut at %ld: %d of %d", at, n,
			  acked * 40);
		/* and the next rolls make it whole */
		cr_assert_eq(store_reader_open(&f.reader, "/store.db", f.err, sizeof f.err), 0);
		for (int k = 0; k < 2; k++)
			cr_assert_eq(roll(f.reader, &o, fixture_roll_commit, &f, &rows), 0);
		cr_assert_eq(
			sql_number(f.reader->db, "SELECT count(*) FROM chunk WHERE hours = 1", -1),
			0);
		cr_assert_eq(readings_there(&series), n, "cut at %ld, rolled again", at);
		store_reader_close(&f.reader);
		stop(&f);
	}
	cr_log_info("%d cuts of rolls\n", cuts);
	cr_expect_gt(cuts, 50, "%d", cuts);
	store_shape_unref(sh);
	fault_reset(0);
}

Test(power, a_full_disk_refuses_and_recovers_by_itself)
{
	static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	struct store_shape *sh = store_shape_new("danang/ups-1", &series, 1);
	struct store_stats st;
	struct fixture f;

	fault_reset(5);
	cr_assert_eq(open_store(&f), 0, "%s", f.err);
	cr_assert_eq(fixture_commit(&f, batch(sh, 0)), 0);
	fault_full_at(0);
	for (int i = 1; i < 5; i++)
		cr_expect_eq(fixture_commit(&f, batch(sh, i)), -ENOSPC);
	store_stats(f.store, &st);
	cr_expect_eq(st.failed_commits, 4);
	cr_expect_eq(st.last_error, -ENOSPC);
	cr_expect_eq(number("SELECT count(*) FROM record"), 1);
	fault_full_at(-1);
	for (int i = 1; i < 5; i++)
		cr_expect_eq(fixture_commit(&f, batch(sh, i)), 0);
	stop(&f);
	expect_whole("full disk", 0, 5, sh);
	store_shape_unref(sh);
	fault_reset(0);
}
