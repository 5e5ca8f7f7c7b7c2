/* Happy path: a connection comes, one to the target is made, bytes go both ways; a side that
 * cannot take more stops the other side's reading. Failure paths: while the line is cut nothing is
 * read, so bytes wait in the kernels as they would be sent again on a real line; a side that closes
 * or fails closes the pair. */
#include "sim/io/relay.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { CHUNK = 65536, BACKLOG = 64 };

struct pair;

struct end {
	uv_tcp_t tcp;
	uv_write_t write;
	struct pair *pair;
	struct end *other;
	bool reading, writing; /* `writing`: buf is on its way to this end */
	char buf[CHUNK];       /* what this end is being sent */
};

struct pair {
	struct end client, target;
	uv_connect_t connect;
	struct line *line;
	struct pair *next, **link;
	unsigned n_open;
	bool joined, closing;
};

struct line {
	uv_tcp_t listener;
	struct sim_relay *relay;
	const struct sim_site *site;
	struct sockaddr_in target;
	struct pair *pairs;
	bool up;
};

struct sim_relay {
	struct line *lines;
	uint32_t n_lines;
	unsigned n_open;
	bool closing;
};

static void maybe_gone(struct sim_relay *r)
{
	if (!r->closing || r->n_open > 0)
		return;
	free(r->lines);
	free(r);
}

static void on_end_closed(uv_handle_t *h)
{
	struct end *e = h->data;
	struct pair *p = e->pair;
	struct sim_relay *r = p->line->relay;

	if (--p->n_open == 0)
		free(p);
	r->n_open--;
	maybe_gone(r);
}

static void pair_close(struct pair *p)
{
	if (p->closing)
		return;
	p->closing = true;
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	uv_close((uv_handle_t *)&p->client.tcp, on_end_closed);
	uv_close((uv_handle_t *)&p->target.tcp, on_end_closed);
}

static void update(struct pair *p);

static void on_written(uv_write_t *w, int status)
{
	struct end *e = w->data;

	e->writing = false;
	if (e->pair->closing)
		return;
	if (status < 0)
		pair_close(e->pair);
	else
		update(e->pair);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct end *e = stream->data;
	struct end *to = e->other;

	if (n == 0)
		return;
	uv_buf_t out = uv_buf_init(b->base, n > 0 ? (unsigned)n : 0);
	if (n > 0) {
		to->write.data = to;
		to->writing = true;
	}
	if (n < 0 || uv_write(&to->write, (uv_stream_t *)&to->tcp, &out, 1, on_written) < 0)
		pair_close(e->pair);
	else
		update(e->pair);
}

/* Bytes read here are written from the other end's buffer: one chunk at a time each way. */
static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *ret)
{
	struct end *e = h->data;

	(void)hint;
	*ret = uv_buf_init(e->other->buf, CHUNK);
}

static void set_reading(struct end *e, bool on)
{
	if (e->reading == on)
		return;
	e->reading = on;
	if (on)
		(void)uv_read_start((uv_stream_t *)&e->tcp, on_alloc, on_read);
	else
		(void)uv_read_stop((uv_stream_t *)&e->tcp);
}

static void update(struct pair *p)
{
	bool flows = p->joined && p->line->up;

	set_reading(&p->client, flows && !p->target.writing);
	set_reading(&p->target, flows && !p->client.writing);
}

static void on_joined(uv_connect_t *c, int status)
{
	struct pair *p = c->data;

	if (p->closing)
		return;
	if (status < 0) {
		pair_close(p);
		return;
	}
	p->joined = true;
	update(p);
}

static int end_init(struct pair *p, struct end *e, struct end *other, uv_loop_t *loop)
{
	int r = uv_tcp_init(loop, &e->tcp);

	if (r < 0)
		return r;
	e->tcp.data = e;
	e->pair = p;
	e->other = other;
	p->n_open++;
	p->line->relay->n_open++;
	return 0;
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct line *l = listener->data;
	struct pair *p = status == 0 ? calloc(1, sizeof *p) : NULL;

	if (p == NULL)
		return;
	p->line = l;
	if (end_init(p, &p->client, &p->target, listener->loop) < 0 ||
	    end_init(p, &p->target, &p->client, listener->loop) < 0)
		abort(); /* uv_tcp_init fails for want of nothing that is asked here */
	p->next = l->pairs;
	p->link = &l->pairs;
	if (p->next != NULL)
		p->next->link = &p->next;
	l->pairs = p;
	p->connect.data = p;
	if (uv_accept(listener, (uv_stream_t *)&p->client.tcp) < 0 ||
	    uv_tcp_connect(&p->connect, &p->target.tcp, (const struct sockaddr *)&l->target,
			   on_joined) < 0)
		pair_close(p);
}

static void on_listener_closed(uv_handle_t *h)
{
	struct line *l = h->data;

	l->relay->n_open--;
	maybe_gone(l->relay);
}

static int open_line(struct sim_relay *r, uv_loop_t *loop, const struct sim_site *s, uint16_t port,
		     uint16_t target)
{
	struct line *l = &r->lines[r->n_lines];
	struct sockaddr_in at;

	int e = uv_tcp_init(loop, &l->listener);
	if (e < 0)
		return e;
	l->listener.data = l;
	l->relay = r;
	l->site = s;
	(void)uv_ip4_addr("127.0.0.1", target, &l->target);
	l->up = s->wan;
	r->n_lines++;
	r->n_open++;
	(void)uv_ip4_addr("127.0.0.1", port, &at);
	e = uv_tcp_bind(&l->listener, (const struct sockaddr *)&at, 0);
	return e < 0 ? e : uv_listen((uv_stream_t *)&l->listener, BACKLOG, on_connection);
}

int sim_relay_open(struct sim_relay **ret, uv_loop_t *loop, const struct sim_world *w,
		   uint16_t port, const uint16_t *targets, uint32_t n_targets)
{
	int e = -ENOMEM;
	struct sim_relay *r = calloc(1, sizeof *r);
	if (r == NULL)
		return e;

	r->lines = calloc((size_t)w->n_sites * n_targets, sizeof *r->lines);
	if (r->lines == NULL)
		goto fail;
	for (uint32_t i = 0; i < w->n_sites * n_targets; i++) {
		e = open_line(r, loop, &w->sites[i % w->n_sites], (uint16_t)(port + i),
			      targets[i / w->n_sites]);
		if (e < 0)
			goto fail;
	}
	*ret = r;
	return 0;
fail:
	sim_relay_close(r);
	return e;
}

void sim_relay_look(struct sim_relay *r)
{
	for (uint32_t i = 0; i < r->n_lines; i++) {
		struct line *l = &r->lines[i];
		if (l->up == l->site->wan)
			continue;
		l->up = l->site->wan;
		for (struct pair *p = l->pairs; p != NULL; p = p->next)
			update(p);
	}
}

void sim_relay_close(struct sim_relay *r)
{
	if (r == NULL)
		return;
	assert(!r->closing);
	r->closing = true;
	for (uint32_t i = 0; r->lines != NULL && i < r->n_lines; i++) {
		while (r->lines[i].pairs != NULL)
			pair_close(r->lines[i].pairs);
		uv_close((uv_handle_t *)&r->lines[i].listener, on_listener_closed);
	}
	maybe_gone(r);
}
