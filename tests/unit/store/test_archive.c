#include "store_same.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/io/store/archive.h"

enum { HOUR_MS = 3600000 };

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
	fill_readings(&f, 0, 3);
	(void)fixture_roll(&f, 1 << 20);
	fill_history(&f);
	/* the first day lives on as figures only; some readings were not rolled yet */
	cr_assert_eq(sql_exec(f.reader->db, "PRAGMA query_only = 0"), 0);
	cr_assert_eq(sql_exec(f.reader->db, "DELETE FROM chunk WHERE hour < (SELECT min(hour) FROM "
					    "chunk) + 24"),
		     0);
	fill_readings(&f, 3, 1);
	archive_name(&f, "a.zst", archive, sizeof archive);
	archive_name(&f, "copy.db", copy, sizeof copy);
	cr_assert_eq(archive_write(f.reader, archive, &all, &out, err, sizeof err), 0, "%s", err);
	cr_expect_eq(out.records, 102);
	cr_expect_eq(out.readings, 3 * 288);
	cr_assert_eq(archive_read(archive, copy, &in, err, sizeof err), 0, "%s", err);
	cr_expect(in.records == out.records && in.readings == out.readings &&
		  in.lines == out.lines);
	cr_assert_eq(store_reader_open(&r, copy, err, sizeof err), 0, "%s", err);
	expect_same(f.reader, r, SAME_ALL);
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
	fill_readings(&f, 0, 3);
	fill_history(&f);
	archive_name(&f, "a.zst", archive, sizeof archive);
	archive_name(&f, "copy.db", copy, sizeof copy);
	cr_assert_eq(archive_write(f.reader, archive, &part, &sums, err, sizeof err), 0, "%s", err);
	cr_assert_eq(archive_read(archive, copy, &sums, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_reader_open(&r, copy, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_read_series(r, "danang/ups-1", &same_series_of_ups[0], 0, INT64_MAX,
				       count_points, first_n),
		     0);
	cr_expect_eq(first_n[1], 24);
	cr_expect_eq(first_n[0], t0 + DAY_MS + HOUR_MS + 100);
	cr_expect_eq(sums.records, 100, "the last two were written later");
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
	fill_readings(&f, 0, 1);
	fill_history(&f);
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
	fill_readings(&f, 0, 1);
	fill_history(&f);
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
