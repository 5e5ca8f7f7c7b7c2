/* http.c - libmicrohttpd on the loop: its epoll descriptor in a uv_poll, its time-outs in a uv_timer,
 * MHD_run after every event.
 *
 * A request comes in pieces: the head (a request struct is made), the body (kept up to 64 KiB), the
 * end (who asks, may they, is it safe, the handler). A handler answers at once or has the rest done
 * elsewhere; then the connection sleeps until the answer is there. Closing: no new connections, the
 * streams end, sleeping requests are waited for, then MHD stops and the handles close. */
#include "collector/io/http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/io/http/files.h"
#include "collector/io/http/keyring.h"
#include "collector/io/http/peers.h"
#include "collector/io/http/request.h"
#include "collector/io/http/rota.h"
#include "collector/io/http/sse.h"
#include "collector/io/http/windows.h"
#include "collector/io/http/zones.h"
#include "common/io/log.h"

static char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3";

enum { CONNECTIONS = 2048, MEMORY = 24 << 10, IDLE_S = 75, PEM_MAX = 256 << 10 };
enum { PATIENCE_MS = 20000 };

const struct route routes[] = {
#define ROUTE(method, pattern, need, fn) { method, pattern, need, fn },
#include "collector/io/http/routes.def"
#undef ROUTE
	{ NULL, NULL, NEED_NOTHING, NULL },
};

struct view http_view(const struct http *h)
{
	return (struct view){ .t = h->src.topology,
			      .engine = h->src.engine,
			      .live = h->src.live,
			      .plan = h->src.plan,
			      .now = h->src.now(h->src.arg) };
}

static void maybe_stop(struct http *h);

static void on_timer(uv_timer_t *t)
{
	http_pump(t->data);
}

void http_pump(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (h->pumping) {
		h->again = true;
		return;
	}
	if (h->stopped)
		return;
	h->pumping = true;
	do {
		h->again = false;
		(void)MHD_run(h->daemon);
	} while (h->again);
	h->pumping = false;
	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		(void)uv_timer_start(&h->timer, on_timer, ms, 0);
	else
		(void)uv_timer_stop(&h->timer);
	if (h->closing)
		maybe_stop(h);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	(void)status;
	(void)events;
	http_pump(p->data);
}

static bool may(const struct request *q)
{
	enum role role = q->who.role;

	switch (q->route->need) {
	case NEED_NOTHING:
		return true;
	case NEED_WATCHER:
		return role >= ROLE_WATCHER;
	case NEED_TECHNICIAN:
		return role >= ROLE_TECHNICIAN;
	case NEED_AUDITOR:
		return role == ROLE_AUDITOR || role == ROLE_ADMIN;
	case NEED_ADMIN:
		return role == ROLE_ADMIN;
	}
	return false;
}

static bool parse_body(struct request *q)
{
	if (q->too_large) {
		(void)problem(q, MHD_HTTP_CONTENT_TOO_LARGE, "too_large", NULL);
		return false;
	}
	if (q->body_len == 0) {
		q->in = json_object();
		return q->in != NULL;
	}
	q->in = json_loadb(q->body, q->body_len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(q->in))
		return true;
	(void)problem(q, MHD_HTTP_BAD_REQUEST, "not_json", NULL);
	return false;
}

/* Who tries what their role does not allow is on record. */
static void forbid(struct request *q, bool changes)
{
	if (q->who.role == ROLE_NONE) {
		(void)problem(q, MHD_HTTP_UNAUTHORIZED, "sign_in", NULL);
		return;
	}
	(void)problem(q, MHD_HTTP_FORBIDDEN, "forbidden", NULL);
	if (changes && q->who.name[0] != '\0')
		audit(q, q->who.name, "forbidden", q->route->pattern, "refused");
}

static void run_route(struct request *q)
{
	bool changes = strcmp(q->route->method, "GET") != 0;

	if (!may(q))
		forbid(q, changes);
	else if (!changes || (request_is_safe(q) && parse_body(q)))
		(void)q->route->fn(q);
}

static enum MHD_Result answer(struct request *q)
{
	const char *since = request_header(q, "Last-Event-ID");

	if (q->status != 0 || q->route == NULL || q->route->fn != get_events)
		return request_send(q);
	if (since == NULL)
		since = request_param(q, "since");
	return sse_attach(q->http->sse, q, since != NULL ? strtoull(since, NULL, 10) : 0);
}

static enum MHD_Result begin(struct request *q, const char *url, const char *method)
{
	enum route_found found = route_find(routes, method, url, &q->route, &q->id);
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	if (found == ROUTE_NONE && get)
		return files_send(q->http->files, q, url);
	if (found != ROUTE_FOUND) {
		bool none = found == ROUTE_NONE;

		(void)problem(q, none ? MHD_HTTP_NOT_FOUND : MHD_HTTP_METHOD_NOT_ALLOWED,
			      none ? "not_found" : "method", none ? url : method);
		return request_send(q);
	}
	if (identify(q, run_route))
		run_route(q);
	if (q->phase == PHASE_WAITING)
		return MHD_YES;
	q->phase = PHASE_READY;
	return answer(q);
}

static enum MHD_Result take_body(struct request *q, const char *data, size_t *size)
{
	char *body;

	if (q->body_len + *size > BODY_MAX) {
		q->too_large = true;
	} else {
		body = realloc(q->body, q->body_len + *size);
		if (body == NULL)
			return MHD_NO;
		memcpy(body + q->body_len, data, *size);
		q->body = body;
		q->body_len += *size;
	}
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **con_cls)
{
	struct request *q = *con_cls;

	(void)version;
	if (q == NULL) {
		q = calloc(1, sizeof *q);
		if (q == NULL)
			return MHD_NO;
		q->http = cls;
		q->conn = conn;
		*con_cls = q;
		return MHD_YES;
	}
	if (q->phase == PHASE_READING && *size > 0)
		return take_body(q, data, size);
	if (q->phase == PHASE_READING) {
		peers_busy(conn);
		return begin(q, url, method);
	}
	return q->phase == PHASE_READY ? answer(q) : MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)code;
	peers_done(conn);
	request_free(*con_cls);
	*con_cls = NULL;
}

__attribute__((format(printf, 2, 0))) static void on_mhd_log(void *cls, const char *fmt, va_list ap)
{
	static struct log_limit limit;
	char line[256];

	(void)cls;
	(void)vsnprintf(line, sizeof line, fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_limited(&limit, LOG_P_INFO, "HTTP server says text=%s", line);
}

static bool speaker(const struct request *q, char *buf, size_t size)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(q->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return i != NULL &&
	       getnameinfo(i->client_addr,
			   i->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								 : sizeof(struct sockaddr_in),
			   buf, (socklen_t)size, NULL, 0, NI_NUMERICHOST) == 0;
}

bool request_from_proxy(const struct request *q)
{
	char peer[64];

	return q->http->o.proxy_from != NULL && speaker(q, peer, sizeof peer) &&
	       strcmp(peer, q->http->o.proxy_from) == 0;
}

/* The last address of X-Forwarded-For is the one that the proxy itself saw. */
bool request_peer(const struct request *q, char *buf, size_t size)
{
	const char *list = request_from_proxy(q) ? request_header(q, "X-Forwarded-For") : NULL;
	const char *comma = list != NULL ? strrchr(list, ',') : NULL;
	const char *last = comma != NULL ? comma + 1 : list;
	size_t n;

	if (last == NULL)
		return speaker(q, buf, size);
	last += strspn(last, " ");
	n = strspn(last, "0123456789abcdefABCDEF.:");
	if (n == 0 || n >= size)
		return speaker(q, buf, size);
	memcpy(buf, last, n);
	buf[n] = '\0';
	return true;
}

/* "host:port" or "[host]:port", numeric. */
static int parse_listen(const char *text, struct sockaddr_storage *ret)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *a = NULL;
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	if (n == 0 || n >= sizeof host)
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		memmove(host, host + 1, n - 1);
	}
	if (getaddrinfo(host, colon + 1, &hints, &a) != 0)
		return -EINVAL;
	memcpy(ret, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(a);
	return 0;
}

static char *read_pem(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = f != NULL ? calloc(1, PEM_MAX) : NULL;

	if (text != NULL && fread(text, 1, PEM_MAX - 1, f) == 0) {
		free(text);
		text = NULL;
	}
	if (f != NULL)
		(void)fclose(f);
	return text;
}

static int start_daemon(struct http *h, const struct sockaddr_storage *address)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			 (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
	unsigned limit = h->o.max_connections != 0 ? h->o.max_connections : CONNECTIONS;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, h->tls_cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, h->tls_key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, tls_versions },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	if (h->tls_cert != NULL)
		flags |= MHD_USE_TLS;
	h->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL,
		MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, peers_notify, h->peers,
		MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY,
		h->tls_cert != NULL ? tls : none, MHD_OPTION_END);
	return h->daemon != NULL ? 0 : -EADDRINUSE;
}

static int watch_daemon(struct http *h)
{
	const union MHD_DaemonInfo *i = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r = i != NULL ? uv_poll_init(h->loop, &h->poll, i->epoll_fd) : -EIO;

	if (r < 0)
		return r;
	h->poll.data = h;
	h->n_open++;
	r = uv_timer_init(h->loop, &h->timer);
	if (r < 0)
		return r;
	h->timer.data = h;
	h->n_open++;
	return uv_poll_start(&h->poll, UV_READABLE, on_poll);
}

/* Each connection is a descriptor: take what the system allows. */
static void raise_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}

static int open_parts(struct http *h, char *reterr, size_t n)
{
	int r = uv_mutex_init(&h->access_lock);

	h->keys = r == 0 ? keyring_new() : NULL;
	if (h->keys == NULL)
		return -ENOMEM;
	r = files_open(&h->files, h->o.web_root, reterr, n);
	if (r == 0 && h->o.users != NULL) {
		char why[160] = "";

		r = access_open(&h->access, h->o.users, why, sizeof why);
		if (r < 0)
			(void)snprintf(reterr, n, "http.users %s: %s", h->o.users, why);
	}
	if (r == 0)
		r = zones_open(&h->zones, h->src.topology);
	if (r == 0)
		r = windows_open(&h->windows, h);
	if (r == 0)
		r = rota_open(&h->rota, h);
	if (r == 0)
		r = peers_open(&h->peers, h->loop,
			       h->o.patience_ms != 0 ? h->o.patience_ms : PATIENCE_MS);
	if (r == 0)
		r = sse_open(&h->sse, h, http_view(h).now.wall_ms);
	return r;
}

static int open_tls(struct http *h, char *reterr, size_t n)
{
	if (h->o.tls_cert == NULL || h->o.tls_key == NULL)
		return 0;
	h->tls_cert = read_pem(h->o.tls_cert);
	h->tls_key = read_pem(h->o.tls_key);
	if (h->tls_cert != NULL && h->tls_key != NULL)
		return 0;
	(void)snprintf(reterr, n, "http.tls: cannot read %s",
		       h->tls_cert == NULL ? h->o.tls_cert : h->o.tls_key);
	return -ENOENT;
}

int http_open(struct http **ret, uv_loop_t *loop, const struct http_options *o,
	      const struct http_sources *src, char *reterr, size_t reterr_size)
{
	const char *listen = o->listen != NULL ? o->listen : "127.0.0.1:8111";
	struct sockaddr_storage address = { 0 };
	struct http *h = calloc(1, sizeof *h);
	int r;

	if (h == NULL)
		return -ENOMEM;
	h->loop = loop;
	h->o = *o;
	h->src = *src;
	raise_limit();
	(void)snprintf(reterr, reterr_size, "http: no memory or no handles");
	r = open_parts(h, reterr, reterr_size);
	if (r == 0)
		r = open_tls(h, reterr, reterr_size);
	if (r == 0 && parse_listen(listen, &address) < 0) {
		(void)snprintf(reterr, reterr_size, "http.listen %s: must be ADDRESS:PORT", listen);
		r = -EINVAL;
	}
	if (r == 0 && start_daemon(h, &address) < 0) {
		(void)snprintf(reterr, reterr_size,
			       "http.listen %s: cannot listen there (taken, or not ours)", listen);
		r = -EADDRINUSE;
	}
	if (r == 0)
		r = watch_daemon(h);
	if (r < 0) {
		http_close(h, NULL, NULL);
		return r;
	}
	http_pump(h);
	*ret = h;
	return 0;
}

static void maybe_gone(struct http *h)
{
	void (*closed)(void *) = h->closed;
	void *arg = h->closed_arg;

	if (h->n_open > 0)
		return;
	uv_mutex_destroy(&h->access_lock);
	free(h);
	if (closed != NULL)
		closed(arg);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct http *h = handle->data;

	h->n_open--;
	maybe_gone(h);
}

static void maybe_stop(struct http *h)
{
	if (h->stopped || h->pending > 0 || h->pumping)
		return;
	h->stopped = true;
	if (h->poll.data != NULL)
		(void)uv_poll_stop(&h->poll);
	if (h->daemon != NULL)
		MHD_stop_daemon(h->daemon);
	sse_close(&h->sse);
	windows_close(&h->windows);
	peers_close(&h->peers);
	rota_close(&h->rota);
	zones_close(&h->zones);
	files_close(&h->files);
	keyring_free(h->keys);
	access_close(&h->access);
	free(h->tls_cert);
	free(h->tls_key);
	if (h->poll.data != NULL)
		uv_close((uv_handle_t *)&h->poll, on_handle_closed);
	if (h->timer.data != NULL)
		uv_close((uv_handle_t *)&h->timer, on_handle_closed);
	if (h->n_open == 0)
		maybe_gone(h);
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
	MHD_socket listening;

	if (h == NULL) {
		if (closed != NULL)
			closed(arg);
		return;
	}
	h->closed = closed;
	h->closed_arg = arg;
	h->closing = true;
	if (h->daemon != NULL) {
		listening = MHD_quiesce_daemon(h->daemon);
		if (listening != MHD_INVALID_SOCKET)
			(void)close(listening);
		sse_end(h->sse);
	}
	maybe_stop(h);
}

void http_effects(struct http *h, const struct effect *effects, size_t n)
{
	struct view v = http_view(h);

	for (size_t i = 0; i < n; i++) {
		const char *type;
		uint32_t entity;
		json_t *data = view_effect(&v, &effects[i], &type, &entity);

		if (data != NULL)
			sse_send(h->sse, type, data);
	}
}

void http_restore(struct http *h, const char *key, const void *buf, size_t len)
{
	if (strcmp(key, WINDOWS_KEY) == 0)
		windows_restore(h->windows, buf, len);
	else if (strcmp(key, ROTA_KEY) == 0)
		rota_restore(h->rota, buf, len);
}

unsigned http_port(const struct http *h)
{
	const union MHD_DaemonInfo *i = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return i != NULL ? i->port : 0;
}
