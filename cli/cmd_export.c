/* cmd_export.c - a stretch of the history as a timeline for `linewatch replay`: what the agents said
 * and how they were heard, in order of time; or the whole store as an archive. Read from its file. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/say.h"
#include "cli/store_file.h"
#include "cli/when.h"
#include "collector/core/engine.h"
#include "common/core/reading.h"

struct line {
	int64_t at_ms;
	size_t order;
	char *text;
};

struct export
{
	int64_t from_ms, until_ms;
	struct line *lines;
	size_t n, cap;
	char device[256]; /* of the readings under way, and what it said last */
	struct store_value *last;
	size_t n_last;
	bool silent;
};

/* Takes `j`; adds the time first. */
static int add(struct export *x, int64_t at_ms, json_t *j)
{
	time_t s = (time_t)(at_ms / 1000);
	char at[64];
	struct tm tm;

	if (at_ms < x->from_ms)
		at_ms = x->from_ms;
	if (x->n == x->cap) {
		size_t cap = x->cap == 0 ? 1024 : x->cap * 2;
		struct line *p = realloc(x->lines, cap * sizeof *p);
		if (p == NULL)
			return -ENOMEM;
		x->lines = p;
		x->cap = cap;
	}
	s = (time_t)(at_ms / 1000);
	(void)gmtime_r(&s, &tm);
	size_t n = strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(at + n, sizeof at - n, ".%03dZ", (int)(at_ms % 1000));
	json_t *whole = json_pack("{s:s}", "at", at);
	(void)json_object_update(whole, j);
	char *text = json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(whole);
	json_decref(j);
	if (text == NULL)
		return -ENOMEM;
	x->lines[x->n] = (struct line){ at_ms, x->n, text };
	x->n++;
	return 0;
}

/* ---- readings ---- */

static json_t *value_json(const struct store_series *s, const struct store_value *v)
{
	const struct metric *m = metric_by_id(s->metric);
	const char *word;

	if (v->reason != 0)
		return json_null();
	word = metric_word(m, v->scaled);
	return word != NULL	  ? json_string(word)
	       : m->decimals == 0 ? json_integer(v->scaled)
				  : json_real(metric_unscale(m, v->scaled));
}

static bool said_before(const struct export *x, size_t i, const struct store_value *v)
{
	return i < x->n_last && x->last[i].reason == v->reason &&
	       (v->reason != 0 || x->last[i].scaled == v->scaled);
}

static int keep_last(struct export *x, size_t n, const struct store_value *v)
{
	struct store_value *p = realloc(x->last, (n + 1) * sizeof *p);

	if (p == NULL)
		return -ENOMEM;
	memcpy(p, v, n * sizeof *v);
	x->last = p;
	x->n_last = n;
	return 0;
}

static int on_silent(struct export *x, const char *device, int64_t wall_ms)
{
	if (x->silent)
		return 0;
	x->silent = true;
	return add(x, wall_ms,
		   json_pack("{s:s,s:s,s:b}", "type", "report", "device", device, "reachable", 0));
}

/* store_reading_fn: only what changed, as the contract wants it */
static int on_reading(void *arg, const char *device, const struct store_series *s, size_t n,
		      int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct export *x = arg;
	char name[READING_NAME_MAX];

	if (strncmp(device, "agent/", 6) == 0)
		return 0; /* what agents say of themselves is no part of a timeline */
	if (strcmp(device, x->device) != 0) {
		(void)snprintf(x->device, sizeof x->device, "%s", device);
		x->n_last = 0;
		x->silent = false;
	}
	if ((flags & STORE_READING_SILENT) != 0)
		return on_silent(x, device, wall_ms);
	json_t *values = json_object();
	for (size_t i = 0; i < n; i++) {
		const struct metric *m = metric_by_id(s[i].metric);

		bool never = i >= x->n_last || x->last[i].reason != 0;
		if (m == NULL || said_before(x, i, &v[i]) || (v[i].reason != 0 && never))
			continue;
		(void)reading_name(name, sizeof name, s[i].metric, s[i].instance, s[i].label);
		(void)json_object_set_new(values, name, value_json(&s[i], &v[i]));
	}
	bool news = json_object_size(values) > 0 || x->silent;
	json_t *j =
		json_pack("{s:s,s:s,s:o}", "type", "report", "device", device, "values", values);
	if ((flags & STORE_READING_HISTORICAL) != 0)
		(void)json_object_set_new(j, "historical", json_true());
	x->silent = false;
	if (keep_last(x, n, v) < 0) {
		json_decref(j);
		return -ENOMEM;
	}
	if (news)
		return add(x, wall_ms, j);
	json_decref(j);
	return 0;
}

/* ---- who was heard ---- */

static int on_state(void *arg, const struct store_state_row *row)
{
	struct export *x = arg;

	if (row->healed)
		return 0;
	if (row->kind == ENTITY_BROKER)
		return add(x, row->since_ms,
			   json_pack("{s:s,s:s}", "type", "broker", "state",
				     row->state == STATE_UP ? "up" : "down"));
	if (row->kind != ENTITY_AGENT)
		return 0;
	bool heard = row->state == STATE_UP || row->state == STATE_PLANNED;
	if (!heard && row->since_ms < x->from_ms)
		return 0; /* silent from the beginning: nothing to say */
	return add(
		x, row->since_ms,
		json_pack("{s:s,s:s}", "type", heard ? "birth" : "silence", "agent", row->entity));
}

static int on_event(void *arg, const struct store_event_row *row)
{
	json_t *j = json_loads(row->json, 0, NULL), *out;
	const char *by = json_string_value(json_object_get(j, "by"));
	json_int_t incident = json_integer_value(json_object_get(j, "incident"));

	out = incident > 0
		      ? json_pack("{s:s,s:I,s:s*}", "type", "ack", "incident", incident, "by", by)
		      : NULL;
	json_decref(j);
	return out != NULL ? add(arg, row->wall_ms, out) : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int collect(struct export *x, struct store_reader *r)
{
	int e = store_read_states(r, -1, NULL, x->from_ms, x->until_ms, on_state, x);

	if (e == 0)
		e = store_read_all(r, x->from_ms, x->until_ms, on_reading, x);
	if (e == 0)
		e = store_read_events(r, "ack", NULL, x->from_ms, x->until_ms, 0, on_event, x);
	if (e == 0)
		e = add(x, x->until_ms, json_pack("{s:s}", "type", "end"));
	return e;
}

static int export_span(const struct cli *cli, const char *path, int64_t from_ms, int64_t until_ms)
{
	struct export x = { .from_ms = from_ms, .until_ms = until_ms };
	struct store_reader *r = NULL;
	char what[512] = "";
	int e = store_reader_open(&r, path, what, sizeof what);

	if (e == 0)
		e = collect(&x, r);
	store_reader_close(&r);
	if (x.n > 0)
		qsort(x.lines, x.n, sizeof *x.lines, by_time);
	for (size_t i = 0; i < x.n; i++) {
		if (e == 0)
			(void)puts(x.lines[i].text);
		free(x.lines[i].text);
	}
	free(x.lines);
	free(x.last);
	if (e == 0)
		return CLI_OK;
	say_error(cli, "cli.no_store", "what", what[0] != '\0' ? what : strerror(-e), NULL);
	return CLI_UNREACHABLE;
}

struct wish {
	const char *store, *archive;
	int64_t from_ms, until_ms; /* -1: not given */
};

static int take_option(const struct cli *cli, struct wish *w, int c)
{
	w->store = c == 's' ? optarg : w->store;
	w->archive = c == 'a' ? optarg : w->archive;
	if (c == 'f')
		return when_time(cli, "--from", optarg, &w->from_ms);
	if (c == 't')
		return when_time(cli, "--to", optarg, &w->until_ms);
	return CLI_OK;
}

static int export_archive(const struct cli *cli, const struct wish *w)
{
	struct archive_span span = { w->from_ms >= 0 ? w->from_ms : 0,
				     w->until_ms >= 0 ? w->until_ms : INT64_MAX };
	struct archive_sums sums = { 0 };
	struct store_reader *r = NULL;
	char what[512] = "";
	int e = when_order(cli, span.from_ms, span.until_ms);

	if (e != CLI_OK)
		return e;
	e = store_reader_open(&r, w->store, what, sizeof what);
	if (e == 0)
		e = archive_write(r, w->archive, &span, &sums, what, sizeof what);
	store_reader_close(&r);
	if (e == 0) {
		archive_say(cli, "cli.archived", w->archive, &sums);
		return CLI_OK;
	}
	say_error(cli, "cli.no_archive", "what", what, NULL);
	return CLI_UNREACHABLE;
}

int cmd_export(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "store", required_argument, NULL, 's' },
					       { "archive", required_argument, NULL, 'a' },
					       { "from", required_argument, NULL, 'f' },
					       { "to", required_argument, NULL, 't' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	struct wish w = { .store = STORE_DEFAULT_PATH, .from_ms = -1, .until_ms = -1 };
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h')
			return cli_usage(cli);
		if (c == '?')
			return cli_misuse(cli);
		if (take_option(cli, &w, c) != CLI_OK)
			return CLI_MISUSE;
	}
	if (optind < argc)
		return cli_misuse(cli);
	if (w.archive != NULL)
		return export_archive(cli, &w);
	if (w.until_ms < 0)
		w.until_ms = (int64_t)time(NULL) * 1000;
	if (w.from_ms < 0)
		w.from_ms = w.until_ms - 3600000;
	c = when_order(cli, w.from_ms, w.until_ms);
	return c == CLI_OK ? export_span(cli, w.store, w.from_ms, w.until_ms) : c;
}
