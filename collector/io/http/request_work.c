/* request_work.c - what must not run on the loop: passwords, the access file, the store.
 *
 * The connection is suspended, the work runs in a thread, `then` runs on the loop and makes the
 * answer (or asks for more work), the connection is resumed and the answer sent. While a request
 * waits its connection cannot go away; http_close waits for all of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/http/keyring.h"
#include "collector/io/http/request.h"
#include "collector/io/store/store_read.h"
#include "common/io/log.h"

static void wait_for(struct request *q)
{
	if (q->phase == PHASE_WAITING)
		return;
	q->phase = PHASE_WAITING;
	MHD_suspend_connection(q->conn);
}

static void finished(struct request *q)
{
	struct http *h = q->http;

	h->pending--;
	q->work = NULL;
	q->then(q);
	if (q->work != NULL) /* `then` asked for more */
		return;
	q->phase = PHASE_READY;
	MHD_resume_connection(q->conn);
	http_pump(h);
}

static bool too_many(struct request *q)
{
	if (q->http->pending < PENDING_MAX && !q->http->closing)
		return false;
	(void)problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	return true;
}

static void in_worker(uv_work_t *w)
{
	struct request *q = w->data;

	uv_mutex_lock(&q->http->access_lock);
	q->work(q, NULL);
	uv_mutex_unlock(&q->http->access_lock);
}

static void after_worker(uv_work_t *w, int status)
{
	struct request *q = w->data;

	if (status < 0)
		q->work_status = status;
	finished(q);
}

int ask_worker(struct request *q, void (*work)(struct request *, struct store_reader *),
	       void (*then)(struct request *))
{
	if (too_many(q))
		return 0;
	q->work = work;
	q->then = then;
	q->work_status = 0;
	q->uv_work.data = q;
	if (uv_queue_work(q->http->loop, &q->uv_work, in_worker, after_worker) < 0) {
		q->work = NULL;
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	}
	q->http->pending++;
	wait_for(q);
	return 0;
}

static void in_store(struct store_reader *r, void *arg)
{
	struct request *q = arg;

	q->work(q, r);
}

static void after_store(void *arg, int status)
{
	struct request *q = arg;

	if (status < 0)
		q->work_status = status;
	finished(q);
}

int ask_store(struct request *q, void (*work)(struct request *, struct store_reader *),
	      void (*then)(struct request *))
{
	if (q->http->src.store == NULL)
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "no_store", NULL);
	if (too_many(q))
		return 0;
	q->work = work;
	q->then = then;
	q->work_status = 0;
	if (store_ask(q->http->src.store, in_store, after_store, q) < 0) {
		q->work = NULL;
		return problem(q, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", NULL);
	}
	q->http->pending++;
	wait_for(q);
	return 0;
}

/* The secret that a request shows: bearer token, else session cookie. */
static bool shown_secret(const struct request *q, char *buf, size_t size, enum via *ret_via)
{
	const char *header = request_header(q, MHD_HTTP_HEADER_AUTHORIZATION);
	const char *secret = NULL;

	if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0) {
		secret = header + 7;
		*ret_via = VIA_TOKEN;
	} else {
		secret = MHD_lookup_connection_value(q->conn, MHD_COOKIE_KIND, "lw_session");
		*ret_via = VIA_PASSWORD;
	}
	if (secret == NULL || strlen(secret) >= size)
		return false;
	memcpy(buf, secret, strlen(secret) + 1);
	return true;
}

static void accept_who(struct request *q, const struct access_who *who, enum via via)
{
	if (who->role == ROLE_NONE)
		return;
	q->who.via = via;
	q->who.role = who->role;
	q->who.until_ms = who->until_ms;
	memcpy(q->who.name, who->name, sizeof q->who.name);
}

struct ask_who {
	char secret[ACCESS_TOKEN_SIZE];
	enum via via;
	struct access_who who;
	int64_t wall_ms;
	void (*then)(struct request *);
};

static void look_up(struct request *q, struct store_reader *r)
{
	struct ask_who *a = q->data;

	(void)r;
	if (a->via == VIA_PROXY) {
		a->who.role = access_user_role(q->http->access, a->who.name);
		return;
	}
	if (access_token(q->http->access, a->secret, a->wall_ms, &a->who) < 0)
		a->who.role = ROLE_NONE;
}

/* Is the server asked for under an address or as localhost? A name that somebody else's page was loaded
 * from may be pointed here (DNS rebinding): under such a name nobody acts without signing in. */
static bool host_is_plain(const struct request *q)
{
	const char *host = request_header(q, MHD_HTTP_HEADER_HOST);
	char name[INET6_ADDRSTRLEN + 2];
	unsigned char address[sizeof(struct in6_addr)];
	size_t n;

	if (host == NULL)
		return true;
	if (host[0] == '[')
		return true; /* no name has a bracket */
	n = strcspn(host, ":");
	if (n >= sizeof name)
		return false;
	memcpy(name, host, n);
	name[n] = '\0';
	return strcmp(name, "localhost") == 0 || inet_pton(AF_INET, name, address) == 1;
}

/* Who showed nothing, or a session that has ended; a wrong token is refused instead. */
static void be_anonymous(struct request *q, enum via shown)
{
	if (q->who.via != VIA_NONE || shown == VIA_TOKEN)
		return;
	q->who.role = role_parse(q->http->o.anonymous);
	if (q->who.role > ROLE_WATCHER && !host_is_plain(q))
		q->who.role = ROLE_WATCHER;
	if (q->who.role != ROLE_NONE)
		q->who.via = VIA_ANONYMOUS;
}

static void looked_up(struct request *q)
{
	struct ask_who *a = q->data;
	void (*then)(struct request *) = a->then;

	if (a->via == VIA_PROXY && a->who.role == ROLE_NONE)
		a->who.role = role_parse(q->http->o.proxy_role);
	keyring_put(q->http->keys, a->secret, &a->who, http_view(q->http).now.mono_ms);
	accept_who(q, &a->who, a->via);
	be_anonymous(q, a->via);
	q->data = NULL;
	free(a);
	then(q);
}

/* The user that a trusted proxy names: its key in the ring is "proxy:<name>". */
static bool proxied(const struct request *q, struct ask_who *a)
{
	const char *name;

	if (q->http->o.proxy_header == NULL || !request_from_proxy(q))
		return false;
	name = request_header(q, q->http->o.proxy_header);
	if (name == NULL || access_name_check(name) < 0)
		return false;
	(void)snprintf(a->who.name, sizeof a->who.name, "%s", name);
	(void)snprintf(a->secret, sizeof a->secret, "proxy:%s", name);
	a->via = VIA_PROXY;
	return true;
}

bool identify(struct request *q, void (*then)(struct request *))
{
	struct ask_who a = { .then = then };
	const struct access_who *known;
	struct instant now = http_view(q->http).now;

	if (q->http->access == NULL ||
	    (!proxied(q, &a) && !shown_secret(q, a.secret, sizeof a.secret, &a.via))) {
		be_anonymous(q, VIA_NONE);
		return true;
	}
	if (a.via == VIA_PASSWORD)
		memcpy(q->who.token, a.secret, sizeof q->who.token);
	known = keyring_get(q->http->keys, a.secret, now.mono_ms);
	if (known != NULL && (known->until_ms == 0 || known->until_ms > now.wall_ms)) {
		accept_who(q, known, a.via);
		be_anonymous(q, a.via);
		return true;
	}
	a.wall_ms = now.wall_ms;
	q->data = malloc(sizeof a);
	if (q->data == NULL)
		return true;
	memcpy(q->data, &a, sizeof a);
	(void)ask_worker(q, look_up, looked_up);
	if (q->work == NULL) { /* it was refused */
		free(q->data);
		q->data = NULL;
		return true;
	}
	return false;
}

bool request_is_safe(struct request *q)
{
	const char *site = request_header(q, "Sec-Fetch-Site"),
		   *origin = request_header(q, "Origin");
	const char *host = request_header(q, "Host"), *proof = request_header(q, "X-CSRF-Token");
	const char *bare = origin != NULL ? strstr(origin, "://") : NULL;
	char csrf[ACCESS_TOKEN_SIZE];
	bool safe = true;

	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		safe = false;
	if (origin != NULL && (bare == NULL || host == NULL || strcmp(bare + 3, host) != 0))
		safe = false;
	if (q->who.via == VIA_PASSWORD) {
		access_csrf(q->who.token, csrf);
		safe = safe && proof != NULL && strcmp(proof, csrf) == 0;
	}
	if (!safe)
		(void)problem(q, MHD_HTTP_FORBIDDEN, "csrf", NULL);
	return safe;
}

const char *request_user(const struct request *q)
{
	return q->who.name[0] != '\0' ? q->who.name : "anonymous";
}

struct deed {
	uv_work_t work;
	struct http *http;
	struct access_deed d;
	char text[4][160], peer[64];
};

static void write_deed(uv_work_t *w)
{
	struct deed *d = w->data;

	uv_mutex_lock(&d->http->access_lock);
	if (access_audit(d->http->access, &d->d) < 0)
		log_error("audit log not written user=%s action=%s", d->d.user, d->d.action);
	uv_mutex_unlock(&d->http->access_lock);
}

static void deed_written(uv_work_t *w, int status)
{
	struct deed *d = w->data;
	struct http *h = d->http;

	(void)status;
	free(d);
	h->pending--;
	http_pump(h);
}

void audit(const struct request *q, const char *user, const char *action, const char *target,
	   const char *result)
{
	struct http *h = q->http;
	char peer[64] = "";
	struct deed *d;

	(void)request_peer(q, peer, sizeof peer);
	log_notice("action user=%s action=%s target=%s result=%s peer=%s", user, action, target,
		   result, peer);
	d = h->access != NULL ? calloc(1, sizeof *d) : NULL;
	if (d == NULL)
		return;
	(void)snprintf(d->text[0], sizeof d->text[0], "%s", user);
	(void)snprintf(d->text[1], sizeof d->text[1], "%s", action);
	(void)snprintf(d->text[2], sizeof d->text[2], "%s", target);
	(void)snprintf(d->text[3], sizeof d->text[3], "%s", result);
	memcpy(d->peer, peer, sizeof d->peer);
	d->http = h;
	d->work.data = d;
	d->d = (struct access_deed){
		http_view(h).now.wall_ms, d->text[0], d->text[1], d->text[2], d->text[3], d->peer
	};
	if (uv_queue_work(h->loop, &d->work, write_deed, deed_written) < 0) {
		free(d);
		return;
	}
	h->pending++;
}
