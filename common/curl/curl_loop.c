/* curl's "multi socket" way: curl says which descriptors and which deadline it wants watched, a
 * uv_poll per descriptor and one uv_timer do so, and every event is handed back with
 * curl_multi_socket_action. Failure path: a transfer that fails ends in CURLMSG_DONE like one that
 * succeeds; a descriptor that cannot be watched is reported to curl as an error of that socket, so
 * the transfer fails and no other does. */
#include "common/curl/curl_loop.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/io/tls_offer.h"

struct transfer {
	CURL *easy;
	curl_done_fn *done;
	void *arg;
	struct transfer *next;
};

struct watch {
	uv_poll_t poll;
	curl_socket_t fd;
	struct curl_loop *owner;
};

struct curl_loop {
	uv_loop_t *loop;
	uv_timer_t timer;
	CURLM *multi;
	struct transfer *transfers;
	unsigned n_open; /* handles the loop still holds */
	bool closing;
};

static void maybe_gone(struct curl_loop *c)
{
	if (c->closing && c->n_open == 0)
		free(c);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct curl_loop *c = h->data;

	c->n_open--;
	maybe_gone(c);
}

static void on_watch_closed(uv_handle_t *h)
{
	struct watch *w = h->data;
	struct curl_loop *c = w->owner;

	free(w);
	c->n_open--;
	maybe_gone(c);
}

static struct transfer *take_transfer(struct curl_loop *c, const CURL *easy)
{
	for (struct transfer **p = &c->transfers; *p != NULL; p = &(*p)->next) {
		struct transfer *t = *p;

		if (t->easy != easy)
			continue;
		*p = t->next;
		(void)curl_multi_remove_handle(c->multi, t->easy);
		return t;
	}
	return NULL;
}

static void finish(struct curl_loop *c, CURL *easy, CURLcode result)
{
	struct transfer *t = take_transfer(c, easy);
	if (t == NULL)
		return;
	struct transfer ended = *t;

	free(t);
	ended.done(ended.arg, ended.easy, result);
}

static void collect(struct curl_loop *c)
{
	int left;

	while (!c->closing) {
		CURLMsg *m = curl_multi_info_read(c->multi, &left);
		if (m == NULL)
			return;
		if (m->msg == CURLMSG_DONE)
			finish(c, m->easy_handle, m->data.result);
	}
}

static void act(struct curl_loop *c, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(c->multi, fd, events, &running);
	collect(c);
}

static void on_readable(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(w->owner, w->fd, flags);
}

static void on_timer(uv_timer_t *t)
{
	act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_want_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *c = arg;

	(void)multi;
	if (c->closing)
		return 0;
	if (timeout_ms < 0)
		return uv_timer_stop(&c->timer);
	/* never 0: curl forbids being called back from inside its own callback */
	return uv_timer_start(&c->timer, on_timer, timeout_ms > 0 ? (uint64_t)timeout_ms : 1, 0);
}

static void unwatch(struct curl_loop *c, curl_socket_t fd, struct watch *w)
{
	if (w == NULL)
		return;
	(void)curl_multi_assign(c->multi, fd, NULL);
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static struct watch *watch_new(struct curl_loop *c, curl_socket_t fd)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	if (uv_poll_init_socket(c->loop, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->fd = fd;
	w->owner = c;
	c->n_open++;
	(void)curl_multi_assign(c->multi, fd, w);
	return w;
}

static int on_want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct curl_loop *c = arg;
	struct watch *w = socket_arg;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		unwatch(c, fd, w);
		return 0;
	}
	if (w == NULL)
		w = watch_new(c, fd);
	if (w == NULL)
		return -1; /* this transfer fails */
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	return uv_poll_start(&w->poll, events, on_readable);
}

int curl_loop_open(struct curl_loop **ret, uv_loop_t *loop)
{
	int r;
	struct curl_loop *c = calloc(1, sizeof *c);

	if (c == NULL)
		return -ENOMEM;
	c->loop = loop;
	tls_offer_all();
	c->multi = curl_multi_init();
	if (c->multi == NULL) {
		free(c);
		return -ENOMEM;
	}
	r = uv_timer_init(loop, &c->timer);
	if (r < 0) {
		(void)curl_multi_cleanup(c->multi);
		free(c);
		return r;
	}
	c->timer.data = c;
	c->n_open = 1;
	(void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_want_socket);
	(void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	(void)curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_want_timer);
	(void)curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	*ret = c;
	return 0;
}

int curl_loop_add(struct curl_loop *c, CURL *easy, curl_done_fn *done, void *arg)
{
	if (c->closing)
		return -ESHUTDOWN;
	struct transfer *t = calloc(1, sizeof *t);

	if (t == NULL)
		return -ENOMEM;
	*t = (struct transfer){ easy, done, arg, c->transfers };
	c->transfers = t;
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (curl_multi_add_handle(c->multi, easy) != CURLM_OK) {
		c->transfers = t->next;
		free(t);
		return -ENOMEM;
	}
	return 0;
}

void curl_loop_cancel(struct curl_loop *c, CURL *easy)
{
	free(take_transfer(c, easy));
}

void curl_loop_close(struct curl_loop **cp)
{
	struct curl_loop *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	assert(!c->closing);
	while (c->transfers != NULL) {
		CURL *easy = c->transfers->easy;

		free(take_transfer(c, easy));
		curl_easy_cleanup(easy);
	}
	c->closing = true;
	(void)curl_multi_cleanup(c->multi);
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}
