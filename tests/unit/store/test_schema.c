#include "store_fixture.h"

#include <errno.h>

#include "collector/core/engine.h"
#include "common/core/registry.h"

/* A store as the first version wrote it, with some history in it. */
static void write_old_store(struct fixture *f)
{
	char err[256];
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(f->path, &db), SQLITE_OK);
	cr_assert_eq(schema_migrate(db, 1, err, sizeof err), 0, "%s", err);
	cr_assert_eq(sqlite3_exec(db,
				  "INSERT INTO name VALUES(1, 'danang/gw');"
				  "INSERT INTO ranges VALUES(1, 7, 0, x'0104');"
				  "INSERT INTO outbox(key, due_ms, json) VALUES('k', 5, '{}');"
				  "INSERT INTO blob(key, value) VALUES('engine', x'aa')",
				  NULL, NULL, NULL),
		     SQLITE_OK, "%s", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static int on_ranges(void *arg, const char *agent, uint32_t boot, int64_t offset_ms,
		     const struct store_range *r, size_t n)
{
	(void)offset_ms;
	cr_expect_str_eq(agent, "danang/gw");
	cr_expect(boot == 7 && n == 1 && r[0].first == 1 && r[0].last == 5);
	++*(int *)arg;
	return 0;
}

Test(schema, an_older_file_is_brought_up_and_keeps_what_it_holds)
{
	static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	struct store_value v = { 0, 1000 };
	struct fixture f = { 0 };
	int seen = 0;

	strcpy(f.dir, "/tmp/lw-store-XXXXXX");
	cr_assert_not_null(mkdtemp(f.dir));
	(void)snprintf(f.path, sizeof f.path, "%s/store.db", f.dir);
	write_old_store(&f);
	fixture_open_with(&f, (struct store_options){ 0 });
	cr_expect_eq(sql_number(f.reader->db, "PRAGMA user_version", -1), SCHEMA_VERSION);
	cr_assert_eq(store_read_ranges(f.reader, on_ranges, &seen), 0);
	cr_expect_eq(seen, 1);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM outbox WHERE done_ms = 0", -1),
		     1);
	struct store_shape *sh = store_shape_new("danang/ups-1", &series, 1);
	struct store_batch *b = store_batch_new(f.store);
	(void)store_add_reading(b, sh, 1790000000000ll, 0, &v);
	cr_assert_eq(fixture_commit(&f, b), 0);
	(void)fixture_roll(&f, 1 << 20);
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM day", -1), 1);
	store_shape_unref(sh);
	fixture_close(&f);
}

/* A store of the version before last, with an hour of readings in a chunk of that time. */
static void write_second_store(struct fixture *f)
{
	struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	struct store_shape *sh = store_shape_new("danang/ups-1", &series, 1);
	uint8_t *columns, *body;
	size_t columns_len, body_len;
	struct chunk c;
	char err[256], hex[4096] = "", sql[8192], cols[256] = "";
	sqlite3 *db;

	cr_assert_eq(chunk_init(&c, 1), 0);
	for (int i = 0; i < 60; i++) {
		struct store_value v = { 0, 1000 - i };
		cr_assert_eq(chunk_append(&c, (497232ll * 36000) + i * 600, 0, &v), 0);
	}
	cr_assert_eq(chunk_pack(&c, &body, &body_len, NULL), 0);
	cr_assert_eq(columns_pack(sh, &columns, &columns_len), 0);
	for (size_t i = 0; i < body_len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", body[i]);
	for (size_t i = 0; i < columns_len; i++)
		(void)snprintf(cols + 2 * i, 3, "%02x", columns[i]);
	cr_assert_eq(sqlite3_open(f->path, &db), SQLITE_OK);
	cr_assert_eq(schema_migrate(db, 2, err, sizeof err), 0, "%s", err);
	(void)snprintf(sql, sizeof sql,
		       "INSERT INTO name VALUES(1, 'danang/ups-1'), (2, 'danang/gw');"
		       "INSERT INTO shape VALUES(1, 1, x'%s');"
		       "INSERT INTO chunk(device, hour, roll, shape, body) VALUES(1, 497232, 9, 1, "
		       "x'00%s');"
		       "INSERT INTO meta VALUES('rolled', 9), ('chunks', 1);"
		       "INSERT INTO ranges VALUES(2, 7, 0, x'0104');"
		       "INSERT INTO outbox(key, due_ms, done_ms, json) VALUES('k', 5, 6, '{}');",
		       cols, hex);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
	chunk_fini(&c);
	free(columns);
	free(body);
	store_shape_unref(sh);
}

static int count_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	int *n = arg;

	(void)flags;
	cr_expect_eq(wall_ms, 497232ll * 3600000 + *n * 60000);
	cr_expect_eq(v->scaled, 1000 - *n);
	++*n;
	return 0;
}

Test(schema, chunks_of_the_second_version_read_the_same_and_are_joined)
{
	static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	struct fixture f = { 0 };

	strcpy(f.dir, "/tmp/lw-store-XXXXXX");
	cr_assert_not_null(mkdtemp(f.dir));
	(void)snprintf(f.path, sizeof f.path, "%s/store.db", f.dir);
	write_second_store(&f);
	fixture_open_with(&f, (struct store_options){ 0 });
	for (int k = 0; k < 2; k++) {
		int n = 0;
		cr_assert_eq(store_read_series(f.reader, "danang/ups-1", &series, 0, INT64_MAX,
					       count_point, &n),
			     0);
		cr_expect_eq(n, 60);
		cr_expect_eq(sql_number(f.reader->db, "SELECT max(hours) FROM chunk", -1),
			     k == 0 ? 1 : 24);
		(void)fixture_roll(&f, 1 << 20);
	}
	cr_expect_eq(sql_number(f.reader->db, "SELECT count(*) FROM day", -1), 1,
		     "figures that a crash had left out are made up for");
	cr_expect_geq(sql_number(f.reader->db, "SELECT min(changed_ms) FROM outbox", -1),
		      1700000000000ll, "what stands there has its age counted from now");
	fixture_close(&f);
}

Test(schema, a_newer_or_foreign_file_is_refused_and_left_alone)
{
	struct store_options o = { 0 };
	struct store *s = NULL;
	struct fixture f;
	sqlite3 *db;

	fixture_open(&f);
	fixture_stop(&f);
	cr_assert_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	o.path = f.path;
	cr_assert_eq(uv_loop_init(&f.loop), 0);
	cr_expect_eq(store_open(&s, &f.loop, &o, f.err, sizeof f.err), -EPROTONOSUPPORT);
	cr_expect_not_null(strstr(f.err, "newer"), "%s", f.err);

	FILE *file = fopen(f.path, "w");
	cr_assert_not_null(file);
	for (int i = 0; i < 1000; i++)
		(void)fputs("this is not a database\n", file);
	(void)fclose(file);
	cr_expect_eq(store_open(&s, &f.loop, &o, f.err, sizeof f.err), -EBADMSG);
	cr_assert_eq(uv_loop_close(&f.loop), 0);
	char cmd[128];
	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", f.dir);
	cr_assert_eq(system(cmd), 0);
}

/* Cases of what a disk or a person may do to the file, and what the line must name. */
static const struct {
	const char *do_it, *says;
} harms[] = {
	{ "head -c 100000 /dev/zero | tr '\\0' 'x' > store.db",
	  "store.db: damaged, or not a store" },
	{ "truncate -s 20000 store.db", "store.db: damaged, or not a store" },
	{ "dd if=/dev/zero of=store.db bs=100 count=1 conv=notrunc status=none",
	  "move it away to begin a new one" },
	{ "echo short > store.db.key", "store.db.key: not a key: put the right one back" },
	{ "rm store.db && mkdir store.db", "store.db: unable to open" },
};

Test(schema, a_harmed_file_is_refused_with_what_to_do)
{
	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		struct store_options o = { 0 };
		struct store *s = NULL;
		struct fixture f;
		char cmd[256];

		fixture_open(&f);
		struct store_batch *b = store_batch_new(f.store);
		for (int k = 0; k < 300; k++)
			(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", k % 2 + 1, k, k,
					      "why");
		cr_assert_eq(fixture_commit(&f, b), 0);
		fixture_stop(&f);
		(void)snprintf(cmd, sizeof cmd, "cd %s && %s", f.dir, harms[i].do_it);
		cr_assert_eq(system(cmd), 0);
		o.path = f.path;
		cr_assert_eq(uv_loop_init(&f.loop), 0);
		f.err[0] = '\0';
		cr_expect_lt(store_open(&s, &f.loop, &o, f.err, sizeof f.err), 0, "%s",
			     harms[i].do_it);
		cr_expect_not_null(strstr(f.err, harms[i].says), "%s: %s", harms[i].do_it, f.err);
		cr_assert_eq(uv_loop_close(&f.loop), 0);
		(void)snprintf(cmd, sizeof cmd, "rm -rf %s", f.dir);
		cr_assert_eq(system(cmd), 0);
	}
}

Test(schema, a_backup_is_taken_while_the_store_is_written)
{
	struct store_reader *copy = NULL;
	struct store_proof proof;
	char to[128], err[256];
	struct fixture f;

	fixture_open(&f);
	for (int i = 0; i < 20; i++) {
		struct store_batch *b = store_batch_new(f.store);
		(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, i, i, "");
		if (i < 10)
			cr_assert_eq(fixture_commit(&f, b), 0);
		else
			cr_assert_eq(store_commit(f.store, b, fixture_done, &f), 0);
	}
	(void)snprintf(to, sizeof to, "%s/copy.db", f.dir);
	cr_assert_eq(store_backup(f.reader, to, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_reader_open(&copy, to, err, sizeof err), 0, "%s", err);
	cr_expect_eq(store_check(copy, err, sizeof err), 0, "%s", err);
	cr_expect_eq(store_verify(copy, &proof, err, sizeof err), 0, "%s", err);
	cr_expect_geq(proof.records, 10);
	store_reader_close(&copy);
	(void)snprintf(to, sizeof to, "%s/no/such/copy.db", f.dir);
	cr_expect_lt(store_backup(f.reader, to, err, sizeof err), 0);
	(void)snprintf(to, sizeof to, "%s/folder/", f.dir);
	cr_expect_lt(store_backup(f.reader, to, err, sizeof err), 0);
	fixture_close(&f);
}

Test(schema, a_damaged_file_is_found)
{
	struct fixture f;
	char err[256] = "";

	fixture_open(&f);
	struct store_batch *b = store_batch_new(f.store);
	for (int i = 0; i < 2000; i++)
		(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", i % 2 + 1, i, i, "why");
	cr_assert_eq(fixture_commit(&f, b), 0);
	fixture_stop(&f);
	FILE *file = fopen(f.path, "r+");
	cr_assert_not_null(file);
	(void)fseek(file, 20 * 4096, SEEK_SET);
	for (int i = 0; i < 4096; i++)
		(void)fputc(0x5a, file);
	(void)fclose(file);
	struct store_reader *r = NULL;
	cr_assert_eq(store_reader_open(&r, f.path, err, sizeof err), 0);
	cr_expect_eq(store_check(r, err, sizeof err), 1);
	cr_expect_gt(strlen(err), 0);
	store_reader_close(&r);
	(void)snprintf(err, sizeof err, "rm -rf %s", f.dir);
	cr_assert_eq(system(err), 0);
}
