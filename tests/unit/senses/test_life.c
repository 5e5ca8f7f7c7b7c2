/* The life of every sense over IP: what sense.h promises, against peers that accept and say nothing. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/io/sense.h"

/* The port stands between the two. */
static const struct {
	const char *before, *after;
} urls[] = {
	{ "nut://ups@127.0.0.1:", "" },
	{ "nut://127.0.0.1:", "?tls=yes&verify=no" },
	{ "sip:100@127.0.0.1:", "" },
	{ "sip:127.0.0.1:", ";transport=tcp" },
	{ "sips:127.0.0.1:", "?verify=no" },
	{ "sip:100@127.0.0.1:", "?registrar=yes" },
	{ "ivr:900@127.0.0.1:", "" },
	{ "http://127.0.0.1:", "/" },
	{ "https://127.0.0.1:", "/" },
	{ "tcp://127.0.0.1:", "?expect=x" },
	{ "postgresql://127.0.0.1:", "" },
	{ "mysql://127.0.0.1:", "" },
	{ "dns://127.0.0.1:", "/name.test" },
	{ "https://no-such-name.invalid:", "/" },
	{ "nut://ups@no-such-name.invalid:", "" },
	{ "sip:no-such-name.invalid:", "" },
	{ "link://no-such-name.invalid:", "" },
};

enum { N_URLS = sizeof urls / sizeof *urls };

struct life {
	uv_loop_t loop;
	uv_timer_t timer;
	struct sense *sense;
	unsigned n_done, n_closed;
	bool poll_again, reachable;
};

/* A TCP listener and a UDP socket on one port; nobody ever reads them. */
static unsigned make_hole(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);

	cr_assert_eq(bind(tcp, (struct sockaddr *)&a, sizeof a), 0);
	cr_assert_eq(listen(tcp, 8), 0);
	cr_assert_eq(getsockname(tcp, (struct sockaddr *)&a, &len), 0);
	cr_assert_eq(bind(udp, (struct sockaddr *)&a, sizeof a), 0);
	return ntohs(a.sin_port);
}

static void on_closed(void *arg)
{
	((struct life *)arg)->n_closed++;
}

static void close_all(struct life *l)
{
	l->sense->type->close(l->sense, on_closed, l);
	cr_expect_eq(l->n_closed, 0, "closed must not come from inside close");
	uv_close((uv_handle_t *)&l->timer, NULL);
}

static void on_done(void *arg, const struct sense_result *r)
{
	struct life *l = arg;

	l->n_done++;
	l->reachable = r->reachable;
	cr_expect_not_null(r->error, "a round without an answer has words for it");
	cr_expect_str_neq(r->device_class, "");
	if (l->poll_again && l->n_done == 1)
		cr_expect_eq(l->sense->type->poll(l->sense, on_done, l), 0, "from inside done");
	else if (l->poll_again)
		close_all(l);
}

static void on_timer(uv_timer_t *t)
{
	close_all(t->data);
}

static void begin(struct life *l, size_t i, unsigned timeout_ms)
{
	char url[128], err[200] = "";

	memset(l, 0, sizeof *l);
	(void)snprintf(url, sizeof url, "%s%u%s", urls[i].before, make_hole(), urls[i].after);
	const struct sense_target t = { .url = url, .timeout_ms = timeout_ms };
	const struct sense_type *type = sense_type_find(url);
	cr_assert_not_null(type, "%s", url);
	cr_assert_eq(uv_loop_init(&l->loop), 0);
	cr_assert_eq(uv_timer_init(&l->loop, &l->timer), 0);
	l->timer.data = l;
	cr_assert_eq(type->open(&l->sense, &l->loop, &t, err, sizeof err), 0, "%s: %s", url, err);
	cr_assert_eq(type->poll(l->sense, on_done, l), 0);
	cr_expect_eq(l->n_done, 0, "done must not come from inside poll");
	cr_expect_eq(type->poll(l->sense, on_done, l), -EBUSY, "one round at a time");
}

static void end(struct life *l, size_t i)
{
	cr_assert_eq(uv_run(&l->loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(l->n_closed, 1, "%s", urls[i].before);
	cr_expect_eq(uv_loop_close(&l->loop), 0, "%s leaves nothing on the loop", urls[i].before);
}

static size_t indexes[N_URLS];

static struct criterion_test_params all_urls(void)
{
	for (size_t i = 0; i < N_URLS; i++)
		indexes[i] = i;
	return cr_make_param_array(size_t, indexes, N_URLS);
}

ParameterizedTestParameters(life, a_close_in_the_middle_of_a_round_ends_it)
{
	return all_urls();
}

ParameterizedTest(size_t *i, life, a_close_in_the_middle_of_a_round_ends_it, .timeout = 600)
{
	struct life l;

	begin(&l, *i, 20000);
	cr_assert_eq(uv_timer_start(&l.timer, on_timer, 60, 0), 0);
	end(&l, *i);
	cr_expect_leq(l.n_done, 1, "a name that does not resolve may be done before");
}

ParameterizedTestParameters(life, a_close_at_once_ends_it)
{
	return all_urls();
}

ParameterizedTest(size_t *i, life, a_close_at_once_ends_it, .timeout = 600)
{
	struct life l;

	begin(&l, *i, 20000);
	close_all(&l);
	end(&l, *i);
	cr_expect_eq(l.n_done, 0, "no done after close");
}

ParameterizedTestParameters(life, silence_ends_each_round_by_itself)
{
	return all_urls();
}

ParameterizedTest(size_t *i, life, silence_ends_each_round_by_itself, .timeout = 600)
{
	struct life l;

	begin(&l, *i, 300);
	l.poll_again = true;
	end(&l, *i);
	cr_expect_eq(l.n_done, 2);
}

static _Atomic bool names_answer;

static void wait_in_pool(uv_work_t *w)
{
	(void)w;
	while (!names_answer)
		uv_sleep(10);
}

/* Dead name servers keep libuv's worker threads busy: devices given by address must not care. */
ParameterizedTestParameters(life, an_address_does_not_wait_behind_names)
{
	return all_urls();
}

ParameterizedTest(size_t *i, life, an_address_does_not_wait_behind_names, .timeout = 600)
{
	struct life l;
	uv_work_t work[8];

	if (strstr(urls[*i].before, "127.0.0.1") == NULL)
		return;
	begin(&l, *i, 300);
	names_answer = false;
	for (size_t k = 0; k < 8; k++)
		cr_assert_eq(uv_queue_work(&l.loop, &work[k], wait_in_pool, NULL), 0);
	l.poll_again = true;
	uint64_t start_ns = uv_hrtime();
	while (l.n_done < 2 && (uv_hrtime() - start_ns) / 1000000 < 60000)
		(void)uv_run(&l.loop, UV_RUN_ONCE);
	cr_expect_eq(l.n_done, 2, "%s waits for the resolver's threads", urls[*i].before);
	names_answer = true;
	for (size_t k = 0; k < 8; k++)
		(void)uv_cancel((uv_req_t *)&work[k]);
	end(&l, *i);
}
