/* web.h - what an HTTP answer must look like. Pure. */
#ifndef LW_WEB_H
#define LW_WEB_H

#include <stdbool.h>
#include <stddef.h>

/* Does `code` fit `spec`: "200", "200,204,3xx"? An empty spec wants 200 to 399. */
bool web_status_fits(const char *spec, unsigned code);
bool web_status_spec_valid(const char *spec);

/* Finds one text in a body that comes in pieces, in constant memory. */
enum { WEB_TEXT_MAX = 256 };
struct web_search {
	char text[WEB_TEXT_MAX];
	size_t len;
	char tail[WEB_TEXT_MAX]; /* the last len-1 bytes of what was seen */
	size_t n_tail;
	bool found;
};

int web_search_init(struct web_search *s, const char *text); /* -EINVAL: empty or too long */
void web_search_feed(struct web_search *s, const char *data, size_t len);

#endif
