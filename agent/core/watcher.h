/* watcher.h - who watches the watcher: a gateway agent that sees the collector silent pages by
 * itself, once. Pure.
 *
 * Signs of life are the collector's acknowledgements and commands. Without one for `silent_ms` the
 * gateway of rank 0 pages, the next ranks WATCHER_STAGGER_MS later each, so
 * that one page goes out while the first gateway works and one still does when it is dead too. */
#ifndef LW_WATCHER_H
#define LW_WATCHER_H

#include <stdbool.h>
#include <stdint.h>

enum { WATCHER_SILENT_MS = 60000, /* the default */ WATCHER_STAGGER_MS = 30000 };

enum watcher_say { WATCHER_NOTHING, WATCHER_COLLECTOR_SILENT, WATCHER_COLLECTOR_BACK };

struct watcher {
	uint32_t rank; /* 0 pages first */
	int64_t silent_ms;
	int64_t heard_ms; /* monotonic: newest sign of life, or the start */
	bool ever;	  /* heard at all since the start */
	bool told;	  /* its silence was paged */
};

struct watcher_effect {
	enum watcher_say say;
	int64_t silent_ms; /* for how long, with WATCHER_COLLECTOR_SILENT */
	int64_t wake_ms;   /* call watcher_tick then; INT64_MAX: no need */
};

void watcher_init(struct watcher *w, uint32_t rank, int64_t silent_ms, int64_t now_ms);
struct watcher_effect watcher_heard(struct watcher *w, int64_t now_ms);
struct watcher_effect watcher_tick(struct watcher *w, int64_t now_ms);

#endif
