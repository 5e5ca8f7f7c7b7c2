/* Once a minute: tracking and the number of servers are asked together, then every server, over one
 * connected UDP socket on the loopback. An answer must carry the sequence of this round. Where no
 * chronyd is, the kernel refuses the datagram, nothing is heard, and what was heard grows too old. */
#include "agent/io/host/clock.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/core/chrony.h"

enum { AGAIN_MS = 60000, OLD_MS = 150000, BUFFER = 512 };

struct ntp_clock {
	uv_udp_t udp;
	uint64_t asked_ms, heard_ms; /* 0: never */
	uint32_t sequence, n_sources, answered;
	unsigned best;
	struct clock_state state;
	char buffer[BUFFER];
};

static void send_one(struct ntp_clock *c, enum chrony_command command, uint32_t index)
{
	uint8_t bytes[CHRONY_REQUEST_BYTES];
	uv_buf_t buf = uv_buf_init((char *)bytes, sizeof bytes);

	chrony_request(bytes, command, c->sequence, index);
	(void)uv_udp_try_send(&c->udp, &buf, 1, NULL);
}

static void set_reach(struct ntp_clock *c)
{
	c->state.has_sources = true;
	c->state.reach = c->best;
}

static void take(struct ntp_clock *c, const struct chrony_reply *r)
{
	switch (r->command) {
	case CHRONY_TRACKING:
		c->heard_ms = uv_now(c->udp.loop);
		c->state.synchronised = r->synchronised;
		c->state.stratum = r->stratum;
		c->state.offset_ms = r->correction_s * 1000;
		break;
	case CHRONY_SOURCES:
		c->n_sources =
			r->n_sources < CHRONY_SOURCES_MAX ? r->n_sources : CHRONY_SOURCES_MAX;
		for (uint32_t i = 0; i < c->n_sources; i++)
			send_one(c, CHRONY_SOURCE, i);
		if (c->n_sources == 0)
			set_reach(c);
		break;
	case CHRONY_SOURCE:
		c->best = r->reach > c->best ? r->reach : c->best;
		if (++c->answered == c->n_sources)
			set_reach(c);
		break;
	}
}

static void on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *ret)
{
	struct ntp_clock *c = h->data;

	(void)wanted;
	*ret = uv_buf_init(c->buffer, sizeof c->buffer);
}

static void on_datagram(uv_udp_t *u, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
			unsigned flags)
{
	struct ntp_clock *c = u->data;
	struct chrony_reply r;

	(void)from; /* the socket is connected */
	(void)flags;
	if (n > 0 && chrony_parse((const uint8_t *)buf->base, (size_t)n, &r) == 0 &&
	    r.sequence == c->sequence)
		take(c, &r);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

int ntp_clock_open(struct ntp_clock **ret, uv_loop_t *loop, const struct sockaddr *chronyd)
{
	struct ntp_clock *c = calloc(1, sizeof *c);
	if (c == NULL)
		return -ENOMEM;

	int r = uv_udp_init(loop, &c->udp);
	if (r < 0) {
		free(c);
		return r;
	}
	c->udp.data = c;
	c->sequence = (uint32_t)uv_hrtime();
	r = uv_udp_connect(&c->udp, chronyd);
	if (r == 0)
		r = uv_udp_recv_start(&c->udp, on_alloc, on_datagram);
	if (r < 0) {
		ntp_clock_close(c);
		return r;
	}
	uv_unref((uv_handle_t *)&c->udp);
	*ret = c;
	return 0;
}

bool ntp_clock_ask(struct ntp_clock *c)
{
	uint64_t now = uv_now(c->udp.loop);

	if (c->asked_ms != 0 && now - c->asked_ms < AGAIN_MS)
		return false;
	c->asked_ms = now;
	c->sequence++;
	c->n_sources = c->answered = c->best = 0;
	send_one(c, CHRONY_TRACKING, 0);
	send_one(c, CHRONY_SOURCES, 0);
	return true;
}

bool ntp_clock_state(const struct ntp_clock *c, struct clock_state *ret)
{
	if (c->heard_ms == 0 || uv_now(c->udp.loop) - c->heard_ms > OLD_MS)
		return false;
	*ret = c->state;
	return true;
}

void ntp_clock_close(struct ntp_clock *c)
{
	if (c != NULL)
		uv_close((uv_handle_t *)&c->udp, on_closed);
}
