/* archive_write.c - every row of the store as a line, in one snapshot.
 *
 * Happy path: the rows go to FILE.new in the order of archive_row.h, the last line carries the sum,
 * and the file gets its name. Any error, a full disk above all, takes FILE.new away again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/io/store/archive.h"
#include "collector/io/store/archive_json.h"
#include "collector/io/store/archive_text.h"
#include "collector/io/store/chain.h"
#include "collector/io/store/day.h"
#include "common/core/reading.h"

enum { MS_PER_HOUR = 3600000, MS_PER_DAY = 86400000 };

struct writer {
	struct store_reader *reader;
	struct archive_out out;
	struct archive_span span;  /* as asked */
	int64_t from_ms, until_ms; /* of readings: whole hours */
	struct archive_sums sums;
	struct shape_table shapes;
	struct raw_set raw;
};

/* Takes `j`. */
static int put(struct writer *w, json_t *j)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;

	json_decref(j);
	if (text == NULL)
		return -ENOMEM;
	int r = archive_out_line(&w->out, text, strlen(text));
	free(text);
	return r;
}

static int put_head_line(struct writer *w)
{
	bool all = w->span.from_ms <= 0 && w->span.until_ms == INT64_MAX;

	return put(w, json_pack("{s:s,s:i,s:i,s:s,s:I,s:o,s:o}", "row", "archive", "version",
				ARCHIVE_VERSION, "schema", SCHEMA_VERSION, "linewatch", LW_VERSION,
				"made_ms", (json_int_t)time(NULL) * 1000, "from_ms",
				all || w->span.from_ms <= 0 ? json_null()
							    : json_integer(w->span.from_ms),
				"until_ms",
				w->span.until_ms == INT64_MAX ? json_null()
							      : json_integer(w->span.until_ms)));
}

/* ---- readings ---- */

static json_t *series_json(const struct store_series *s)
{
	const struct metric *m = metric_by_id(s->metric);
	json_t *j = json_pack("{s:i}", "id", (int)s->metric);

	if (m != NULL)
		(void)json_object_update_new(j, json_pack("{s:s,s:i,s:s}", "metric", m->name,
							  "decimals", (int)m->decimals, "unit",
							  m->unit));
	if (s->instance != 0)
		(void)json_object_set_new(j, "instance", json_integer(s->instance));
	if (s->label != NULL)
		(void)json_object_set_new(j, "label", text_json(s->label));
	return j;
}

static int put_shapes(struct writer *w, int64_t device, const char *name)
{
	int r = 0;

	for (size_t i = 0; i < w->shapes.n && r == 0; i++) {
		const struct shape_row *s = &w->shapes.rows[i];
		json_t *columns = json_array();

		if (s->device != device) {
			json_decref(columns);
			continue;
		}
		for (size_t k = 0; k < s->n; k++)
			(void)json_array_append_new(columns, series_json(&s->series[k]));
		r = put(w,
			json_pack("{s:s,s:I,s:o,s:o}", "row", "shape", "shape", (json_int_t)s->id,
				  "device", text_json(name), "columns", columns));
	}
	return r;
}

static json_t *column_json(const struct chunk *c, size_t column)
{
	json_t *list = json_array();

	for (size_t k = 0; k < c->n_rows; k++) {
		const struct store_value *v = &c->values[k * c->n_columns + column];

		(void)json_array_append_new(
			list, v->reason == REASON_GOOD ? json_integer(v->scaled)
			      : v->reason < REASON_END ? json_string(reading_reason_name(v->reason))
						       : json_null());
	}
	return list;
}

/* visit_fn */
static int put_readings(void *arg, const struct shape_row *shape, int64_t hour,
			const struct chunk *c)
{
	struct writer *w = arg;
	json_t *at = json_array(), *flags = json_array(), *values = json_array();

	(void)hour;
	for (size_t k = 0; k < c->n_rows; k++) {
		(void)json_array_append_new(at, json_integer(c->time_ds[k] * 100));
		(void)json_array_append_new(flags, json_integer(c->flags[k]));
	}
	for (size_t i = 0; i < c->n_columns; i++)
		(void)json_array_append_new(values, column_json(c, i));
	w->sums.readings += c->n_rows;
	return put(w,
		   json_pack("{s:s,s:I,s:o,s:o,s:o}", "row", "readings", "shape",
			     (json_int_t)shape->id, "at_ms", at, "flags", flags, "values", values));
}

/* ---- rows of a table, each by a function ---- */

typedef int table_fn(struct writer *w, sqlite3_stmt *st);

static int each(struct writer *w, const char *sql, int64_t from, int64_t until, table_fn *fn)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	int r = sql_error(sqlite3_prepare_v2(w->reader->db, sql, -1, &st, NULL));

	if (r == 0) {
		(void)sqlite3_bind_int64(st, 1, from);
		(void)sqlite3_bind_int64(st, 2, until);
	}
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		r = fn(w, st);
	if (r == 0)
		r = sql_error(rc);
	(void)sqlite3_finalize(st);
	return r;
}

static json_t *number(sqlite3_stmt *st, int column)
{
	return json_integer(sqlite3_column_int64(st, column));
}

static json_t *text(sqlite3_stmt *st, int column)
{
	return text_json((const char *)sqlite3_column_text(st, column));
}

static json_t *bytes(sqlite3_stmt *st, int column)
{
	return bytes_json(sqlite3_column_blob(st, column),
			  (size_t)sqlite3_column_bytes(st, column));
}

static int put_device(struct writer *w, sqlite3_stmt *st)
{
	struct walk_span span = { .device = sqlite3_column_int64(st, 0),
				  .from_ds = w->from_ms / 100,
				  .until_ds = w->until_ms / 100,
				  .rolled = rolled_upto(w->reader->db) };
	int r = put_shapes(w, span.device, (const char *)sqlite3_column_text(st, 1));

	return r == 0 ? device_walk(w->reader, &w->shapes, &w->raw, &span, put_readings, w) : r;
}

static int put_all_readings(struct writer *w)
{
	sqlite3 *db = w->reader->db;
	struct raw_filter f = { .after_id = rolled_upto(db),
				.upto_id = INT64_MAX,
				.from_ds = w->from_ms / 100,
				.until_ds = w->until_ms / 100 };
	int r = shapes_load(db, 0, &w->shapes);

	if (r == 0)
		r = raw_load(db, &w->shapes, &f, &w->raw);
	if (r == 0)
		r = each(w,
			 "SELECT id, text FROM name WHERE id IN (SELECT device FROM shape) AND "
			 "?1 IS NOT ?2 ORDER BY text",
			 0, 1, put_device);
	raw_fini(&w->raw);
	shapes_fini(&w->shapes);
	return r;
}

/* ---- hourly figures ---- */

static json_t *hours_json(const struct writer *w, const struct day_column *c)
{
	json_t *list = json_array();

	for (int h = 0; h < 24; h++) {
		const struct store_hour *x = &c->hours[h];

		if (x->n + x->n_unknown == 0 || x->hour_ms < w->from_ms ||
		    x->hour_ms >= w->until_ms)
			continue;
		(void)json_array_append_new(
			list, x->n > 0 ? json_pack("[I,I,I,I,I,f]", (json_int_t)x->hour_ms,
						   (json_int_t)x->n, (json_int_t)x->n_unknown,
						   (json_int_t)x->min, (json_int_t)x->max, x->mean)
				       : json_pack("[I,I,I]", (json_int_t)x->hour_ms, (json_int_t)0,
						   (json_int_t)x->n_unknown));
	}
	return list;
}

static int put_hours(struct writer *w, sqlite3_stmt *st)
{
	int64_t number_of = sqlite3_column_int64(st, 1);
	json_t *columns = json_array();
	uint8_t *plain = NULL;
	size_t len = 0;
	struct day day;
	int r = body_inflate(w->reader->zstd, sqlite3_column_blob(st, 2),
			     (size_t)sqlite3_column_bytes(st, 2), &plain, &len);

	if (r == 0)
		r = day_unpack(plain, len, number_of, &day);
	free(plain);
	if (r < 0) {
		json_decref(columns);
		return r;
	}
	for (size_t i = 0; i < day.n; i++) {
		const struct day_column *c = &day.columns[i];
		json_t *j = series_json(&(struct store_series){ c->metric, c->instance, c->label });

		(void)json_object_set_new(j, "hours", hours_json(w, c));
		(void)json_array_append_new(columns, j);
	}
	day_fini(&day);
	return put(w, json_pack("{s:s,s:o,s:I,s:o}", "row", "hours", "device", text(st, 0),
				"day_ms", (json_int_t)number_of * MS_PER_DAY, "columns", columns));
}

/* Figures that lack what came after them are left out: readings make them again. */
static const char hours_sql[] =
	"SELECT text, day, body FROM day JOIN name ON name.id = device WHERE day >= ?1 AND day < "
	"?2 AND day.roll >= (SELECT coalesce(max(roll), 0) FROM chunk WHERE chunk.device = "
	"day.device AND hour >= day.day * 24 AND hour < (day.day + 1) * 24) ORDER BY text, day";

/* ---- the chain ---- */

static int put_signature(struct writer *w, sqlite3_stmt *st)
{
	return put(w, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "row", "head", "n", number(st, 0),
				"wall_ms", number(st, 1), "hash", bytes(st, 2), "public_key",
				bytes(st, 3), "signature", bytes(st, 4)));
}

static int put_record(struct writer *w, sqlite3_stmt *st)
{
	w->sums.records++;
	return put(w,
		   json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "row", "record",
			     "n", number(st, 0), "wall_ms", number(st, 1), "span", number(st, 2),
			     "type", text(st, 3), "kind", number(st, 4), "entity", text(st, 5),
			     "state", number(st, 6), "since_ms", number(st, 7), "until_ms",
			     number(st, 8), "body", text(st, 9), "hash", bytes(st, 10)));
}

/* The first record that is not in the archive: all before it are, so that the chain holds. */
static int64_t end_of_chain(struct writer *w)
{
	char sql[128];

	(void)snprintf(sql, sizeof sql, "SELECT min(n) FROM record WHERE wall_ms >= %lld",
		       (long long)w->span.until_ms);
	return sql_number(w->reader->db, sql, INT64_MAX);
}

static int put_chain(struct writer *w)
{
	int64_t end = end_of_chain(w);
	int r = each(w,
		     "SELECT r.n, r.wall_ms, span, type, kind, text, state, since_ms, until_ms, "
		     "body, hash FROM record r LEFT JOIN name ON name.id = entity WHERE r.n >= ?1 "
		     "AND r.n < ?2 ORDER BY r.n",
		     0, end, put_record);

	if (r == 0)
		r = each(w,
			 "SELECT n, wall_ms, hash, public_key, signature FROM head WHERE n >= ?1 "
			 "AND n < ?2 ORDER BY n",
			 0, end, put_signature);
	return r;
}

/* ---- bookkeeping ---- */

static int put_hole(struct writer *w, sqlite3_stmt *st)
{
	return put(w, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "row", "hole", "agent", text(st, 0),
				"boot", number(st, 1), "first", number(st, 2), "last",
				number(st, 3), "wall_ms", number(st, 4)));
}

static int put_quarantine(struct writer *w, sqlite3_stmt *st)
{
	return put(w, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "row", "quarantine", "wall_ms",
				number(st, 0), "topic", text(st, 1), "reason", text(st, 2),
				"full_len", number(st, 3), "body", bytes(st, 4)));
}

static int ranges_json(sqlite3_stmt *st, int column, json_t **ret)
{
	size_t len = (size_t)sqlite3_column_bytes(st, column), n = 0;
	struct store_range *list = malloc((len / 2 + 1) * sizeof *list);
	json_t *j = json_array();
	int r = list != NULL ? ranges_unpack(sqlite3_column_blob(st, column), len, list, &n)
			     : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++)
		(void)json_array_append_new(
			j, json_pack("[I,I]", (json_int_t)list[i].first, (json_int_t)list[i].last));
	free(list);
	*ret = j;
	return r;
}

static int put_ranges(struct writer *w, sqlite3_stmt *st)
{
	json_t *ranges;
	int r = ranges_json(st, 4, &ranges);

	if (r < 0) {
		json_decref(ranges);
		return r;
	}
	return put(w, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "row", "ranges", "agent", text(st, 0),
				"boot", number(st, 1), "offset_ms", number(st, 2), "changed_ms",
				number(st, 3), "ranges", ranges));
}

static int put_outbox(struct writer *w, sqlite3_stmt *st)
{
	return put(w, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "row", "outbox", "key",
				text(st, 0), "due_ms", number(st, 1), "done_ms", number(st, 2),
				"attempts", number(st, 3), "changed_ms", number(st, 4), "json",
				text(st, 5), "error", text(st, 6)));
}

static int put_blob(struct writer *w, sqlite3_stmt *st)
{
	return put(w, json_pack("{s:s,s:o,s:o}", "row", "blob", "key", text(st, 0), "value",
				bytes(st, 1)));
}

static const struct {
	const char *sql;
	table_fn *fn;
	bool to_go_on; /* of no use without what came after it */
} tables[] = {
	{ "SELECT text, boot, first, last, wall_ms FROM hole JOIN name ON name.id = agent WHERE "
	  "wall_ms >= ?1 AND wall_ms < ?2 ORDER BY hole.id",
	  put_hole, false },
	{ "SELECT wall_ms, topic, reason, full_len, body FROM quarantine WHERE wall_ms >= ?1 AND "
	  "wall_ms < ?2 ORDER BY id",
	  put_quarantine, false },
	{ "SELECT text, boot, offset_ms, changed_ms, body FROM ranges JOIN name ON name.id = agent "
	  "WHERE ?1 IS NOT ?2 ORDER BY text, boot",
	  put_ranges, true },
	{ "SELECT key, due_ms, done_ms, attempts, changed_ms, json, error FROM outbox WHERE ?1 IS "
	  "NOT ?2 ORDER BY id",
	  put_outbox, true },
	{ "SELECT key, value FROM blob WHERE ?1 IS NOT ?2 ORDER BY id", put_blob, true },
};

static int put_tables(struct writer *w)
{
	bool whole = w->span.until_ms == INT64_MAX;
	int r = 0;

	for (size_t i = 0; i < sizeof tables / sizeof *tables && r == 0; i++)
		if (whole || !tables[i].to_go_on)
			r = each(w, tables[i].sql, w->span.from_ms, w->span.until_ms, tables[i].fn);
	return r;
}

static int put_end(struct writer *w)
{
	uint8_t sum[ARCHIVE_SUM_BYTES];
	char hex[2 * ARCHIVE_SUM_BYTES + 1];

	archive_out_sum(&w->out, sum);
	(void)sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
	return put(w, json_pack("{s:s,s:I,s:s}", "row", "end", "lines", (json_int_t)w->out.lines,
				"blake2b", hex));
}

static int put_everything(struct writer *w)
{
	int r = put_head_line(w);

	if (r == 0)
		r = put_all_readings(w);
	if (r == 0)
		r = each(w, hours_sql, w->from_ms / MS_PER_DAY,
			 w->until_ms == INT64_MAX ? INT64_MAX : (w->until_ms - 1) / MS_PER_DAY + 1,
			 put_hours);
	if (r == 0)
		r = put_chain(w);
	if (r == 0)
		r = put_tables(w);
	return r == 0 ? put_end(w) : r;
}

static int write_file(struct writer *w, FILE *file)
{
	int r = archive_out_open(&w->out, file);

	if (r == 0)
		r = sql_exec(w->reader->db, "BEGIN");
	if (r == 0) {
		r = put_everything(w);
		(void)sql_exec(w->reader->db, "COMMIT");
	}
	if (r == 0)
		r = archive_out_finish(&w->out);
	w->sums.lines = w->out.lines;
	archive_out_close(&w->out);
	return r;
}

int archive_write(struct store_reader *reader, const char *path, const struct archive_span *span,
		  struct archive_sums *ret, char *reterr, size_t reterr_size)
{
	struct writer w = { .reader = reader, .span = *span, .until_ms = INT64_MAX };
	char tmp[4096];
	int r = -ENAMETOOLONG;

	w.from_ms = span->from_ms > 0 ? span->from_ms / MS_PER_HOUR * MS_PER_HOUR : 0;
	if (span->until_ms < INT64_MAX - MS_PER_HOUR)
		w.until_ms = (span->until_ms + MS_PER_HOUR - 1) / MS_PER_HOUR * MS_PER_HOUR;
	if (snprintf(tmp, sizeof tmp, "%s.new", path) < (int)sizeof tmp) {
		FILE *file = fopen(tmp, "wbe");

		r = file != NULL ? write_file(&w, file) : -errno;
		if (file != NULL && fclose(file) != 0 && r == 0)
			r = -errno;
		if (r == 0 && rename(tmp, path) < 0)
			r = -errno;
		if (r < 0 && file != NULL)
			(void)unlink(tmp);
	}
	if (r < 0)
		(void)snprintf(reterr, reterr_size, "%s: %s", path,
			       r == -EBADMSG ? "the store is damaged" : strerror(-r));
	*ret = w.sums;
	return r;
}
