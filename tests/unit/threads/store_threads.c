/* store_threads.c - writer, reader and roller of the store at once, for ThreadSanitizer: commits,
 * questions and rolls overlap, and closing comes in the middle of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/engine.h"
#include "collector/io/store/store_read.h"
#include "common/core/registry.h"

enum { BATCHES = 60 };

struct run {
	uv_loop_t loop;
	struct store *store;
	struct store_shape *shape;
	unsigned committed, asked, cancelled, points;
};

static void on_done(void *arg, struct store_batch *b, int status)
{
	struct run *r = arg;

	r->committed += status == 0;
	store_batch_free(b);
}

static int on_point(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	(void)wall_ms;
	(void)flags;
	(void)v;
	++*(unsigned *)arg;
	return 0;
}

static void work(struct store_reader *reader, void *arg)
{
	struct store_series s = { M_BATTERY_CHARGE, 0, NULL };
	unsigned *n = arg;

	*n = 0;
	(void)store_read_series(reader, "danang/ups-1", &s, 0, INT64_MAX, on_point, n);
}

static struct run *the_run; /* the answers carry their own memory */

static void on_asked(void *arg, int status)
{
	the_run->asked += status == 0;
	the_run->cancelled += status != 0;
	the_run->points = *(unsigned *)arg;
	free(arg);
}

static void fill(struct run *r, int i)
{
	struct store_batch *b = store_batch_new(r->store);

	for (int k = 0; k < 50; k++) {
		struct store_value v = { 0, k };
		(void)store_add_reading(b, r->shape, 1790000000000ll + (i * 50 + k) * 1000, 0, &v);
	}
	(void)store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, i, i, "");
	if (store_commit(r->store, b, on_done, r) < 0)
		store_batch_free(b);
}

int main(void)
{
	static const struct store_series series = { M_BATTERY_CHARGE, 0, NULL };
	char dir[] = "/tmp/lw-threads-XXXXXX", path[64], cmd[80], err[256];
	struct store_options o = { .path = path };
	static struct run r;

	the_run = &r;
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof path, "%s/store.db", dir);
	(void)uv_loop_init(&r.loop);
	if (store_open(&r.store, &r.loop, &o, err, sizeof err) < 0) {
		(void)fprintf(stderr, "%s\n", err);
		return 1;
	}
	r.shape = store_shape_new("danang/ups-1", &series, 1);
	for (int i = 0; i < BATCHES; i++) {
		unsigned *n = calloc(1, sizeof *n);

		fill(&r, i);
		if (store_ask(r.store, work, on_asked, n) < 0)
			free(n);
		if (i % 7 == 0)
			store_roll(r.store);
		(void)uv_run(&r.loop, UV_RUN_NOWAIT);
		uv_sleep(2);
	}
	store_close(r.store, NULL, NULL);
	store_shape_unref(r.shape);
	(void)uv_run(&r.loop, UV_RUN_DEFAULT);
	int busy = uv_loop_close(&r.loop);
	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	busy |= system(cmd);
	(void)printf("%u commits, %u answers, %u cancelled\n", r.committed, r.asked, r.cancelled);
	return busy != 0 || r.committed != BATCHES || r.asked + r.cancelled != BATCHES;
}
