/* schema.h - opening the file at its newest version, and small SQL helpers. */
#ifndef LW_STORE_SCHEMA_H
#define LW_STORE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCHEMA_VERSION = 4 };
int schema_open(sqlite3 **ret, const char *path, const char *vfs, bool writer, char *reterr,
		size_t reterr_size);
int schema_migrate(sqlite3 *db, int upto, char *reterr, size_t reterr_size);
int schema_tell(const char *path, sqlite3 *db, int r, char *reterr, size_t reterr_size); /* r */
int sql_error(int rc); /* SQLite's result as negative errno */
int sql_exec(sqlite3 *db, const char *sql);
/* One number, or `dflt` when there is no row. */
int64_t sql_number(sqlite3 *db, const char *sql, int64_t dflt);

int64_t name_id(sqlite3 *db, const char *text); /* 0: no such */
int64_t rolled_upto(sqlite3 *db);

#endif
