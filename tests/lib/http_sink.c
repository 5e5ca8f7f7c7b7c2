#include "tests/lib/http_sink.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *buf)
{
	static char space[8192];

	(void)h;
	(void)n;
	*buf = uv_buf_init(space, sizeof space - 1);
}

static void answer(struct http_sink *s, uv_stream_t *peer)
{
	char text[128];
	int n = snprintf(text, sizeof text,
			 "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			 s->status);
	uv_buf_t out = uv_buf_init(text, (unsigned)n);

	(void)uv_try_write(peer, &out, 1);
}

/* All of it: the head, and as much body as the head says. */
static bool is_whole(const char *text, size_t n)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strcasestr(text, "\r\nContent-Length:");
	size_t body = 0;

	if (end == NULL)
		return false;
	if (length != NULL && length < end)
		body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
	return n >= (size_t)(end + 4 - text) + body;
}

/* libcurl may send the head and the body one by one. */
static void on_read(uv_stream_t *peer, ssize_t n, const uv_buf_t *buf)
{
	struct http_sink *s = peer->data;
	size_t i = (size_t)((uv_tcp_t *)peer - s->peers);

	if (n <= 0 || s->got[i].n + (size_t)n >= sizeof s->got[i].text)
		return;
	memcpy(s->got[i].text + s->got[i].n, buf->base, (size_t)n);
	s->got[i].n += (size_t)n;
	s->got[i].text[s->got[i].n] = '\0';
	if (!is_whole(s->got[i].text, s->got[i].n))
		return;
	memcpy(s->last, s->got[i].text, s->got[i].n + 1);
	s->got[i].n = 0;
	s->n_requests++;
	if (s->status != 0)
		answer(s, peer);
	if (s->on_request != NULL)
		s->on_request(s);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct http_sink *s = listener->data;

	cr_assert_eq(status, 0);
	cr_assert_lt(s->n_peers, HTTP_SINK_PEERS);
	uv_tcp_t *peer = &s->peers[s->n_peers++];
	cr_assert_eq(uv_tcp_init(s->loop, peer), 0);
	peer->data = s;
	cr_assert_eq(uv_accept(listener, (uv_stream_t *)peer), 0);
	cr_assert_eq(uv_read_start((uv_stream_t *)peer, on_alloc, on_read), 0);
}

void http_sink_start(struct http_sink *s, uv_loop_t *loop, int status)
{
	struct sockaddr_in a;
	int len = sizeof a;

	*s = (struct http_sink){ .loop = loop, .status = status };
	cr_assert_eq(uv_tcp_init(loop, &s->tcp), 0);
	s->tcp.data = s;
	cr_assert_eq(uv_ip4_addr("127.0.0.1", 0, &a), 0);
	cr_assert_eq(uv_tcp_bind(&s->tcp, (struct sockaddr *)&a, 0), 0);
	cr_assert_eq(uv_listen((uv_stream_t *)&s->tcp, 16, on_connection), 0);
	cr_assert_eq(uv_tcp_getsockname(&s->tcp, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
}

void http_sink_stop(struct http_sink *s)
{
	uv_close((uv_handle_t *)&s->tcp, NULL);
	for (size_t i = 0; i < s->n_peers; i++)
		uv_close((uv_handle_t *)&s->peers[i], NULL);
}

static void on_look(uv_timer_t *t)
{
	(void)t; /* it only turns the loop */
}

static void on_look_closed(uv_handle_t *t)
{
	*(bool *)t->data = true;
}

void http_sink_wait(struct http_sink *s, unsigned n)
{
	bool closed = false;
	uv_timer_t look = { .data = &closed };
	uint64_t end = uv_now(s->loop) + 20000;

	cr_assert_eq(uv_timer_init(s->loop, &look), 0);
	cr_assert_eq(uv_timer_start(&look, on_look, 5, 5), 0);
	while (s->n_requests < n && uv_now(s->loop) < end)
		(void)uv_run(s->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&look, on_look_closed);
	while (!closed)
		(void)uv_run(s->loop, UV_RUN_NOWAIT);
}
