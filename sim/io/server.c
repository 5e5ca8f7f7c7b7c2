/* Happy path: a datagram comes, the core answers it, the answer goes back from the same socket, at
 * once or after the device's slowness. Failure paths: what is not a request, asks for nobody or for
 * a silent device is dropped, as on a real network; a full socket buffer loses the answer; more
 * than DELAYED_MAX waiting answers are dropped. */
#include "sim/io/server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAYED_MAX = 4096 };

struct socket {
	uv_udp_t udp;
	struct sim_server *server;
	struct sim_device *device; /* NULL: the community says */
};

struct sim_server {
	const struct sim_world *world;
	struct mib_set *mibs;
	struct sim_server_options options;
	struct socket *sockets;
	unsigned n_sockets, n_open, n_delayed;
	bool closing;
	struct delayed *waiting;
	char buf[65536];
};

struct delayed {
	uv_timer_t timer;
	struct sim_server *server;
	struct socket *socket;
	struct delayed *next, **link;
	struct sockaddr_in to;
	size_t len;
	uint8_t bytes[ANSWER_MAX_BYTES];
};

static void maybe_gone(struct sim_server *s)
{
	if (!s->closing || s->n_open > 0)
		return;
	mib_set_free(s->mibs);
	free(s->sockets);
	free(s);
}

static void on_socket_closed(uv_handle_t *h)
{
	struct socket *k = h->data;

	k->server->n_open--;
	maybe_gone(k->server);
}

static void on_delayed_closed(uv_handle_t *h)
{
	struct delayed *d = h->data;
	struct sim_server *s = d->server;

	free(d);
	s->n_open--;
	s->n_delayed--;
	maybe_gone(s);
}

static void delayed_close(struct delayed *d)
{
	*d->link = d->next;
	if (d->next != NULL)
		d->next->link = d->link;
	uv_close((uv_handle_t *)&d->timer, on_delayed_closed);
}

static void send_now(struct socket *k, const struct sockaddr *to, const uint8_t *p, size_t len)
{
	uv_buf_t b = uv_buf_init((char *)p, (unsigned)len);

	(void)uv_udp_try_send(&k->udp, &b, 1, to); /* lost, as a datagram may be */
}

static void on_due(uv_timer_t *t)
{
	struct delayed *d = t->data;

	send_now(d->socket, (const struct sockaddr *)&d->to, d->bytes, d->len);
	delayed_close(d);
}

static void send_later(struct socket *k, const struct sockaddr *to, const uint8_t *p, size_t len,
		       int64_t delay_ms)
{
	struct sim_server *s = k->server;
	struct delayed *d = s->n_delayed < DELAYED_MAX ? calloc(1, sizeof *d) : NULL;

	if (d == NULL)
		return;
	if (uv_timer_init(k->udp.loop, &d->timer) < 0) {
		free(d);
		return;
	}
	d->timer.data = d;
	d->server = s;
	d->socket = k;
	memcpy(&d->to, to, sizeof d->to);
	memcpy(d->bytes, p, len);
	d->len = len;
	d->next = s->waiting;
	d->link = &s->waiting;
	if (d->next != NULL)
		d->next->link = &d->next;
	s->waiting = d;
	s->n_open++;
	s->n_delayed++;
	(void)uv_timer_start(&d->timer, on_due, (uint64_t)delay_ms, 0);
}

static struct sim_device *find_device(void *arg, const char *community, size_t len)
{
	const struct socket *k = arg;
	static const char common[] = "public";

	if (k->device == NULL) /* the finder does not change the world it is given */
		return sim_device_find((struct sim_world *)k->server->world, community, len);
	if (len == sizeof common - 1 && memcmp(community, common, len) == 0)
		return k->device;
	return len == strlen(k->device->id) && memcmp(community, k->device->id, len) == 0
		       ? k->device
		       : NULL;
}

static void on_datagram(uv_udp_t *udp, ssize_t n, const uv_buf_t *in, const struct sockaddr *from,
			unsigned flags)
{
	struct socket *k = udp->data;
	struct sim_server *s = k->server;
	struct answer_world a = { s->world, s->mibs, find_device, k };
	const struct sim_device *d;
	uint8_t buf[ANSWER_MAX_BYTES];
	const uint8_t *p;
	size_t len;

	if (n <= 0 || from == NULL || (flags & UV_UDP_PARTIAL) != 0)
		return;
	if (answer_request(&a, (const uint8_t *)in->base, (size_t)n, buf, &p, &len, &d) != 0)
		return;
	if (s->options.answered != NULL)
		s->options.answered(s->options.arg, d);
	if (d->slow_ms > 0)
		send_later(k, from, p, len, d->slow_ms);
	else
		send_now(k, from, p, len);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *ret)
{
	struct socket *k = h->data;

	(void)hint;
	*ret = uv_buf_init(k->server->buf, sizeof k->server->buf);
}

static int open_socket(struct sim_server *s, uv_loop_t *loop, uint16_t port, struct sim_device *d)
{
	struct socket *k = &s->sockets[s->n_sockets];
	struct sockaddr_in at;
	int r, bytes = 1 << 20;

	k->server = s;
	k->device = d;
	r = uv_udp_init(loop, &k->udp);
	if (r < 0)
		return r;
	k->udp.data = k;
	s->n_sockets++;
	s->n_open++;
	(void)uv_ip4_addr("127.0.0.1", port, &at);
	r = uv_udp_bind(&k->udp, (const struct sockaddr *)&at, 0);
	if (r < 0)
		return r;
	if (d == NULL) /* the port that all share: let a burst wait rather than be lost */
		(void)uv_recv_buffer_size((uv_handle_t *)&k->udp, &bytes);
	return uv_udp_recv_start(&k->udp, on_alloc, on_datagram);
}

static int open_sockets(struct sim_server *s, uv_loop_t *loop, const struct sim_world *w,
			char *reterr, size_t reterr_size)
{
	uint32_t own = s->options.own_ports ? w->n_devices : 0;

	for (uint32_t i = 0; i <= own; i++) {
		uint16_t port = (uint16_t)(s->options.port + i);
		int r = open_socket(s, loop, port, i == 0 ? NULL : &w->devices[i - 1]);

		if (r < 0) {
			(void)snprintf(reterr, reterr_size, "UDP port %u: %s", port,
				       uv_strerror(r));
			return r;
		}
	}
	return 0;
}

int sim_server_open(struct sim_server **ret, uv_loop_t *loop, const struct sim_world *w,
		    const struct sim_server_options *o, char *reterr, size_t reterr_size)
{
	int r = -ENOMEM;
	struct sim_server *s = calloc(1, sizeof *s);
	if (s == NULL)
		return r;

	s->world = w;
	s->options = *o;
	(void)snprintf(reterr, reterr_size, "out of memory");
	s->sockets = calloc(w->n_devices + 1, sizeof *s->sockets);
	if (s->sockets == NULL)
		goto fail;
	r = mib_set_new(&s->mibs);
	if (r < 0)
		goto fail;
	r = open_sockets(s, loop, w, reterr, reterr_size);
	if (r < 0)
		goto fail;
	*ret = s;
	return 0;
fail:
	sim_server_close(s);
	return r;
}

void sim_server_close(struct sim_server *s)
{
	if (s == NULL)
		return;
	assert(!s->closing);
	s->closing = true;
	while (s->waiting != NULL)
		delayed_close(s->waiting);
	for (unsigned i = 0; i < s->n_sockets; i++)
		uv_close((uv_handle_t *)&s->sockets[i].udp, on_socket_closed);
	maybe_gone(s);
}
