/* media.c - RTP of one call.
 *
 * Happy path: every 20 ms a packet of silence goes out, which opens NATs and shows the peer that we
 * live; what comes in from the peer's address is counted, decoded from G.711 and listened to.
 * Failure paths: packets from elsewhere, of other payload types or broken are passed over; a send
 * that fails is tried again 20 ms later by the next packet. */
#include "agent/io/sip/media.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PACKET_MS = 20,
	SAMPLES = 160,
	SILENCE_ALAW = 0xd5,
	SILENCE_ULAW = 0xff,
	PORT_TRIES = 20,
	EVENT_PACKETS = 5, /* 100 ms per digit, the last three packets say so */
	EVENT_ENDS = 3,
	GAP_PACKETS = 5, /* 100 ms between digits */
	PACKET_MAX = 2048
};

struct media {
	struct udp_sock *socket;
	struct sa local, remote;
	struct tmr tick;
	bool started;
	uint8_t payload_type, event_type;
	uint16_t seq;
	uint32_t timestamp, ssrc;
	char digits[SIP_DIGITS_MAX + 1];
	const char *digit; /* the next one, NULL: none */
	unsigned wait_packets, event_step;
	uint32_t event_timestamp;
	struct rtp_stats stats;
	struct fp_listener listener;
	struct fingerprint heard;
};

static void listen_to(struct media *m, const struct rtp_packet *p)
{
	const int16_t *table = p->payload_type == RTP_PT_PCMA ? g711_A2l : g711_u2l;
	int16_t samples[PACKET_MAX];
	size_t n = p->payload_len < PACKET_MAX ? p->payload_len : PACKET_MAX;

	for (size_t i = 0; i < n; i++)
		samples[i] = table[p->payload[i]];
	fp_listen(&m->listener, &m->heard, samples, n);
}

static void on_packet(const struct sa *from, struct mbuf *mb, void *arg)
{
	struct media *m = arg;
	struct rtp_packet p;

	if (!m->started || !sa_cmp(from, &m->remote, SA_ADDR) ||
	    rtp_parse(&p, mbuf_buf(mb), mbuf_get_left(mb)) < 0)
		return;
	if (p.payload_type != RTP_PT_PCMA && p.payload_type != RTP_PT_PCMU)
		return;
	rtp_stats_add(&m->stats, &p);
	listen_to(m, &p);
}

static void send_packet(struct media *m, const struct rtp_packet *p)
{
	struct mbuf *mb = mbuf_alloc(RTP_HEADER_BYTES + SAMPLES);
	if (mb == NULL)
		return;

	rtp_write_header(mb->buf, p);
	memcpy(mb->buf + RTP_HEADER_BYTES, p->payload, p->payload_len);
	mb->end = RTP_HEADER_BYTES + p->payload_len;
	(void)udp_send(m->socket, &m->remote, mb);
	mem_deref(mb);
	m->seq++;
}

static void send_silence(struct media *m)
{
	uint8_t silence[SAMPLES];
	const struct rtp_packet p = { .payload_type = m->payload_type,
				      .seq = m->seq,
				      .timestamp = m->timestamp,
				      .ssrc = m->ssrc,
				      .payload = silence,
				      .payload_len = sizeof silence };

	memset(silence, m->payload_type == RTP_PT_PCMA ? SILENCE_ALAW : SILENCE_ULAW,
	       sizeof silence);
	send_packet(m, &p);
}

static void forget_what_was_heard(struct media *m)
{
	fp_listener_init(&m->listener);
	m->heard.n = 0;
}

/* One packet of the digit under way (RFC 4733 2.5.1.2: the timestamp stays its first). */
static void send_event(struct media *m)
{
	uint8_t event[RTP_EVENT_BYTES];
	unsigned step = m->event_step++;
	unsigned sent = step < EVENT_PACKETS ? step + 1 : EVENT_PACKETS;
	bool end = step >= EVENT_PACKETS;
	const struct rtp_packet p = { .payload_type = m->event_type,
				      .marker = step == 0,
				      .seq = m->seq,
				      .timestamp = m->event_timestamp,
				      .ssrc = m->ssrc,
				      .payload = event,
				      .payload_len = sizeof event };

	if (rtp_write_event(event, *m->digit, end, (uint16_t)(sent * SAMPLES)) == 0)
		send_packet(m, &p);
	if (m->event_step < EVENT_PACKETS + EVENT_ENDS)
		return;
	m->event_step = 0;
	m->wait_packets = GAP_PACKETS;
	if (*++m->digit == '\0') {
		m->digit = NULL;
		forget_what_was_heard(m);
	}
}

static void on_tick(void *arg)
{
	struct media *m = arg;

	tmr_start(&m->tick, PACKET_MS, on_tick, m);
	if (m->wait_packets > 0)
		m->wait_packets--;
	if (m->digit != NULL && m->wait_packets == 0) {
		if (m->event_step == 0)
			m->event_timestamp = m->timestamp;
		send_event(m);
	} else {
		send_silence(m);
	}
	m->timestamp += SAMPLES;
}

int media_open(struct media **ret, const struct sa *local)
{
	struct media *m = calloc(1, sizeof *m);
	int err = EADDRINUSE;

	if (m == NULL)
		return ENOMEM;
	tmr_init(&m->tick);
	/* RTP wants an even port (RFC 3550 11): take what the kernel gives until it is one. */
	for (int i = 0; i < PORT_TRIES && m->socket == NULL; i++) {
		err = udp_listen(&m->socket, local, on_packet, m);
		if (err == 0)
			err = udp_local_get(m->socket, &m->local);
		if (err != 0 || sa_port(&m->local) % 2 != 0)
			m->socket = mem_deref(m->socket);
	}
	if (m->socket == NULL) {
		free(m);
		return err != 0 ? err : EADDRINUSE;
	}
	m->ssrc = rand_u32();
	m->seq = (uint16_t)rand_u16();
	m->timestamp = rand_u32();
	forget_what_was_heard(m);
	*ret = m;
	return 0;
}

void media_close(struct media *m)
{
	if (m == NULL)
		return;
	tmr_cancel(&m->tick);
	mem_deref(m->socket);
	free(m);
}

const struct sa *media_local(const struct media *m)
{
	return &m->local;
}

void media_start(struct media *m, const struct sa *remote, uint8_t payload_type)
{
	m->remote = *remote;
	m->payload_type = payload_type;
	m->started = true;
	on_tick(m);
}

void media_dial(struct media *m, const char *digits, unsigned digits_after_ms, uint8_t event_type)
{
	if (digits[0] == '\0' || event_type == 0)
		return;
	(void)str_ncpy(m->digits, digits, sizeof m->digits);
	m->digit = m->digits;
	m->event_type = event_type;
	m->wait_packets = digits_after_ms / PACKET_MS + 1;
}

bool media_dialled(const struct media *m)
{
	return m->digit == NULL;
}

const struct rtp_stats *media_stats(const struct media *m)
{
	return &m->stats;
}

struct fingerprint *media_heard(struct media *m)
{
	return &m->heard;
}
