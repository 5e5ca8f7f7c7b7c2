/* archive_read.c - an archive into a new store.
 *
 * Happy path: line after line becomes rows of STORE.new, readings are rolled as they would be by a
 * collector, the file and its chain are checked, and STORE.new gets its name. Whatever fails before
 * (a damaged line, a full disk) takes STORE.new away: there is a whole store or none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/io/store/apply.h"
#include "collector/io/store/archive.h"
#include "collector/io/store/archive_row.h"
#include "collector/io/store/roll.h"

enum { BATCH_BYTES = 8 << 20, ROLL_BYTES = 64 << 20 };

struct import {
	struct archive_in in;
	struct archive_rows rows;
	sqlite3 *db;
	struct apply *apply;
	struct store_reader *reader;
	struct store_batch *batch;
	size_t unrolled; /* bytes */
	char *err;
	size_t err_size;
};

/* roll_commit_fn */
static int commit(void *arg, struct store_batch *b)
{
	struct import *x = arg;
	int r = sql_exec(x->db, "BEGIN IMMEDIATE");

	x->apply->now_ms = (int64_t)time(NULL) * 1000;
	if (r == 0)
		r = apply_batch(x->apply, b);
	if (r == 0)
		r = sql_exec(x->db, "COMMIT");
	if (r < 0 && sqlite3_get_autocommit(x->db) == 0) {
		(void)sql_exec(x->db, "ROLLBACK");
		apply_forget(x->apply);
	}
	return r;
}

static int flush(struct import *x)
{
	int r = commit(x, x->batch);

	store_batch_clear(x->batch);
	return r;
}

/* The batch goes on, empty. */
static int roll_now(void *arg)
{
	struct import *x = arg;
	struct roll_options o = { .now_ms = (int64_t)time(NULL) * 1000, .pass_bytes = ROLL_BYTES };
	uint64_t rows;
	int r = flush(x);

	x->unrolled = 0;
	if (r == 0)
		r = roll(x->reader, &o, commit, x, &rows);
	x->rows.rolled = rolled_upto(x->db);
	return r;
}

static int take_line(struct import *x, const char *text, size_t len)
{
	uint8_t sum[ARCHIVE_SUM_BYTES];
	struct archive_line l = { text, len, x->in.lines - 1, sum };
	char what[200] = "";

	archive_in_sum(&x->in, sum);
	size_t before = store_batch_bytes(x->batch);
	int r = archive_rows_take(&x->rows, &l, x->batch, what, sizeof what);
	if (r == -EBADMSG)
		(void)snprintf(x->err, x->err_size, "line %llu: %s",
			       (unsigned long long)x->in.lines, what);
	if (r < 0)
		return r;
	if (x->rows.stage == STAGE_READINGS)
		x->unrolled += store_batch_bytes(x->batch) - before;
	if (x->unrolled > ROLL_BYTES)
		return roll_now(x);
	return store_batch_bytes(x->batch) > BATCH_BYTES ? flush(x) : 0;
}

static int take_lines(struct import *x)
{
	const char *text;
	size_t len;
	int r;

	while ((r = archive_in_line(&x->in, &text, &len, x->err, x->err_size)) == 1) {
		r = take_line(x, text, len);
		if (r < 0)
			return r;
	}
	if (r == 0 && x->rows.stage != STAGE_END) {
		(void)snprintf(x->err, x->err_size, "line %llu: %s",
			       (unsigned long long)x->in.lines + 1,
			       x->in.lines == 0 ? "not an archive of linewatch"
						: "cut off: its end is missing");
		r = -EBADMSG;
	}
	if (r == 0)
		r = flush(x);
	return r == 0 ? roll_now(x) : r; /* days that are over are joined by the second roll */
}

/* What was written is whole, and its chain holds, signatures too. */
static int check(struct import *x)
{
	struct store_proof proof;
	int r = store_check(x->reader, x->err, x->err_size);

	if (r == 0)
		r = store_verify(x->reader, &proof, x->err, x->err_size);
	return r > 0 ? -EBADMSG : r;
}

static int open_all(struct import *x, const char *path, FILE *file)
{
	int r = schema_open(&x->db, path, NULL, true, x->err, x->err_size);

	if (r == 0)
		r = apply_open(&x->apply, x->db, NULL);
	if (r == 0)
		r = store_reader_open(&x->reader, path, x->err, x->err_size);
	if (r == 0)
		r = archive_in_open(&x->in, file);
	if (r == 0)
		r = archive_rows_init(&x->rows);
	x->rows.readings_over = roll_now;
	x->rows.arg = x;
	x->batch = store_batch_new(NULL);
	return r == 0 && x->batch == NULL ? -ENOMEM : r;
}

static void close_all(struct import *x)
{
	store_batch_free(x->batch);
	archive_rows_fini(&x->rows);
	archive_in_close(&x->in);
	store_reader_close(&x->reader);
	apply_close(&x->apply);
	(void)sqlite3_close(x->db); /* the last connection: the WAL becomes part of the file */
}

static void take_away(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[4200];

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		(void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
		(void)unlink(name);
	}
}

static bool anything_at(const char *path)
{
	char wal[4200];

	(void)snprintf(wal, sizeof wal, "%s-wal", path);
	return access(path, F_OK) == 0 || access(wal, F_OK) == 0;
}

static int fill(const char *new, FILE *file, struct archive_sums *ret, char *reterr,
		size_t reterr_size)
{
	struct import x = { .err = reterr, .err_size = reterr_size };
	int r = open_all(&x, new, file);

	if (r == 0)
		r = take_lines(&x);
	if (r == 0)
		r = check(&x);
	*ret = (struct archive_sums){ x.in.lines, x.rows.records, x.rows.readings };
	close_all(&x);
	return r;
}

int archive_read(const char *path, const char *store, struct archive_sums *ret, char *reterr,
		 size_t reterr_size)
{
	char new[4100];
	int r;

	reterr[0] = '\0';
	if (snprintf(new, sizeof new, "%s.new", store) >= (int)sizeof new)
		return -ENAMETOOLONG;
	if (anything_at(store)) {
		(void)snprintf(reterr, reterr_size,
			       "%s: there is a store already; an archive becomes a new one", store);
		return -EEXIST;
	}
	FILE *file = fopen(path, "rbe");
	if (file == NULL) {
		r = -errno;
		(void)snprintf(reterr, reterr_size, "%s: %s", path, strerror(-r));
		return r;
	}
	take_away(new); /* of one that was killed */
	r = fill(new, file, ret, reterr, reterr_size);
	(void)fclose(file);
	/* link, not rename: who made a store meanwhile keeps it */
	if (r == 0 && link(new, store) < 0)
		r = -errno;
	take_away(new);
	if (r < 0 && reterr[0] == '\0')
		(void)snprintf(reterr, reterr_size, "%s: %s", store, strerror(-r));
	return r;
}
