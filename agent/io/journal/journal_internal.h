/* journal_internal.h - shared by the files of this folder (and its tests) only. */
#ifndef LW_JOURNAL_INTERNAL_H
#define LW_JOURNAL_INTERNAL_H

#include <sys/stat.h>

#include "agent/core/spool.h"
#include "agent/io/journal/journal_missing.h"
#include "agent/io/journal/journal_oldest.h"
#include "agent/io/journal/journal_sync.h"
#include "common/io/deadline.h"
#include "common/io/log.h"

enum {
	SEGMENT_BYTES = 256 << 10,	  /* a new one is begun at the next full report */
	SEGMENT_MOST = 2 * SEGMENT_BYTES, /* nothing larger is read: it is not ours */
	PENDING_BYTES = 512 << 10	  /* what may wait in memory while the disk fails */
};

struct segment {
	uint64_t id;
	uint32_t boot_id;
	uint64_t first, last; /* numbers of its reports; first 0: none yet */
	uint32_t n;
	uint64_t bytes, created_wall_ms;
	bool thinned;
	bool orphans_served; /* asked for once: what they rest on is not here */
	struct spool_set stored;
};

struct pending {
	struct pending *next;
	uint64_t seq, wall_ms;
	enum journal_kind kind;
	enum journal_sync sync;
	size_t len;
	uint8_t bytes[];
};

struct cursor {
	uint64_t id; /* of the segment; 0: before the oldest */
	size_t at;
};

/* How far the page was walked, and what its next reports are read by. */
struct walk {
	size_t at;
	struct spool_record birth, full;
	struct wire_head birth_head, full_head;
	bool has_birth, has_full;
	bool orphans; /* some that are asked for were served */
};

struct journal {
	uv_loop_t *loop;
	char *path;
	int dirfd; /* -1: could not be opened */
	uint64_t max_bytes;
	uint32_t boot_id;
	void (*synced)(void *arg, uint64_t seq);
	void *arg;
	struct syncer *syncer;

	struct segment *segments; /* oldest first */
	size_t n, room;
	uint64_t next_id; /* greater than any that a file may have */
	bool scanned;	  /* what earlier boots left is known */
	int fd;		  /* of the newest segment while it is being written; -1: none */
	bool begun;	  /* its name is not yet known to be on disk */
	uint64_t newest_seq;
	uint8_t *context; /* the newest birth */
	size_t context_len;

	struct pending *pending, **pending_end;
	size_t pending_bytes;
	uint64_t retry_ms, appended_seq;
	struct deadline *retry;

	/* replay */
	uint64_t live_from;
	struct cursor cursor, high;
	uint8_t *page; /* the segment that is being served */
	uint64_t page_id;
	size_t page_len;
	struct walk walk;
	uint32_t told_boot, told_layout; /* whose birth was served last */
	uint64_t told_full;		 /* number of the newest full report that was served */
	struct wanted wanted[WANTED_MAX];
	size_t n_wanted;
	struct wire_range lost[WIRE_MAX_RANGES]; /* of what was wanted, to be told */
	size_t n_lost;
	struct oldest oldest;
	struct journal_counters counters;
	struct log_limit limit_write, limit_damage, limit_full, limit_gone;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* Tests make the n-th call of an operation fail with a negative errno; 0 in life. */
extern int (*journal_fault_hook)(const char *op);
int journal_fault(const char *op);

/* journal_file.c */
void segment_name(char *buf, size_t size, uint64_t id);
int segment_load(struct journal *j, const struct segment *s, uint8_t **ret, size_t *ret_len);
int segment_begin(struct journal *j); /* the newest, open for writing, with header and context */
void segment_end(struct journal *j);  /* close it for writing */
void segment_remove(struct journal *j, size_t i);			/* file and row */
int segment_write(struct journal *j, const uint8_t *bytes, size_t len); /* whole or not at all */
int segment_count(struct segment *s, enum spool_type type, const uint8_t *payload, size_t len);
int journal_scan(struct journal *j);

/* journal_thin.c: rewrite segment i with its state changes alone; the bytes it saved, or < 0. */
int64_t segment_thin(struct journal *j, size_t i);

/* journal_read.c */
void page_drop(struct journal *j);
bool is_newest(const struct journal *j, const struct segment *s);

#endif
