/* notify_internal.h - shared by notify.c (what is due, when) and flight.c (one sending). */
#ifndef LW_NOTIFY_INTERNAL_H
#define LW_NOTIFY_INTERNAL_H

#include "collector/notify/notify.h"
#include "common/notify/channel.h"

enum {
	NOTIFY_BATCH = 256,	       /* rows looked at in one go */
	NOTIFY_PARALLEL = 8,	       /* sendings under way on one channel */
	NOTIFY_LOOK_MS = 15000,	       /* at least this often, whatever is due */
	NOTIFY_BUSY_MS = 250,	       /* a channel had no room: look again */
	NOTIFY_COMMIT_RETRY_MS = 2000, /* the store could not take a result */
	NOTIFY_PER_MINUTE = 60
};

/* One channel with its own limits. */
struct lane {
	struct channel channel;
	struct notify_channel_state state;
	double tokens;
	uint64_t refilled_ms;
};

/* A message between "due" and "its outcome is on disk"; no second one with its key meanwhile. */
struct flight {
	struct notify *owner; /* NULL: notify is closed */
	struct flight *next;
	struct lane *lane;
	struct message message;
	uint64_t started_ms;
	struct store_batch *unsaved; /* the outcome, when the store could not take it yet */
	bool sending;
};

struct notify {
	uv_loop_t *loop;
	struct store *store;
	struct notify_options options;
	struct lane *lanes;
	size_t n_lanes;
	struct flight *flights;
	uv_timer_t timer;
	int64_t next_due_ms; /* wall; INT64_MAX: none known */
	bool asking, again, closing;
	bool stale;	   /* a row changed while it was being read: that look does not count */
	unsigned n_saving; /* commits under way */
	unsigned n_open;   /* handles the loop still holds, questions the store still has */
	void (*closed)(void *arg);
	void *closed_arg;
};

int64_t notify_wall_ms(void);
struct lane *notify_lane(struct notify *n, const char *id); /* NULL: not configured */
bool lane_take(struct lane *l, uint64_t now_ms);	    /* room and a token */
bool flight_exists(const struct notify *n, const char *key);
/* Takes the message over, whatever comes of it. */
void flight_start(struct notify *n, struct lane *lane, struct message *m);
void flight_drop(struct notify *n, struct message *m, const char *why); /* done without sending */
void flight_save_again(struct notify *n);
void notify_plan(struct notify *n, int64_t due_wall_ms);
void notify_maybe_gone(struct notify *n);
void flight_unlink(struct flight *f);

#endif
