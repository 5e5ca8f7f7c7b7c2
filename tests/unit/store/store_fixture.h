/* store_fixture.h - a store in a folder of its own, for the tests of this folder. */
#ifndef LW_STORE_FIXTURE_H
#define LW_STORE_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/apply.h"
#include "collector/io/store/day.h"
#include "collector/io/store/roll.h"

struct fixture {
	uv_loop_t loop;
	struct store *store;
	struct store_reader *reader;
	char dir[64], path[96], err[512];
	int status;
	bool done;
};

static inline void fixture_open_with(struct fixture *f, struct store_options o)
{
	o.path = f->path;
	cr_assert_eq(uv_loop_init(&f->loop), 0);
	cr_assert_eq(store_open(&f->store, &f->loop, &o, f->err, sizeof f->err), 0, "%s", f->err);
	cr_assert_eq(store_reader_open(&f->reader, f->path, f->err, sizeof f->err), 0, "%s",
		     f->err);
}

static inline void fixture_open(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	strcpy(f->dir, "/tmp/lw-store-XXXXXX");
	cr_assert_not_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof f->path, "%s/store.db", f->dir);
	fixture_open_with(f, (struct store_options){ 0 });
}

static inline void fixture_stop(struct fixture *f)
{
	store_reader_close(&f->reader);
	store_close(f->store, NULL, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&f->loop), 0);
}

static inline void fixture_close(struct fixture *f)
{
	char cmd[160];

	fixture_stop(f);
	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", f->dir);
	cr_assert_eq(system(cmd), 0);
}

static inline void fixture_done(void *arg, struct store_batch *b, int status)
{
	struct fixture *f = arg;

	store_batch_free(b);
	f->status = status;
	f->done = true;
}

static inline int fixture_commit(struct fixture *f, struct store_batch *b)
{
	f->done = false;
	cr_assert_eq(store_commit(f->store, b, fixture_done, f), 0);
	while (!f->done)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	return f->status;
}

static inline int fixture_roll_commit(void *arg, struct store_batch *b)
{
	struct fixture *f = arg;

	/* the roller frees what it commits: hand over a copy that owns its memory */
	struct store_batch *copy = calloc(1, sizeof *copy);
	*copy = *b;
	memset(b, 0, sizeof *b);
	return fixture_commit(f, copy);
}

static inline uint64_t fixture_roll(struct fixture *f, size_t pass_bytes)
{
	struct roll_options o = { .now_ms = 1800000000000ll, .pass_bytes = pass_bytes };
	uint64_t rows = 0;

	cr_assert_eq(roll(f->reader, &o, fixture_roll_commit, f, &rows), 0);
	return rows;
}

#endif
