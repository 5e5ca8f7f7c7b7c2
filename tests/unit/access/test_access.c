#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/io/access/access.h"

static char folder[64];

static const char *file(void)
{
	static char path[96];

	(void)snprintf(path, sizeof path, "%s/users.db", folder);
	return path;
}

static struct access *opened(void)
{
	struct access *a = NULL;
	char err[256];

	(void)strcpy(folder, "/tmp/lw-access-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(access_open(&a, file(), err, sizeof err), 0, "%s", err);
	return a;
}

static void closed(struct access *a)
{
	char command[128];

	access_close(&a);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
	cr_expect_eq(system(command), 0);
}

Test(access, a_user_signs_in_with_the_password_and_nothing_else)
{
	struct access *a = opened();
	struct access_who who;

	cr_expect_eq(access_user_add(a, "lan", "correct horse", ROLE_TECHNICIAN, 1), 0);
	cr_expect_eq(access_user_add(a, "lan", "correct horse", ROLE_ADMIN, 1), -EEXIST);
	cr_expect_eq(access_user_add(a, "minh", "short", ROLE_ADMIN, 1), -ERANGE);
	cr_expect_eq(access_user_add(a, "Lan Anh", "correct horse", ROLE_ADMIN, 1), -EINVAL);
	cr_expect_eq(access_password(a, "lan", "correct horse", &who), 0);
	cr_expect_eq(who.role, ROLE_TECHNICIAN);
	cr_expect_eq(access_password(a, "lan", "wrong horse!", &who), -EACCES);
	cr_expect_eq(access_password(a, "nobody", "correct horse", &who), -EACCES);
	closed(a);
}

Test(access, the_file_is_for_its_owner_only)
{
	struct access *a = opened();
	struct stat st;

	cr_assert_eq(stat(file(), &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	closed(a);
}

Test(access, tokens_end_at_their_time)
{
	struct access *a = opened();
	char token[ACCESS_TOKEN_SIZE];
	struct access_who who;

	cr_expect_eq(access_token_add(a, "wall", ROLE_WATCHER, 100, 200, token), 0);
	cr_expect_eq(strlen(token), ACCESS_TOKEN_SIZE - 1);
	cr_expect_eq(access_token(a, token, 150, &who), 0);
	cr_expect_str_eq(who.name, "wall");
	cr_expect_eq(access_token(a, token, 200, &who), -EACCES);
	cr_expect_eq(access_token(a, "guess", 150, &who), -EACCES);
	cr_expect_eq(access_token_add(a, "wall", ROLE_WATCHER, 100, 0, token), -EEXIST);
	closed(a);
}

Test(access, a_new_password_ends_the_sessions)
{
	struct access *a = opened();
	char session[ACCESS_TOKEN_SIZE];
	struct access_who who = { "lan", ROLE_ADMIN, 0 };

	cr_expect_eq(access_user_add(a, "lan", "correct horse", ROLE_ADMIN, 1), 0);
	cr_expect_eq(access_session_add(a, &who, 1, 1000, session), 0);
	cr_expect_eq(access_token(a, session, 2, &who), 0);
	cr_expect_eq(access_user_passwd(a, "lan", "battery staple"), 0);
	cr_expect_eq(access_token(a, session, 2, &who), -EACCES);
	cr_expect_eq(access_user_passwd(a, "nobody", "battery staple"), -ENOENT);
	closed(a);
}

Test(access, removing_a_user_ends_its_sessions)
{
	struct access *a = opened();
	char session[ACCESS_TOKEN_SIZE];
	struct access_who who = { "lan", ROLE_ADMIN, 0 };

	cr_expect_eq(access_user_add(a, "lan", "correct horse", ROLE_ADMIN, 1), 0);
	cr_expect_eq(access_session_add(a, &who, 1, 1000, session), 0);
	cr_expect_eq(access_remove(a, "lan"), 0);
	cr_expect_eq(access_token(a, session, 2, &who), -EACCES);
	cr_expect_eq(access_remove(a, "lan"), -ENOENT);
	closed(a);
}

Test(access, csrf_proofs_belong_to_one_session)
{
	char one[ACCESS_TOKEN_SIZE], same[ACCESS_TOKEN_SIZE], other[ACCESS_TOKEN_SIZE];

	access_csrf("session a", one);
	access_csrf("session a", same);
	access_csrf("session b", other);
	cr_expect_str_eq(one, same);
	cr_expect_str_neq(one, other);
}

static int count(void *arg, const struct access_deed *d)
{
	bool newest = (*(int *)arg)++ == 0;

	cr_expect_str_eq(d->action, newest ? "second" : "first");
	cr_expect_str_eq(d->peer, newest ? "10.0.0.7" : "-");
	return 0;
}

Test(access, deeds_are_listed_newest_first)
{
	struct access *a = opened();
	struct access_deed one = { 1, "lan", "first", "x", "ok", "-" },
			   two = { 2, "lan", "second", "x", "ok", "10.0.0.7" };
	int n = 0;

	cr_expect_eq(access_audit(a, &one), 0);
	cr_expect_eq(access_audit(a, &two), 0);
	cr_expect_eq(access_audit_list(a, 10, count, &n), 0);
	cr_expect_eq(n, 2);
	closed(a);
}

Test(access, a_link_is_good_once_and_never_passes_for_a_token)
{
	struct access *a = opened();
	struct access_who who;

	cr_expect_eq(access_link_use(a, "7.lan.ff.mac", "lan", 1000, 2000), 0);
	cr_expect_eq(access_link_use(a, "7.lan.ff.mac", "lan", 1001, 2000), -EEXIST);
	cr_expect_eq(access_link_use(a, "7.minh.ff.mac", "minh", 1001, 2000), 0);
	cr_expect_eq(access_token(a, "7.lan.ff.mac", 1001, &who), -EACCES);
	cr_expect_eq(access_token(a, "link 7.lan.ff.mac", 1001, &who), -EACCES,
		     "not even with what it is marked by");
	closed(a);
}
