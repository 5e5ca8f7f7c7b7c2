/* read.c - simple look-ups: a prepared statement and a callback each. */
#include "collector/io/store/store_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/io/store/chain.h"
#include "collector/io/store/walk.h"

int store_reader_open(struct store_reader **ret, const char *path, char *reterr, size_t reterr_size)
{
	struct store_reader *r = calloc(1, sizeof *r);
	int e = -ENOMEM;

	if (r == NULL)
		return e;
	r->zstd = ZSTD_createDCtx();
	if (r->zstd != NULL)
		e = schema_open(&r->db, path, NULL, false, reterr, reterr_size);
	if (e < 0) {
		store_reader_close(&r);
		return e;
	}
	*ret = r;
	return 0;
}

void store_reader_close(struct store_reader **rp)
{
	struct store_reader *r = *rp;

	if (r == NULL)
		return;
	(void)sqlite3_close(r->db);
	(void)ZSTD_freeDCtx(r->zstd);
	free(r);
	*rp = NULL;
}

static int prepare(struct store_reader *r, const char *sql, sqlite3_stmt **ret)
{
	return sql_error(sqlite3_prepare_v2(r->db, sql, -1, ret, NULL));
}

static const char *text(sqlite3_stmt *st, int column)
{
	const char *t = (const char *)sqlite3_column_text(st, column);

	return t != NULL ? t : "";
}

/* Each row to `fn`; ends the statement. */
typedef int row_fn(sqlite3_stmt *st, void *arg);
static int each(sqlite3_stmt *st, row_fn *fn, void *arg)
{
	int rc = SQLITE_DONE, e = 0;

	while (e == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = fn(st, arg);
	if (e == 0)
		e = sql_error(rc);
	(void)sqlite3_finalize(st);
	return e;
}

/* ---- states ---- */

struct states {
	store_state_fn *fn;
	void *arg;
	const char *entity;
	int kind;
};

static int state_row(sqlite3_stmt *st, void *arg)
{
	struct states *s = arg;
	struct store_state_row row = {
		.n = (uint64_t)sqlite3_column_int64(st, 0),
		.kind = s->kind,
		.entity = s->entity,
		.state = sqlite3_column_int(st, 1),
		.since_ms = sqlite3_column_int64(st, 2),
		.until_ms = sqlite3_column_int64(st, 3),
		.wall_ms = sqlite3_column_int64(st, 4),
		.healed = sqlite3_column_int(st, 5) == SPAN_HEALED,
		.why = text(st, 6),
	};
	return s->fn(s->arg, &row);
}

/* The record in force at ?3: the one written last of those that speak of a time before it, none of
 * which is more than ?4 behind the nearest. */
static const char force_sql[] =
	"SELECT n, since_ms FROM record WHERE span > 0 AND kind = ?1 AND entity = ?2 AND since_ms "
	"<= ?3 AND since_ms >= (SELECT since_ms - ?4 FROM record WHERE span > 0 AND kind = ?1 AND "
	"entity = ?2 AND since_ms <= ?3 AND span = 1 ORDER BY since_ms DESC LIMIT 1) AND span = 1 "
	"ORDER BY n DESC LIMIT 1";

/* It (n ?6 since ?5) and what was written after it; and what was healed, none longer than ?7. */
static const char states_sql[] =
	"SELECT n, state, since_ms, until_ms, wall_ms, span, body FROM record WHERE span > 0 AND "
	"kind = ?1 AND entity = ?2 AND since_ms >= min(?5, ?3 - ?7) AND since_ms < ?4 AND "
	"CASE span WHEN 1 THEN n >= ?6 ELSE until_ms > ?3 END ORDER BY since_ms, n";

struct state_look {
	sqlite3_stmt *watched, *force, *states;
	int64_t from_ms, until_ms;
};

static int find_force(struct state_look *l, const struct states *s, int64_t entity, int64_t *ret_n,
		      int64_t *ret_since_ms)
{
	*ret_n = 0;
	*ret_since_ms = l->from_ms;
	(void)sqlite3_bind_int(l->force, 1, s->kind);
	(void)sqlite3_bind_int64(l->force, 2, entity);
	(void)sqlite3_bind_int64(l->force, 3, l->from_ms);
	(void)sqlite3_bind_int64(l->force, 4, sqlite3_column_int64(l->watched, 3));
	int rc = sqlite3_step(l->force);
	if (rc == SQLITE_ROW) {
		*ret_n = sqlite3_column_int64(l->force, 0);
		*ret_since_ms = sqlite3_column_int64(l->force, 1);
	}
	(void)sqlite3_reset(l->force);
	return sql_error(rc);
}

static int states_of(struct state_look *l, struct states *s, int64_t entity)
{
	int64_t n, since_ms;
	int rc = SQLITE_DONE;
	int e = find_force(l, s, entity, &n, &since_ms);

	if (e < 0)
		return e;
	(void)sqlite3_bind_int(l->states, 1, s->kind);
	(void)sqlite3_bind_int64(l->states, 2, entity);
	(void)sqlite3_bind_int64(l->states, 3, l->from_ms);
	(void)sqlite3_bind_int64(l->states, 4, l->until_ms);
	(void)sqlite3_bind_int64(l->states, 5, since_ms);
	(void)sqlite3_bind_int64(l->states, 6, n);
	(void)sqlite3_bind_int64(l->states, 7, sqlite3_column_int64(l->watched, 4));
	while (e == 0 && (rc = sqlite3_step(l->states)) == SQLITE_ROW)
		e = state_row(l->states, s);
	(void)sqlite3_reset(l->states);
	return e == 0 ? sql_error(rc) : e;
}

static int prepare_states(struct state_look *l, struct store_reader *r)
{
	int e = prepare(r,
			"SELECT kind, entity, text, reach_ms, heal_ms FROM watched JOIN name ON "
			"name.id = entity WHERE (?1 < 0 OR kind = ?1) AND "
			"(?2 IS NULL OR text = ?2) ORDER BY kind, text",
			&l->watched);

	if (e == 0)
		e = prepare(r, force_sql, &l->force);
	return e == 0 ? prepare(r, states_sql, &l->states) : e;
}

int store_read_states(struct store_reader *r, int kind, const char *entity, int64_t from_ms,
		      int64_t until_ms, store_state_fn *fn, void *arg)
{
	struct state_look l = { .from_ms = from_ms, .until_ms = until_ms };
	int rc = SQLITE_DONE;
	int e = prepare_states(&l, r);

	if (e == 0) {
		(void)sqlite3_bind_int(l.watched, 1, kind);
		(void)sqlite3_bind_text(l.watched, 2, entity, -1, SQLITE_STATIC);
	}
	while (e == 0 && (rc = sqlite3_step(l.watched)) == SQLITE_ROW) {
		struct states s = { fn, arg, text(l.watched, 2), sqlite3_column_int(l.watched, 0) };

		e = states_of(&l, &s, sqlite3_column_int64(l.watched, 1));
	}
	if (e == 0)
		e = sql_error(rc);
	(void)sqlite3_finalize(l.watched);
	(void)sqlite3_finalize(l.force);
	(void)sqlite3_finalize(l.states);
	return e;
}

/* ---- events ---- */

struct events {
	store_event_fn *fn;
	void *arg;
};

static int event_row(sqlite3_stmt *st, void *arg)
{
	struct events *e = arg;
	struct store_event_row row = { .n = (uint64_t)sqlite3_column_int64(st, 0),
				       .wall_ms = sqlite3_column_int64(st, 1),
				       .kind = sqlite3_column_int(st, 2),
				       .type = text(st, 3),
				       .entity = text(st, 4),
				       .json = text(st, 5) };
	return e->fn(e->arg, &row);
}

int store_read_events(struct store_reader *r, const char *type, const char *entity, int64_t from_ms,
		      int64_t until_ms, size_t limit, store_event_fn *fn, void *arg)
{
	struct events v = { fn, arg };
	sqlite3_stmt *st = NULL;
	int e = prepare(r,
			"SELECT * FROM (SELECT n, wall_ms, kind, type, text, body FROM record "
			"JOIN name ON name.id = entity WHERE span = 0 AND wall_ms >= ?1 AND "
			"wall_ms < ?2 AND (?3 IS NULL OR type = ?3) AND (?4 IS NULL OR text = ?4) "
			"ORDER BY wall_ms DESC, n DESC LIMIT ?5) ORDER BY wall_ms, n",
			&st);

	if (e < 0)
		return e;
	(void)sqlite3_bind_int64(st, 1, from_ms);
	(void)sqlite3_bind_int64(st, 2, until_ms);
	(void)sqlite3_bind_text(st, 3, type, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 4, entity, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 5, limit > 0 ? (int64_t)limit : -1);
	return each(st, event_row, &v);
}

/* ---- outbox and quarantine ---- */

struct outbox {
	store_outbox_fn *fn;
	void *arg;
};

static int outbox_row(sqlite3_stmt *st, void *arg)
{
	struct outbox *o = arg;
	struct store_outbox_row row = { .key = text(st, 0),
					.due_ms = sqlite3_column_int64(st, 1),
					.done_ms = sqlite3_column_int64(st, 2),
					.attempts = (unsigned)sqlite3_column_int(st, 3),
					.error = text(st, 4),
					.json = text(st, 5) };
	return o->fn(o->arg, &row);
}

int store_read_outbox(struct store_reader *r, int64_t due_ms, bool all, size_t limit,
		      store_outbox_fn *fn, void *arg)
{
	struct outbox o = { fn, arg };
	sqlite3_stmt *st = NULL;
	int e = prepare(r,
			all ? "SELECT key, due_ms, done_ms, attempts, error, json FROM outbox "
			      "WHERE ?1 IS NOT NULL ORDER BY id LIMIT ?2"
			    : "SELECT key, due_ms, done_ms, attempts, error, json FROM outbox "
			      "WHERE done_ms = 0 AND due_ms <= ?1 AND due_ms < 9223372036854775807 "
			      "ORDER BY due_ms, id LIMIT ?2",
			&st);

	if (e < 0)
		return e;
	(void)sqlite3_bind_int64(st, 1, due_ms);
	(void)sqlite3_bind_int64(st, 2, limit > 0 ? (int64_t)limit : -1);
	return each(st, outbox_row, &o);
}

struct quarantine {
	store_quarantine_fn *fn;
	void *arg;
};

static int quarantine_row(sqlite3_stmt *st, void *arg)
{
	struct quarantine *q = arg;
	struct store_quarantine_row row = { .wall_ms = sqlite3_column_int64(st, 0),
					    .topic = text(st, 1),
					    .reason = text(st, 2),
					    .full_len = (size_t)sqlite3_column_int64(st, 3),
					    .buf = sqlite3_column_blob(st, 4),
					    .len = (size_t)sqlite3_column_bytes(st, 4) };
	return q->fn(q->arg, &row);
}

int store_read_quarantine(struct store_reader *r, size_t limit, store_quarantine_fn *fn, void *arg)
{
	struct quarantine q = { fn, arg };
	sqlite3_stmt *st = NULL;
	int e = prepare(r,
			"SELECT wall_ms, topic, reason, full_len, body FROM quarantine "
			"ORDER BY id DESC LIMIT ?",
			&st);

	if (e < 0)
		return e;
	(void)sqlite3_bind_int64(st, 1, limit > 0 ? (int64_t)limit : -1);
	return each(st, quarantine_row, &q);
}

/* ---- bookkeeping ---- */

struct ranges {
	store_ranges_fn *fn;
	void *arg;
};

int ranges_unpack(const uint8_t *buf, size_t len, struct store_range *ret, size_t *ret_n)
{
	uint64_t last = 0, gap, more;
	size_t pos = 0, n = 0;

	while (pos < len) {
		size_t used = varint_get(buf + pos, len - pos, &gap);
		if (used == 0)
			return -EBADMSG;
		pos += used;
		used = varint_get(buf + pos, len - pos, &more);
		if (used == 0)
			return -EBADMSG;
		pos += used;
		ret[n++] = (struct store_range){ last + gap, last + gap + more };
		last += gap + more;
	}
	*ret_n = n;
	return 0;
}

static int ranges_row(sqlite3_stmt *st, void *arg)
{
	struct ranges *v = arg;
	size_t len = (size_t)sqlite3_column_bytes(st, 3), n = 0;
	struct store_range *list = malloc((len / 2 + 1) * sizeof *list);

	if (list == NULL)
		return -ENOMEM;
	int e = ranges_unpack(sqlite3_column_blob(st, 3), len, list, &n);
	if (e == 0)
		e = v->fn(v->arg, text(st, 0), (uint32_t)sqlite3_column_int64(st, 1),
			  sqlite3_column_int64(st, 2), list, n);
	free(list);
	return e;
}

int store_read_ranges(struct store_reader *r, store_ranges_fn *fn, void *arg)
{
	struct ranges v = { fn, arg };
	sqlite3_stmt *st = NULL;
	int e = prepare(r,
			"SELECT text, boot, offset_ms, body FROM ranges JOIN name ON "
			"name.id = agent ORDER BY agent, changed_ms, boot",
			&st);

	return e < 0 ? e : each(st, ranges_row, &v);
}

struct holes {
	store_hole_fn *fn;
	void *arg;
};

static int hole_row(sqlite3_stmt *st, void *arg)
{
	struct holes *v = arg;

	return v->fn(v->arg, text(st, 0), (uint32_t)sqlite3_column_int64(st, 1),
		     (uint64_t)sqlite3_column_int64(st, 2), (uint64_t)sqlite3_column_int64(st, 3),
		     sqlite3_column_int64(st, 4));
}

int store_read_holes(struct store_reader *r, store_hole_fn *fn, void *arg)
{
	struct holes v = { fn, arg };
	sqlite3_stmt *st = NULL;
	int e = prepare(r,
			"SELECT text, boot, first, last, wall_ms FROM hole JOIN name ON "
			"name.id = agent ORDER BY hole.id",
			&st);

	return e < 0 ? e : each(st, hole_row, &v);
}

struct blobs {
	store_blob_fn *fn;
	void *arg;
};

static int blob_row(sqlite3_stmt *st, void *arg)
{
	struct blobs *v = arg;

	return v->fn(v->arg, text(st, 0), sqlite3_column_blob(st, 1),
		     (size_t)sqlite3_column_bytes(st, 1));
}

int store_read_blobs(struct store_reader *r, const char *prefix, store_blob_fn *fn, void *arg)
{
	struct blobs v = { fn, arg };
	sqlite3_stmt *st = NULL;
	int e = prepare(r,
			"SELECT key, value FROM blob WHERE key >= ?1 AND "
			"substr(key, 1, length(?1)) = ?1 ORDER BY key",
			&st);

	if (e < 0)
		return e;
	(void)sqlite3_bind_text(st, 1, prefix, -1, SQLITE_STATIC);
	return each(st, blob_row, &v);
}

/* ---- care ---- */

static int check_row(sqlite3_stmt *st, void *arg)
{
	char *first = arg;

	if (first[0] == '\0')
		(void)snprintf(first, 256, "%s", text(st, 0));
	return 0;
}

int store_check(struct store_reader *r, char *reterr, size_t reterr_size)
{
	char first[256] = "";
	sqlite3_stmt *st = NULL;
	int e = prepare(r, "PRAGMA integrity_check(10)", &st);

	if (e == 0)
		e = each(st, check_row, first);
	if (e == -EBADMSG || (e == 0 && strcmp(first, "ok") != 0)) {
		(void)snprintf(reterr, reterr_size, "%s", e == 0 ? first : sqlite3_errmsg(r->db));
		return 1;
	}
	if (e < 0)
		(void)snprintf(reterr, reterr_size, "%s", sqlite3_errmsg(r->db));
	return e;
}

/* In one go: one snapshot, while the writer goes on. */
static int copy_to(struct store_reader *r, const char *path, const char *name, char *reterr,
		   size_t reterr_size)
{
	sqlite3 *out = NULL;
	int rc = sqlite3_open(path, &out);

	if (rc == SQLITE_OK) {
		sqlite3_backup *b = sqlite3_backup_init(out, "main", r->db, "main");

		if (b == NULL) {
			rc = sqlite3_errcode(out);
		} else {
			rc = sqlite3_backup_step(b, -1);
			(void)sqlite3_backup_finish(b);
			rc = rc == SQLITE_DONE ? sqlite3_errcode(out) : rc;
		}
	}
	if (sql_error(rc) < 0)
		(void)snprintf(reterr, reterr_size, "%s: %s", name,
			       out != NULL ? sqlite3_errmsg(out) : "no memory");
	(void)sqlite3_close(out);
	return sql_error(rc);
}

int store_backup(struct store_reader *r, const char *to, char *reterr, size_t reterr_size)
{
	char new[4096];

	if (snprintf(new, sizeof new, "%s.new", to) >= (int)sizeof new)
		return -ENAMETOOLONG;
	(void)unlink(new); /* of one that was killed */
	int e = copy_to(r, new, to, reterr, reterr_size);
	if (e == 0 && rename(new, to) < 0) {
		e = -errno;
		(void)snprintf(reterr, reterr_size, "%s: %s", to, strerror(errno));
	}
	if (e < 0)
		(void)unlink(new);
	return e;
}
