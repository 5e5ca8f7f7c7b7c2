/* collector_priv.h - what the files of the composition share. */
#ifndef LW_COLLECTOR_PRIV_H
#define LW_COLLECTOR_PRIV_H

#include "collector/collector.h"
#include "collector/core/engine.h"
#include "collector/core/lagging.h"
#include "collector/core/live.h"
#include "collector/drills.h"
#include "collector/io/http/http.h"
#include "collector/io/intake/intake.h"
#include "collector/nms.h"
#include "collector/notify/deadman.h"
#include "collector/notify/notify.h"
#include "collector/notify/outbox.h"
#include "common/io/deadline.h"
#include "common/io/log.h"
#include "common/io/mqtt.h"

enum {
	TICK_MS = 200,
	COMMIT_AFTER_MS = 100,	/* what comes together is committed together */
	PAUSE_BYTES = 16 << 20, /* this much waits: stop reading from the broker */
	SHED_BYTES = 64 << 20,	/* this much of what must be kept waits: refuse the rest */
	RETRY_COMMIT_MS = 1000,
	LAGGING_MS = 5000,
	CLOCK_DRIFT_MS = 200, /* the clock's offset is written down anew */
	DROPPING_MS = 60000   /* without a new loss, and it is over */
};

struct collector {
	struct collector_conf *conf;
	uv_loop_t *loop;
	int64_t since_wall_ms, since_before_ms; /* this start's, and the one's before */
	int64_t saved_offset_ms;		/* of the clock, as the store has it */
	struct store *store;
	struct engine *engine;
	struct live *live;
	struct intake *intake;
	struct mqtt *mqtt;
	struct notify *notify;
	struct http *http;
	struct deadman *deadman;
	struct nms *nms; /* NULL: not wanted */
	struct drills drills;
	struct http_planned *planned; /* maintenance of the file, as the API shows it */
	uint32_t run;		      /* of this history: part of every idempotency key */
	bool links_signed;
	uint8_t link_key[ACK_LINK_KEY_BYTES];
	uint64_t pages_sent, pages_failed;
	struct deadline *wake, *tick, *commit;
	int64_t wake_ms; /* `wake` is armed for it; INT64_MAX: not armed */

	struct store_batch *filling; /* never NULL while open */
	bool committing, commit_armed, paused, broker_up, engine_dirty, urgent, closing;
	bool outbox_filled, outbox_in_flight; /* pages wait for their commit */
	int64_t commit_began_ms, retry_at_ms;
	struct lagging lagging;
	bool dropped_known, dropping;
	long long dropped; /* by the broker, as it says */
	int64_t dropped_at_ms;
	struct log_limit store_limit, memory_limit;
	int n_open; /* parts that close by themselves */
};

/* clock.c */
struct instant collector_now(void);
void clock_open(struct collector *c);
int clock_restore(struct collector *c, struct store_reader *r); /* before anything asks the time */
int clock_settle(struct collector *c); /* since when we are here, newer than ever before */
void clock_keep(struct collector *c);  /* into the batch that is being filled */
void clock_close(void);

/* collector.c */
void collector_end(struct collector *c); /* of closing: when no part and no commit is open */

/* effects.c: what the engine decided, carried out: into the batch, and to who listens. */
void carry_out(struct collector *c);
struct outbox_sources outbox_sources(const struct collector *c);
void arm_engine(struct collector *c);

/* commit.c: the batch that is being filled, and its way to the disk. */
void batch_changed(struct collector *c); /* something was put into c->filling */
void on_commit_due(void *arg);
void commit_last(
	struct collector *c); /* at the end: also while the store is lagging; none is under way */
void watch_store(struct collector *c, struct instant now);

/* api.c */
int api_open(struct collector *c, char *reterr, size_t reterr_size);

/* broker.c */
int broker_open(struct collector *c, char *reterr, size_t reterr_size);
void broker_watch(struct collector *c, struct instant now);
void broker_goodbye(struct collector *c);
int broker_publish(void *arg, const char *topic, const void *buf, size_t len);

#endif
