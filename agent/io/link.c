/* link.c - is the way there open, how long does it take, how much is lost: link://host, icmp://host,
 * tcping://host:port.
 *
 * Happy path: resolve, then a burst of probes at a fixed pace: ICMP echoes over the kernel's
 * unprivileged ping socket where net.ipv4.ping_group_range allows it, else TCP connections, for
 * which a refusal is an answer as good as a welcome. Failure paths: what is not heard by the
 * deadline is lost; no ping socket for icmp:// says which setting opens it. The host "gateway" is
 * the default route's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/core/icmp.h"
#include "agent/io/ask/endpoint.h"
#include "agent/io/ask/literal.h"
#include "agent/io/ask/round.h"
#include "agent/io/ask/trouble.h"
#include "agent/io/senses.h"

enum { DEFAULT_WAIT_MS = 1000, DEFAULT_PORT = 443 };

static const struct endpoint_option options[] = {
	{ .name = "count", .kind = OPTION_NUMBER, .min = 1, .max = LINK_PROBES_MAX, .dflt = 5 },
	{ .name = "interval_ms", .kind = OPTION_NUMBER, .min = 20, .max = 5000, .dflt = 200 },
	{ .name = NULL },
};

struct link_sense;

/* One TCP probe. */
struct knock {
	uv_tcp_t tcp;
	uv_connect_t request;
	struct link_sense *owner;
	unsigned seq;
	bool open;
};

struct link_sense {
	struct sense base;
	uv_loop_t *loop;
	struct endpoint at;
	struct round round;
	struct link_burst burst;
	unsigned count, interval_ms, wait_ms;
	uv_timer_t timer;
	uv_getaddrinfo_t resolving;
	bool is_resolving;
	struct sockaddr_storage to;
	socklen_t to_len;
	/* ICMP */
	int fd; /* -1: none */
	uv_poll_t poll;
	bool poll_open;
	uint64_t cookie;
	/* TCP */
	struct knock knocks[LINK_PROBES_MAX];
	unsigned n_open; /* knocks on the loop */
	bool closing, timer_open;
	void (*closed)(void *arg);
	void *closed_arg;
};

static void maybe_gone(struct link_sense *s)
{
	if (!s->closing || s->timer_open || s->poll_open || s->is_resolving || s->n_open > 0)
		return;
	void (*closed)(void *) = s->closed;
	void *closed_arg = s->closed_arg;

	if (s->fd >= 0)
		(void)close(s->fd);
	endpoint_fini(&s->at);
	free(s);
	if (closed != NULL)
		closed(closed_arg);
}

static void on_knock_closed(uv_handle_t *h)
{
	struct knock *k = h->data;

	k->open = false;
	k->owner->n_open--;
	maybe_gone(k->owner);
}

static void close_knock(struct knock *k)
{
	if (k->open && !uv_is_closing((uv_handle_t *)&k->tcp))
		uv_close((uv_handle_t *)&k->tcp, on_knock_closed);
}

static void finish(struct link_sense *s)
{
	const struct link_burst *b = &s->burst;
	bool up = b->n_heard > 0;

	(void)uv_timer_stop(&s->timer);
	for (unsigned i = 0; i < LINK_PROBES_MAX; i++)
		close_knock(&s->knocks[i]);
	round_value(&s->round, M_LINK_UP, up);
	round_value(&s->round, M_LINK_LOSS, link_burst_loss_percent(b));
	if (up)
		round_value(&s->round, M_LINK_RTT, link_burst_rtt_ms(b));
	else
		round_unknown(&s->round, M_LINK_RTT, REASON_UNREACHABLE);
	round_evidence(&s->round, "%u of %u %s heard, fastest %.1f ms", b->n_heard, b->n_sent,
		       s->poll_open ? "ICMP echoes" : "TCP knocks", b->best_ms);
	if (!up)
		round_error(&s->round, "%s: nothing comes back", s->at.host);
	round_end(&s->round, up, "link", s->poll_open ? "icmp" : "tcping");
}

static void hear(struct link_sense *s, unsigned seq)
{
	if (s->round.done == NULL || !link_burst_heard(&s->burst, seq, uv_hrtime()))
		return;
	if (s->burst.n_heard == s->count)
		finish(s);
}

static void on_knocked(uv_connect_t *request, int status)
{
	struct knock *k = request->data;

	if (status == 0 || status == UV_ECONNREFUSED)
		hear(k->owner, k->seq);
	close_knock(k);
}

static void knock(struct link_sense *s, unsigned seq)
{
	struct knock *k = &s->knocks[seq];

	if (k->open) /* of the round before: still closing */
		return;
	if (uv_tcp_init(s->loop, &k->tcp) < 0)
		return;
	k->tcp.data = k->request.data = k;
	k->owner = s;
	k->seq = seq;
	k->open = true;
	s->n_open++;
	if (uv_tcp_connect(&k->request, &k->tcp, (struct sockaddr *)&s->to, on_knocked) < 0)
		close_knock(k);
}

static void on_echo(uv_poll_t *p, int status, int events)
{
	struct link_sense *s = p->data;
	uint8_t buf[512];
	uint16_t seq;

	(void)events;
	while (status == 0 && s->fd >= 0) {
		ssize_t n = recv(s->fd, buf, sizeof buf, MSG_DONTWAIT);

		if (n < 0)
			return; /* nothing more, or an ICMP error: a lost echo */
		if (icmp_read_echo(buf, (size_t)n, s->to.ss_family == AF_INET6, s->cookie, &seq) ==
		    0)
			hear(s, seq);
	}
}

static void send_probe(struct link_sense *s)
{
	uint8_t buf[ICMP_ECHO_BYTES];
	unsigned seq = s->burst.n_sent;

	link_burst_sent(&s->burst, uv_hrtime());
	if (!s->poll_open) {
		knock(s, seq);
		return;
	}
	icmp_write_echo(buf, s->to.ss_family == AF_INET6, (uint16_t)seq, s->cookie);
	(void)sendto(s->fd, buf, sizeof buf, MSG_DONTWAIT, (struct sockaddr *)&s->to, s->to_len);
}

static void on_timer(uv_timer_t *timer)
{
	struct link_sense *s = timer->data;

	if (s->burst.n_sent == s->count) {
		finish(s);
		return;
	}
	send_probe(s);
	/* The last one waits its full time; an answer to all ends the round before. */
	if (s->round.done != NULL)
		(void)uv_timer_start(&s->timer, on_timer,
				     s->burst.n_sent < s->count ? s->interval_ms : s->wait_ms, 0);
}

/* A ping socket, kept for the sense's life; without one the probes are TCP. */
static void open_ping(struct link_sense *s)
{
	bool ipv6 = s->to.ss_family == AF_INET6;

	if (s->poll_open || strcmp(s->at.scheme, "tcping") == 0)
		return;
	s->fd = socket(s->to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (s->fd < 0)
		return;
	if (uv_poll_init(s->loop, &s->poll, s->fd) < 0) {
		(void)close(s->fd);
		s->fd = -1;
		return;
	}
	s->poll.data = s;
	s->poll_open = true;
	(void)uv_poll_start(&s->poll, UV_READABLE, on_echo);
}

static void give_up(struct link_sense *s, const char *why)
{
	round_error(&s->round, "%s: %s", s->at.host, why);
	round_value(&s->round, M_LINK_UP, 0);
	round_unknown(&s->round, M_LINK_RTT, REASON_UNREACHABLE);
	round_unknown(&s->round, M_LINK_LOSS, REASON_UNREACHABLE);
	round_end(&s->round, false, "link", s->at.scheme);
}

static void begin(struct link_sense *s)
{
	open_ping(s);
	if (s->fd < 0 && strcmp(s->at.scheme, "icmp") == 0) {
		give_up(s, "no ping socket: widen net.ipv4.ping_group_range, or use link://");
		return;
	}
	s->cookie = uv_hrtime() ^ (uint64_t)(uintptr_t)s;
	on_timer(&s->timer);
}

static void on_begin(uv_timer_t *timer)
{
	struct link_sense *s = timer->data;

	if (s->to_len > 0)
		begin(s);
	else
		give_up(s, "this machine has no default route");
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct link_sense *s = req->data;

	s->is_resolving = false;
	if (s->closing) {
		maybe_gone(s);
	} else if (status < 0) {
		give_up(s, trouble_text(status));
	} else {
		memcpy(&s->to, found->ai_addr, found->ai_addrlen);
		s->to_len = found->ai_addrlen;
		begin(s);
	}
	if (status == 0)
		uv_freeaddrinfo(found);
}

/* /proc/net/route: the row whose destination and mask are 0; the gateway in the host's byte order. */
static int find_gateway(char *buf, size_t size)
{
	static const char row[] = "%*s %x %x %x %*d %*d %*d %x";
	char line[256];
	unsigned destination, gateway, flags, mask;
	int r = -ENOENT;
	FILE *f = fopen("/proc/net/route", "re");

	while (f != NULL && r < 0 && fgets(line, sizeof line, f) != NULL) {
		int n = sscanf(line, row, &destination, &gateway, &flags,
			       &mask); /* NOLINT(cert-err34-c) */

		if (n != 4 || destination != 0 || mask != 0 || gateway == 0)
			continue;
		const uint8_t *p = (const uint8_t *)&gateway;
		(void)snprintf(buf, size, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
		r = 0;
	}
	if (f != NULL)
		(void)fclose(f);
	return r;
}

static int link_poll(struct sense *base, sense_done_fn *done, void *arg)
{
	struct link_sense *s = (struct link_sense *)base;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char host[256], service[8];

	int r = round_start(&s->round, done, arg);
	if (r < 0)
		return r;
	memset(&s->burst, 0, sizeof s->burst);
	s->to_len = 0;
	unsigned port = s->at.port > 0 ? s->at.port : DEFAULT_PORT;
	(void)snprintf(service, sizeof service, "%u", port);
	(void)snprintf(host, sizeof host, "%s", s->at.host);
	bool lost = strcmp(host, "gateway") == 0 && find_gateway(host, sizeof host) < 0;
	if (lost)
		return uv_timer_start(&s->timer, on_begin, 0, 0);
	if (literal_address(&s->to, host, port)) {
		s->to_len = s->to.ss_family == AF_INET ? sizeof(struct sockaddr_in)
						       : sizeof(struct sockaddr_in6);
		return uv_timer_start(&s->timer, on_begin, 0, 0);
	}
	r = uv_getaddrinfo(s->loop, &s->resolving, on_resolved, host, service, &hints);
	if (r < 0)
		round_abandon(&s->round);
	else
		s->is_resolving = true;
	return r;
}

static void on_timer_closed(uv_handle_t *h)
{
	struct link_sense *s = h->data;

	s->timer_open = false;
	maybe_gone(s);
}

static void on_poll_closed(uv_handle_t *h)
{
	struct link_sense *s = h->data;

	s->poll_open = false;
	maybe_gone(s);
}

static void link_close(struct sense *base, void (*closed)(void *arg), void *arg)
{
	struct link_sense *s = (struct link_sense *)base;

	round_abandon(&s->round);
	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	if (s->is_resolving)
		(void)uv_cancel((uv_req_t *)&s->resolving);
	for (unsigned i = 0; i < LINK_PROBES_MAX; i++)
		close_knock(&s->knocks[i]);
	if (s->poll_open)
		uv_close((uv_handle_t *)&s->poll, on_poll_closed);
	uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

static int link_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t,
		     char *reterr, size_t reterr_size)
{
	struct link_sense *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	s->fd = -1;
	int r = endpoint_init(&s->at, t, options, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = -EINVAL;
	if (s->at.host[0] == '\0') {
		(void)snprintf(reterr, reterr_size, "URL: must be link://host");
		goto fail;
	}
	r = uv_timer_init(loop, &s->timer);
	if (r < 0)
		goto fail;
	s->timer.data = s->resolving.data = s;
	s->timer_open = true;
	s->base.type = &sense_link;
	s->loop = loop;
	s->count = (unsigned)endpoint_number(&s->at, "count");
	s->interval_ms = (unsigned)endpoint_number(&s->at, "interval_ms");
	s->wait_ms = t->timeout_ms > 0 ? t->timeout_ms : DEFAULT_WAIT_MS;
	*ret = &s->base;
	return 0;
fail: /* nothing is on the loop yet */
	endpoint_fini(&s->at);
	free(s);
	return r;
}

static const char *const schemes[] = { "link", "icmp", "tcping", NULL };

const struct sense_type sense_link = { schemes, link_open, link_poll, link_close };
