/* schema.c - opening the file and bringing it to the newest version, step by step.
 *
 * A step is never changed once it was released; a new one is appended. Each runs in a transaction
 * of its own together with its number, so that a crash leaves one version or the next. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/io/store/schema.h"

static const char *const steps[SCHEMA_VERSION] = {
	/* 1: readings, the chain, bookkeeping */
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
	"CREATE TABLE shape(id INTEGER PRIMARY KEY, device INTEGER NOT NULL, columns BLOB NOT "
	"NULL);"
	"CREATE INDEX shape_device ON shape(device);"
	"CREATE TABLE raw(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE TABLE chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL, hour "
	"INTEGER NOT NULL,"
	" roll INTEGER NOT NULL, shape INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE INDEX chunk_at ON chunk(device, hour, roll);"
	"CREATE TABLE ranges(agent INTEGER, boot INTEGER, offset_ms INTEGER, body BLOB,"
	" PRIMARY KEY(agent, boot)) WITHOUT ROWID;"
	"CREATE TABLE hole(id INTEGER PRIMARY KEY, agent INTEGER, boot INTEGER, first INTEGER,"
	" last INTEGER, wall_ms INTEGER);"
	"CREATE TABLE record(n INTEGER PRIMARY KEY, wall_ms INTEGER, span INTEGER, type TEXT,"
	" kind INTEGER, entity INTEGER, state INTEGER, since_ms INTEGER, until_ms INTEGER, body "
	"TEXT,"
	" hash BLOB);"
	"CREATE INDEX record_span ON record(kind, entity, since_ms, n) WHERE span > 0;"
	"CREATE INDEX record_event ON record(wall_ms) WHERE span = 0;"
	"CREATE TABLE watched(kind INTEGER, entity INTEGER, PRIMARY KEY(kind, entity)) WITHOUT "
	"ROWID;"
	"CREATE TABLE head(n INTEGER PRIMARY KEY, wall_ms INTEGER, hash BLOB, public_key BLOB,"
	" signature BLOB);"
	"CREATE TABLE blob(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value BLOB);"
	"CREATE TABLE quarantine(id INTEGER PRIMARY KEY, wall_ms INTEGER, topic TEXT, reason TEXT,"
	" full_len INTEGER, body BLOB);"
	"CREATE TABLE outbox(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, due_ms INTEGER,"
	" done_ms INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, error TEXT,"
	" json TEXT);",
	/* 2: hourly figures by day; what is due without looking at what was sent */
	"CREATE TABLE day(id INTEGER PRIMARY KEY, device INTEGER NOT NULL, day INTEGER NOT NULL,"
	" roll INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE UNIQUE INDEX day_at ON day(device, day);"
	"CREATE INDEX outbox_due ON outbox(due_ms) WHERE done_ms = 0;",
	/* 3: chunks of days, beside those of hours that wait to be joined; when rows last changed, so
	 * that what is over can go by age (what stands there has its age counted from now) */
	"ALTER TABLE chunk ADD COLUMN hours INTEGER NOT NULL DEFAULT 1;"
	"CREATE INDEX chunk_hourly ON chunk(device, hour, roll) WHERE hours = 1;"
	"ALTER TABLE outbox ADD COLUMN changed_ms INTEGER NOT NULL DEFAULT 0;"
	"UPDATE outbox SET changed_ms = max(done_ms, CAST(strftime('%s', 'now') AS INTEGER) * "
	"1000);"
	"ALTER TABLE ranges ADD COLUMN changed_ms INTEGER NOT NULL DEFAULT 0;"
	"UPDATE ranges SET changed_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000;",
	/* 4: how far back words about the past reach, of each entity: the newest time spoken of, the
	 * most that a later record went behind it, the longest stretch that was healed */
	"ALTER TABLE watched ADD COLUMN top_ms INTEGER;"
	"ALTER TABLE watched ADD COLUMN reach_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE watched ADD COLUMN heal_ms INTEGER NOT NULL DEFAULT 0;"
	"UPDATE watched SET top_ms = x.top, reach_ms = x.reach FROM (SELECT kind, entity, "
	"max(since_ms) AS top, max(newest - since_ms) AS reach FROM (SELECT kind, entity, "
	"since_ms, max(since_ms) OVER (PARTITION BY kind, entity ORDER BY n ROWS UNBOUNDED "
	"PRECEDING) AS newest FROM record WHERE span = 1) GROUP BY kind, entity) AS x WHERE "
	"x.kind = watched.kind AND x.entity = watched.entity;"
	"UPDATE watched SET heal_ms = x.heal FROM (SELECT kind, entity, max(until_ms - since_ms) "
	"AS heal FROM record WHERE span = 2 GROUP BY kind, entity) AS x WHERE "
	"x.kind = watched.kind AND x.entity = watched.entity;",
};

static const struct {
	int rc, error;
} errors[] = {
	{ SQLITE_OK, 0 },
	{ SQLITE_ROW, 0 },
	{ SQLITE_DONE, 0 },
	{ SQLITE_FULL, -ENOSPC },
	{ SQLITE_NOMEM, -ENOMEM },
	{ SQLITE_BUSY, -EBUSY },
	{ SQLITE_LOCKED, -EBUSY },
	{ SQLITE_READONLY, -EROFS },
	{ SQLITE_PERM, -EACCES },
	{ SQLITE_CANTOPEN, -ENOENT },
	{ SQLITE_CORRUPT, -EBADMSG },
	{ SQLITE_NOTADB, -EBADMSG },
};

int sql_error(int rc)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		if (errors[i].rc == (rc & 0xff))
			return errors[i].error;
	}
	return -EIO;
}

int sql_exec(sqlite3 *db, const char *sql)
{
	return sql_error(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int64_t sql_number(sqlite3 *db, const char *sql, int64_t dflt)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		dflt = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return dflt;
}

static int migrate_one(sqlite3 *db, int version)
{
	char set[64];
	int r = sql_exec(db, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	r = sql_exec(db, steps[version]);
	(void)snprintf(set, sizeof set, "PRAGMA user_version = %d", version + 1);
	if (r == 0)
		r = sql_exec(db, set);
	if (r == 0)
		r = sql_exec(db, "COMMIT");
	if (r < 0)
		(void)sql_exec(db, "ROLLBACK");
	return r;
}

int schema_migrate(sqlite3 *db, int upto, char *reterr, size_t reterr_size)
{
	int64_t version = sql_number(db, "PRAGMA user_version", -1);

	if (version < 0) {
		(void)snprintf(reterr, reterr_size, "not a readable database: %s",
			       sqlite3_errmsg(db));
		return sql_error(sqlite3_errcode(db)) < 0 ? sql_error(sqlite3_errcode(db)) : -EIO;
	}
	if (version > SCHEMA_VERSION) {
		(void)snprintf(reterr, reterr_size,
			       "written by a newer linewatch (version %d, this one knows %d)",
			       (int)version, SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	for (int v = (int)version; v < upto; v++) {
		int r = migrate_one(db, v);
		if (r < 0) {
			(void)snprintf(reterr, reterr_size, "cannot go from version %d to %d: %s",
				       v, v + 1, sqlite3_errmsg(db));
			return r;
		}
	}
	return 0;
}

static int settle(sqlite3 *db, bool writer)
{
	int r;

	(void)sqlite3_busy_timeout(db, 10000);
	(void)sqlite3_extended_result_codes(db, 1);
	if (!writer)
		return sql_exec(db, "PRAGMA query_only = 1; PRAGMA mmap_size = 268435456;");
	/* before the first table: files that were made without it stay without */
	r = sql_exec(db, "PRAGMA auto_vacuum = INCREMENTAL");
	if (r == 0)
		r = sql_exec(db, "PRAGMA journal_mode = WAL");
	if (r == 0)
		r = sql_exec(db, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
				 "PRAGMA cache_size = -32768; PRAGMA journal_size_limit = 67108864;"
				 "PRAGMA foreign_keys = 0;");
	return r;
}

/* What to do with a file that cannot be used; its own words where it has some. */
int schema_tell(const char *path, sqlite3 *db, int r, char *reterr, size_t reterr_size)
{
	const char *what = db != NULL ? sqlite3_errmsg(db) : "no memory";

	if (r == -EBADMSG || r == -EIO)
		(void)snprintf(
			reterr, reterr_size,
			"%s: damaged, or not a store (%s): put a backup in its place, or move it "
			"away to begin a new one",
			path, what);
	else
		(void)snprintf(reterr, reterr_size, "%s: %s", path, what);
	return r;
}

/* A reader takes its own version only. */
static int check_version(sqlite3 *db, const char *path, char *reterr, size_t reterr_size)
{
	int64_t version = sql_number(db, "PRAGMA user_version", -1);

	if (version == SCHEMA_VERSION)
		return 0;
	if (version < 0)
		return schema_tell(path, db, sql_error(sqlite3_errcode(db)) < 0 ? -EBADMSG : -EIO,
				   reterr, reterr_size);
	(void)snprintf(reterr, reterr_size,
		       version == 0 ? "%s: not a store"
		       : version < SCHEMA_VERSION
			       ? "%s: written by an older linewatch (version %d, this "
				 "one knows %d): a collector brings it up when it starts"
			       : "%s: written by a newer linewatch (version %d, this "
				 "one knows %d)",
		       path, (int)version, SCHEMA_VERSION);
	return -EPROTONOSUPPORT;
}

int schema_open(sqlite3 **ret, const char *path, const char *vfs, bool writer, char *reterr,
		size_t reterr_size)
{
	sqlite3 *db = NULL;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_CREATE : 0);
	int r = sql_error(sqlite3_open_v2(path, &db, flags, vfs));

	if (r == 0)
		r = settle(db, writer);
	if (r < 0) {
		(void)schema_tell(path, db, r, reterr, reterr_size);
		goto fail;
	}
	r = writer ? schema_migrate(db, SCHEMA_VERSION, reterr, reterr_size)
		   : check_version(db, path, reterr, reterr_size);
	if (r < 0)
		goto fail;
	*ret = db;
	return 0;
fail:
	(void)sqlite3_close(db);
	return r;
}

int64_t rolled_upto(sqlite3 *db)
{
	return sql_number(db, "SELECT value FROM meta WHERE key = 'rolled'", 0);
}

int64_t name_id(sqlite3 *db, const char *text)
{
	sqlite3_stmt *st = NULL;
	int64_t id = 0;

	if (sqlite3_prepare_v2(db, "SELECT id FROM name WHERE text = ?", -1, &st, NULL) !=
	    SQLITE_OK)
		return 0;
	(void)sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		id = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return id;
}
