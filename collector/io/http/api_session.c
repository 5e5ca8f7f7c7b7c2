/* api_session.c - signing in and out, who am I, and the audit record.
 *
 * Passwords are checked in a worker. A session lasts twelve hours, a kiosk's (signed in by token) as
 * long as its token, at most 90 days. Five failures within a minute, from one address or for one name,
 * and the next try has to wait. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/keyring.h"
#include "collector/io/http/request.h"
#include "collector/io/http/sse.h"
#include "collector/io/view/view.h"

enum { SESSION_S = 12 * 3600, KIOSK_S = 90 * 86400, PASSWORD_MAX = 1024, TOKEN_TEXT_MAX = 128 };

static const char *const vias[] = { "none", "anonymous", "password", "token", "proxy" };

json_t *session_json(const struct request *q)
{
	const struct oncall_plan *plan = q->http->src.plan;
	const char *name = q->who.name[0] != '\0' ? q->who.name : NULL, *person = NULL;
	char csrf[ACCESS_TOKEN_SIZE];
	bool cookie = q->who.via == VIA_PASSWORD;

	for (uint32_t i = 0; plan != NULL && name != NULL && i < plan->n_people; i++)
		if (strcmp(plan->people[i].id, name) == 0)
			person = name;
	access_csrf(q->who.token, csrf);
	return json_pack("{s:o,s:o,s:o,s:s,s:o}", "user", view_text(name), "role",
			 view_text(role_name(q->who.role)), "csrf", view_text(cookie ? csrf : NULL),
			 "via", vias[q->who.via], "person", view_text(person));
}

int get_session(struct request *q)
{
	return reply(q, MHD_HTTP_OK, session_json(q));
}

struct login {
	char user[65], password[PASSWORD_MAX + 1], token[TOKEN_TEXT_MAX + 1],
		link[TOKEN_TEXT_MAX + 1];
	char peer[64];
	char session[ACCESS_TOKEN_SIZE];
	struct access_who who;
	int64_t wall_ms, until_ms;
	int result;
};

static void work_login(struct request *q, struct store_reader *r)
{
	struct login *l = q->data;
	struct access *a = q->http->access;

	(void)r;
	l->until_ms = l->wall_ms + INT64_C(1000) * (l->token[0] != '\0' ? KIOSK_S : SESSION_S);
	if (l->link[0] != '\0')
		l->result = access_link_use(a, l->link, l->who.name, l->wall_ms, l->who.until_ms);
	else if (l->token[0] != '\0')
		l->result = access_token(a, l->token, l->wall_ms, &l->who);
	else
		l->result = access_password(a, l->user, l->password, &l->who);
	if (l->result == 0 && l->who.until_ms != 0 && l->who.until_ms < l->until_ms)
		l->until_ms = l->who.until_ms;
	if (l->result == 0)
		l->result = access_session_add(a, &l->who, l->wall_ms, l->until_ms, l->session);
}

/* TLS ends here, or in the proxy that is trusted. */
static bool is_encrypted(const struct request *q)
{
	const char *proto = request_from_proxy(q) ? request_header(q, "X-Forwarded-Proto") : NULL;

	return q->http->tls_cert != NULL || (proto != NULL && strcmp(proto, "https") == 0);
}

static void set_cookie(struct request *q, const char *session, int64_t seconds)
{
	(void)snprintf(q->set_cookie, sizeof q->set_cookie,
		       "lw_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", session,
		       (long long)seconds, is_encrypted(q) ? "; Secure" : "");
}

static void wipe(struct login *l)
{
	explicit_bzero(l, sizeof *l);
}

static void answer_login(struct request *q)
{
	struct login *l = q->data;
	int64_t mono = http_view(q->http).now.mono_ms;
	const char *name = l->user[0] != '\0' ? l->user : "(token)";

	if (l->result < 0 || q->work_status < 0) {
		keyring_failed(q->http->keys, l->peer, mono);
		keyring_failed(q->http->keys, name, mono);
		audit(q, name, "login", "", "refused");
		bool was_link = l->link[0] != '\0';
		wipe(l);
		(void)problem(q, MHD_HTTP_UNAUTHORIZED, was_link ? "link_over" : "wrong_password",
			      NULL);
		return;
	}
	q->who = (struct identity){ .via = VIA_PASSWORD, .role = l->who.role };
	memcpy(q->who.name, l->who.name, sizeof q->who.name);
	memcpy(q->who.token, l->session, sizeof q->who.token);
	set_cookie(q, l->session, (l->until_ms - l->wall_ms) / 1000);
	audit(q, q->who.name, "login", "", "ok");
	wipe(l);
	(void)reply(q, MHD_HTTP_OK, session_json(q));
}

/* The signed link of a page stands for its person, once. False: it is nobody's. */
static bool person_of_link(struct request *q, struct login *l, const char *link)
{
	const struct http_sources *src = &q->http->src;
	int64_t until;

	if (src->link == NULL ||
	    src->link(src->arg, link, l->who.name, sizeof l->who.name, &until) < 0)
		return false;
	l->who.role = ROLE_TECHNICIAN;
	l->who.until_ms = until;
	(void)snprintf(l->link, sizeof l->link, "%s", link);
	(void)snprintf(l->user, sizeof l->user, "%s", l->who.name);
	return true;
}

/* False: it has replied how long to wait. */
static bool may_try(struct request *q, const struct login *l, int64_t mono_ms)
{
	int64_t a = keyring_wait_ms(q->http->keys, l->peer, mono_ms);
	int64_t b =
		keyring_wait_ms(q->http->keys, l->user[0] != '\0' ? l->user : "(token)", mono_ms);
	char seconds[24];

	if (a == 0 && b == 0)
		return true;
	(void)snprintf(seconds, sizeof seconds, "%" PRId64, ((a > b ? a : b) + 999) / 1000);
	(void)problem(q, MHD_HTTP_TOO_MANY_REQUESTS, "too_many", seconds);
	return false;
}

int post_session(struct request *q)
{
	const char *user, *password, *token, *link;
	struct instant now = http_view(q->http).now;
	struct login *l;

	if (!body_text(q, "user", 64, &user) ||
	    !body_text(q, "password", PASSWORD_MAX, &password) ||
	    !body_text(q, "token", TOKEN_TEXT_MAX, &token) ||
	    !body_text(q, "link", TOKEN_TEXT_MAX, &link))
		return 0;
	if (token == NULL && link == NULL && (user == NULL || password == NULL))
		return problem(q, MHD_HTTP_BAD_REQUEST, "bad_member",
			       user == NULL ? "user" : "password");
	if (q->http->access == NULL)
		return problem(q, MHD_HTTP_CONFLICT, "no_users", NULL);
	l = calloc(1, sizeof *l);
	if (l == NULL || !request_peer(q, l->peer, sizeof l->peer)) {
		free(l);
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	}
	(void)snprintf(l->user, sizeof l->user, "%s", token == NULL && user != NULL ? user : "");
	(void)snprintf(l->password, sizeof l->password, "%s", password != NULL ? password : "");
	(void)snprintf(l->token, sizeof l->token, "%s", token != NULL ? token : "");
	l->wall_ms = now.wall_ms;
	q->data = l;
	if (link != NULL && !person_of_link(q, l, link)) {
		keyring_failed(q->http->keys, l->peer, now.mono_ms);
		return problem(q, MHD_HTTP_UNAUTHORIZED, "link_over", NULL);
	}
	if (!may_try(q, l, now.mono_ms))
		return 0;
	return ask_worker(q, work_login, answer_login);
}

static void work_logout(struct request *q, struct store_reader *r)
{
	(void)r;
	q->work_status = access_session_end(q->http->access, q->who.token);
}

static void answer_logout(struct request *q)
{
	keyring_drop(q->http->keys, q->who.token);
	sse_end_of(q->http->sse, q->who.token);
	set_cookie(q, "", 0);
	audit(q, request_user(q), "logout", "", "ok");
	(void)reply_nothing(q, MHD_HTTP_NO_CONTENT);
}

int delete_session(struct request *q)
{
	if (q->who.via != VIA_PASSWORD)
		return reply_nothing(q, MHD_HTTP_NO_CONTENT);
	return ask_worker(q, work_logout, answer_logout);
}

struct audit_list {
	size_t limit;
	json_t *rows;
};

static int add_deed(void *arg, const struct access_deed *d)
{
	(void)json_array_append_new(arg, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s}", "at",
						   view_time(d->wall_ms), "user", d->user, "action",
						   d->action, "target", d->target, "result",
						   d->result, "peer", d->peer));
	return 0;
}

static void work_audit(struct request *q, struct store_reader *r)
{
	struct audit_list *l = q->data;

	(void)r;
	q->work_status = access_audit_list(q->http->access, l->limit, add_deed, l->rows);
}

static void answer_audit(struct request *q)
{
	struct audit_list *l = q->data;

	(void)reply(q, MHD_HTTP_OK, json_pack("{s:o}", "audit", l->rows));
	l->rows = NULL;
}

int get_audit(struct request *q)
{
	struct audit_list *l;
	size_t limit;

	if (!param_limit(q, &limit))
		return 0;
	if (q->http->access == NULL)
		return problem(q, MHD_HTTP_CONFLICT, "no_users", NULL);
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	l->limit = limit;
	l->rows = json_array();
	q->data = l;
	(void)ask_worker(q, work_audit, answer_audit);
	if (q->work == NULL)
		json_decref(l->rows);
	return 0;
}
