#include "agent/core/schedule.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct entry {
	uint64_t next_ms;
	uint32_t interval_ms;
	bool asking, again; /* again: asked for while it was being asked */
};

struct schedule {
	uint32_t n, fast_ms, asking, scan;
	struct entry *entries;
};

int schedule_new(struct schedule **ret, uint32_t n, uint32_t fast_ms)
{
	struct schedule *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	s->entries = calloc(n + 1, sizeof *s->entries);
	if (s->entries == NULL) {
		free(s);
		return -ENOMEM;
	}
	s->n = n;
	s->fast_ms = fast_ms;
	*ret = s;
	return 0;
}

void schedule_free(struct schedule *s)
{
	if (s == NULL)
		return;
	free(s->entries);
	free(s);
}

void schedule_set(struct schedule *s, uint32_t i, uint32_t interval_ms)
{
	assert(i < s->n && interval_ms > 0);
	s->entries[i].interval_ms = interval_ms;
}

void schedule_now(struct schedule *s, uint32_t i)
{
	s->entries[i].next_ms = 0;
	s->entries[i].again = s->entries[i].asking;
}

bool schedule_due(struct schedule *s, uint64_t now_ms, uint32_t *ret)
{
	for (; s->scan < s->n; s->scan++) {
		struct entry *e = &s->entries[s->scan];

		if (e->asking || e->interval_ms == 0 || e->next_ms > now_ms)
			continue;
		e->asking = true;
		s->asking++;
		*ret = s->scan++;
		return true;
	}
	s->scan = 0;
	return false;
}

/* The next moment on the grid of `interval`, moved on by the batch that i belongs to. */
static uint64_t on_grid(uint32_t i, uint32_t interval_ms, uint64_t now_ms)
{
	uint64_t offset = (uint64_t)(i / SCHEDULE_BATCH) * SCHEDULE_TICK_MS % interval_ms;
	uint64_t turn = now_ms >= offset ? (now_ms - offset) / interval_ms + 1 : 0;

	return turn * interval_ms + offset;
}

void schedule_done(struct schedule *s, uint32_t i, uint64_t now_ms, bool restless)
{
	struct entry *e = &s->entries[i];
	uint32_t interval = restless && s->fast_ms < e->interval_ms ? s->fast_ms : e->interval_ms;

	assert(e->asking);
	e->asking = false;
	s->asking--;
	e->next_ms = e->again ? now_ms : on_grid(i, interval, now_ms);
	e->again = false;
}

uint32_t schedule_asking(const struct schedule *s)
{
	return s->asking;
}

uint64_t schedule_wake_ms(const struct schedule *s)
{
	uint64_t wake = UINT64_MAX;

	for (uint32_t i = 0; i < s->n; i++)
		if (!s->entries[i].asking && s->entries[i].interval_ms > 0 &&
		    s->entries[i].next_ms < wake)
			wake = s->entries[i].next_ms;
	return wake;
}
