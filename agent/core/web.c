#include "agent/core/web.h"

#include <errno.h>
#include <string.h>

/* One item of a spec: three places, each a digit or x. */
static bool item_fits(const char *item, unsigned code)
{
	const unsigned digits[3] = { code / 100 % 10, code / 10 % 10, code % 10 };

	for (size_t i = 0; i < 3; i++)
		if (item[i] != 'x' && (unsigned)(item[i] - '0') != digits[i])
			return false;
	return true;
}

static bool item_valid(const char *item, size_t len)
{
	if (len != 3 || item[0] < '1' || item[0] > '5')
		return false;
	return strspn(item + 1, "0123456789x") >= 2;
}

bool web_status_spec_valid(const char *spec)
{
	for (const char *p = spec; *p != '\0';) {
		size_t len = strcspn(p, ",");

		if (!item_valid(p, len) || (p[len] == ',' && p[len + 1] == '\0'))
			return false;
		p += len + (p[len] == ',');
	}
	return true;
}

bool web_status_fits(const char *spec, unsigned code)
{
	if (*spec == '\0')
		return code >= 200 && code < 400;
	for (const char *p = spec; *p != '\0';) {
		size_t len = strcspn(p, ",");

		if (item_valid(p, len) && item_fits(p, code))
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

int web_search_init(struct web_search *s, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= sizeof s->text)
		return -EINVAL;
	memset(s, 0, sizeof *s);
	memcpy(s->text, text, len);
	s->len = len;
	return 0;
}

/* Keep the last len-1 bytes: a text cut by the border of two pieces begins there. */
static void keep_tail(struct web_search *s, const char *data, size_t len)
{
	size_t keep = s->len - 1;

	if (len >= keep) {
		memcpy(s->tail, data + len - keep, keep);
		s->n_tail = keep;
		return;
	}
	size_t old = s->n_tail + len > keep ? keep - len : s->n_tail;
	memmove(s->tail, s->tail + s->n_tail - old, old);
	memcpy(s->tail + old, data, len);
	s->n_tail = old + len;
}

void web_search_feed(struct web_search *s, const char *data, size_t len)
{
	char border[2 * WEB_TEXT_MAX];
	size_t head = len < s->len - 1 ? len : s->len - 1;

	if (s->found || len == 0)
		return;
	memcpy(border, s->tail, s->n_tail);
	memcpy(border + s->n_tail, data, head);
	s->found = memmem(border, s->n_tail + head, s->text, s->len) != NULL ||
		   memmem(data, len, s->text, s->len) != NULL;
	keep_tail(s, data, len);
}
