/* ingest.h - which reports of a boot are there, and what an agent's clock says. Pure. */
#ifndef LW_INGEST_H
#define LW_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seq_range {
	uint64_t first, last; /* inclusive */
};

/* Sequence numbers as ascending, disjoint, never adjacent ranges. Owns memory. */
struct seqset {
	struct seq_range *ranges;
	size_t n, cap;
};

enum { SEQSET_MAX_RANGES = 4096 };

void seqset_fini(struct seqset *s);
bool seqset_has(const struct seqset *s, uint64_t seq);
/* -ENOSPC: too many ranges (nothing was added), -ENOMEM. */
int seqset_add(struct seqset *s, uint64_t first, uint64_t last);
int seqset_add_all(struct seqset *s, const struct seqset *other);
/* What of [first, last] is not there, ascending, at most max ranges; returns how many. */
size_t seqset_gaps(const struct seqset *s, uint64_t first, uint64_t last, struct seq_range *ret,
		   size_t max);
uint64_t seqset_count(const struct seqset *s);

/* The collector's wall time less an agent's monotonic time, from when reports arrive: the quickest
 * one is nearest to the truth. Two windows, so that a drifting clock is followed. */
struct clock_estimate {
	bool known;
	int64_t offset_ms;  /* best of both windows */
	int64_t current_ms; /* best of the running window */
	int64_t window_ends_ms;
};

enum { CLOCK_WINDOW_MS = 300000 };

void clock_feed(struct clock_estimate *c, int64_t agent_mono_ms, int64_t arrived_wall_ms);
void clock_move(struct clock_estimate *c, int64_t by_ms); /* our own clock was set by so much */

/* A wall clock that is off by more than this is an alarm; it is over below half of it. */
enum { CLOCK_SKEW_MS = 2000 };
bool clock_is_skewed(bool was, int64_t skew_ms);

#endif
