#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/io/store/store_read.h"
#include "collector/notify/notify.h"
#include "tests/lib/http_sink.h"

/* A store in a folder of its own, two HTTP gateways on the loop, and the notifier between them. */
struct scene {
	uv_loop_t loop;
	uv_timer_t patience;
	char folder[64], path[96];
	struct store *store;
	struct notify *notify;
	struct http_sink sinks[2];
	struct notifier_conf conf[2];
	unsigned n_reports, stop_after;
	bool answered;
};

static void on_patience(uv_timer_t *t)
{
	uv_stop(t->loop);
}

static void run_for(struct scene *s, uint64_t ms)
{
	cr_assert_eq(uv_timer_start(&s->patience, on_patience, ms, 0), 0);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
}

static void on_request(struct http_sink *sink)
{
	(void)sink;
}

static void reported(void *arg, const struct notify_report *r)
{
	struct scene *s = arg;

	cr_expect_not_null(r->message->key);
	s->n_reports++;
}

static bool is_answered(void *arg, uint32_t incident)
{
	struct scene *s = arg;

	cr_expect_eq(incident, 7);
	return s->answered;
}

static void open_notify(struct scene *s)
{
	struct notify_options o = { s->conf, 2, is_answered, reported, s };
	char err[200] = "";

	cr_assert_eq(notify_open(&s->notify, &s->loop, s->store, &o, err, sizeof err), 0, "%s",
		     err);
}

static void begin(struct scene *s, int first_status, int second_status)
{
	struct store_options o = { .path = s->path };
	char err[200] = "";

	*s = (struct scene){ .n_reports = 0 };
	(void)snprintf(s->folder, sizeof s->folder, "/tmp/lw-notify-XXXXXX");
	cr_assert_not_null(mkdtemp(s->folder));
	(void)snprintf(s->path, sizeof s->path, "%s/store.db", s->folder);
	cr_assert_eq(uv_loop_init(&s->loop), 0);
	cr_assert_eq(uv_timer_init(&s->loop, &s->patience), 0);
	cr_assert_eq(store_open(&s->store, &s->loop, &o, err, sizeof err), 0, "%s", err);
	http_sink_start(&s->sinks[0], &s->loop, first_status);
	http_sink_start(&s->sinks[1], &s->loop, second_status);
	s->sinks[0].on_request = on_request;
	for (int i = 0; i < 2; i++)
		s->conf[i] = (struct notifier_conf){ .id = i == 0 ? (char *)(uintptr_t) "first"
								  : (char *)(uintptr_t) "second",
						     .type = (char *)(uintptr_t) "slack",
						     .url = s->sinks[i].url,
						     .timeout_ms = 1000 };
	open_notify(s);
}

static void on_closed(void *arg)
{
	*(bool *)arg = true;
}

static void close_notify(struct scene *s)
{
	bool closed = false;

	notify_close(s->notify, on_closed, &closed);
	while (!closed)
		(void)uv_run(&s->loop, UV_RUN_ONCE);
	s->notify = NULL;
}

static void end(struct scene *s)
{
	char command[128];

	if (s->notify != NULL)
		close_notify(s);
	store_close(s->store, NULL, NULL);
	http_sink_stop(&s->sinks[0]);
	http_sink_stop(&s->sinks[1]);
	uv_close((uv_handle_t *)&s->patience, NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&s->loop), 0, "a handle was left open");
	(void)snprintf(command, sizeof command, "rm -r %s", s->folder);
	cr_expect_eq(system(command), 0);
}

static void on_stored(void *arg, struct store_batch *b, int status)
{
	struct scene *s = arg;

	cr_assert_eq(status, 0);
	store_batch_free(b);
	notify_wake(s->notify);
}

static char *page_json(const char *key, const char *first, bool wants_receipt)
{
	struct message m = { .key = (char *)(uintptr_t)key,
			     .text = (char *)(uintptr_t) "hello",
			     .incident = 7,
			     .wants_receipt = wants_receipt,
			     .born_wall_ms = 1795400000000,
			     .n_channels = 2,
			     .channels = { (char *)(uintptr_t)first, (char *)(uintptr_t) "second" },
			     .addresses = { (char *)(uintptr_t) "", (char *)(uintptr_t) "" } };
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	m.born_wall_ms = (int64_t)now.tv_sec * 1000;
	return message_to_json(&m);
}

static void put(struct scene *s, const char *key, const char *first, bool wants_receipt)
{
	struct store_batch *b = store_batch_new(s->store);
	char *json = page_json(key, first, wants_receipt);

	cr_assert(b != NULL && json != NULL);
	cr_assert_eq(store_outbox_add(b, key, 0, json), 0);
	cr_assert_eq(store_commit(s->store, b, on_stored, s), 0);
	free(json);
}

static int count_row(void *arg, const struct store_outbox_row *row)
{
	unsigned *n = arg;

	if (row->done_ms == 0)
		(*n)++;
	return 0;
}

static unsigned waiting(struct scene *s)
{
	struct store_reader *r;
	char err[200] = "";
	unsigned n = 0;

	cr_assert_eq(store_reader_open(&r, s->path, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_read_outbox(r, INT64_MAX, true, 0, count_row, &n), 0);
	store_reader_close(&r);
	return n;
}

/* What was sent is written back by the store's thread: given as long as that takes. */
static void wait_for_none(struct scene *s)
{
	for (int i = 0; i < 100 && waiting(s) > 0; i++)
		run_for(s, 100);
}

Test(notify, a_message_is_sent_once_and_done)
{
	struct scene s;

	begin(&s, 200, 200);
	put(&s, "a", "first", false);
	put(&s, "a", "first", false);
	http_sink_wait(&s.sinks[0], 1);
	wait_for_none(&s);
	run_for(&s, 300);
	cr_expect_eq(s.sinks[0].n_requests, 1);
	cr_expect_eq(s.sinks[1].n_requests, 0);
	cr_expect_not_null(strstr(s.sinks[0].last, "Idempotency-Key: a"));
	cr_expect_eq(waiting(&s), 0);
	cr_expect_eq(s.n_reports, 1);
	end(&s);
}

Test(notify, a_refusal_goes_to_the_next_channel_at_once)
{
	struct scene s;

	begin(&s, 404, 200);
	put(&s, "a", "first", false);
	http_sink_wait(&s.sinks[1], 1);
	wait_for_none(&s);
	cr_expect_eq(s.sinks[0].n_requests, 1);
	cr_expect_eq(s.sinks[1].n_requests, 1);
	cr_expect_eq(waiting(&s), 0);
	end(&s);
}

Test(notify, a_channel_that_is_gone_is_passed_over)
{
	struct scene s;

	begin(&s, 200, 200);
	put(&s, "a", "pigeon", false);
	http_sink_wait(&s.sinks[1], 1);
	wait_for_none(&s);
	cr_expect_eq(s.sinks[1].n_requests, 1);
	cr_expect_eq(waiting(&s), 0);
	end(&s);
}

Test(notify, a_dead_channel_holds_up_no_other)
{
	struct scene s;

	begin(&s, 0, 200);
	for (int i = 0; i < 20; i++) {
		char key[16];

		(void)snprintf(key, sizeof key, "dead-%d", i);
		put(&s, key, "first", false);
	}
	put(&s, "live", "second", false);
	http_sink_wait(&s.sinks[1], 1);
	cr_expect_eq(s.sinks[1].n_requests, 1, "the live one waited");
	cr_expect_leq(s.sinks[0].n_requests, 8, "more under way than allowed");
	end(&s);
}

Test(notify, what_was_under_way_when_it_stopped_goes_out_after_the_restart)
{
	struct scene s;

	begin(&s, 0, 200);
	put(&s, "a", "first", false);
	http_sink_wait(&s.sinks[0], 1);
	cr_expect_eq(s.sinks[0].n_requests, 1);
	close_notify(&s);
	cr_expect_eq(waiting(&s), 1);
	s.sinks[0].status = 200;
	open_notify(&s);
	http_sink_wait(&s.sinks[0], 2);
	wait_for_none(&s);
	cr_expect_eq(s.sinks[0].n_requests, 2);
	cr_expect_eq(waiting(&s), 0);
	end(&s);
}

Test(notify, a_page_waits_for_a_receipt_and_an_answer_ends_it)
{
	struct scene s;

	begin(&s, 200, 200);
	put(&s, "a", "first", true);
	http_sink_wait(&s.sinks[0], 1);
	run_for(&s, 300);
	cr_expect_eq(s.sinks[0].n_requests, 1);
	cr_expect_eq(s.sinks[1].n_requests, 0, "the second channel has two minutes to wait");
	cr_expect_eq(waiting(&s), 1);
	end(&s);
}

Test(notify, a_wrong_set_up_says_which_notifier_and_why)
{
	struct scene s;
	struct notify_options o = { .notifiers = s.conf, .n_notifiers = 2 };
	struct notify *n = NULL;
	char err[200] = "";

	begin(&s, 200, 200);
	s.conf[1].token_file = (char *)(uintptr_t) "/nowhere/token";
	cr_expect_lt(notify_open(&n, &s.loop, s.store, &o, err, sizeof err), 0);
	cr_expect_str_eq(err,
			 "notifier second: cannot read /nowhere/token: No such file or directory");
	end(&s);
}
