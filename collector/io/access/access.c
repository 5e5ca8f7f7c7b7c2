#include "collector/io/access/access.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "collector/io/access/access_sql.h"

enum { SECRET_BYTES = 32, HASH_BYTES = 32, AUDIT_KEPT = 100000 };

static const char *const role_names[] = { NULL, "watcher", "auditor", "technician", "admin" };

const char *role_name(enum role r)
{
	return role_names[r];
}

enum role role_parse(const char *name)
{
	for (int i = ROLE_WATCHER; i <= ROLE_ADMIN; i++)
		if (name != NULL && strcmp(role_names[i], name) == 0)
			return (enum role)i;
	return ROLE_NONE;
}

int access_name_check(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > ACCESS_NAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != n)
		return -EINVAL;
	return 0;
}

static int hash_password(const char *password, char ret[crypto_pwhash_STRBYTES])
{
	size_t n = strlen(password);

	if (n < ACCESS_PASSWORD_MIN || n > ACCESS_PASSWORD_MAX)
		return -ERANGE;
	if (crypto_pwhash_str(ret, password, n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return -ENOMEM;
	return 0;
}

int access_user_add(struct access *a, const char *name, const char *password, enum role role,
		    int64_t wall_ms)
{
	char hash[crypto_pwhash_STRBYTES];
	int r = role == ROLE_NONE ? -EINVAL : access_name_check(name);

	if (r == 0)
		r = hash_password(password, hash);
	if (r < 0)
		return r;
	return access_run(a, access_ask(a, "INSERT INTO user VALUES(?,?,?,?)", "ssii", name, hash,
					(int64_t)role, wall_ms));
}

static int end_sessions(struct access *a, const char *name)
{
	return access_run(
		a, access_ask(a, "DELETE FROM token WHERE name=? AND kind='session'", "s", name));
}

int access_user_passwd(struct access *a, const char *name, const char *password)
{
	char hash[crypto_pwhash_STRBYTES];
	int r = hash_password(password, hash);

	if (r < 0)
		return r;
	r = access_run(a,
		       access_ask(a, "UPDATE user SET password=? WHERE name=?", "ss", hash, name));
	if (r == 0 && sqlite3_changes(a->db) == 0)
		return -ENOENT;
	return r < 0 ? r : end_sessions(a, name);
}

int access_remove(struct access *a, const char *name)
{
	int r = access_run(a, access_ask(a, "DELETE FROM user WHERE name=?", "s", name));
	int users = sqlite3_changes(a->db);

	if (r == 0)
		r = access_run(a, access_ask(a, "DELETE FROM token WHERE name=?", "s", name));
	if (r == 0 && users + sqlite3_changes(a->db) == 0)
		return -ENOENT;
	return r;
}

static void hash_token(const char *token, unsigned char ret[HASH_BYTES])
{
	(void)crypto_generichash(ret, HASH_BYTES, (const unsigned char *)token, strlen(token), NULL,
				 0);
}

static void new_token(char ret[ACCESS_TOKEN_SIZE])
{
	unsigned char secret[SECRET_BYTES];

	randombytes_buf(secret, sizeof secret);
	(void)sodium_bin2base64(ret, ACCESS_TOKEN_SIZE, secret, sizeof secret,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof secret);
}

static int add(struct access *a, const char *name, const char *kind, enum role role,
	       int64_t wall_ms, int64_t until_ms, char ret[ACCESS_TOKEN_SIZE])
{
	unsigned char hash[HASH_BYTES];

	new_token(ret);
	hash_token(ret, hash);
	return access_run(a, access_ask(a, "INSERT INTO token VALUES(?,?,?,?,?,?)", "bssiii", hash,
					name, kind, (int64_t)role, wall_ms, until_ms));
}

static bool is_taken(struct access *a, const char *name)
{
	sqlite3_stmt *s = access_ask(a,
				     "SELECT 1 FROM user WHERE name=?1 UNION ALL"
				     " SELECT 1 FROM token WHERE name=?1 AND kind='token'",
				     "s", name);
	bool taken = s == NULL || sqlite3_step(s) == SQLITE_ROW;

	(void)sqlite3_finalize(s);
	return taken;
}

int access_token_add(struct access *a, const char *name, enum role role, int64_t wall_ms,
		     int64_t until_ms, char ret[ACCESS_TOKEN_SIZE])
{
	int r = role == ROLE_NONE ? -EINVAL : access_name_check(name);

	if (r == 0 && is_taken(a, name))
		r = -EEXIST;
	return r < 0 ? r : add(a, name, "token", role, wall_ms, until_ms, ret);
}

int access_session_add(struct access *a, const struct access_who *who, int64_t wall_ms,
		       int64_t until_ms, char ret[ACCESS_TOKEN_SIZE])
{
	int r = access_run(a, access_ask(a, "DELETE FROM token WHERE kind='session' AND until<?",
					 "i", wall_ms));

	return r < 0 ? r : add(a, who->name, "session", who->role, wall_ms, until_ms, ret);
}

int access_session_end(struct access *a, const char *token)
{
	unsigned char hash[HASH_BYTES];

	hash_token(token, hash);
	return access_run(
		a, access_ask(a, "DELETE FROM token WHERE hash=? AND kind='session'", "b", hash));
}

int access_link_use(struct access *a, const char *link, const char *name, int64_t wall_ms,
		    int64_t until_ms)
{
	unsigned char hash[HASH_BYTES];
	static const unsigned char purpose[] =
		"linewatch link"; /* a link never passes for a token */
	int r;

	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)link, strlen(link),
				 purpose, sizeof purpose);
	r = access_run(
		a, access_ask(a, "DELETE FROM token WHERE kind='link' AND until<?", "i", wall_ms));
	if (r < 0)
		return r;
	return access_run(a, access_ask(a, "INSERT INTO token VALUES(?,?,'link',0,?,?)", "bsii",
					hash, name, wall_ms, until_ms));
}

void access_csrf(const char *token, char ret[ACCESS_TOKEN_SIZE])
{
	static const unsigned char purpose[] = "linewatch csrf";
	unsigned char mac[SECRET_BYTES];

	(void)crypto_generichash(mac, sizeof mac, (const unsigned char *)token, strlen(token),
				 purpose, sizeof purpose);
	(void)sodium_bin2base64(ret, ACCESS_TOKEN_SIZE, mac, sizeof mac,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int access_list(struct access *a, access_row_fn *fn, void *arg)
{
	sqlite3_stmt *s =
		access_ask(a,
			   "SELECT name,'user',role,made,0 FROM user UNION ALL "
			   "SELECT name,kind,role,made,until FROM token WHERE kind='token'"
			   " ORDER BY 1",
			   "");
	int r = 0;

	if (s == NULL)
		return -EIO;
	while (r == 0 && sqlite3_step(s) == SQLITE_ROW) {
		struct access_row row = { (const char *)sqlite3_column_text(s, 0),
					  (const char *)sqlite3_column_text(s, 1),
					  (enum role)sqlite3_column_int(s, 2),
					  sqlite3_column_int64(s, 3), sqlite3_column_int64(s, 4) };

		r = fn(arg, &row);
	}
	(void)sqlite3_finalize(s);
	return r;
}

int access_password(struct access *a, const char *name, const char *password,
		    struct access_who *ret)
{
	/* A hash that nothing matches, so that unknown names take as long as known ones. */
	static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA"
				     "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	char hash[crypto_pwhash_STRBYTES];
	sqlite3_stmt *s = access_ask(a, "SELECT password,role FROM user WHERE name=?", "s", name);
	bool known = s != NULL && sqlite3_step(s) == SQLITE_ROW;
	size_t n = strlen(password);
	int wrong;

	(void)strncpy(hash, known ? (const char *)sqlite3_column_text(s, 0) : nobody,
		      sizeof hash - 1);
	hash[sizeof hash - 1] = '\0';
	ret->role = known ? (enum role)sqlite3_column_int(s, 1) : ROLE_NONE;
	(void)sqlite3_finalize(s);
	wrong = n > ACCESS_PASSWORD_MAX || crypto_pwhash_str_verify(hash, password, n) != 0;
	if (!known || wrong)
		return -EACCES;
	(void)strncpy(ret->name, name, sizeof ret->name - 1);
	ret->name[sizeof ret->name - 1] = '\0';
	ret->until_ms = 0;
	return 0;
}

enum role access_user_role(struct access *a, const char *name)
{
	sqlite3_stmt *s = access_ask(a, "SELECT role FROM user WHERE name=?", "s", name);
	enum role role = s != NULL && sqlite3_step(s) == SQLITE_ROW
				 ? (enum role)sqlite3_column_int(s, 0)
				 : ROLE_NONE;

	(void)sqlite3_finalize(s);
	return role;
}

int access_token(struct access *a, const char *token, int64_t wall_ms, struct access_who *ret)
{
	unsigned char hash[HASH_BYTES];
	sqlite3_stmt *s;
	int r = -EACCES;

	hash_token(token, hash);
	s = access_ask(a, "SELECT name,role,until FROM token WHERE hash=? AND (until=0 OR until>?)",
		       "bi", hash, wall_ms);
	if (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		(void)strncpy(ret->name, (const char *)sqlite3_column_text(s, 0),
			      sizeof ret->name - 1);
		ret->name[sizeof ret->name - 1] = '\0';
		ret->role = (enum role)sqlite3_column_int(s, 1);
		ret->until_ms = sqlite3_column_int64(s, 2);
		r = 0;
	}
	(void)sqlite3_finalize(s);
	return r;
}

int access_audit(struct access *a, const struct access_deed *d)
{
	int r = access_run(a, access_ask(a,
					 "INSERT INTO audit(at,user,action,target,result,peer)"
					 " VALUES(?,?,?,?,?,?)",
					 "isssss", d->wall_ms, d->user, d->action, d->target,
					 d->result, d->peer));

	if (r < 0)
		return r;
	return access_run(a, access_ask(a, "DELETE FROM audit WHERE n<=?", "i",
					(int64_t)sqlite3_last_insert_rowid(a->db) - AUDIT_KEPT));
}

int access_audit_list(struct access *a, size_t limit, access_deed_fn *fn, void *arg)
{
	sqlite3_stmt *s = access_ask(a,
				     "SELECT at,user,action,target,result,peer FROM audit"
				     " ORDER BY n DESC LIMIT ?",
				     "i", (int64_t)limit);
	int r = 0;

	if (s == NULL)
		return -EIO;
	while (r == 0 && sqlite3_step(s) == SQLITE_ROW) {
		struct access_deed d = { sqlite3_column_int64(s, 0),
					 (const char *)sqlite3_column_text(s, 1),
					 (const char *)sqlite3_column_text(s, 2),
					 (const char *)sqlite3_column_text(s, 3),
					 (const char *)sqlite3_column_text(s, 4),
					 (const char *)sqlite3_column_text(s, 5) };

		r = fn(arg, &d);
	}
	(void)sqlite3_finalize(s);
	return r;
}
