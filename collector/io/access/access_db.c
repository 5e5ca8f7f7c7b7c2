/* access_db.c - the file: opened with WAL and a busy time-out, so that `linewatch user` and the
 * collector may both have it open; created with mode 0600 before SQLite touches it. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/io/access/access_sql.h"

static const char schema[] =
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=FULL;"
	"CREATE TABLE IF NOT EXISTS user(name TEXT PRIMARY KEY, password TEXT NOT NULL,"
	" role INTEGER NOT NULL, made INTEGER NOT NULL) STRICT;"
	"CREATE TABLE IF NOT EXISTS token(hash BLOB PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT "
	"NULL,"
	" role INTEGER NOT NULL, made INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;"
	"CREATE INDEX IF NOT EXISTS token_name ON token(name);"
	"CREATE TABLE IF NOT EXISTS audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT "
	"NOT NULL,"
	" action TEXT NOT NULL, target TEXT NOT NULL, result TEXT NOT NULL) STRICT;";

/* Fails where the column is there already: a file from before it had none. */
static const char newer[] = "ALTER TABLE audit ADD COLUMN peer TEXT NOT NULL DEFAULT ''";

static int make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

int access_open(struct access **ret, const char *path, char *reterr, size_t reterr_size)
{
	struct access *a;
	int r = sodium_init() < 0 ? -EIO : make_file(path);

	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "%s", strerror(-r));
		return r;
	}
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return -ENOMEM;
	if (sqlite3_open_v2(path, &a->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) !=
		    SQLITE_OK ||
	    sqlite3_busy_timeout(a->db, 5000) != SQLITE_OK ||
	    sqlite3_exec(a->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
		(void)snprintf(reterr, reterr_size, "%s", sqlite3_errmsg(a->db));
		access_close(&a);
		return -EIO;
	}
	(void)sqlite3_exec(a->db, newer, NULL, NULL, NULL);
	*ret = a;
	return 0;
}

void access_close(struct access **ap)
{
	if (*ap == NULL)
		return;
	(void)sqlite3_close_v2((*ap)->db);
	free(*ap);
	*ap = NULL;
}

sqlite3_stmt *access_ask(struct access *a, const char *sql, const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list ap;
	int r = sqlite3_prepare_v2(a->db, sql, -1, &s, NULL);

	va_start(ap, types);
	for (int i = 1; r == SQLITE_OK && *types != '\0'; i++, types++) {
		if (*types == 's')
			r = sqlite3_bind_text(s, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
		else if (*types == 'i')
			r = sqlite3_bind_int64(s, i, va_arg(ap, int64_t));
		else
			r = sqlite3_bind_blob(s, i, va_arg(ap, const void *), 32, SQLITE_TRANSIENT);
	}
	va_end(ap);
	if (r == SQLITE_OK)
		return s;
	(void)sqlite3_finalize(s);
	return NULL;
}

int access_run(struct access *a, sqlite3_stmt *s)
{
	int r = s != NULL ? sqlite3_step(s) : SQLITE_ERROR;

	(void)a;
	(void)sqlite3_finalize(s);
	if (r == SQLITE_DONE || r == SQLITE_ROW)
		return 0;
	return r == SQLITE_CONSTRAINT ? -EEXIST : -EIO;
}
