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
#include "common/core/grow.h"
#include "common/core/reading.h"

enum { LOOK_BACK_MS = 3600000, LOST_AFTER_MS = 15000 };

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
	json_int_t *mutes; /* silences by their number in the store, in the order of their making */
	size_t n_mutes;
	bool silent;
	json_t *known;	 /* devices of which something was known at the beginning */
	json_t *newest;	 /* of each its newest reading before, by time */
	json_t *outages; /* of the broker: [from, until] */
	char agent[256]; /* of the states under way, and whether it sends */
	bool sends;
};

/* Takes `j`; adds the time first. */
static int add(struct export *x, int64_t at_ms, json_t *j)
{
	time_t s = (time_t)(at_ms / 1000);
	char at[64];
	struct tm tm;

	if (at_ms < x->from_ms)
		at_ms = x->from_ms;
	struct line *lines = grow(x->lines, x->n, &x->cap, 1024, sizeof *lines);
	if (lines == NULL)
		return -ENOMEM;
	x->lines = lines;
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

static int put_report(struct export *x, const char *device, int64_t wall_ms, unsigned flags,
		      json_t *values)
{
	json_t *j = json_pack("{s:s,s:s}", "type", "report", "device", device);

	if (values != NULL)
		(void)json_object_set_new(j, "values", values);
	else
		(void)json_object_set_new(j, "reachable", json_false());
	if ((flags & STORE_READING_HISTORICAL) != 0)
		(void)json_object_set_new(j, "historical", json_true());
	return add(x, wall_ms, j);
}

/* All values, or those that differ from what was said last. */
static json_t *values_json(const struct export *x, const struct store_series *s, size_t n,
			   const struct store_value *v, bool all)
{
	char name[READING_NAME_MAX];
	json_t *values = json_object();

	for (size_t i = 0; i < n; i++) {
		bool never = all || i >= x->n_last || x->last[i].reason != 0;

		if (metric_by_id(s[i].metric) == NULL || (!all && said_before(x, i, &v[i])) ||
		    (v[i].reason != 0 && never))
			continue;
		(void)reading_name(name, sizeof name, s[i].metric, s[i].instance, s[i].label);
		(void)json_object_set_new(values, name, value_json(&s[i], &v[i]));
	}
	return values;
}

/* What agents say of themselves is no part of a timeline. */
static bool is_agents_own(const char *device)
{
	return strncmp(device, "agent/", 6) == 0;
}

static void begin_device(struct export *x, const char *device)
{
	if (strcmp(device, x->device) == 0)
		return;
	(void)snprintf(x->device, sizeof x->device, "%s", device);
	x->n_last = 0;
	x->silent = false;
}

/* The past comes whole, each reading of it: what was unknown heals from one to the next. */
static int on_past(struct export *x, const char *device, const struct store_series *s, size_t n,
		   int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	bool silent = (flags & STORE_READING_SILENT) != 0;

	return put_report(x, device, wall_ms, flags, silent ? NULL : values_json(x, s, n, v, true));
}

static int on_live(struct export *x, const char *device, const struct store_series *s, size_t n,
		   int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	bool was_silent = x->silent;

	x->silent = (flags & STORE_READING_SILENT) != 0;
	if (x->silent)
		return was_silent ? 0 : put_report(x, device, wall_ms, 0, NULL);
	json_t *values = values_json(x, s, n, v, false);
	if (keep_last(x, n, v) < 0) {
		json_decref(values);
		return -ENOMEM;
	}
	if (json_object_size(values) > 0 || was_silent)
		return put_report(x, device, wall_ms, 0, values);
	json_decref(values);
	return 0;
}

/* store_reading_fn: only what changed, as the contract wants it */
static int on_reading(void *arg, const char *device, const struct store_series *s, size_t n,
		      int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct export *x = arg;

	if (is_agents_own(device))
		return 0;
	begin_device(x, device);
	return (flags & STORE_READING_HISTORICAL) != 0
		       ? on_past(x, device, s, n, wall_ms, flags, v)
		       : on_live(x, device, s, n, wall_ms, flags, v);
}

/* ---- what was known at the beginning ---- */

/* store_state_fn */
static int on_known(void *arg, const struct store_state_row *row)
{
	struct export *x = arg;

	if (!row->healed && row->since_ms <= x->from_ms)
		(void)json_object_set_new(x->known, row->entity,
					  json_boolean(row->state != STATE_UNKNOWN));
	return 0;
}

/* store_reading_fn */
static int on_before(void *arg, const char *device, const struct store_series *s, size_t n,
		     int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct export *x = arg;

	(void)s;
	(void)n;
	(void)flags;
	(void)v;
	if (json_is_true(json_object_get(x->known, device)))
		(void)json_object_set_new(x->newest, device, json_integer(wall_ms));
	return 0;
}

/* store_reading_fn */
static int on_newest(void *arg, const char *device, const struct store_series *s, size_t n,
		     int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct export *x = arg;
	const json_t *newest = json_object_get(x->newest, device);

	if (newest == NULL || json_integer_value(newest) != wall_ms)
		return 0;
	return on_past(x, device, s, n, x->from_ms, flags & ~(unsigned)STORE_READING_HISTORICAL, v);
}

/* A device's newest reading before the span stands at its beginning. */
static int collect_beginning(struct export *x, struct store_reader *r)
{
	int64_t since_ms = x->from_ms - LOOK_BACK_MS;
	int e = store_read_states(r, ENTITY_DEVICE, NULL, x->from_ms, x->from_ms + 1, on_known, x);

	if (e == 0)
		e = store_read_all(r, since_ms > 0 ? since_ms : 0, x->from_ms, on_before, x);
	return e == 0 ? store_read_all(r, since_ms > 0 ? since_ms : 0, x->from_ms, on_newest, x)
		      : e;
}

/* ---- who was heard ---- */

/* store_state_fn */
static int on_broker(void *arg, const struct store_state_row *row)
{
	struct export *x = arg;
	size_t n = json_array_size(x->outages);
	bool up = row->state == STATE_UP;

	if (row->healed)
		return 0;
	if (up && n > 0)
		(void)json_array_set_new(json_array_get(x->outages, n - 1), 1,
					 json_integer(row->since_ms));
	else if (!up)
		(void)json_array_append_new(
			x->outages,
			json_pack("[I,I]", (json_int_t)row->since_ms, (json_int_t)INT64_MAX));
	return add(x, row->since_ms,
		   json_pack("{s:s,s:s}", "type", "broker", "state", up ? "up" : "down"));
}

/* Of that time the broker says it all: that its agents were not heard, and that they are again. Who is
 * called lost after it was away on its own. */
static bool in_outage(const struct export *x, int64_t at_ms, int64_t said_ms)
{
	for (size_t i = 0; i < json_array_size(x->outages); i++) {
		const json_t *span = json_array_get(x->outages, i);

		if (at_ms >= json_integer_value(json_array_get(span, 0)) &&
		    said_ms <= json_integer_value(json_array_get(span, 1)))
			return true;
	}
	return false;
}

/* store_state_fn. Who is called lost before three heartbeats can have been missed has left a will. */
static int on_agent(void *arg, const struct store_state_row *row)
{
	struct export *x = arg;
	bool heard = row->state == STATE_UP || row->state == STATE_PLANNED;
	const char *type = heard					  ? "birth"
			   : row->wall_ms - row->since_ms < LOST_AFTER_MS ? "death"
									  : "silence";

	if (row->healed)
		return 0;
	if (strcmp(row->entity, x->agent) != 0) {
		(void)snprintf(x->agent, sizeof x->agent, "%s", row->entity);
		x->sends = false;
	}
	if (heard == x->sends || (!heard && in_outage(x, row->since_ms, row->wall_ms)))
		return 0;
	x->sends = heard;
	return add(x, row->since_ms, json_pack("{s:s,s:s}", "type", type, "agent", row->entity));
}

/* A silence, or its end, that people made: the same words as in the event. */
static json_t *muted(const char *type, const json_t *event)
{
	static const char *const members[] = { "target", "code", "from", "until", "by", "reason" };
	json_t *out = json_pack("{s:s}", "type", type);

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		json_t *value = json_object_get(event, members[i]);

		if (json_is_string(value))
			(void)json_object_set(out, members[i], value);
	}
	return out;
}

/* Silences and shelved alarms; in a timeline they are numbered from 1 as they are made. */
static json_t *on_mute(struct export *x, const json_t *event)
{
	json_int_t number = json_integer_value(json_object_get(event, "silence"));
	json_int_t *grown = realloc(x->mutes, (x->n_mutes + 1) * sizeof *grown);

	if (grown == NULL)
		return NULL;
	x->mutes = grown;
	x->mutes[x->n_mutes++] = number;
	return muted("mute", event);
}

static json_t *on_unmute(struct export *x, const json_t *event)
{
	json_int_t number = json_integer_value(json_object_get(event, "silence"));

	for (size_t i = 0; i < x->n_mutes; i++)
		if (x->mutes[i] == number)
			return json_pack("{s:s,s:I}", "type", "unmute", "silence",
					 (json_int_t)(i + 1));
	return NULL; /* it was made before the span */
}

static json_t *on_ack(struct export *x, const json_t *event)
{
	json_int_t incident = json_integer_value(json_object_get(event, "incident"));

	(void)x;
	if (incident <= 0)
		return NULL;
	return json_pack("{s:s,s:I,s:O*}", "type", "ack", "incident", incident, "by",
			 json_object_get(event, "by"));
}

static int on_event(void *arg, const struct store_event_row *row)
{
	static const struct {
		const char *type;
		json_t *(*line)(struct export *x, const json_t *event);
	} types[] = { { "ack", on_ack },
		      { "silence", on_mute },
		      { "shelve", on_mute },
		      { "silence_end", on_unmute } };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(row->type, types[i].type) != 0)
			continue;
		json_t *event = json_loads(row->json, 0, NULL);
		json_t *line = types[i].line(arg, event);

		json_decref(event);
		return line != NULL ? add(arg, row->wall_ms, line) : 0;
	}
	return 0;
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
	int e = store_read_states(r, ENTITY_BROKER, NULL, x->from_ms, x->until_ms, on_broker, x);

	if (e == 0)
		e = store_read_states(r, ENTITY_AGENT, NULL, x->from_ms, x->until_ms, on_agent, x);
	if (e == 0)
		e = collect_beginning(x, r);
	x->device[0] = '\0';
	if (e == 0)
		e = store_read_all(r, x->from_ms, x->until_ms, on_reading, x);
	if (e == 0)
		e = store_read_events(r, NULL, NULL, x->from_ms, x->until_ms, 0, on_event, x);
	if (e == 0)
		e = add(x, x->until_ms, json_pack("{s:s}", "type", "end"));
	return e;
}

static int export_span(const struct cli *cli, const char *path, int64_t from_ms, int64_t until_ms)
{
	struct export x = { .from_ms = from_ms,
			    .until_ms = until_ms,
			    .known = json_object(),
			    .newest = json_object(),
			    .outages = json_array() };
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
	json_decref(x.known);
	json_decref(x.newest);
	json_decref(x.outages);
	free(x.mutes);
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
					       { NULL, 0, NULL, 0 } };
	struct wish w = { .store = STORE_DEFAULT_PATH, .from_ms = -1, .until_ms = -1 };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
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
