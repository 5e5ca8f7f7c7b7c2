#include "collector/core/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/grow.h"

void seqset_fini(struct seqset *s)
{
	free(s->ranges);
	memset(s, 0, sizeof *s);
}

/* Index of the first range that ends at or after `seq`. */
static size_t seek(const struct seqset *s, uint64_t seq)
{
	size_t lo = 0, hi = s->n;

	/* The newest end is where nearly everything happens. */
	if (s->n > 0 && seq > s->ranges[s->n - 1].last)
		return s->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->ranges[mid].last < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool seqset_has(const struct seqset *s, uint64_t seq)
{
	size_t i = seek(s, seq);

	return i < s->n && s->ranges[i].first <= seq;
}

static int make_room(struct seqset *s, size_t at)
{
	if (s->n >= SEQSET_MAX_RANGES)
		return -ENOSPC;
	struct seq_range *ranges = grow(s->ranges, s->n, &s->cap, 4, sizeof *ranges);
	if (ranges == NULL)
		return -ENOMEM;
	s->ranges = ranges;
	memmove(s->ranges + at + 1, s->ranges + at, (s->n - at) * sizeof *s->ranges);
	s->n++;
	return 0;
}

int seqset_add(struct seqset *s, uint64_t first, uint64_t last)
{
	size_t i = seek(s, first > 0 ? first - 1 : 0); /* may touch [first, last] from below */
	size_t end = i;

	while (end < s->n && (last == UINT64_MAX || s->ranges[end].first <= last + 1))
		end++;
	if (i == end) {
		int r = make_room(s, i);
		if (r < 0)
			return r;
		s->ranges[i] = (struct seq_range){ first, last };
		return 0;
	}
	if (s->ranges[i].first < first)
		first = s->ranges[i].first;
	if (s->ranges[end - 1].last > last)
		last = s->ranges[end - 1].last;
	s->ranges[i] = (struct seq_range){ first, last };
	memmove(s->ranges + i + 1, s->ranges + end, (s->n - end) * sizeof *s->ranges);
	s->n -= end - i - 1;
	return 0;
}

int seqset_add_all(struct seqset *s, const struct seqset *other)
{
	for (size_t i = 0; i < other->n; i++) {
		int r = seqset_add(s, other->ranges[i].first, other->ranges[i].last);
		if (r < 0)
			return r;
	}
	return 0;
}

size_t seqset_gaps(const struct seqset *s, uint64_t first, uint64_t last, struct seq_range *ret,
		   size_t max)
{
	size_t n = 0;

	for (size_t i = seek(s, first); i < s->n && n < max && first <= last; i++) {
		if (s->ranges[i].first > last)
			break;
		if (s->ranges[i].first > first)
			ret[n++] = (struct seq_range){ first, s->ranges[i].first - 1 };
		first = s->ranges[i].last + 1;
	}
	if (n < max && first <= last)
		ret[n++] = (struct seq_range){ first, last };
	return n;
}

uint64_t seqset_count(const struct seqset *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->ranges[i].last - s->ranges[i].first + 1;
	return n;
}

void clock_feed(struct clock_estimate *c, int64_t agent_mono_ms, int64_t arrived_wall_ms)
{
	int64_t offset = arrived_wall_ms - agent_mono_ms;

	if (!c->known) {
		*c = (struct clock_estimate){ true, offset, offset,
					      arrived_wall_ms + CLOCK_WINDOW_MS };
		return;
	}
	if (offset < c->current_ms)
		c->current_ms = offset;
	if (offset < c->offset_ms)
		c->offset_ms = offset;
	/* also when our own clock was set back by more than a window */
	if (arrived_wall_ms >= c->window_ends_ms ||
	    arrived_wall_ms < c->window_ends_ms - 2 * CLOCK_WINDOW_MS) {
		c->offset_ms = c->current_ms;
		c->current_ms = offset;
		c->window_ends_ms = arrived_wall_ms + CLOCK_WINDOW_MS;
	}
}

void clock_move(struct clock_estimate *c, int64_t by_ms)
{
	c->offset_ms += by_ms;
	c->current_ms += by_ms;
	c->window_ends_ms += by_ms;
}

bool clock_is_skewed(bool was, int64_t skew_ms)
{
	int64_t size = skew_ms < 0 ? -skew_ms : skew_ms;

	return size > (was ? CLOCK_SKEW_MS / 2 : CLOCK_SKEW_MS);
}
