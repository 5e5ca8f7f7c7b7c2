/* journal_missing.h - what the collector asks for once more, and what of it is not there. For the
 * walk over the journal (journal_read.c) only. */
#ifndef LW_JOURNAL_MISSING_H
#define LW_JOURNAL_MISSING_H

#include "agent/io/journal/journal.h"

enum { WANTED_MAX = 64 };

/* A range that the collector misses, and the first of it that the walk has not come by yet. */
struct wanted {
	struct wire_range range;
	uint64_t next;
};

bool wanted_has(const struct journal *j, const struct wire_head *head);
/* The walk came by this report, and served it or not. */
void wanted_pass(struct journal *j, const struct wire_head *head, bool served);
/* It came to its end; what was not met is lost. `newest_unread`: but for the newest segment, which
 * could not be read and is about to be mended. */
void wanted_end(struct journal *j, bool newest_unread);

#endif
