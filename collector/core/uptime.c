#include "collector/core/uptime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CONTINUOUS_MS = 60000 }; /* a reading speaks for the time since the one before */

/* `s` from `at_ms` until the next row. */
struct stretch {
	int64_t at_ms;
	enum entity_state s;
	bool told_late; /* filled by the backlog: a later part of the backlog may change it */
};

struct track {
	struct stretch *rows;
	uint32_t n, size;
};

struct uptime {
	struct track *tracks;
	uint32_t n;
	int64_t from_ms;
};

int uptime_new(struct uptime **ret, uint32_t n_entities, int64_t from_wall_ms)
{
	struct uptime *u = calloc(1, sizeof *u);

	if (u == NULL)
		return -ENOMEM;
	u->tracks = calloc(n_entities + (size_t)1, sizeof *u->tracks);
	if (u->tracks == NULL) {
		free(u);
		return -ENOMEM;
	}
	u->n = n_entities;
	u->from_ms = from_wall_ms;
	*ret = u;
	return 0;
}

void uptime_free(struct uptime *u)
{
	if (u == NULL)
		return;
	for (uint32_t i = 0; i < u->n; i++)
		free(u->tracks[i].rows);
	free(u->tracks);
	free(u);
}

static int room(struct track *t)
{
	if (t->n < t->size)
		return 0;
	uint32_t size = t->size == 0 ? 4 : t->size * 2;
	struct stretch *rows = realloc(t->rows, size * sizeof *rows);
	if (rows == NULL)
		return -ENOMEM;
	t->rows = rows;
	t->size = size;
	return 0;
}

int uptime_state(struct uptime *u, uint32_t entity, enum entity_state s, int64_t since_wall_ms)
{
	struct track *t = &u->tracks[entity];
	int r = room(t);

	if (r < 0)
		return r;
	while (t->n > 0 && t->rows[t->n - 1].at_ms >= since_wall_ms)
		t->n--;
	t->rows[t->n++] = (struct stretch){ since_wall_ms, s, false };
	return 0;
}

/* The last row that begins at or before `at_ms`; UINT32_MAX: before all of them. */
static uint32_t row_at(const struct track *t, int64_t at_ms)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (t->rows[mid].at_ms <= at_ms)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

static int insert(struct track *t, uint32_t at, struct stretch s)
{
	int r = room(t);

	if (r < 0)
		return r;
	memmove(&t->rows[at + 1], &t->rows[at], (t->n - at) * sizeof *t->rows);
	t->rows[at] = s;
	t->n++;
	return 0;
}

int uptime_heal(struct uptime *u, uint32_t entity, enum entity_state s, int64_t observed_wall_ms)
{
	struct track *t = &u->tracks[entity];
	struct stretch healed = { observed_wall_ms, s, true };
	uint32_t i = row_at(t, observed_wall_ms);

	if (observed_wall_ms < u->from_ms)
		return 0;
	if (i == UINT32_MAX) /* before anything was known of it */
		return insert(t, 0, healed);
	if (t->rows[i].s != STATE_UNKNOWN && !t->rows[i].told_late)
		return 0; /* it was heard live: that stands */
	if (t->rows[i].s == STATE_UNKNOWN && i > 0 &&
	    observed_wall_ms - t->rows[i].at_ms <= CONTINUOUS_MS) {
		t->rows[i].s = t->rows[i - 1].s;
		t->rows[i].told_late = true;
	}
	if (t->rows[i].at_ms == observed_wall_ms) {
		t->rows[i] = healed;
		return 0;
	}
	return insert(t, i + 1, healed);
}

struct uptime_total uptime_total(const struct uptime *u, uint32_t entity, int64_t until_wall_ms)
{
	const struct track *t = &u->tracks[entity];
	struct uptime_total total = { { 0 } };
	int64_t at = u->from_ms;
	enum entity_state s = STATE_UNKNOWN;

	for (uint32_t i = 0; i < t->n; i++) {
		int64_t next = t->rows[i].at_ms < until_wall_ms ? t->rows[i].at_ms : until_wall_ms;

		if (next > at) {
			total.ms[s] += next - at;
			at = next;
		}
		s = t->rows[i].s;
	}
	if (until_wall_ms > at)
		total.ms[s] += until_wall_ms - at;
	return total;
}
