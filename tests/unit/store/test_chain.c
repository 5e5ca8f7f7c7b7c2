#include "store_fixture.h"

#include "collector/core/engine.h"

static void fill(struct fixture *f)
{
	for (int k = 0; k < 3; k++) {
		struct store_batch *b = store_batch_new(f->store);

		for (int i = 0; i < 10; i++)
			cr_assert_eq(store_add_state(b, ENTITY_DEVICE, "danang/ups-1",
						     i % 2 == 0 ? STATE_UP : STATE_DOWN,
						     k * 1000 + i, k * 1000 + i, "test"),
				     0);
		cr_assert_eq(store_add_event(b, k, "alarm", ENTITY_DEVICE, "danang/ups-1", "{}"),
			     0);
		cr_assert_eq(fixture_commit(f, b), 0);
	}
}

static void tamper(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(f->path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static const struct {
	const char *sql, *says;
} cases[] = {
	{ "SELECT 1", "" },
	{ "UPDATE record SET state = 2 WHERE n = 12", "record 12: was changed" },
	{ "UPDATE record SET since_ms = since_ms - 1 WHERE n = 33", "record 33: was changed" },
	{ "UPDATE record SET body = 'x' WHERE n = 1", "record 1: was changed" },
	{ "DELETE FROM record WHERE n = 20", "record 20: is missing" },
	{ "UPDATE record SET n = 99 WHERE n = 5; UPDATE record SET n = 5 WHERE n = 6;"
	  "UPDATE record SET n = 6 WHERE n = 99",
	  "record 5: was changed" },
	{ "UPDATE name SET text = 'danang/ups-2'", "record 1: was changed" },
	{ "DELETE FROM record WHERE n > 9", "record 10: is missing" },
	{ "UPDATE head SET signature = zeroblob(64)", "record 11: the signature" },
	{ "UPDATE head SET hash = zeroblob(32)", "record 11: differs from the head" },
};

Test(chain, the_first_wrong_record_is_named)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct store_proof proof;
		struct fixture f;
		char err[256] = "";

		fixture_open(&f);
		fill(&f); /* the first commit signs the day's head after record 11 */
		tamper(&f, cases[i].sql);
		int r = store_verify(f.reader, &proof, err, sizeof err);
		cr_expect_eq(r, cases[i].says[0] == '\0' ? 0 : 1, "%s: %d %s", cases[i].sql, r,
			     err);
		cr_expect_eq(strncmp(err, cases[i].says, strlen(cases[i].says)), 0, "%s: %s",
			     cases[i].sql, err);
		if (r == 0) {
			cr_expect_eq(proof.records, 33);
			cr_expect_eq(proof.heads, 1);
			cr_expect_eq(strlen(proof.public_key), 64);
		}
		fixture_close(&f);
	}
}

Test(chain, it_goes_on_after_a_restart_with_the_same_key)
{
	struct store_proof proof;
	struct fixture f;
	char key[65], err[256];

	fixture_open(&f);
	fill(&f);
	cr_assert_eq(store_verify(f.reader, &proof, err, sizeof err), 0, "%s", err);
	strcpy(key, proof.public_key);
	fixture_stop(&f);
	fixture_open_with(&f, (struct store_options){ 0 });
	fill(&f);
	cr_assert_eq(store_verify(f.reader, &proof, err, sizeof err), 0, "%s", err);
	cr_expect_eq(proof.records, 66);
	cr_expect_str_eq(proof.public_key, key);
	fixture_close(&f);
}
