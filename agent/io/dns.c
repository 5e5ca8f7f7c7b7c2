/* dns.c - does a name server answer, and with what: dns://server:53/name.
 *
 * Happy path: glibc builds the question (res_nmkquery), one UDP datagram on the loop, glibc's parser
 * reads the answer. Failure paths: sent again after a second, then the deadline; an answer from
 * another address, with another id or to another question is passed over; NXDOMAIN and SERVFAIL are
 * answers of a server that lives, with service.up 0 where the name was expected to be there. */
#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent/io/ask/endpoint.h"
#include "agent/io/ask/literal.h"
#include "agent/io/ask/round.h"
#include "agent/io/ask/trouble.h"
#include "agent/io/dns_answer.h"
#include "agent/io/senses.h"

enum { DEFAULT_TIMEOUT_MS = 3000, DEFAULT_PORT = 53, AGAIN_MS = 1000 };

static const struct endpoint_option options[] = {
	{ .name = "type", .kind = OPTION_TEXT, .max = 8 },
	{ .name = "expect", .kind = OPTION_TEXT, .max = 255 },
	{ .name = NULL },
};

struct dns_sense {
	struct sense base;
	struct endpoint at;
	uv_loop_t *loop;
	struct round round;
	struct dns_question question;
	unsigned timeout_ms;
	uint8_t query[NS_PACKETSZ];
	int n_query;
	uint8_t buf[4096];
	uv_getaddrinfo_t resolving;
	uv_udp_t *socket; /* of this round; frees itself */
	uv_timer_t again, deadline;
	bool is_resolving, closing;
	unsigned n_timers;
	struct sockaddr_storage to;
	void (*closed)(void *arg);
	void *closed_arg;
};

static void on_socket_closed(uv_handle_t *h)
{
	free(h);
}

static void hang_up(struct dns_sense *s)
{
	(void)uv_timer_stop(&s->again);
	(void)uv_timer_stop(&s->deadline);
	if (s->socket == NULL)
		return;
	s->socket->data = NULL;
	uv_close((uv_handle_t *)s->socket, on_socket_closed);
	s->socket = NULL;
}

static void finish(struct dns_sense *s, bool reachable, bool up, const char *why)
{
	char where[280];

	hang_up(s);
	endpoint_show(&s->at, where, sizeof where);
	if (why != NULL)
		round_error(&s->round, "%s: %s", where, why);
	round_value(&s->round, M_SERVICE_UP, up);
	if (reachable)
		round_value(&s->round, M_SERVICE_LATENCY, round_elapsed_ms(&s->round));
	else
		round_unknown(&s->round, M_SERVICE_LATENCY, REASON_UNREACHABLE);
	round_end(&s->round, reachable, "service", "dns");
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr *b)
{
	if (a->ss_family != b->sa_family)
		return false;
	if (a->ss_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)a)->sin_addr,
			      &((const struct sockaddr_in *)b)->sin_addr, 4) == 0;
	return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		      &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
}

static void on_datagram(uv_udp_t *u, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
			unsigned flags)
{
	struct dns_sense *s = u->data;
	struct dns_answer a;

	(void)flags;
	if (s == NULL || from == NULL || n <= 0 || !same_address(&s->to, from))
		return;
	if (dns_answer_read(&a, &s->question, (const uint8_t *)buf->base, (size_t)n) < 0)
		return; /* not to our question */
	round_evidence(&s->round, "%u answers, first %s", a.n, a.first[0] != '\0' ? a.first : "-");
	finish(s, true, a.good, a.good ? NULL : a.why);
}

static void on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
	struct dns_sense *s = h->data;

	(void)wanted;
	*buf = uv_buf_init((char *)s->buf, s != NULL ? sizeof s->buf : 0);
}

static void ask(uv_timer_t *timer)
{
	struct dns_sense *s = timer->data;
	uv_buf_t b = uv_buf_init((char *)s->query, (unsigned)s->n_query);

	(void)uv_udp_try_send(s->socket, &b, 1, (const struct sockaddr *)&s->to); /* or again */
	(void)uv_timer_start(&s->again, ask, AGAIN_MS, 0);
}

static void on_deadline(uv_timer_t *timer)
{
	finish(timer->data, false, false, "no answer");
}

static int begin(struct dns_sense *s)
{
	s->socket = calloc(1, sizeof *s->socket);
	if (s->socket == NULL)
		return -ENOMEM;
	int r = uv_udp_init(s->loop, s->socket);
	if (r < 0) {
		free(s->socket);
		s->socket = NULL;
		return r;
	}
	s->socket->data = s;
	const struct sockaddr_storage any = { .ss_family = s->to.ss_family };
	r = uv_udp_bind(s->socket, (const struct sockaddr *)&any, 0);
	if (r == 0)
		r = uv_udp_recv_start(s->socket, on_alloc, on_datagram);
	if (r == 0)
		ask(&s->again);
	return r;
}

static void maybe_gone(struct dns_sense *s)
{
	if (!s->closing || s->is_resolving || s->n_timers > 0)
		return;
	void (*closed)(void *) = s->closed;
	void *closed_arg = s->closed_arg;

	endpoint_fini(&s->at);
	free(s);
	if (closed != NULL)
		closed(closed_arg);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct dns_sense *s = req->data;

	s->is_resolving = false;
	if (s->closing) {
		maybe_gone(s);
	} else {
		int r = status;
		if (r == 0) {
			memcpy(&s->to, found->ai_addr, found->ai_addrlen);
			r = begin(s);
		}
		if (r < 0)
			finish(s, false, false, trouble_text(r));
	}
	if (status == 0)
		uv_freeaddrinfo(found);
}

static int dns_poll(struct sense *base, sense_done_fn *done, void *arg)
{
	struct dns_sense *s = (struct dns_sense *)base;
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
	char service[8];

	int r = round_start(&s->round, done, arg);
	if (r < 0)
		return r;
	/* an id that nobody can guess: whoever answers has seen the question */
	if (getrandom(&s->question.id, sizeof s->question.id, GRND_NONBLOCK) < 0)
		s->question.id = (uint16_t)uv_hrtime();
	s->query[0] = (uint8_t)(s->question.id >> 8);
	s->query[1] = (uint8_t)s->question.id;
	unsigned port = s->at.port > 0 ? s->at.port : DEFAULT_PORT;
	(void)snprintf(service, sizeof service, "%u", port);
	if (literal_address(&s->to, s->at.host, port)) {
		r = begin(s);
	} else {
		r = uv_getaddrinfo(s->loop, &s->resolving, on_resolved, s->at.host, service,
				   &hints);
		s->is_resolving = r == 0;
	}
	if (r < 0) {
		hang_up(s);
		round_abandon(&s->round);
		return r;
	}
	(void)uv_timer_start(&s->deadline, on_deadline, s->timeout_ms, 0);
	return 0;
}

static void on_timer_closed(uv_handle_t *h)
{
	struct dns_sense *s = h->data;

	s->n_timers--;
	maybe_gone(s);
}

static void dns_close(struct sense *base, void (*closed)(void *arg), void *arg)
{
	struct dns_sense *s = (struct dns_sense *)base;

	round_abandon(&s->round);
	hang_up(s);
	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	if (s->is_resolving)
		(void)uv_cancel((uv_req_t *)&s->resolving);
	uv_close((uv_handle_t *)&s->again, on_timer_closed);
	uv_close((uv_handle_t *)&s->deadline, on_timer_closed);
}

static int complain(char *reterr, size_t size, const char *text)
{
	(void)snprintf(reterr, size, "%s", text);
	return -EINVAL;
}

static int make_query(struct dns_sense *s, char *reterr, size_t size)
{
	const char *name = s->at.path[0] == '/' ? s->at.path + 1 : s->at.path;
	const char *type = endpoint_text(&s->at, "type"), *expect = endpoint_text(&s->at, "expect");
	struct __res_state state;

	if (s->at.host[0] == '\0' || name[0] == '\0')
		return complain(reterr, size, "URL: must be dns://server/name");
	if (dns_question_init(&s->question, name, type != NULL ? type : "A", expect) < 0)
		return complain(reterr, size, "type: must be A, AAAA, CNAME, MX, NS, SRV or TXT");
	memset(&state, 0, sizeof state);
	if (res_ninit(&state) < 0)
		return -ENOMEM;
	s->n_query = res_nmkquery(&state, QUERY, name, ns_c_in, s->question.type, NULL, 0, NULL,
				  s->query, sizeof s->query);
	res_nclose(&state);
	return s->n_query > 0 ? 0 : complain(reterr, size, "URL: not a domain name");
}

static int dns_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t, char *reterr,
		    size_t reterr_size)
{
	struct dns_sense *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	int r = endpoint_init(&s->at, t, options, reterr, reterr_size);
	if (r == 0)
		r = make_query(s, reterr, reterr_size);
	if (r < 0) {
		endpoint_fini(&s->at);
		free(s);
		return r;
	}
	/* timers cannot fail to be made */
	(void)uv_timer_init(loop, &s->again);
	(void)uv_timer_init(loop, &s->deadline);
	s->n_timers = 2;
	s->again.data = s->deadline.data = s->resolving.data = s;
	s->base.type = &sense_dns;
	s->loop = loop;
	s->timeout_ms = t->timeout_ms > 0 ? t->timeout_ms : DEFAULT_TIMEOUT_MS;
	*ret = &s->base;
	return 0;
}

static const char *const schemes[] = { "dns", NULL };

const struct sense_type sense_dns = { schemes, dns_open, dns_poll, dns_close };
