/* tcp.c - is somebody at home behind a TCP port: tcp://, postgresql://, mysql://.
 *
 * Happy path: connect; tcp is content with that, or waits for the text it was told to expect; the
 * databases are greeted until they show that they serve. Failure paths: a closed port, silence until
 * the deadline, another protocol, a server that is full or starting up: service.up is 0, the reason
 * in words. No query, no password. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/greeting.h"
#include "agent/core/web.h"
#include "agent/io/ask/asker.h"
#include "agent/io/senses.h"

struct tcp_sense;

/* One protocol: what happens when the connection stands, and when bytes come. */
struct protocol {
	const char *scheme;
	unsigned port; /* 0: the URL must say it */
	void (*hello)(struct tcp_sense *s);
	void (*hear)(struct tcp_sense *s, const uint8_t *buf, size_t len);
};

struct tcp_sense {
	struct asker a;
	const struct protocol *protocol;
	struct web_search search;
	uint8_t heard[GREETING_BYTES_MAX];
	size_t n_heard;
	bool answered; /* MySQL: its greeting was good, our answer is on its way */
};

static const struct endpoint_option options[] = {
	{ .name = "expect", .kind = OPTION_TEXT, .max = WEB_TEXT_MAX - 1 },
	{ .name = "user", .kind = OPTION_TEXT, .max = 63 },
	{ .name = NULL },
};

static void finish(struct tcp_sense *s, bool reachable, bool up)
{
	talk_stop(s->a.talk);
	round_value(&s->a.round, M_SERVICE_UP, up);
	if (up)
		round_value(&s->a.round, M_SERVICE_LATENCY, round_elapsed_ms(&s->a.round));
	else
		round_unknown(&s->a.round, M_SERVICE_LATENCY,
			      reachable ? REASON_MISSING : REASON_UNREACHABLE);
	round_end(&s->a.round, reachable, "service", s->protocol->scheme);
}

static void fail(struct tcp_sense *s, bool reachable, const char *what)
{
	asker_error(&s->a, what);
	finish(s, reachable, false);
}

static void tcp_hello(struct tcp_sense *s)
{
	round_evidence(&s->a.round, "the port accepts connections");
	if (endpoint_text(&s->a.at, "expect") == NULL)
		finish(s, true, true);
}

static void tcp_hear(struct tcp_sense *s, const uint8_t *buf, size_t len)
{
	web_search_feed(&s->search, (const char *)buf, len);
	if (!s->search.found)
		return;
	round_evidence(&s->a.round, "it said what was expected");
	finish(s, true, true);
}

static void collect(struct tcp_sense *s, const uint8_t *buf, size_t len)
{
	size_t room = sizeof s->heard - s->n_heard;

	memcpy(s->heard + s->n_heard, buf, len < room ? len : room);
	s->n_heard += len < room ? len : room;
}

static void conclude(struct tcp_sense *s, const struct greeting *g)
{
	if (g->result == GREETING_UP) {
		round_evidence(&s->a.round, "greeting of %s", g->text);
		round_identity(&s->a.round, M_DEVICE_VERSION, g->version);
		finish(s, true, true);
	} else if (g->result != GREETING_MORE) {
		fail(s, true, g->text);
	}
}

static void pg_hello(struct tcp_sense *s)
{
	uint8_t buf[GREETING_BYTES_MAX];
	size_t n = greeting_pg_hello(buf, endpoint_text(&s->a.at, "user"));

	(void)talk_send(s->a.talk, buf, n); /* a broken pipe shows as ended */
}

static void pg_hear(struct tcp_sense *s, const uint8_t *buf, size_t len)
{
	struct greeting g;

	collect(s, buf, len);
	greeting_pg_read(&g, s->heard, s->n_heard);
	conclude(s, &g);
}

static void mysql_hello(struct tcp_sense *s)
{
	s->answered = false;
}

/* The second packet only closes the handshake in order: the verdict stands with the first. */
static void mysql_hear(struct tcp_sense *s, const uint8_t *buf, size_t len)
{
	uint8_t answer[GREETING_BYTES_MAX];
	struct greeting g;

	if (s->answered) {
		greeting_mysql_read(&g, s->heard, s->n_heard);
		conclude(s, &g);
		return;
	}
	collect(s, buf, len);
	greeting_mysql_read(&g, s->heard, s->n_heard);
	if (g.result != GREETING_UP) {
		conclude(s, &g);
		return;
	}
	s->answered = true;
	(void)talk_send(s->a.talk, answer, greeting_mysql_answer(answer));
}

static const struct protocol protocols[] = {
	{ "tcp", 0, tcp_hello, tcp_hear },
	{ "postgresql", 5432, pg_hello, pg_hear },
	{ "mysql", 3306, mysql_hello, mysql_hear },
};

static void on_connected(void *arg)
{
	struct tcp_sense *s = arg;

	s->protocol->hello(s);
}

static void on_data(void *arg, const uint8_t *buf, size_t len)
{
	struct tcp_sense *s = arg;

	s->protocol->hear(s, buf, len);
}

static void on_ended(void *arg, int err)
{
	struct tcp_sense *s = arg;

	if (s->answered) /* it left without a second word: fine, the first was good */
		mysql_hear(s, NULL, 0);
	else if (s->a.round.n_evidence > 0)
		fail(s, true, "it did not say what was expected");
	else
		fail(s, err == UV_EOF, talk_error(s->a.talk, err));
}

static const struct talk_calls calls = { on_connected, NULL, on_data, on_ended };

static int tcp_poll(struct sense *base, sense_done_fn *done, void *arg)
{
	struct tcp_sense *s = (struct tcp_sense *)base;

	int r = round_start(&s->a.round, done, arg);
	if (r < 0)
		return r;
	s->n_heard = 0;
	s->answered = false;
	if (endpoint_text(&s->a.at, "expect") != NULL)
		(void)web_search_init(&s->search, endpoint_text(&s->a.at, "expect"));
	return asker_talk(&s->a, s->protocol->port);
}

static const struct protocol *protocol_find(const char *scheme)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (strcmp(protocols[i].scheme, scheme) == 0)
			return &protocols[i];
	return NULL;
}

static int tcp_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t, char *reterr,
		    size_t reterr_size)
{
	struct tcp_sense *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	int r = endpoint_init(&s->a.at, t, options, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = -EINVAL;
	s->protocol = protocol_find(s->a.at.scheme);
	if (s->protocol == NULL || s->a.at.host[0] == '\0' ||
	    (s->a.at.port == 0 && s->protocol->port == 0)) {
		(void)snprintf(reterr, reterr_size, "URL: must be %s://host:port", s->a.at.scheme);
		goto fail;
	}
	const char *expect = endpoint_text(&s->a.at, "expect");
	if (expect != NULL && web_search_init(&s->search, expect) < 0) {
		(void)snprintf(reterr, reterr_size, "expect: must not be empty");
		goto fail;
	}
	r = asker_open(&s->a, &sense_tcp, loop, t->timeout_ms, &calls);
	if (r < 0)
		goto fail;
	*ret = &s->a.base;
	return 0;
fail: /* nothing is on the loop yet */
	asker_free(&s->a);
	return r;
}

static const char *const schemes[] = { "tcp", "postgresql", "mysql", NULL };

const struct sense_type sense_tcp = { schemes, tcp_open, tcp_poll, asker_close };
