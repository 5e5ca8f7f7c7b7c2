#include "agent/core/watcher.h"

#include <assert.h>

void watcher_init(struct watcher *w, uint32_t rank, int64_t silent_ms, int64_t now_ms)
{
	*w = (struct watcher){ .rank = rank, .silent_ms = silent_ms, .heard_ms = now_ms };
}

/* A gateway that has just started waits twice as long: its own start may be what is new. */
static int64_t deadline(const struct watcher *w)
{
	return w->heard_ms + (w->ever ? 1 : 2) * w->silent_ms +
	       (int64_t)w->rank * WATCHER_STAGGER_MS;
}

struct watcher_effect watcher_heard(struct watcher *w, int64_t now_ms)
{
	struct watcher_effect e = { WATCHER_NOTHING, 0, 0 };

	assert(now_ms >= w->heard_ms);
	if (w->told)
		e.say = WATCHER_COLLECTOR_BACK;
	w->told = false;
	w->ever = true;
	w->heard_ms = now_ms;
	e.wake_ms = deadline(w);
	return e;
}

struct watcher_effect watcher_tick(struct watcher *w, int64_t now_ms)
{
	struct watcher_effect e = { WATCHER_NOTHING, 0, INT64_MAX };

	assert(now_ms >= w->heard_ms);
	if (w->told)
		return e;
	if (now_ms < deadline(w)) {
		e.wake_ms = deadline(w);
		return e;
	}
	w->told = true;
	e.say = WATCHER_COLLECTOR_SILENT;
	e.silent_ms = now_ms - w->heard_ms;
	return e;
}
