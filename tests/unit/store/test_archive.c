#include "store_fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/core/engine.h"
#include "collector/io/store/archive.h"
#include "common/core/reading.h"
#include "common/core/registry.h"

enum { HOUR_MS = 3600000, DAY_MS = 86400000 };
static const int64_t t0 = 1790035200000; /* a midnight, UTC */
static const struct store_series series[] = { { M_BATTERY_CHARGE, 0, NULL },
					      { M_INPUT_VOLTAGE, 2, NULL },
					      { M_HOST_DISK_USED, 0, "/home" } };

static void add_readings(struct fixture *f, int first_day, int days)
{
	struct store_shape *sh = store_shape_new("danang/ups-1", series, 3);
	struct store_batch *b = store_batch_new(f->store);

	for (int i = 0; i < days * 288; i++) {
		struct store_value v[3] = { { 0, 1000 - i % 300 },
					    { i % 7 == 0 ? REASON_SENTINEL : 0, 2200 + i % 9 },
					    { 0, 500 } };
		cr_assert_eq(store_add_reading(b, sh, t0 + first_day * DAY_MS + i * 300000ll + 100,
					       (unsigned)i % 4, v),
			     0);
	}
	store_shape_unref(sh);
	cr_assert_eq(fixture_commit(f, b), 0);
}

static void add_history(struct fixture *f)
{
	struct store_range r[] = { { 1, 90 }, { 95, 4000000000ll } };
	struct store_batch *b = store_batch_new(f->store);

	for (int i = 0; i < 50; i++) {
		cr_assert_eq(store_add_state(b, ENTITY_DEVICE, "danang/ups-1",
					     i % 2 == 0 ? STATE_UP : STATE_DOWN, t0 + i * 1000000ll,
					     t0 + i * 1000000ll, "why"),
			     0);
		cr_assert_eq(store_add_event(b, t0 + i * 1000000ll, "alarm", ENTITY_DEVICE,
					     "danang/ups-1", "{\"n\":\"Đà Nẵng\"}"),
			     0);
	}
	cr_assert_eq(store_add_healed(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, t0, t0 + 5000,
				      t0 + 99000000ll),
		     0);
	cr_assert_eq(store_add_hole(b, "danang/gw", 7, 91, 94, t0 + 5), 0);
	cr_assert_eq(store_set_ranges(b, "danang/gw", 7, -12, r, 2), 0);
	cr_assert_eq(store_add_quarantine(b, t0 + 9, "linewatch/v1/x", "no protobuf \xff\xfe",
					  "\x00\xff\x10", 3),
		     0);
	cr_assert_eq(store_set_blob(b, "engine", "\x00\x01\x02", 3), 0);
	cr_assert_eq(store_outbox_add(b, "sent", t0, "{}"), 0);
	cr_assert_eq(store_outbox_add(b, "waits", t0 + 1, "{\"a\":1}"), 0);
	cr_assert_eq(store_outbox_done(b, "sent", t0 + 2), 0);
	cr_assert_eq(store_outbox_failed(b, "waits", t0 + 60000, "no route", NULL), 0);
	cr_assert_eq(fixture_commit(f, b), 0);
}

/* What a store says, as one number: rows in the order that the tables give them. */
static uint64_t mix(uint64_t h, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

static int mix_reading(void *arg, const char *device, const struct store_series *s, size_t n,
		       int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	uint64_t *h = arg;

	*h = mix(*h, device, strlen(device));
	*h = mix(*h, &wall_ms, sizeof wall_ms);
	*h = mix(*h, &flags, sizeof flags);
	for (size_t i = 0; i < n; i++) {
		int64_t scaled = v[i].reason == 0 ? v[i].scaled : 0;

		*h = mix(*h, &s[i].metric, sizeof s[i].metric);
		*h = mix(*h, &v[i].reason, 1);
		*h = mix(*h, &scaled, sizeof scaled);
	}
	return 0;
}

static int mix_hour(void *arg, const struct store_hour *x)
{
	uint64_t *h = arg;
	int64_t figures[] = { x->hour_ms, x->n, x->n_unknown, x->n > 0 ? x->min : 0,
			      x->n > 0 ? x->max : 0 };
	int64_t mean = x->n > 0 ? (int64_t)(x->mean * 256 + 0.5) : 0; /* kept in steps */

	*h = mix(*h, figures, sizeof figures);
	*h = mix(*h, &mean, sizeof mean);
	return 0;
}

static uint64_t mix_rows(struct store_reader *r, const char *sql)
{
	uint64_t h = 14695981039346656037u;
	sqlite3_stmt *st;

	cr_assert_eq(sqlite3_prepare_v2(r->db, sql, -1, &st, NULL), SQLITE_OK, "%s",
		     sqlite3_errmsg(r->db));
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++)
			h = mix(h, sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
	(void)sqlite3_finalize(st);
	return h;
}

static const char *const tables[] = {
	"SELECT n, wall_ms, span, type, kind, (SELECT text FROM name WHERE id = entity), state, "
	"since_ms, until_ms, body, hash FROM record ORDER BY n",
	"SELECT * FROM head ORDER BY n",
	"SELECT kind, text, top_ms, reach_ms, heal_ms FROM watched JOIN name ON name.id = entity "
	"ORDER BY kind, text",
	"SELECT text, boot, first, last, wall_ms FROM hole JOIN name ON name.id = agent",
	"SELECT text, boot, offset_ms, changed_ms, body FROM ranges JOIN name ON name.id = agent",
	"SELECT wall_ms, topic, reason, full_len, body FROM quarantine ORDER BY id",
	"SELECT key, due_ms, done_ms, attempts, error, json, changed_ms FROM outbox ORDER BY id",
	"SELECT key, value FROM blob ORDER BY key",
};
enum { N_TABLES = sizeof tables / sizeof *tables };

static void expect_same(struct store_reader *a, struct store_reader *b)
{
	struct store_reader *both[] = { a, b };
	uint64_t readings[2] = { 1, 1 }, hours[2] = { 1, 1 };

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(store_read_all(both[i], 0, INT64_MAX, mix_reading, &readings[i]), 0);
		for (int k = 0; k < 3; k++)
			cr_assert_eq(store_read_hours(both[i], "danang/ups-1", &series[k], 0,
						      INT64_MAX, mix_hour, &hours[i]),
				     0);
	}
	cr_expect_eq(readings[0], readings[1], "readings differ");
	cr_expect_eq(hours[0], hours[1], "hourly figures differ");
	for (size_t k = 0; k < N_TABLES; k++)
		cr_expect_eq(mix_rows(a, tables[k]), mix_rows(b, tables[k]), "%s", tables[k]);
}

static void archive_name(const struct fixture *f, const char *name, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/%s", f->dir, name);
}

Test(archive, a_store_comes_back_as_it_was)
{
	static const struct archive_span all = { 0, INT64_MAX };
	char archive[128], copy[128], err[256];
	struct archive_sums out, in;
	struct store_reader *r = NULL;
	struct fixture f;

	fixture_open(&f);
	add_readings(&f, 0, 3);
	(void)fixture_roll(&f, 1 << 20);
	add_history(&f);
	/* the first day lives on as figures only; some readings were not rolled yet */
	cr_assert_eq(sql_exec(f.reader->db, "PRAGMA query_only = 0"), 0);
	cr_assert_eq(sql_exec(f.reader->db, "DELETE FROM chunk WHERE hour < (SELECT min(hour) FROM "
					    "chunk) + 24"),
		     0);
	add_readings(&f, 3, 1);
	archive_name(&f, "a.zst", archive, sizeof archive);
	archive_name(&f, "copy.db", copy, sizeof copy);
	cr_assert_eq(archive_write(f.reader, archive, &all, &out, err, sizeof err), 0, "%s", err);
	cr_expect_eq(out.records, 101);
	cr_expect_eq(out.readings, 3 * 288);
	cr_assert_eq(archive_read(archive, copy, &in, err, sizeof err), 0, "%s", err);
	cr_expect(in.records == out.records && in.readings == out.readings &&
		  in.lines == out.lines);
	cr_assert_eq(store_reader_open(&r, copy, err, sizeof err), 0, "%s", err);
	expect_same(f.reader, r);
	cr_expect_eq(archive_read(archive, copy, &in, err, sizeof err), -EEXIST);
	cr_expect_not_null(strstr(err, "there is a store already"), "%s", err);
	store_reader_close(&r);
	fixture_close(&f);
}

static int count_points(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	int64_t *first_n = arg;

	(void)flags;
	(void)v;
	if (first_n[1]++ == 0)
		first_n[0] = wall_ms;
	return 0;
}

Test(archive, a_part_has_whole_hours_and_the_chain_from_its_beginning)
{
	const struct archive_span part = { t0 + DAY_MS + 90 * 60000, t0 + DAY_MS + 150 * 60000 };
	char archive[128], copy[128], err[256];
	struct store_reader *r = NULL;
	struct archive_sums sums;
	int64_t first_n[2] = { 0, 0 };
	struct fixture f;

	fixture_open(&f);
	add_readings(&f, 0, 3);
	add_history(&f);
	archive_name(&f, "a.zst", archive, sizeof archive);
	archive_name(&f, "copy.db", copy, sizeof copy);
	cr_assert_eq(archive_write(f.reader, archive, &part, &sums, err, sizeof err), 0, "%s", err);
	cr_assert_eq(archive_read(archive, copy, &sums, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_reader_open(&r, copy, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_read_series(r, "danang/ups-1", &series[0], 0, INT64_MAX, count_points,
				       first_n),
		     0);
	cr_expect_eq(first_n[1], 24);
	cr_expect_eq(first_n[0], t0 + DAY_MS + HOUR_MS + 100);
	cr_expect_eq(sums.records, 100, "the last one was written later");
	cr_expect_eq(sql_number(r->db, "SELECT count(*) FROM blob", -1), 0);
	cr_expect_eq(sql_number(r->db, "SELECT count(*) FROM ranges", -1), 0);
	store_reader_close(&r);
	fixture_close(&f);
}

static size_t load(const char *path, uint8_t *buf, size_t size)
{
	FILE *file = fopen(path, "rb");

	cr_assert_not_null(file);
	size_t n = fread(buf, 1, size, file);
	(void)fclose(file);
	return n;
}

static void save(const char *path, const uint8_t *buf, size_t n)
{
	FILE *file = fopen(path, "wb");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(buf, 1, n, file), n);
	(void)fclose(file);
}

/* Nothing may be left of a try that failed. */
static void expect_refused(const struct fixture *f, const char *archive, const char *says)
{
	char copy[128], tmp[128], err[256] = "";
	struct archive_sums sums;

	archive_name(f, "copy.db", copy, sizeof copy);
	archive_name(f, "copy.db.new", tmp, sizeof tmp);
	cr_expect_eq(archive_read(archive, copy, &sums, err, sizeof err), -EBADMSG, "%s: %s", says,
		     err);
	cr_expect_not_null(strstr(err, says), "%s: %s", says, err);
	cr_expect_eq(strncmp(err, "line ", 5), 0, "%s", err);
	cr_expect_neq(access(copy, F_OK), 0, "%s", says);
	cr_expect_neq(access(tmp, F_OK), 0, "%s", says);
}

Test(archive, a_damaged_one_is_refused_with_its_place_and_nothing_is_left)
{
	static const struct archive_span all = { 0, INT64_MAX };
	static uint8_t good[1 << 20], bad[1 << 20];
	char archive[128], err[256];
	struct archive_sums sums;
	struct fixture f;

	fixture_open(&f);
	add_readings(&f, 0, 1);
	add_history(&f);
	archive_name(&f, "a.zst", archive, sizeof archive);
	cr_assert_eq(archive_write(f.reader, archive, &all, &sums, err, sizeof err), 0, "%s", err);
	size_t n = load(archive, good, sizeof good);
	cr_assert(n > 1000 && n < sizeof good);
	for (size_t cut = 0; cut < n; cut += n / 13 + 1) {
		save(archive, good, cut);
		expect_refused(&f, archive, cut < 20 ? "line 1: " : "cut off");
	}
	for (size_t at = 20; at < n; at += n / 29 + 1) {
		memcpy(bad, good, n);
		bad[at] ^= 0x21;
		save(archive, bad, n);
		expect_refused(&f, archive, "line ");
	}
	fixture_close(&f);
}

static const struct {
	const char *from, *to, *says;
} edits[] = {
	{ "\"version\":1", "\"version\":9", "line 1: an archive of a version" },
	{ "\"row\":\"archive\"", "\"row\":\"arch\"", "line 1: not an archive" },
	{ "\"row\":\"hole\"", "\"row\":\"holf\"", "a row of an unknown kind" },
	{ "\"state\":2", "\"state\":1", "record 3 was changed" },
	{ "\"n\":17,", "\"n\":18,", "record 17 is missing" },
	{ "\"metric\":\"battery.charge_percent\"", "\"metric\":\"no\"", "no such metric: no" },
	{ "\"flags\":[0,", "\"flags\":[", "too many columns or too few" },
	{ "\"values\":[[1000,", "\"values\":[[\"?\",", "a reading is damaged" },
	{ "\"first\":91", "\"first\":92", "the lines before it were changed" },
	{ "{\"row\":\"hole\"", "{\"row\":\"hole\"\n{\"row\":\"hole\"", "not JSON" },
};

static void edit(char *text, size_t size, const char *from, const char *to)
{
	char *at = strstr(text, from);

	cr_assert_not_null(at, "%s", from);
	size_t tail = strlen(at + strlen(from));
	cr_assert_lt(strlen(text) + strlen(to), size);
	memmove(at + strlen(to), at + strlen(from), tail + 1);
	memcpy(at, to, strlen(to));
}

Test(archive, a_line_that_was_edited_is_named)
{
	static const struct archive_span all = { 0, INT64_MAX };
	static char text[1 << 20], edited[1 << 20];
	char archive[128], cmd[300], err[256];
	struct archive_sums sums;
	struct fixture f;

	fixture_open(&f);
	add_readings(&f, 0, 1);
	add_history(&f);
	archive_name(&f, "a.zst", archive, sizeof archive);
	cr_assert_eq(archive_write(f.reader, archive, &all, &sums, err, sizeof err), 0, "%s", err);
	/* others can read it, and sum it up */
	(void)snprintf(
		cmd, sizeof cmd,
		"cd %s && zstd -qdc a.zst > a && test $(head -n -1 a | b2sum -l 256 | cut -c "
		"-64) = $(tail -n 1 a | sed 's/.*\"blake2b\":\"//;s/\".*//')",
		f.dir);
	cr_expect_eq(system(cmd), 0);
	archive_name(&f, "a", archive, sizeof archive);
	text[load(archive, (uint8_t *)text, sizeof text - 1)] = '\0';
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		strcpy(edited, text);
		edit(edited, sizeof edited, edits[i].from, edits[i].to);
		save(archive, (uint8_t *)edited, strlen(edited));
		expect_refused(&f, archive, edits[i].says);
	}
	strcat(strcpy(edited, text), "{\"row\":\"hole\"}\n");
	save(archive, (uint8_t *)edited, strlen(edited));
	expect_refused(&f, archive, "something stands behind the end");
	fixture_close(&f);
}
