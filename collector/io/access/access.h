/* access.h - who may do what: users, tokens, sessions and the record of what they did, in a small
 * SQLite file of its own (mode 0600). All calls block: on the loop they go through a worker. One
 * connection serves one thread at a time.
 *
 * Passwords are kept as argon2id (libsodium's "interactive" cost), tokens and sessions as BLAKE2b
 * hashes: a copy of the file lets nobody in. */
#ifndef LW_ACCESS_H
#define LW_ACCESS_H

#include <stddef.h>
#include <stdint.h>

struct access;

/* More may do more, but an auditor only looks, also at the audit log. */
enum role { ROLE_NONE, ROLE_WATCHER, ROLE_AUDITOR, ROLE_TECHNICIAN, ROLE_ADMIN };
const char *role_name(enum role r);	/* NULL for ROLE_NONE */
enum role role_parse(const char *name); /* ROLE_NONE: no such role */

enum {
	ACCESS_NAME_MAX = 32,
	ACCESS_PASSWORD_MIN = 10,
	ACCESS_PASSWORD_MAX = 1024,
	ACCESS_TOKEN_SIZE = 44 /* base64 of 32 random bytes, with NUL */
};

/* Creates the file where it is not there. reterr: one line. */
int access_open(struct access **ret, const char *path, char *reterr, size_t reterr_size);
void access_close(struct access **ap); /* accepts NULL */

/* A name is 1..32 of a-z 0-9 . _ - */
int access_name_check(const char *name); /* 0 or -EINVAL */

/* -EEXIST, -EINVAL (name, role), -ERANGE (password too short or too long). */
int access_user_add(struct access *a, const char *name, const char *password, enum role role,
		    int64_t wall_ms);
int access_user_passwd(struct access *a, const char *name, const char *password); /* -ENOENT */
int access_remove(struct access *a, const char *name); /* user or token, sessions too; -ENOENT */

/* A token for a kiosk or a program; its text is told this once. */
int access_token_add(struct access *a, const char *name, enum role role, int64_t wall_ms,
		     int64_t until_ms, char ret[ACCESS_TOKEN_SIZE]);

struct access_row {
	const char *name, *kind; /* "user", "token" */
	enum role role;
	int64_t made_ms, until_ms; /* until 0: no end */
};
typedef int access_row_fn(void *arg, const struct access_row *row);
int access_list(struct access *a, access_row_fn *fn, void *arg);

struct access_who {
	char name[ACCESS_NAME_MAX + 1];
	enum role role;
	int64_t until_ms; /* 0: no end */
};
/* 0, or -EACCES: no such user, wrong password; both take equally long. */
int access_password(struct access *a, const char *name, const char *password,
		    struct access_who *ret);
/* 0, or -EACCES. A session is found like a token. */
int access_token(struct access *a, const char *token, int64_t wall_ms, struct access_who *ret);

/* The role of a user by name alone (a trusted proxy has checked it); ROLE_NONE: no such user. */
enum role access_user_role(struct access *a, const char *name);

int access_session_add(struct access *a, const struct access_who *who, int64_t wall_ms,
		       int64_t until_ms, char ret[ACCESS_TOKEN_SIZE]);
int access_session_end(struct access *a, const char *token);
/* A signed link is good for one session: -EEXIST, it was used already. */
int access_link_use(struct access *a, const char *link, const char *name, int64_t wall_ms,
		    int64_t until_ms);

/* The proof that a request comes from the page: bound to the session, needs no storage. */
void access_csrf(const char *token, char ret[ACCESS_TOKEN_SIZE]);

struct access_deed {
	int64_t wall_ms;
	const char *user, *action, *target, *result;
	const char *peer; /* from where: an address, "-" at the server itself */
};
typedef int access_deed_fn(void *arg, const struct access_deed *d);
int access_audit(struct access *a, const struct access_deed *d);
int access_audit_list(struct access *a, size_t limit, access_deed_fn *fn,
		      void *arg); /* newest first */

#endif
