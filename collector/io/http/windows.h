/* windows.h - private to http/: planned work as people see it: what, from when to when, why, by
 * whom. The engine gets each window too, it judges by it; this list is kept in the store. */
#ifndef LW_WINDOWS_H
#define LW_WINDOWS_H

#include "collector/io/http/server.h"

#define WINDOWS_KEY "http.maintenance"
enum { WINDOWS_MAX = 1024 };

struct window {
	char id[32], target[ROUTE_ID_MAX], by[ACCESS_NAME_MAX + 1], reason[256];
	int64_t from_ms, until_ms;
	bool configured; /* in the configuration file: not kept, not ended here */
};

int windows_open(struct windows **ret, struct http *h);
void windows_close(struct windows **wp);

/* 0, -ENOENT (no such target), -ENOSPC, -ENOMEM. id is given to it. */
int windows_add(struct windows *w, struct window *x);
/* 0, -ENOENT, -EPERM (it stands in the configuration file). */
int windows_end(struct windows *w, const char *id);
/* Those not over yet; running from first to last. */
const struct window *windows_list(struct windows *w, size_t *ret_n);
void windows_restore(struct windows *w, const void *buf, size_t len);
json_t *window_json(const struct window *x, int64_t wall_ms);

#endif
