/* store.h - what the collector remembers. One face, several stores (store_sqlite.c).
 *
 * All writing goes through one batch at a time, carried out in a worker: the loop never blocks on a
 * disk. A batch is one transaction: readings, state changes, alarms, incidents, the outbox and the
 * engine's state are on disk together or not at all; `done` runs on the loop thread after the
 * commit (0) or after it failed (negative errno: nothing of the batch is stored, nothing may be
 * acknowledged; the caller offers the batch again or leaves the data with the agents). */
#ifndef LW_STORE_H
#define LW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct store;
struct store_batch;

typedef void store_done_fn(void *arg, int status);

struct store_options {
	const char *path;
	int64_t keep_readings_ms; /* 0: for ever */
	int64_t keep_hourly_ms;
};

int store_open(struct store **ret, uv_loop_t *loop, const struct store_options *o, char *reterr,
	       size_t reterr_size);
void store_close(struct store *s, void (*closed)(void *arg),
		 void *arg); /* finishes what is queued */

struct store_batch *store_batch_new(struct store *s); /* NULL: no memory or too many waiting */
/* The batch belongs to the store from here on. */
void store_commit(struct store *s, struct store_batch *b, store_done_fn *done, void *arg);
size_t store_waiting(const struct store *s); /* batches not yet on disk: back-pressure */

struct store_sample {
	const char *device; /* "danang/ups-1" */
	uint16_t metric, instance;
	const char *label;
	uint8_t reason;
	bool historical;
	int64_t wall_ms; /* by the collector's clock */
	int64_t scaled;
};

/* A report is remembered by (agent, boot, seq): storing it twice stores it once. */
int store_add_report(struct store_batch *b, const char *agent, uint32_t boot_id, uint64_t seq);
int store_add_sample(struct store_batch *b, const struct store_sample *s);
/* entity: "danang/ups-1", kind as enum entity_kind, state as enum entity_state. */
int store_add_state(struct store_batch *b, int kind, const char *entity, int state,
		    int64_t since_wall_ms, const char *why);
int store_add_event(struct store_batch *b, int64_t wall_ms, const char *type, const char *entity,
		    const char *json);
int store_set_blob(struct store_batch *b, const char *key, const void *buf, size_t len);

#endif
