/* clock.c - what time it is for the collector, over restarts and in spite of clocks that jump. */
#include <string.h>

#include "collector/collector_priv.h"
#include "common/io/wall.h"

struct instant collector_now(void)
{
	return (struct instant){ .mono_ms = (int64_t)(uv_hrtime() / 1000000),
				 .wall_ms = wall_now_ms() };
}

static int on_clock_blob(void *arg, const char *key, const void *buf, size_t len)
{
	struct collector *c = arg;
	int64_t since;

	if (strcmp(key, "clock.wall") == 0) {
		(void)wall_restore(buf, len);
		c->since_wall_ms = collector_now().wall_ms;
	} else if (strcmp(key, "clock.since") == 0 && len == sizeof since) {
		/* agents heed the newer word: it must not look older than the last, whatever the
		 * clock was then */
		memcpy(&since, buf, len);
		c->since_before_ms = since;
	}
	return 0;
}

/* What must outlive a restart in spite of clocks that jump. */
void clock_keep(struct collector *c)
{
	char saved[WALL_SAVED_BYTES];
	int64_t off = wall_offset_ms() - c->saved_offset_ms;
	size_t n;

	if (off > -CLOCK_DRIFT_MS && off < CLOCK_DRIFT_MS)
		return;
	n = wall_save(saved);
	if (n > 0 && store_set_blob(c->filling, "clock.wall", saved, n) == 0)
		c->saved_offset_ms = wall_offset_ms();
}

int clock_settle(struct collector *c)
{
	if (c->since_wall_ms <= c->since_before_ms)
		c->since_wall_ms = c->since_before_ms + 1;
	clock_keep(c);
	return store_set_blob(c->filling, "clock.since", &c->since_wall_ms,
			      sizeof c->since_wall_ms);
}

/* wall_on_move */
static void on_clock_moved(void *arg, int64_t by_ms)
{
	struct collector *c = arg;

	if (c->intake != NULL)
		intake_clock_moved(c->intake, by_ms);
}

int clock_restore(struct collector *c, struct store_reader *r)
{
	return store_read_blobs(r, "clock.", on_clock_blob, c);
}

void clock_open(struct collector *c)
{
	c->since_wall_ms = collector_now().wall_ms;
	wall_on_move(on_clock_moved, c);
}

void clock_close(void)
{
	wall_on_move(NULL, NULL);
}
