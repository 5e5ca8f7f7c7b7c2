#include "collector/io/http/windows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/sse.h"
#include "common/core/rfc3339.h"

struct windows {
	struct http *http;
	struct window all[WINDOWS_MAX];
	size_t n;
	unsigned last; /* number of the newest id */
};

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from != NULL ? from : "");
}

static int tell_engine(struct windows *w, const struct window *x, int64_t until_ms)
{
	struct view v = http_view(w->http);
	uint32_t parts[TARGET_PARTS], n = topology_target(v.t, x->target, parts);
	int r = n > 0 ? 0 : -ENOENT;

	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = engine_maintenance(w->http->src.engine, x->id, parts[i], x->from_ms, until_ms,
				       v.now);
	if (w->http->src.engine_changed != NULL)
		w->http->src.engine_changed(w->http->src.arg);
	return r;
}

int windows_open(struct windows **ret, struct http *h)
{
	struct windows *w = calloc(1, sizeof *w);

	if (w == NULL)
		return -ENOMEM;
	w->http = h;
	for (size_t i = 0; i < h->src.n_planned && w->n < WINDOWS_MAX; i++) {
		const struct http_planned *p = &h->src.planned[i];
		struct window *x = &w->all[w->n++];

		x->from_ms = p->from_wall_ms;
		x->until_ms = p->until_wall_ms;
		x->configured = true;
		copy(x->id, sizeof x->id, p->id);
		copy(x->target, sizeof x->target, p->target);
		copy(x->reason, sizeof x->reason, p->reason);
	}
	*ret = w;
	return 0;
}

void windows_close(struct windows **wp)
{
	free(*wp);
	*wp = NULL;
}

static void forget(struct windows *w, size_t i)
{
	memmove(&w->all[i], &w->all[i + 1], (w->n - i - 1) * sizeof w->all[0]);
	w->n--;
}

static void forget_past(struct windows *w)
{
	int64_t now = http_view(w->http).now.wall_ms;

	for (size_t i = w->n; i > 0; i--)
		if (w->all[i - 1].until_ms <= now)
			forget(w, i - 1);
}

static json_t *text_or_null(const char *s)
{
	return s[0] != '\0' ? json_string(s) : json_null();
}

json_t *window_json(const struct window *x, int64_t wall_ms)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:b}", "id", x->id, "target", x->target, "from",
			 view_time(x->from_ms), "until", view_time(x->until_ms), "reason",
			 text_or_null(x->reason), "by", text_or_null(x->by), "active",
			 x->from_ms <= wall_ms && wall_ms < x->until_ms);
}

static void keep(struct windows *w)
{
	json_t *list = json_array();
	char *text;

	for (size_t i = 0; i < w->n; i++)
		if (!w->all[i].configured)
			(void)json_array_append_new(list, window_json(&w->all[i], 0));
	text = json_dumps(list, JSON_COMPACT);
	if (text != NULL && w->http->src.keep != NULL)
		w->http->src.keep(w->http->src.arg, WINDOWS_KEY, text, strlen(text));
	free(text);
	json_decref(list);
}

int windows_add(struct windows *w, struct window *x)
{
	int64_t now = http_view(w->http).now.wall_ms;
	int r;

	forget_past(w);
	if (w->n == WINDOWS_MAX)
		return -ENOSPC;
	(void)snprintf(x->id, sizeof x->id, "w%" PRId64 "-%u", now / 1000, ++w->last);
	r = tell_engine(w, x, x->until_ms);
	if (r < 0)
		return r;
	w->all[w->n++] = *x;
	keep(w);
	sse_send(w->http->sse, "maintenance", window_json(x, now));
	return 0;
}

int windows_end(struct windows *w, const char *id)
{
	int64_t now = http_view(w->http).now.wall_ms;

	forget_past(w);
	for (size_t i = 0; i < w->n; i++) {
		struct window *x = &w->all[i];

		if (strcmp(x->id, id) != 0)
			continue;
		if (x->configured)
			return -EPERM;
		(void)tell_engine(w, x, x->from_ms);
		x->until_ms = now > x->from_ms ? now : x->from_ms;
		sse_send(w->http->sse, "maintenance", window_json(x, now));
		forget(w, i);
		keep(w);
		return 0;
	}
	return -ENOENT;
}

const struct window *windows_list(struct windows *w, size_t *ret_n)
{
	forget_past(w);
	*ret_n = w->n;
	return w->all;
}

void windows_restore(struct windows *w, const void *buf, size_t len)
{
	json_t *list = json_loadb(buf, len, 0, NULL);
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j)
	{
		struct window x = { 0 };

		if (w->n == WINDOWS_MAX ||
		    !rfc3339_parse(json_string_value(json_object_get(j, "from")), &x.from_ms) ||
		    !rfc3339_parse(json_string_value(json_object_get(j, "until")), &x.until_ms))
			continue;
		copy(x.id, sizeof x.id, json_string_value(json_object_get(j, "id")));
		copy(x.target, sizeof x.target, json_string_value(json_object_get(j, "target")));
		copy(x.by, sizeof x.by, json_string_value(json_object_get(j, "by")));
		copy(x.reason, sizeof x.reason, json_string_value(json_object_get(j, "reason")));
		if (tell_engine(w, &x, x.until_ms) == 0)
			w->all[w->n++] = x;
	}
	json_decref(list);
}
