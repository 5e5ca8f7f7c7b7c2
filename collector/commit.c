/* commit.c - the batch that is being filled and the one on its way to the disk.
 *
 * One commit is under way at a time; what comes meanwhile fills the next batch, so that the disk
 * sets the size of the groups. A commit that fails (full disk) gives nothing away: its readings are
 * dropped here, because their agents keep them until they are acknowledged; what only we know -
 * states, alarms, pages - is kept and tried again. */
#include <stdlib.h>

#include "collector/collector_priv.h"

static void on_committed(void *arg, struct store_batch *b, int status);

static void save_engine(struct collector *c)
{
	void *buf = NULL;
	size_t len = 0;

	if (!c->engine_dirty || engine_save(c->engine, &buf, &len) < 0)
		return;
	if (store_set_blob(c->filling, "engine", buf, len) == 0)
		c->engine_dirty = false;
	free(buf);
}

/* What was in it must come again; what only we know goes first in the next batch. */
static void failed(struct collector *c, struct store_batch *b, int status)
{
	log_limited(&c->store_limit, LOG_P_ERROR,
		    "cannot store -> nothing is acknowledged, agents keep their readings error=%s",
		    uv_strerror(status));
	intake_committed(c->intake, status);
	c->retry_at_ms = (int64_t)uv_now(c->loop) + RETRY_COMMIT_MS;
	c->outbox_filled |= c->outbox_in_flight;
	c->outbox_in_flight = false;
	store_batch_shed(b);
	if (store_batch_bytes(b) > SHED_BYTES || store_batch_append(b, c->filling) < 0) {
		log_limited(&c->memory_limit, LOG_P_ERROR,
			    "too much waits for the disk -> the newest events are lost");
		store_batch_free(c->filling);
	}
	c->filling = b;
}

static void commit_now(struct collector *c)
{
	struct store_batch *b = c->filling, *next;

	if (c->committing || store_batch_bytes(b) == 0 ||
	    uv_now(c->loop) < (uint64_t)c->retry_at_ms)
		return;
	next = store_batch_new(c->store);
	if (next == NULL)
		return; /* the tick comes back */
	save_engine(c);
	if (intake_seal(c->intake, b) < 0)
		log_limited(&c->memory_limit, LOG_P_ERROR, "no memory for what was received");
	c->filling = next;
	c->outbox_in_flight = c->outbox_filled;
	c->outbox_filled = false;
	c->commit_began_ms = (int64_t)uv_now(c->loop);
	int r = store_commit(c->store, b, on_committed, c);
	if (r < 0)
		failed(c, b, r);
	else
		c->committing = true;
}

static void succeeded(struct collector *c)
{
	intake_committed(c->intake, 0);
	drills_committed(c);
	c->retry_at_ms = 0;
	if (c->outbox_in_flight && c->notify != NULL && !c->closing)
		notify_wake(c->notify);
	c->outbox_in_flight = false;
}

/* store_done_fn */
static void on_committed(void *arg, struct store_batch *b, int status)
{
	struct collector *c = arg;

	c->committing = false;
	if (status == 0) {
		succeeded(c);
		store_batch_free(b);
	} else {
		failed(c, b, status);
	}
	if (c->closing) {
		collector_end(c); /* the last commit waited for this one */
		return;
	}
	if (c->paused && store_batch_bytes(c->filling) < PAUSE_BYTES / 2) {
		c->paused = false;
		mqtt_pause(c->mqtt, false);
	}
	batch_changed(c);
}

void on_commit_due(void *arg)
{
	struct collector *c = arg;

	c->commit_armed = false;
	commit_now(c);
}

void batch_changed(struct collector *c)
{
	size_t bytes;

	if (c->closing)
		return; /* all that is there goes with the last commit */
	bytes = store_batch_bytes(c->filling);
	if (bytes == 0)
		return;
	if (bytes > PAUSE_BYTES && !c->paused && c->mqtt != NULL) {
		c->paused = true; /* the broker keeps it, and the agents keep what it does not */
		mqtt_pause(c->mqtt, true);
	}
	if (c->committing)
		return;
	/* Never from here: who fills the batch may be in the middle of it. */
	bool at_once = c->urgent || bytes > (1 << 20);
	if (at_once || !c->commit_armed)
		c->commit_armed = deadline_arm(c->commit, at_once ? 0 : COMMIT_AFTER_MS) == 0;
	c->urgent = false;
}

void watch_store(struct collector *c, struct instant now)
{
	int64_t loop_ms = (int64_t)uv_now(c->loop);
	bool slow = c->committing && loop_ms - c->commit_began_ms > LAGGING_MS;

	if (!lagging_step(&c->lagging, slow || c->retry_at_ms != 0, loop_ms))
		return;
	if (!c->lagging.on)
		log_notice("the store keeps up again");
	(void)engine_condition(c->engine, c->conf->topology.collector, "store_lagging",
			       c->lagging.on, now);
	carry_out(c);
}

/* store_done_fn: the very last one */
static void on_last(void *arg, struct store_batch *b, int status)
{
	(void)arg;
	if (status != 0)
		log_error("the last state could not be stored error=%s", uv_strerror(status));
	store_batch_free(b);
}

void commit_last(struct collector *c)
{
	save_engine(c);
	(void)intake_seal(c->intake, c->filling);
	if (c->store == NULL || store_commit(c->store, c->filling, on_last, c) < 0)
		store_batch_free(c->filling);
	c->filling = NULL;
}
