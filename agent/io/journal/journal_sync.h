/* journal_sync.h - fdatasync, by the kernel or by a thread that does nothing else. For the journal
 * alone. */
#ifndef LW_JOURNAL_SYNC_H
#define LW_JOURNAL_SYNC_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct syncer;

/* `done` runs on the loop thread for requests with `notify`, and for every error (< 0). */
int syncer_open(struct syncer **ret, uv_loop_t *loop,
		void (*done)(void *arg, uint64_t seq, int error), void *arg);
/* Sync `fd` (dup'ed here) and then its folder when `dirfd` >= 0. Requests merge: the newest file
 * counts, an older one is synced before it is let go. */
int syncer_request(struct syncer *s, int fd, int dirfd, uint64_t seq, bool notify);
/* Finishes what was asked, then closes. NULL-safe. */
void syncer_close(struct syncer *s, void (*closed)(void *arg), void *arg);

#endif
