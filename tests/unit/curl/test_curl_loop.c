#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/curl/curl_loop.h"

/* A server on the same loop: answers "ok" to anything, or never. */
struct server {
	uv_loop_t loop;
	uv_tcp_t tcp;
	uv_tcp_t peers[4];
	size_t n_peers;
	char url[64];
	bool mute;
};

struct outcome {
	struct server *server;
	struct curl_loop *curl;
	unsigned n_done;
	CURLcode last;
	long status;
};

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *buf)
{
	static char space[4096];

	(void)h;
	(void)n;
	*buf = uv_buf_init(space, sizeof space);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct server *srv = s->data;
	uv_buf_t out = uv_buf_init((char *)(uintptr_t)answer, sizeof answer - 1);

	(void)buf;
	if (n > 0 && !srv->mute)
		(void)uv_try_write(s, &out, 1);
}

static void on_connection(uv_stream_t *s, int status)
{
	struct server *srv = s->data;
	uv_tcp_t *peer = &srv->peers[srv->n_peers++];

	cr_assert_eq(status, 0);
	cr_assert_eq(uv_tcp_init(&srv->loop, peer), 0);
	peer->data = srv;
	cr_assert_eq(uv_accept(s, (uv_stream_t *)peer), 0);
	cr_assert_eq(uv_read_start((uv_stream_t *)peer, on_alloc, on_read), 0);
}

static void server_start(struct server *s)
{
	struct sockaddr_in a;
	int len = sizeof a;

	cr_assert_eq(uv_loop_init(&s->loop), 0);
	cr_assert_eq(uv_tcp_init(&s->loop, &s->tcp), 0);
	s->tcp.data = s;
	cr_assert_eq(uv_ip4_addr("127.0.0.1", 0, &a), 0);
	cr_assert_eq(uv_tcp_bind(&s->tcp, (struct sockaddr *)&a, 0), 0);
	cr_assert_eq(uv_listen((uv_stream_t *)&s->tcp, 4, on_connection), 0);
	cr_assert_eq(uv_tcp_getsockname(&s->tcp, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
}

static void server_stop(struct server *s)
{
	uv_close((uv_handle_t *)&s->tcp, NULL);
	for (size_t i = 0; i < s->n_peers; i++)
		uv_close((uv_handle_t *)&s->peers[i], NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&s->loop), 0, "a handle was left open");
}

static size_t swallow(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static CURL *transfer_to(const char *url, long timeout_ms)
{
	CURL *e = curl_easy_init();

	cr_assert_not_null(e);
	(void)curl_easy_setopt(e, CURLOPT_URL, url);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, swallow);
	return e;
}

static void on_done(void *arg, CURL *easy, CURLcode result)
{
	struct outcome *o = arg;

	o->n_done++;
	o->last = result;
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &o->status);
	curl_easy_cleanup(easy);
	curl_loop_close(&o->curl);
	uv_stop(&o->server->loop);
}

Test(curl_loop, a_request_is_answered)
{
	struct server s = { .mute = false };
	struct outcome o = { .server = &s };

	server_start(&s);
	cr_assert_eq(curl_loop_open(&o.curl, &s.loop), 0);
	cr_assert_eq(curl_loop_add(o.curl, transfer_to(s.url, 5000), on_done, &o), 0);
	(void)uv_run(&s.loop, UV_RUN_DEFAULT);
	server_stop(&s);
	cr_expect_eq(o.n_done, 1);
	cr_expect_eq(o.last, CURLE_OK);
	cr_expect_eq(o.status, 200);
}

Test(curl_loop, a_server_that_says_nothing_ends_in_a_timeout)
{
	struct server s = { .mute = true };
	struct outcome o = { .server = &s };

	server_start(&s);
	cr_assert_eq(curl_loop_open(&o.curl, &s.loop), 0);
	cr_assert_eq(curl_loop_add(o.curl, transfer_to(s.url, 100), on_done, &o), 0);
	(void)uv_run(&s.loop, UV_RUN_DEFAULT);
	server_stop(&s);
	cr_expect_eq(o.n_done, 1);
	cr_expect_eq(o.last, CURLE_OPERATION_TIMEDOUT);
}

Test(curl_loop, cancelled_and_closed_transfers_say_nothing_and_leave_nothing)
{
	struct server s = { .mute = true };
	struct outcome o = { .server = &s };
	CURL *taken_back;

	server_start(&s);
	cr_assert_eq(curl_loop_open(&o.curl, &s.loop), 0);
	taken_back = transfer_to(s.url, 5000);
	cr_assert_eq(curl_loop_add(o.curl, taken_back, on_done, &o), 0);
	cr_assert_eq(curl_loop_add(o.curl, transfer_to(s.url, 5000), on_done, &o), 0);
	for (int i = 0; i < 5; i++)
		(void)uv_run(&s.loop, UV_RUN_NOWAIT);
	curl_loop_cancel(o.curl, taken_back);
	curl_easy_cleanup(taken_back);
	curl_loop_close(&o.curl);
	server_stop(&s);
	cr_expect_eq(o.n_done, 0);
}
