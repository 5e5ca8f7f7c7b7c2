/* journal.h - reports on disk until the collector has stored them.
 *
 * Append-only segments in one folder, of this boot and of earlier ones. Nothing here blocks the loop
 * for longer than a write into the page cache; fdatasync runs in a thread. When the disk fails, the
 * newest reports wait in memory. All functions are for the loop thread. */
#ifndef LW_JOURNAL_H
#define LW_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/wire/wire.h"

struct journal;

struct journal_options {
	const char *path; /* a folder, made where it is not */
	uint64_t max_bytes;
	uint32_t boot_id;
};

enum journal_kind { JOURNAL_BIRTH, JOURNAL_FULL, JOURNAL_DELTA };
enum journal_sync {
	JOURNAL_SOON, /* begun at once; nobody waits for it */
	JOURNAL_NOW   /* begun at once; `synced` is called */
};

struct journal_counters {
	uint64_t appended;
	uint64_t write_errors; /* appends that the disk refused; they wait in memory */
	uint64_t lost;	  /* reports that had no place in memory either, or whose file vanished */
	uint64_t damaged; /* bytes that were not what was written */
	uint64_t thinned; /* reports dropped because they changed no state */
	uint64_t dropped; /* reports dropped because even thinned there was no room */
	uint64_t resent;  /* reports served for the history lane */
	uint64_t gone;	  /* reports that the collector asked for and that were not here */
};

/* `synced`: all reports up to `seq` are on disk (or never will be: the disk failed). */
int journal_open(struct journal **ret, uv_loop_t *loop, const struct journal_options *o,
		 void (*synced)(void *arg, uint64_t seq), void *arg);

/* True: the next report begins a segment and must be full. */
bool journal_wants_full(const struct journal *j);
/* Reports of this boot, ascending. 0, or the negative errno of the disk: the report is in memory. */
int journal_append(struct journal *j, uint64_t seq, enum journal_kind kind, const void *bytes,
		   size_t len, enum journal_sync sync);

/* ---- the collector's words; ranges of unknown boots or numbers are ignored ---- */

unsigned journal_stored(struct journal *j, const struct wire_range *r); /* reports newly stored */
/* Each number of it is answered: by its report, served anew, or by journal_lost(). */
void journal_missing(struct journal *j, const struct wire_range *r);
bool journal_has_lost(const struct journal *j);
/* Moves out what was asked for and is not here; the collector asks again for what it never hears. */
size_t journal_lost(struct journal *j, struct wire_range *ret, size_t max);

/* ---- the history lane ---- */

/* Reports of this boot from `seq` on went out live: they are not replayed. UINT64_MAX: none did. */
void journal_live_from(struct journal *j, uint64_t seq);
void journal_rewind(struct journal *j); /* serve again from the oldest that is not stored */

struct journal_record {
	const uint8_t *bytes; /* valid until the journal is called again */
	size_t len;
	bool context; /* repeated only so that what follows can be read */
};
bool journal_next(struct journal *j, struct journal_record *ret); /* false: nothing now */

/* ---- for births and for the agent's own readings ---- */

uint64_t journal_first_seq(const struct journal *j, uint64_t next_seq); /* of this boot */
size_t journal_backlog(const struct journal *j, struct wire_range *ret, size_t max);
uint64_t journal_bytes(const struct journal *j);
/* When the oldest report that is not stored was made; 0: all are. Reads a segment now and then. */
uint64_t journal_oldest_wall_ms(struct journal *j);
const struct journal_counters *journal_counters(const struct journal *j);

/* Flushes and closes; no `synced` any more. NULL-safe. */
void journal_close(struct journal *j, void (*closed)(void *arg), void *arg);

#endif
