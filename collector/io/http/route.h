/* route.h - private to http/: which handler a method and a path mean. Pure. */
#ifndef LW_ROUTE_H
#define LW_ROUTE_H

#include <stdbool.h>

struct request;

enum need { NEED_NOTHING, NEED_WATCHER, NEED_TECHNICIAN, NEED_AUDITOR, NEED_ADMIN };

struct route {
	const char *method, *pattern; /* one * stands for one or more whole segments */
	enum need need;
	int (*fn)(struct request *q);
};

enum { ROUTE_ID_MAX = 256 };
struct route_id {
	char text[ROUTE_ID_MAX];
};

enum route_found { ROUTE_NONE, ROUTE_METHOD, ROUTE_FOUND };

/* HEAD is GET. ROUTE_METHOD: the path is there, the method is not. */
enum route_found route_find(const struct route *table, const char *method, const char *path,
			    const struct route **ret, struct route_id *ret_id);
bool route_match(const char *pattern, const char *path, struct route_id *ret_id);

extern const struct route routes[]; /* ends with a NULL method */

#endif
