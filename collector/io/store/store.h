/* store.h - what the collector remembers: the writing side. One face, several stores
 * (threads.c and its neighbours: one SQLite file); looking things up stands in store_read.h.
 *
 * All writing goes through batches, carried out by one worker thread: the loop never blocks on a
 * disk. A batch is one transaction (several waiting batches share one): readings, state changes,
 * events, the outbox and the engine's state are on disk together or not at all. All calls here are
 * for the loop thread. */
#ifndef LW_STORE_H
#define LW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "collector/core/chunk.h"

struct store;
struct store_batch;
struct store_shape;

struct store_options {
	const char *path;	  /* of the database */
	const char *key_path;	  /* Ed25519 seed that signs the chain; NULL: path + ".key" */
	int64_t keep_readings_ms; /* 0: for ever */
	int64_t keep_hourly_ms;	  /* 0: for ever */
	int64_t keep_outbox_ms;	  /* messages sent or given up; 0: for ever */
	int64_t keep_ranges_ms;	  /* of boots that are over and silent for so long; 0: for ever */
	int64_t roll_every_ms;	  /* raw readings into column chunks; 0: each hour */
	size_t max_waiting;	  /* batches; 0: 64 */
	const char *vfs;	  /* SQLite VFS, NULL: the default (tests inject faults) */
};

/* Opens or creates the file, migrates an older one, refuses a newer one (-EPROTONOSUPPORT). */
int store_open(struct store **ret, uv_loop_t *loop, const struct store_options *o, char *reterr,
	       size_t reterr_size);
/* Finishes what is queued, then calls closed. NULL-safe (closed is then called at once). */
void store_close(struct store *s, void (*closed)(void *arg), void *arg);

/* After the commit (0) or after it failed (negative errno: nothing of the batch is stored, nothing
 * may be acknowledged). The batch is the caller's again: store_batch_free it, or drop its readings
 * with store_batch_shed and commit the rest again later. */
typedef void store_done_fn(void *arg, struct store_batch *b, int status);

struct store_batch *store_batch_new(struct store *s); /* NULL: no memory */
void store_batch_free(struct store_batch *b);	      /* accepts NULL */
size_t store_batch_bytes(const struct store_batch *b);
/* Forget readings and ranges; state changes, events, outbox and blobs stay. */
void store_batch_shed(struct store_batch *b);
/* What `from` holds, behind what `to` holds; `from` is freed, unless -ENOMEM. */
int store_batch_append(struct store_batch *to, struct store_batch *from);
/* -EAGAIN: too many are waiting, the batch stays the caller's and done is not called. */
int store_commit(struct store *s, struct store_batch *b, store_done_fn *done, void *arg);

struct store_stats {
	uint64_t commits, failed_commits, batches, readings, bytes;
	uint64_t last_commit_us, slowest_commit_us; /* the transaction, fsync included */
	size_t waiting;				    /* batches not yet on disk: back-pressure */
	int last_error;				    /* 0: the newest commit went well */
	uint64_t rolled_rows, roll_us;
};
void store_stats(const struct store *s, struct store_stats *ret);
/* Raw readings into column chunks now, in the background; it also happens by itself. */
void store_roll(struct store *s);

/* The columns of a device, in order. Counted: a batch that uses one holds it. */
struct store_series {
	uint16_t metric, instance;
	const char *label; /* NULL: none; copied */
};
struct store_shape *store_shape_new(const char *device, const struct store_series *s, size_t n);
void store_shape_unref(struct store_shape *sh); /* accepts NULL */

enum { STORE_READING_HISTORICAL = 1, STORE_READING_THINNED = 2, STORE_READING_SILENT = 4 };

/* All values of a device as read at wall_ms (kept to 0.1 s) by the collector's clock. */
int store_add_reading(struct store_batch *b, struct store_shape *sh, int64_t wall_ms,
		      unsigned flags, const struct store_value *values);
/* What is stored of (agent, boot) once this batch is: whole, replaces what was known before.
 * offset_ms: collector's wall time less the agent's monotonic time. */
struct store_range {
	uint64_t first, last;
};
int store_set_ranges(struct store_batch *b, const char *agent, uint32_t boot_id, int64_t offset_ms,
		     const struct store_range *r, size_t n);
/* A stretch that never came and never will: a row in the history. */
int store_add_hole(struct store_batch *b, const char *agent, uint32_t boot_id, uint64_t first,
		   uint64_t last, int64_t wall_ms);

/* entity: "danang/ups-1"; kind, state: enum entity_kind, enum entity_state (engine.h). */
int store_add_state(struct store_batch *b, int kind, const char *entity, int state,
		    int64_t since_wall_ms, int64_t wall_ms, const char *why);
/* The backlog came: what was unknown from..until is now known. Never replaces a known state. */
int store_add_healed(struct store_batch *b, int kind, const char *entity, int state,
		     int64_t from_wall_ms, int64_t until_wall_ms, int64_t wall_ms);
/* type: "alarm", "incident", "page", "ack", "maintenance", "trap" …; json: one object. */
int store_add_event(struct store_batch *b, int64_t wall_ms, const char *type, int kind,
		    const char *entity, const char *json);
/* buf NULL: forget the key. "layout/AGENT/BOOT/…" (boot: 8 hex digits) goes with the boot's ranges. */
int store_set_blob(struct store_batch *b, const char *key, const void *buf, size_t len);
int store_add_quarantine(struct store_batch *b, int64_t wall_ms, const char *topic,
			 const char *reason, const void *buf, size_t len);

/* What is to be sent. A key that is there already is not added again. */
int store_outbox_add(struct store_batch *b, const char *key, int64_t due_wall_ms, const char *json);
int store_outbox_done(struct store_batch *b, const char *key, int64_t wall_ms);
/* due_wall_ms INT64_MAX: given up. json NULL: as it was. */
int store_outbox_failed(struct store_batch *b, const char *key, int64_t due_wall_ms,
			const char *error, const char *json);

#endif
