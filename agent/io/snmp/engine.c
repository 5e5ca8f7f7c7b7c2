/* engine.c - the sockets and the clock of the SNMP engine.
 *
 * Happy path: peers queue themselves during a turn of the loop; before the loop sleeps, one sendmmsg
 * per address family carries them all. Readable: recvmmsg until empty, each datagram matched by id to
 * a peer and by source address to its device. One timer stands at the earliest deadline of those that
 * wait, and none when nobody waits. A send that the kernel refuses counts as sent: the retry is the
 * repair. What cannot be matched is counted and dropped. */
#include "agent/io/snmp/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/io/snmp/engine_priv.h"

enum { BATCH = 64, RECEIVE_BATCH = 16, DATAGRAM_MAX = 65536, SOCKET_BUFFER = 4 << 20 };
enum { FAMILIES = 2 };

struct sock {
	struct snmp_engine *engine;
	uv_poll_t poll;
	int fd;
	bool open;
};

struct snmp_engine {
	uv_loop_t *loop;
	struct snmp_engine *next_engine;
	unsigned users;
	unsigned n_handles; /* what the loop still holds */
	bool closing;
	struct sock socks[FAMILIES];
	uv_prepare_t flush;
	uv_timer_t timer;
	uint64_t timer_at_ms; /* 0: not armed */
	struct snmp_peer **peers;
	unsigned n_peers, peer_room;
	struct snmp_peer *first, *last; /* waiting, by deadline */
	struct snmp_peer **queue;
	unsigned n_queue, queue_room;
	struct snmp_counters counters;
	struct answer_room room;
	uint8_t *buffers;
};

static struct snmp_engine *engines; /* one per loop; loops are few */

/* --- closing --- */

static void maybe_gone(struct snmp_engine *e)
{
	if (!e->closing || e->n_handles > 0)
		return;
	free(e->peers);
	free(e->queue);
	free(e->buffers);
	free(e);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct snmp_engine *e = h->data;

	e->n_handles--;
	maybe_gone(e);
}

static void on_sock_closed(uv_handle_t *h)
{
	struct sock *s = h->data;
	struct snmp_engine *e = s->engine;

	(void)close(s->fd);
	e->n_handles--;
	maybe_gone(e);
}

static void unlink_engine(struct snmp_engine *e)
{
	for (struct snmp_engine **at = &engines; *at != NULL; at = &(*at)->next_engine) {
		if (*at != e)
			continue;
		*at = e->next_engine;
		return;
	}
}

static void close_all(struct snmp_engine *e)
{
	unlink_engine(e);
	e->closing = true;
	for (int i = 0; i < FAMILIES; i++)
		if (e->socks[i].open)
			uv_close((uv_handle_t *)&e->socks[i].poll, on_sock_closed);
	if (e->flush.data != NULL)
		uv_close((uv_handle_t *)&e->flush, on_handle_closed);
	if (e->timer.data != NULL)
		uv_close((uv_handle_t *)&e->timer, on_handle_closed);
	maybe_gone(e);
}

void snmp_engine_close(struct snmp_engine *e)
{
	if (e != NULL && --e->users == 0)
		close_all(e);
}

/* --- the clock --- */

static void on_timer(uv_timer_t *t);

static void arm(struct snmp_engine *e)
{
	uint64_t now = uv_now(e->loop);

	if (e->first == NULL) {
		if (e->timer_at_ms != 0)
			(void)uv_timer_stop(&e->timer);
		e->timer_at_ms = 0;
		return;
	}
	uint64_t at = e->first->deadline_ms;
	if (e->timer_at_ms != 0 && e->timer_at_ms <= at)
		return; /* it looks again then */
	e->timer_at_ms = at;
	(void)uv_timer_start(&e->timer, on_timer, at > now ? at - now : 0, 0);
}

void engine_unwait(struct snmp_engine *e, struct snmp_peer *p)
{
	if (p->deadline_ms == 0)
		return;
	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		e->first = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	else
		e->last = p->prev;
	p->prev = p->next = NULL;
	p->deadline_ms = 0;
	if (e->first == NULL)
		arm(e);
}

/* Most wait equally long, so the place is at or near the end. */
void engine_wait(struct snmp_engine *e, struct snmp_peer *p, uint64_t wait_ms)
{
	engine_unwait(e, p);
	p->deadline_ms = uv_now(e->loop) + wait_ms;
	struct snmp_peer *before = e->last;
	while (before != NULL && before->deadline_ms > p->deadline_ms)
		before = before->prev;
	p->prev = before;
	p->next = before != NULL ? before->next : e->first;
	if (p->next != NULL)
		p->next->prev = p;
	else
		e->last = p;
	if (before != NULL)
		before->next = p;
	else
		e->first = p;
	arm(e);
}

static void on_timer(uv_timer_t *t)
{
	struct snmp_engine *e = t->data;
	uint64_t now = uv_now(e->loop);

	e->timer_at_ms = 0;
	while (e->first != NULL && e->first->deadline_ms <= now) {
		struct snmp_peer *p = e->first;

		engine_unwait(e, p);
		peer_on_deadline(p);
	}
	arm(e);
}

int64_t engine_now(const struct snmp_engine *e)
{
	return (int64_t)uv_now(e->loop);
}

/* --- sending --- */

static int family(const struct snmp_peer *p)
{
	return p->address.sa.sa_family == AF_INET6 ? 1 : 0;
}

static void on_flush(uv_prepare_t *h);

void engine_queue(struct snmp_engine *e, struct snmp_peer *p)
{
	if (p->queued)
		return;
	p->queued = true;
	e->queue[e->n_queue++] = p; /* has room for every peer */
	if (!uv_is_active((uv_handle_t *)&e->flush))
		(void)uv_prepare_start(&e->flush, on_flush);
}

static void on_readable(uv_poll_t *poll, int status, int events);

static int open_socket(struct snmp_engine *e, int which)
{
	struct sock *s = &e->socks[which];
	int size = SOCKET_BUFFER, one = 1, r;

	if (s->open)
		return 0;
	s->engine = e;
	s->fd = socket(which == 1 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	if (s->fd < 0)
		return -errno;
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	if (which == 1)
		(void)setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	r = uv_poll_init(e->loop, &s->poll, s->fd);
	if (r < 0) {
		(void)close(s->fd);
		return r;
	}
	s->poll.data = s;
	s->open = true;
	e->n_handles++;
	return uv_poll_start(&s->poll, UV_READABLE, on_readable);
}

struct outbox {
	struct mmsghdr headers[BATCH];
	struct iovec vectors[BATCH];
	struct snmp_peer *peers[BATCH];
	unsigned n;
};

static void outbox_send(struct snmp_engine *e, struct outbox *o, int which)
{
	unsigned at = 0;

	while (at < o->n) {
		int r = sendmmsg(e->socks[which].fd, o->headers + at, o->n - at, 0);

		at += r > 0 ? (unsigned)r : 1; /* one that is refused is left to its retry */
	}
	for (unsigned i = 0; i < o->n; i++)
		peer_on_sent(o->peers[i]);
	e->counters.sent += o->n;
	o->n = 0;
}

static void outbox_add(struct outbox *o, struct snmp_peer *p, const uint8_t *bytes, int length)
{
	struct mmsghdr *h = &o->headers[o->n];

	memset(h, 0, sizeof *h);
	o->vectors[o->n] = (struct iovec){ (void *)(uintptr_t)bytes, (size_t)length };
	h->msg_hdr.msg_name = &p->address;
	h->msg_hdr.msg_namelen = family(p) == 1 ? sizeof p->address.in6 : sizeof p->address.in;
	h->msg_hdr.msg_iov = &o->vectors[o->n];
	h->msg_hdr.msg_iovlen = 1;
	o->peers[o->n++] = p;
}

static void send_queued(struct snmp_engine *e, struct snmp_peer **batch, unsigned n)
{
	struct outbox boxes[FAMILIES];

	boxes[0].n = boxes[1].n = 0;
	for (unsigned i = 0; i < n; i++) {
		struct snmp_peer *p = batch[i];
		const uint8_t *bytes = NULL;
		int which = family(p);
		int length = peer_bytes(p, &bytes);
		int r = length < 0 ? length : open_socket(e, which);

		if (r < 0) {
			peer_fail(p, r);
			continue;
		}
		outbox_add(&boxes[which], p, bytes, length);
		if (boxes[which].n == BATCH)
			outbox_send(e, &boxes[which], which);
	}
	for (int which = 0; which < FAMILIES; which++)
		outbox_send(e, &boxes[which], which);
}

static void on_flush(uv_prepare_t *h)
{
	struct snmp_engine *e = h->data;
	struct snmp_peer *batch[BATCH];

	while (e->n_queue > 0) {
		unsigned n = 0;

		while (n < BATCH && e->n_queue > 0) {
			struct snmp_peer *p = e->queue[--e->n_queue];

			if (p == NULL)
				continue; /* closed meanwhile */
			p->queued = false;
			batch[n++] = p;
		}
		send_queued(e, batch, n);
	}
	(void)uv_prepare_stop(&e->flush);
}

/* --- receiving --- */

static bool from_peer(const struct snmp_peer *p, const struct snmp_address *a)
{
	if (a->sa.sa_family != p->address.sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_port == p->address.in.sin_port &&
		       a->in.sin_addr.s_addr == p->address.in.sin_addr.s_addr;
	return a->in6.sin6_port == p->address.in6.sin6_port &&
	       memcmp(&a->in6.sin6_addr, &p->address.in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
}

/* The peer that this id and this source belong to, NULL: drop it. */
static struct snmp_peer *match(struct snmp_engine *e, uint32_t id, const struct snmp_address *from)
{
	unsigned index = id & 0xffff;
	struct snmp_peer *p = index < e->peer_room ? e->peers[index] : NULL;

	if (p == NULL || p->phase == PEER_IDLE || p->queued || peer_id(p) != id) {
		e->counters.unmatched++;
		return NULL;
	}
	if (!from_peer(p, from)) {
		e->counters.elsewhere++;
		return NULL;
	}
	return p;
}

static void on_v3(struct snmp_engine *e, uint8_t *buf, size_t length,
		  const struct snmp_address *from)
{
	struct usm_message m;

	if (usm_read(buf, length, &m) < 0) {
		e->counters.malformed++;
		return;
	}
	struct snmp_peer *p = match(e, m.id, from);
	if (p != NULL && p->version == SNMP_V3)
		peer_on_usm_message(p, &m);
}

static void on_datagram(struct snmp_engine *e, uint8_t *buf, size_t length,
			const struct snmp_address *from)
{
	struct message m;
	struct answer a;

	if (message_parse(buf, length, &m) < 0) {
		e->counters.malformed++;
		return;
	}
	if (m.version == SNMP_V3) {
		on_v3(e, buf, length, from);
		return;
	}
	if (pdu_parse(m.pdu, m.pdu_length, &e->room, &a) < 0) {
		e->counters.malformed++;
		return;
	}
	struct snmp_peer *p = match(e, a.id, from);
	if (p == NULL)
		return;
	if ((long)p->version != m.version && !p->guessing)
		e->counters.unmatched++;
	else
		peer_on_community_message(p, (enum snmp_version)m.version, &a);
}

struct inbox {
	struct mmsghdr headers[RECEIVE_BATCH];
	struct iovec vectors[RECEIVE_BATCH];
	struct snmp_address from[RECEIVE_BATCH];
};

static void inbox_prepare(const struct snmp_engine *e, struct inbox *in)
{
	memset(in, 0, sizeof *in);
	for (size_t i = 0; i < RECEIVE_BATCH; i++) {
		in->vectors[i] = (struct iovec){ e->buffers + i * DATAGRAM_MAX, DATAGRAM_MAX };
		in->headers[i].msg_hdr.msg_name = &in->from[i];
		in->headers[i].msg_hdr.msg_namelen = sizeof in->from[i];
		in->headers[i].msg_hdr.msg_iov = &in->vectors[i];
		in->headers[i].msg_hdr.msg_iovlen = 1;
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct sock *s = poll->data;
	struct snmp_engine *e = s->engine;
	int n = RECEIVE_BATCH;

	(void)events;
	if (status < 0)
		return;
	for (int turn = 0; turn < 64 && n == RECEIVE_BATCH && !e->closing; turn++) {
		struct inbox in;

		inbox_prepare(e, &in);
		n = recvmmsg(s->fd, in.headers, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++) {
			if ((in.headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
				e->counters.oversize++;
			else if (!e->closing)
				on_datagram(e, e->buffers + (size_t)i * DATAGRAM_MAX,
					    in.headers[i].msg_len, &in.from[i]);
		}
	}
}

/* --- peers and life --- */

static int make_room(struct snmp_engine *e)
{
	unsigned room = e->peer_room == 0 ? 16 : e->peer_room * 2;
	struct snmp_peer **peers = realloc(e->peers, room * sizeof(struct snmp_peer *));

	if (peers == NULL)
		return -ENOMEM;
	e->peers = peers;
	memset(peers + e->peer_room, 0, (room - e->peer_room) * sizeof(struct snmp_peer *));
	struct snmp_peer **queue = realloc(e->queue, 2 * (size_t)room * sizeof(struct snmp_peer *));
	if (queue == NULL)
		return -ENOMEM;
	e->queue = queue;
	e->peer_room = room;
	return 0;
}

int engine_add(struct snmp_engine *e, struct snmp_peer *p)
{
	unsigned i = 0;

	if (e->n_peers == MAX_PEERS)
		return -ENFILE;
	if (e->n_peers == e->peer_room) {
		int r = make_room(e);
		if (r < 0)
			return r;
		i = e->n_peers;
	}
	while (e->peers[i] != NULL)
		i++;
	e->peers[i] = p;
	e->n_peers++;
	p->index = (uint16_t)i;
	if (getrandom(&p->generation, sizeof p->generation, GRND_NONBLOCK) < 0)
		p->generation = (uint16_t)uv_hrtime();
	return 0;
}

void engine_remove(struct snmp_engine *e, struct snmp_peer *p)
{
	for (unsigned i = 0; p->queued && i < e->n_queue; i++)
		if (e->queue[i] == p)
			e->queue[i] = NULL;
	e->peers[p->index] = NULL;
	e->n_peers--;
}

struct snmp_counters *engine_count(struct snmp_engine *e)
{
	return &e->counters;
}

const struct snmp_counters *snmp_engine_counters(const struct snmp_engine *e)
{
	return &e->counters;
}

uint64_t snmp_engine_refused(const uv_loop_t *loop)
{
	for (const struct snmp_engine *e = engines; e != NULL; e = e->next_engine)
		if (e->loop == loop)
			return e->counters.unmatched + e->counters.elsewhere +
			       e->counters.malformed + e->counters.oversize;
	return 0;
}

struct answer_room *engine_room(struct snmp_engine *e)
{
	return &e->room;
}

static int open_handles(struct snmp_engine *e)
{
	int r = uv_prepare_init(e->loop, &e->flush);

	if (r < 0)
		return r;
	e->flush.data = e;
	e->n_handles++;
	r = uv_timer_init(e->loop, &e->timer);
	if (r < 0)
		return r;
	e->timer.data = e;
	e->n_handles++;
	/* touched only where datagrams land: most of it never becomes memory */
	e->buffers = malloc((size_t)RECEIVE_BATCH * DATAGRAM_MAX);
	return e->buffers == NULL ? -ENOMEM : 0;
}

int snmp_engine_open(struct snmp_engine **ret, uv_loop_t *loop)
{
	struct snmp_engine *e = engines;
	int r;

	while (e != NULL && e->loop != loop)
		e = e->next_engine;
	if (e == NULL) {
		e = calloc(1, sizeof *e);
		if (e == NULL)
			return -ENOMEM;
		e->loop = loop;
		e->next_engine = engines;
		engines = e;
		r = open_handles(e);
		if (r < 0) {
			close_all(e);
			return r;
		}
	}
	e->users++;
	*ret = e;
	return 0;
}
