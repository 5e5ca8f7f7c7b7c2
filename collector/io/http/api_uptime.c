/* api_uptime.c - the availability of everything over a month or any span, as JSON, CSV or a page to
 * print. Read and summed in the reader's thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/request.h"
#include "collector/io/http/zones.h"
#include "collector/io/report/uptime.h"

enum format { FORMAT_JSON, FORMAT_CSV, FORMAT_HTML, FORMAT_END };
static const char *const format_names[FORMAT_END] = { "json", "csv", "html" };
static const char *const format_types[FORMAT_END] = { "application/json", "text/csv; charset=utf-8",
						      "text/html; charset=utf-8" };

struct wanted {
	struct uptime_request ask;
	enum format format;
	char title[64];
	char lang[8];
	json_t *json;
	char *text;
	int64_t *starts; /* of the bars */
};

static int render(struct wanted *w, const struct uptime *u)
{
	size_t len = 0;

	if (w->format == FORMAT_JSON) {
		w->json = uptime_json(u);
		return w->json != NULL ? 0 : -ENOMEM;
	}
	FILE *f = open_memstream(&w->text, &len);
	if (f == NULL)
		return -ENOMEM;
	int r = w->format == FORMAT_CSV ? uptime_csv(u, f) : uptime_html(u, w->lang, w->title, f);
	return fclose(f) == 0 && r == 0 ? 0 : -ENOMEM;
}

static void work_uptime(struct request *q, struct store_reader *r)
{
	struct wanted *w = q->data;
	struct uptime u;

	q->work_status = uptime_read(&u, r, &w->ask);
	if (q->work_status < 0)
		return;
	q->work_status = render(w, &u);
	uptime_fini(&u);
}

static void answer_uptime(struct request *q)
{
	struct wanted *w = q->data;

	free(w->starts);
	if (q->work_status < 0) {
		json_decref(w->json);
		free(w->text);
		(void)problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "no_store", NULL);
	} else if (w->format == FORMAT_JSON) {
		(void)reply(q, MHD_HTTP_OK, w->json);
	} else {
		(void)reply_text(q, MHD_HTTP_OK, w->text, format_types[w->format]);
	}
}

static bool read_site(struct request *q, struct wanted *w)
{
	const char *id = request_param(q, "site");
	const struct topology *t = q->http->src.topology;

	w->ask.topology = t;
	w->ask.site = NO_ENTITY;
	for (uint32_t i = 0; id != NULL && i < t->n_sites; i++) {
		if (strcmp(t->sites[i].id, id) == 0)
			w->ask.site = i;
	}
	w->ask.zone = zones_of(q->http->zones, w->ask.site != NO_ENTITY ? w->ask.site : 0);
	if (id == NULL || w->ask.site != NO_ENTITY)
		return true;
	(void)problem(q, MHD_HTTP_NOT_FOUND, "not_found", id);
	return false;
}

static bool read_span(struct request *q, struct wanted *w)
{
	const char *month = request_param(q, "month");
	int64_t now = http_view(q->http).now.wall_ms;

	if (month == NULL)
		return param_span(q, &w->ask.from_ms, &w->ask.until_ms);
	(void)snprintf(w->title, sizeof w->title, "%s", month);
	if (month_span(w->ask.zone, month, &w->ask.from_ms, &w->ask.until_ms) == 0 &&
	    w->ask.from_ms < now) {
		if (w->ask.until_ms > now)
			w->ask.until_ms = now; /* the future is not unknown */
		return true;
	}
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "month");
	return false;
}

static bool read_format(struct request *q, struct wanted *w)
{
	const char *format = request_param(q, "format"), *lang = request_param(q, "lang");

	(void)snprintf(w->lang, sizeof w->lang, "%s", lang != NULL ? lang : request_lang(q));
	for (int i = 0; i < FORMAT_END; i++) {
		if (format == NULL || strcmp(format, format_names[i]) == 0) {
			w->format = (enum format)i;
			return true;
		}
	}
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "format");
	return false;
}

static bool read_only(struct request *q, struct wanted *w)
{
	static const char *const names[] = { "", "sites", "classes" };
	const char *only = request_param(q, "only");

	if (only == NULL)
		return true;
	for (int i = UPTIME_ONLY_SITES; i <= UPTIME_ONLY_CLASSES; i++) {
		if (strcmp(only, names[i]) == 0 && w->ask.only != UPTIME_ONLY_SEAT) {
			w->ask.only = (enum uptime_only)i;
			return true;
		}
	}
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "only");
	return false;
}

/* One seat, in place of all that there is. */
static bool read_seat(struct request *q, struct wanted *w)
{
	const char *id = request_param(q, "seat");
	const struct topology *t = w->ask.topology;
	uint32_t i = 0;

	if (id == NULL)
		return true;
	while (i < t->n_seats && strcmp(t->seats[i].id, id) != 0)
		i++;
	if (i == t->n_seats) {
		(void)problem(q, MHD_HTTP_NOT_FOUND, "not_found", id);
		return false;
	}
	w->ask.only = UPTIME_ONLY_SEAT;
	w->ask.seat = i;
	w->ask.zone = zones_of(q->http->zones, t->seats[i].site);
	return true;
}

static bool read_trace(struct request *q, struct wanted *w)
{
	const char *trace = request_param(q, "trace");

	w->ask.trace = trace != NULL;
	if (trace == NULL || strcmp(trace, "all") == 0)
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "trace");
	return false;
}

static bool read_bars(struct request *q, struct wanted *w)
{
	if (request_param(q, "step") == NULL)
		return true;
	if (!param_bars(q, w->ask.zone, w->ask.from_ms, w->ask.until_ms, &w->starts,
			&w->ask.n_bars))
		return false;
	w->ask.starts = w->starts;
	return true;
}

int get_uptime(struct request *q)
{
	struct wanted *w = calloc(1, sizeof *w);

	if (w == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	q->data = w;
	if (read_site(q, w) && read_seat(q, w) && read_span(q, w) && read_format(q, w) &&
	    read_only(q, w) && read_trace(q, w) && read_bars(q, w))
		(void)ask_store(q, work_uptime, answer_uptime);
	if (q->work == NULL)
		free(w->starts);
	return 0;
}
