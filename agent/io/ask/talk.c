/* talk.c - resolve, connect, speak, all on the loop.
 *
 * Happy path: uv_getaddrinfo, uv_tcp_connect to the first address that takes us, read until the
 * owner stops. Failure paths: an address that refuses makes room for the next; the timer ends
 * everything; what ended is a `line` of its own that dies when its last handle is closed, so that
 * the owner may start the next conversation at once. */
#include "agent/io/ask/talk.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/ask/literal.h"
#include "agent/io/ask/tls_layer.h"
#include "agent/io/ask/trouble.h"

enum { READ_MAX = 16384, ERROR_MAX = 160 };

/* One connection, alive until nothing of it is left on the loop. */
struct line {
	struct talk *owner; /* NULL: nobody listens any more */
	struct talk *home;  /* counts its lines until the last is gone */
	uv_getaddrinfo_t resolving;
	struct addrinfo *found, *next;
	struct sockaddr_storage literal; /* where no name had to be found */
	struct addrinfo only;
	uv_connect_t connecting;
	uv_tcp_t tcp;
	bool tcp_open, is_resolving;
	int failure; /* of the last address */
	struct tls_layer *tls;
	uint8_t buf[READ_MAX];
};

struct talk {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct talk_calls calls;
	void *arg;
	struct line *line; /* the one under way */
	unsigned n_lines;  /* with those that still close */
	bool timer_open, closing;
	void (*closed)(void *arg);
	void *closed_arg;
	char error[ERROR_MAX];
};

static void connect_next(struct line *l);

static void maybe_gone(struct talk *t)
{
	if (!t->closing || t->timer_open || t->n_lines > 0)
		return;
	void (*closed)(void *) = t->closed;
	void *arg = t->closed_arg;

	free(t);
	if (closed != NULL)
		closed(arg);
}

static void line_maybe_gone(struct line *l)
{
	struct talk *t = l->home;

	if (l->owner != NULL || l->tcp_open || l->is_resolving)
		return;
	if (l->found != NULL)
		uv_freeaddrinfo(l->found);
	tls_layer_free(l->tls);
	free(l);
	t->n_lines--;
	maybe_gone(t);
}

static void on_tcp_closed(uv_handle_t *h)
{
	struct line *l = h->data;

	l->tcp_open = false;
	if (l->owner != NULL)
		connect_next(l);
	else
		line_maybe_gone(l);
}

static void close_tcp(struct line *l)
{
	if (l->tcp_open && !uv_is_closing((uv_handle_t *)&l->tcp))
		uv_close((uv_handle_t *)&l->tcp, on_tcp_closed);
}

void talk_stop(struct talk *t)
{
	struct line *l = t->line;

	if (t->timer_open)
		(void)uv_timer_stop(&t->timer);
	if (l == NULL)
		return;
	t->line = NULL;
	l->owner = NULL;
	if (l->is_resolving)
		(void)uv_cancel((uv_req_t *)&l->resolving);
	close_tcp(l);
	line_maybe_gone(l);
}

static void end(struct talk *t, int err)
{
	if (t->line != NULL && t->line->tls != NULL && err == UV_EPROTO)
		(void)snprintf(t->error, sizeof t->error, "%s", tls_layer_error(t->line->tls));
	talk_stop(t);
	t->calls.ended(t->arg, err);
}

static void on_timer(uv_timer_t *timer)
{
	end(timer->data, UV_ETIMEDOUT);
}

static void on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
	struct line *l = h->data;

	(void)wanted;
	*buf = uv_buf_init((char *)l->buf, sizeof l->buf);
}

static void flush_tls(struct line *l);

/* Under TLS: bytes go in, plain text comes out; each step may also want to send. */
static void read_secured(struct line *l, size_t n)
{
	uint8_t plain[READ_MAX];
	struct talk *t = l->owner;
	bool was_ready = tls_layer_ready(l->tls);

	tls_layer_feed(l->tls, l->buf, n);
	for (;;) {
		int r = tls_layer_read(l->tls, plain, sizeof plain);

		flush_tls(l);
		if (t->line == l && !was_ready && tls_layer_ready(l->tls)) {
			was_ready = true;
			t->calls.secured(t->arg);
		}
		if (t->line != l || r == -EAGAIN)
			return;
		if (r <= 0) {
			end(t, r == 0 ? UV_EOF : UV_EPROTO);
			return;
		}
		t->calls.data(t->arg, plain, (size_t)r);
		if (t->line !=
		    l) /* stopped from inside: `l` closes, its memory is there until then */
			return;
	}
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct line *l = s->data;

	if (l->owner == NULL || n == 0)
		return;
	if (n < 0)
		end(l->owner, (int)n);
	else if (l->tls != NULL)
		read_secured(l, (size_t)n);
	else
		l->owner->calls.data(l->owner->arg, (const uint8_t *)buf->base, (size_t)n);
}

static void on_connected(uv_connect_t *c, int status)
{
	struct line *l = c->data;

	if (l->owner == NULL)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read);
	if (status < 0) {
		l->failure = status;
		close_tcp(l); /* its callback tries the next address */
		return;
	}
	l->owner->calls.connected(l->owner->arg);
}

static void connect_next(struct line *l)
{
	struct addrinfo *a = l->next;

	if (a == NULL) {
		end(l->owner, l->failure);
		return;
	}
	l->next = a->ai_next;
	int r = uv_tcp_init(l->home->loop, &l->tcp);
	assert(r == 0); /* makes no socket yet: nothing to fail */
	l->tcp.data = l;
	l->tcp_open = true;
	(void)uv_tcp_nodelay(&l->tcp, 1);
	r = uv_tcp_connect(&l->connecting, &l->tcp, a->ai_addr, on_connected);
	if (r == 0)
		return;
	l->failure = r;
	close_tcp(l);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct line *l = req->data;

	l->is_resolving = false;
	l->found = l->next = status == 0 ? found : NULL;
	if (l->owner == NULL) {
		line_maybe_gone(l);
		return;
	}
	l->failure = status < 0 ? status : UV_EAI_NODATA;
	connect_next(l);
}

int talk_open(struct talk **ret, uv_loop_t *loop, const struct talk_calls *calls, void *arg)
{
	struct talk *t = calloc(1, sizeof *t);
	if (t == NULL)
		return -ENOMEM;

	int r = uv_timer_init(loop, &t->timer);
	if (r < 0) {
		free(t);
		return r;
	}
	t->timer.data = t;
	t->timer_open = true;
	t->loop = loop;
	t->calls = *calls;
	t->arg = arg;
	*ret = t;
	return 0;
}

/* An address goes straight to its connection; a name to the resolver. */
static int line_begin(struct line *l, const char *host, unsigned port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char service[8];

	if (literal_address(&l->literal, host, port)) {
		l->only.ai_addr = (struct sockaddr *)&l->literal;
		l->next = &l->only;
		return 0;
	}
	(void)snprintf(service, sizeof service, "%u", port);
	int r = uv_getaddrinfo(l->home->loop, &l->resolving, on_resolved, host, service, &hints);
	l->is_resolving = r == 0;
	return r;
}

int talk_start(struct talk *t, const char *host, unsigned port, unsigned timeout_ms)
{
	if (t->line != NULL)
		return -EBUSY;
	struct line *l = calloc(1, sizeof *l);
	if (l == NULL)
		return -ENOMEM;
	l->home = l->owner = t;
	l->resolving.data = l->connecting.data = l;
	int r = line_begin(l, host, port);
	if (r < 0) {
		free(l);
		return r;
	}
	t->line = l;
	t->n_lines++;
	t->error[0] = '\0';
	(void)uv_timer_start(&t->timer, on_timer, timeout_ms, 0);
	if (!l->is_resolving)
		connect_next(l); /* what fails here is told by the close that follows */
	return 0;
}

static void on_written(uv_write_t *w, int status)
{
	struct line *l = w->data;

	free(w);
	if (status < 0 && l->owner != NULL)
		end(l->owner, status);
}

static int write_raw(struct line *l, const void *buf, size_t len)
{
	uv_write_t *w = malloc(sizeof *w + len);
	if (w == NULL)
		return -ENOMEM;
	memcpy(w + 1, buf, len);
	uv_buf_t b = uv_buf_init((char *)(w + 1), (unsigned)len);

	w->data = l;
	int r = uv_write(w, (uv_stream_t *)&l->tcp, &b, 1, on_written);
	if (r < 0)
		free(w);
	return r;
}

static void flush_tls(struct line *l)
{
	uint8_t out[READ_MAX];
	size_t n;

	while ((n = tls_layer_take(l->tls, out, sizeof out)) > 0)
		(void)write_raw(l, out, n); /* a broken pipe shows at the next read */
}

int talk_send(struct talk *t, const void *buf, size_t len)
{
	struct line *l = t->line;

	if (l == NULL || !l->tcp_open)
		return -ENOTCONN;
	if (l->tls == NULL)
		return write_raw(l, buf, len);
	int r = tls_layer_write(l->tls, buf, len);
	flush_tls(l);
	return r;
}

int talk_secure(struct talk *t, const char *name, const char *ca_file, bool verify)
{
	struct line *l = t->line;

	if (l == NULL || l->tls != NULL)
		return -ENOTCONN;
	int r = tls_layer_new(&l->tls, name, ca_file, verify);
	if (r < 0)
		return r;
	flush_tls(l); /* the client hello */
	return 0;
}

const char *talk_error(const struct talk *t, int err)
{
	if (t->error[0] != '\0')
		return t->error;
	return trouble_text(err);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct talk *t = h->data;

	t->timer_open = false;
	maybe_gone(t);
}

void talk_close(struct talk *t, void (*closed)(void *arg), void *arg)
{
	assert(!t->closing);
	talk_stop(t);
	t->closing = true;
	t->closed = closed;
	t->closed_arg = arg;
	uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}
