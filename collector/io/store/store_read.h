/* store_read.h - looking things up in the store. Readers have an own connection and see the last
 * commit; all calls block on the disk, so on the loop go through store_ask. */
#ifndef LW_STORE_READ_H
#define LW_STORE_READ_H

#include "collector/io/store/store.h"

struct store_reader;

/* `work` runs in the reader's thread, `done` afterwards on the loop thread, also when the store is
 * closed meanwhile (status -ECANCELED: work did not run). -EAGAIN: too many wait. */
typedef void store_work_fn(struct store_reader *r, void *arg);
typedef void store_asked_fn(void *arg, int status);
int store_ask(struct store *s, store_work_fn *work, store_asked_fn *done, void *arg);

/* For programs without a loop, and for start-up. */
int store_reader_open(struct store_reader **ret, const char *path, char *reterr,
		      size_t reterr_size);
void store_reader_close(struct store_reader **rp);

/* Row callbacks: the row lives for the call; a return other than 0 ends the walk and is returned. */
struct store_state_row {
	uint64_t n; /* number in the chain: the proof of this second */
	int kind, state;
	const char *entity, *why;
	int64_t since_ms, until_ms; /* until: healed rows only, else INT64_MAX */
	int64_t wall_ms;	    /* when it was written */
	bool healed;
};
typedef int store_state_fn(void *arg, const struct store_state_row *row);
/* By entity, then since_ms: the row in force at `from`, all that was written after it, and what was
 * healed. kind -1, entity NULL: all. */
int store_read_states(struct store_reader *r, int kind, const char *entity, int64_t from_ms,
		      int64_t until_ms, store_state_fn *fn, void *arg);

struct store_event_row {
	uint64_t n;
	int64_t wall_ms;
	int kind;
	const char *type, *entity, *json;
};
typedef int store_event_fn(void *arg, const struct store_event_row *row);
/* Newest last. type, entity NULL: all; limit 0: all, else the newest `limit`. */
int store_read_events(struct store_reader *r, const char *type, const char *entity, int64_t from_ms,
		      int64_t until_ms, size_t limit, store_event_fn *fn, void *arg);

typedef int store_point_fn(void *arg, int64_t wall_ms, unsigned flags, const struct store_value *v);
int store_read_series(struct store_reader *r, const char *device, const struct store_series *s,
		      int64_t from_ms, int64_t until_ms, store_point_fn *fn, void *arg);

struct store_hour {
	int64_t hour_ms; /* start */
	uint32_t n, n_unknown;
	int64_t min, max; /* scaled; undefined when n is 0 */
	double mean;	  /* scaled */
};
typedef int store_hour_fn(void *arg, const struct store_hour *h);
/* Hours without any reading are left out: a gap. */
int store_read_hours(struct store_reader *r, const char *device, const struct store_series *s,
		     int64_t from_ms, int64_t until_ms, store_hour_fn *fn, void *arg);
/* What there is of a device. */
typedef int store_series_fn(void *arg, const struct store_series *s);
int store_read_device(struct store_reader *r, const char *device, store_series_fn *fn, void *arg);
/* Every reading of every device of the span, whole, ordered by device and time (for export). */
typedef int store_reading_fn(void *arg, const char *device, const struct store_series *s, size_t n,
			     int64_t wall_ms, unsigned flags, const struct store_value *v);
int store_read_all(struct store_reader *r, int64_t from_ms, int64_t until_ms, store_reading_fn *fn,
		   void *arg);

struct store_outbox_row {
	const char *key, *json, *error;
	int64_t due_ms, done_ms; /* done 0: not yet; due INT64_MAX: given up */
	unsigned attempts;
};
typedef int store_outbox_fn(void *arg, const struct store_outbox_row *row);
/* What is due by `due_ms` and not done, oldest due first; all: every row of it instead. */
int store_read_outbox(struct store_reader *r, int64_t due_ms, bool all, size_t limit,
		      store_outbox_fn *fn, void *arg);

struct store_quarantine_row {
	int64_t wall_ms;
	const char *topic, *reason;
	const void *buf;
	size_t len, full_len;
};
typedef int store_quarantine_fn(void *arg, const struct store_quarantine_row *row);
int store_read_quarantine(struct store_reader *r, size_t limit, store_quarantine_fn *fn, void *arg);

typedef int store_ranges_fn(void *arg, const char *agent, uint32_t boot_id, int64_t offset_ms,
			    const struct store_range *ranges, size_t n);
/* Of each agent the boot that was heard last comes last. */
int store_read_ranges(struct store_reader *r, store_ranges_fn *fn, void *arg);
typedef int store_hole_fn(void *arg, const char *agent, uint32_t boot_id, uint64_t first,
			  uint64_t last, int64_t wall_ms);
int store_read_holes(struct store_reader *r, store_hole_fn *fn, void *arg);
typedef int store_blob_fn(void *arg, const char *key, const void *buf, size_t len);
/* Keys that start with prefix. */
int store_read_blobs(struct store_reader *r, const char *prefix, store_blob_fn *fn, void *arg);

/* The chain: 0 whole; 1 broken, and reterr says at which record and how. */
struct store_proof {
	uint64_t records, heads;
	int64_t last_head_ms;
	char public_key[65]; /* hex */
};
int store_verify(struct store_reader *r, struct store_proof *ret, char *reterr, size_t reterr_size);
int store_check(struct store_reader *r, char *reterr, size_t reterr_size); /* 1: damaged */
/* A whole store under its name, or none. */
int store_backup(struct store_reader *r, const char *to, char *reterr, size_t reterr_size);

#endif
