#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/curl/curl_loop.h"
#include "tests/lib/http_sink.h"

struct scene {
	uv_loop_t loop;
	struct http_sink sink;
	struct curl_loop *curl;
	unsigned n_done;
	CURLcode last;
	long status;
};

static void begin(struct scene *s, int status)
{
	cr_assert_eq(uv_loop_init(&s->loop), 0);
	http_sink_start(&s->sink, &s->loop, status);
	cr_assert_eq(curl_loop_open(&s->curl, &s->loop), 0);
}

static void end(struct scene *s)
{
	curl_loop_close(&s->curl);
	http_sink_stop(&s->sink);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&s->loop), 0, "a handle was left open");
}

static CURL *transfer_to(const char *url, long timeout_ms)
{
	CURL *e = curl_easy_init();

	cr_assert_not_null(e);
	(void)curl_easy_setopt(e, CURLOPT_URL, url);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms);
	return e;
}

static void on_done(void *arg, CURL *easy, CURLcode result)
{
	struct scene *s = arg;

	s->n_done++;
	s->last = result;
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &s->status);
	curl_easy_cleanup(easy);
	uv_stop(&s->loop);
}

Test(curl_loop, a_request_is_answered)
{
	struct scene s = { .n_done = 0 };

	begin(&s, 204);
	cr_assert_eq(curl_loop_add(s.curl, transfer_to(s.sink.url, 5000), on_done, &s), 0);
	(void)uv_run(&s.loop, UV_RUN_DEFAULT);
	end(&s);
	cr_expect_eq(s.n_done, 1);
	cr_expect_eq(s.last, CURLE_OK);
	cr_expect_eq(s.status, 204);
}

Test(curl_loop, a_server_that_says_nothing_ends_in_a_timeout)
{
	struct scene s = { .n_done = 0 };

	begin(&s, 0);
	cr_assert_eq(curl_loop_add(s.curl, transfer_to(s.sink.url, 100), on_done, &s), 0);
	(void)uv_run(&s.loop, UV_RUN_DEFAULT);
	end(&s);
	cr_expect_eq(s.n_done, 1);
	cr_expect_eq(s.last, CURLE_OPERATION_TIMEDOUT);
}

Test(curl_loop, cancelled_and_closed_transfers_say_nothing_and_leave_nothing)
{
	struct scene s = { .n_done = 0 };
	CURL *taken_back;

	begin(&s, 0);
	taken_back = transfer_to(s.sink.url, 5000);
	cr_assert_eq(curl_loop_add(s.curl, taken_back, on_done, &s), 0);
	cr_assert_eq(curl_loop_add(s.curl, transfer_to(s.sink.url, 5000), on_done, &s), 0);
	for (int i = 0; i < 5; i++)
		(void)uv_run(&s.loop, UV_RUN_NOWAIT);
	curl_loop_cancel(s.curl, taken_back);
	curl_easy_cleanup(taken_back);
	end(&s);
	cr_expect_eq(s.n_done, 0);
}
