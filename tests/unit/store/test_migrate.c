/* Files of every earlier version, filled, brought up: all that they held is there afterwards, also when
 * that is cut short at any moment. What an older version would have written is made from a store of
 * today by taking away what it did not know. */
#include "store_same.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Columns of version 1; later ones are appended by what added them. */
static const struct {
	const char *table, *columns;
	int since;
	const char *in_3; /* what version 3 added */
} old_tables[] = {
	{ "meta", "key, value", 1, NULL },
	{ "name", "id, text", 1, NULL },
	{ "shape", "id, device, columns", 1, NULL },
	{ "raw", "id, time, body", 1, NULL },
	{ "chunk", "id, device, hour, roll, shape, body", 1, ", hours" },
	{ "ranges", "agent, boot, offset_ms, body", 1, ", changed_ms" },
	{ "hole", "id, agent, boot, first, last, wall_ms", 1, NULL },
	{ "record", "n, wall_ms, span, type, kind, entity, state, since_ms, until_ms, body, hash",
	  1, NULL },
	{ "watched", "kind, entity", 1, NULL },
	{ "head", "n, wall_ms, hash, public_key, signature", 1, NULL },
	{ "blob", "id, key, value", 1, NULL },
	{ "quarantine", "id, wall_ms, topic, reason, full_len, body", 1, NULL },
	{ "outbox", "id, key, due_ms, done_ms, attempts, error, json", 1, ", changed_ms" },
	{ "day", "id, device, day, roll, body", 2, NULL },
};

static void sql(sqlite3 *db, const char *text)
{
	cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK, "%s: %s", text,
		     sqlite3_errmsg(db));
}

static void write_old(const struct fixture *now, const char *path, int version)
{
	char err[256], text[512];
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(schema_migrate(db, version, err, sizeof err), 0, "%s", err);
	(void)snprintf(text, sizeof text, "ATTACH '%s' AS today", now->path);
	sql(db, text);
	for (size_t i = 0; i < sizeof old_tables / sizeof *old_tables; i++) {
		if (old_tables[i].since > version)
			continue;
		const char *more =
			version >= 3 && old_tables[i].in_3 != NULL ? old_tables[i].in_3 : "";

		(void)snprintf(text, sizeof text,
			       "INSERT INTO main.%s(%s%s) SELECT %s%s FROM today.%s",
			       old_tables[i].table, old_tables[i].columns, more,
			       old_tables[i].columns, more, old_tables[i].table);
		sql(db, text);
	}
	sql(db, "DETACH today");
	cr_assert_eq(sql_number(db, "PRAGMA user_version", -1), version);
	(void)sqlite3_close(db);
}

/* Days with hours that wait to be joined, later readings still raw, and history around them. */
static void open_filled(struct fixture *f)
{
	fixture_open(f);
	fill_readings(f, 0, 2);
	(void)fixture_roll(f, 1 << 20);
	fill_history(f);
	fill_readings(f, 2, 1);
}

static void expect_brought_up(const struct fixture *now, const char *path, int version)
{
	struct store_options o = { .path = path };
	struct store_reader *r = NULL;
	struct store *s = NULL;
	struct store_proof proof;
	uv_loop_t loop;
	char err[256] = "";

	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_eq(store_open(&s, &loop, &o, err, sizeof err), 0, "version %d: %s", version, err);
	cr_assert_eq(store_reader_open(&r, path, err, sizeof err), 0, "%s", err);
	cr_expect_eq(sql_number(r->db, "PRAGMA user_version", -1), SCHEMA_VERSION);
	expect_same(now->reader, r, SAME_BUT_AGES);
	cr_expect_eq(store_check(r, err, sizeof err), 0, "%s", err);
	cr_expect_eq(store_verify(r, &proof, err, sizeof err), 0, "%s", err);
	cr_expect_eq(proof.records, 102, "version %d", version);
	cr_expect_eq(sql_number(r->db, "SELECT count(*) FROM ranges WHERE changed_ms < 1000", -1),
		     0);
	store_reader_close(&r);
	store_close(s, NULL, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&loop), 0);
}

Test(migrate, a_filled_file_of_every_version_says_the_same_afterwards, .timeout = 600)
{
	struct fixture f;
	char old[128];

	open_filled(&f);
	for (int version = 1; version < SCHEMA_VERSION; version++) {
		(void)snprintf(old, sizeof old, "%s/v%d.db", f.dir, version);
		write_old(&f, old, version);
		expect_brought_up(&f, old, version);
	}
	fixture_close(&f);
}

static void copy_file(const char *from, const char *to)
{
	char cmd[300];

	(void)snprintf(cmd, sizeof cmd, "rm -f %s-wal %s-shm && cp %s %s", to, to, from, to);
	cr_assert_eq(system(cmd), 0);
}

/* In a process of its own, killed after so many microseconds. */
static void bring_up_and_kill(const char *path, unsigned after_us)
{
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child == 0) {
		char err[256];
		sqlite3 *db;

		_exit(schema_open(&db, path, NULL, true, err, sizeof err) < 0);
	}
	(void)usleep(after_us);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

Test(migrate, killed_on_the_way_it_goes_on_from_where_it_was, .timeout = 600)
{
	struct fixture f;
	char old[128], cut[128];
	int seen = 0;

	open_filled(&f);
	(void)snprintf(old, sizeof old, "%s/old.db", f.dir);
	(void)snprintf(cut, sizeof cut, "%s/cut.db", f.dir);
	write_old(&f, old, 1);
	for (unsigned us = 0; us < 40000; us += 1500) {
		sqlite3 *db;

		copy_file(old, cut);
		bring_up_and_kill(cut, us);
		cr_assert_eq(sqlite3_open(cut, &db), SQLITE_OK);
		seen |= 1 << sql_number(db, "PRAGMA user_version", -1);
		(void)sqlite3_close(db);
		expect_brought_up(&f, cut, 1);
	}
	cr_expect_neq(seen & ~(1 << SCHEMA_VERSION), 0, "some were cut short: %x", (unsigned)seen);
	fixture_close(&f);
}
