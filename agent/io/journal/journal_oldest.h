/* journal_oldest.h - private to this folder: since when the oldest report waits. While the collector
 * answers, that is one of the newest, whose times are in memory; after that it stays the same for long,
 * and its segment is read once for it. */
#ifndef LW_JOURNAL_OLDEST_H
#define LW_JOURNAL_OLDEST_H

#include "common/wire/wire.h"

enum { RECENT = 32 };

struct moment {
	uint64_t seq;
	uint64_t wall_ms;
};

struct oldest {
	struct wire_head birth; /* the newest of this boot */
	struct moment recent[RECENT];
	uint64_t segment; /* id of the one that was looked into last */
	struct moment
		waiting; /* its first that was not stored then; wall_ms 0: none could be read */
};

void oldest_note(struct oldest *o, const void *bytes, size_t len); /* of what is appended */
bool oldest_recent(const struct oldest *o, uint64_t seq, uint64_t *ret_wall_ms);

#endif
