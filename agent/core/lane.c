#include "agent/core/lane.h"

enum { STALLS_MAX = 5 };

void lane_init(struct lane *l, unsigned kbit_per_s, uint64_t now_ms)
{
	*l = (struct lane){ .bytes_per_s = (uint64_t)kbit_per_s * 125,
			    .filled_ms = now_ms,
			    .progress_ms = now_ms };
}

/* The bucket holds half a second: long pauses earn no burst that would delay the present. */
static void fill(struct lane *l, uint64_t now_ms)
{
	int64_t most = (int64_t)(l->bytes_per_s / 2);
	uint64_t gained = l->bytes_per_s * (now_ms - l->filled_ms) / 1000;

	if (gained == 0)
		return;
	l->tokens += (int64_t)(gained < (uint64_t)INT32_MAX ? gained : (uint64_t)INT32_MAX);
	if (l->tokens > most)
		l->tokens = most;
	l->filled_ms = now_ms;
}

bool lane_open(struct lane *l, uint64_t now_ms)
{
	fill(l, now_ms);
	return l->tokens > 0 && l->in_flight < LANE_WINDOW;
}

void lane_sent(struct lane *l, size_t bytes, uint64_t now_ms)
{
	if (l->in_flight == 0)
		l->progress_ms = now_ms;
	l->tokens -= (int64_t)bytes + LANE_OVERHEAD;
	l->in_flight++;
}

void lane_stored(struct lane *l, unsigned reports, uint64_t now_ms)
{
	l->in_flight -= reports < l->in_flight ? reports : l->in_flight;
	if (reports == 0)
		return;
	l->progress_ms = now_ms;
	l->stalls = 0;
}

static uint64_t patience_ms(const struct lane *l)
{
	return (uint64_t)LANE_PATIENCE_MS << l->stalls;
}

bool lane_stalled(struct lane *l, uint64_t now_ms)
{
	if (l->in_flight == 0 || now_ms - l->progress_ms < patience_ms(l))
		return false;
	l->in_flight = 0;
	l->progress_ms = now_ms;
	l->stalls += l->stalls < STALLS_MAX;
	return true;
}

uint64_t lane_wake_ms(const struct lane *l, uint64_t now_ms)
{
	if (l->in_flight >= LANE_WINDOW)
		return l->progress_ms + patience_ms(l);
	if (l->tokens > 0)
		return now_ms;
	/* Wait for a tenth of a second's worth, so that a turn sends several. */
	uint64_t lacking = (uint64_t)(-l->tokens) + l->bytes_per_s / 10 + 1;
	return now_ms + lacking * 1000 / (l->bytes_per_s > 0 ? l->bytes_per_s : 1) + 1;
}
