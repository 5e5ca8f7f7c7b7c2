#include "collector/io/http/route.h"

#include <string.h>

bool route_match(const char *pattern, const char *path, struct route_id *ret_id)
{
	const char *star = strchr(pattern, '*');
	size_t head, tail, whole = strlen(path), n;

	if (star == NULL)
		return strcmp(pattern, path) == 0;
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	if (whole <= head + tail || strncmp(path, pattern, head) != 0 ||
	    strcmp(path + whole - tail, star + 1) != 0)
		return false;
	n = whole - head - tail;
	if (n >= sizeof ret_id->text)
		return false;
	memcpy(ret_id->text, path + head, n);
	ret_id->text[n] = '\0';
	return true;
}

enum route_found route_find(const struct route *table, const char *method, const char *path,
			    const struct route **ret, struct route_id *ret_id)
{
	enum route_found found = ROUTE_NONE;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (const struct route *r = table; r->method != NULL; r++) {
		if (!route_match(r->pattern, path, ret_id))
			continue;
		if (strcmp(r->method, method) == 0) {
			*ret = r;
			return ROUTE_FOUND;
		}
		found = ROUTE_METHOD;
	}
	return found;
}
