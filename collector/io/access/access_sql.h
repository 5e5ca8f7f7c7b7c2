/* access_sql.h - private to access/: one statement at a time. */
#ifndef LW_ACCESS_SQL_H
#define LW_ACCESS_SQL_H

#include <sqlite3.h>

#include "collector/io/access/access.h"

struct access {
	sqlite3 *db;
};

/* Prepare `sql` and bind by the letters of `types`: s text, i int64_t, b 32 bytes. NULL: failed. */
sqlite3_stmt *access_ask(struct access *a, const char *sql, const char *types, ...);
/* Run to the end; 0, -EEXIST on a constraint, -EIO. Finalizes; NULL gives -EIO. */
int access_run(struct access *a, sqlite3_stmt *s);

#endif
