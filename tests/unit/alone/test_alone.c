#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alone.h"
#include "tests/lib/http_sink.h"

/* A gateway whose collector falls silent, with one SMS gateway to tell a person by. */
struct scene {
	uv_loop_t loop;
	uv_timer_t patience;
	struct http_sink sink;
	struct notifier_conf notifier;
	struct agent_tell tell;
	struct agent_conf conf;
	struct alone *alone;
};

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void begin(struct scene *s, int status)
{
	char why[200] = "";

	*s = (struct scene){ .tell = { text("sms"), text("+84900000000") } };
	cr_assert_eq(uv_loop_init(&s->loop), 0);
	cr_assert_eq(uv_timer_init(&s->loop, &s->patience), 0);
	http_sink_start(&s->sink, &s->loop, status);
	s->notifier = (struct notifier_conf){ .id = text("sms"),
					      .type = text("sms_gateway"),
					      .url = s->sink.url,
					      .timeout_ms = 500 };
	s->conf.name = text("danang/gw");
	(void)strcpy(s->conf.site, "danang");
	s->conf.watch_collector = (struct agent_watcher){ .after_ms = 100,
							  .notifiers = &s->notifier,
							  .n_notifiers = 1,
							  .tell = &s->tell,
							  .n_tell = 1 };
	cr_assert_eq(alone_open(&s->alone, &s->loop, &s->conf, why, sizeof why), 0, "%s", why);
}

static void on_patience(uv_timer_t *t)
{
	uv_stop(t->loop);
}

static void run_for(struct scene *s, uint64_t ms)
{
	cr_assert_eq(uv_timer_start(&s->patience, on_patience, ms, 0), 0);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
}

static void end(struct scene *s)
{
	alone_close(&s->alone);
	http_sink_stop(&s->sink);
	uv_close((uv_handle_t *)&s->patience, NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&s->loop), 0, "a handle was left open");
}

Test(alone, a_collector_that_is_heard_is_nobodys_page)
{
	struct scene s;

	begin(&s, 200);
	for (int i = 0; i < 8; i++) {
		alone_heard(s.alone);
		run_for(&s, 50);
	}
	cr_expect_eq(s.sink.n_requests, 0);
	end(&s);
}

Test(alone, silence_is_paged_once_and_its_end_once)
{
	struct scene s;

	begin(&s, 200);
	alone_heard(s.alone);
	http_sink_wait(&s.sink, 1);
	run_for(&s, 300);
	cr_expect_eq(s.sink.n_requests, 1);
	cr_expect_not_null(strstr(s.sink.last, "khong thay bo thu thap"), "%s", s.sink.last);
	cr_expect_not_null(strstr(s.sink.last, "+84900000000"));
	alone_heard(s.alone);
	http_sink_wait(&s.sink, 2);
	cr_expect_eq(s.sink.n_requests, 2);
	cr_expect_not_null(strstr(s.sink.last, "da lien lac lai duoc"), "%s", s.sink.last);
	end(&s);
}

Test(alone, a_gateway_that_refuses_for_now_is_tried_again)
{
	struct scene s;

	begin(&s, 503);
	alone_heard(s.alone);
	http_sink_wait(&s.sink, 1);
	cr_expect_eq(s.sink.n_requests, 1);
	s.sink.status = 200;
	http_sink_wait(&s.sink, 2);
	cr_expect_eq(s.sink.n_requests, 2);
	run_for(&s, 500);
	cr_expect_eq(s.sink.n_requests, 2, "taken is taken");
	end(&s);
}

Test(alone, closing_while_it_sends_leaves_nothing_behind)
{
	struct scene s;

	begin(&s, 0);
	alone_heard(s.alone);
	http_sink_wait(&s.sink, 1);
	cr_expect_eq(s.sink.n_requests, 1);
	end(&s);
}
