#include "agent/core/rtp.h"

#include <errno.h>
#include <string.h>

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

int rtp_parse(struct rtp_packet *ret, const uint8_t *buf, size_t len)
{
	if (len < RTP_HEADER_BYTES || buf[0] >> 6 != 2)
		return -EINVAL;
	size_t at = RTP_HEADER_BYTES + 4U * (buf[0] & 0x0f);
	if ((buf[0] & 0x10) != 0) { /* extension: 4 bytes, then its length in words */
		if (at + 4 > len)
			return -EINVAL;
		at += 4 + 4 * get16(buf + at + 2);
	}
	if (at > len)
		return -EINVAL;
	size_t padding = (buf[0] & 0x20) != 0 ? buf[len - 1] : 0;
	if (at + padding > len || ((buf[0] & 0x20) != 0 && padding == 0))
		return -EINVAL;
	*ret = (struct rtp_packet){ .payload_type = buf[1] & 0x7f,
				    .marker = (buf[1] & 0x80) != 0,
				    .seq = (uint16_t)get16(buf + 2),
				    .timestamp = get32(buf + 4),
				    .ssrc = get32(buf + 8),
				    .payload = buf + at,
				    .payload_len = len - at - padding };
	return 0;
}

void rtp_write_header(uint8_t *buf, const struct rtp_packet *p)
{
	buf[0] = 0x80;
	buf[1] = (uint8_t)((p->marker ? 0x80 : 0) | (p->payload_type & 0x7f));
	put16(buf + 2, p->seq);
	put16(buf + 4, p->timestamp >> 16);
	put16(buf + 6, p->timestamp);
	put16(buf + 8, p->ssrc >> 16);
	put16(buf + 10, p->ssrc);
}

int rtp_write_event(uint8_t *buf, char digit, bool end, uint16_t duration)
{
	static const char digits[] = "0123456789*#ABCD"; /* the place is the event's number */
	const char *found = digit != '\0' ? strchr(digits, digit) : NULL;
	enum { VOLUME = 10 };

	if (found == NULL)
		return -EINVAL;
	buf[0] = (uint8_t)(found - digits);
	buf[1] = (uint8_t)((end ? 0x80 : 0) | VOLUME);
	put16(buf + 2, duration);
	return 0;
}

static uint64_t expected_of_part(const struct rtp_stats *s)
{
	return s->started ? (uint64_t)s->cycles + s->max_seq - s->first_seq + 1 : 0;
}

static void start_part(struct rtp_stats *s, const struct rtp_packet *p)
{
	s->past_expected += expected_of_part(s);
	s->past_received += s->received;
	s->started = true;
	s->ssrc = p->ssrc;
	s->first_seq = s->max_seq = p->seq;
	s->cycles = 0;
	s->received = 1;
}

void rtp_stats_add(struct rtp_stats *s, const struct rtp_packet *p)
{
	enum { MAX_DROPOUT = 3000, MAX_MISORDER = 100 };
	uint16_t ahead = (uint16_t)(p->seq - s->max_seq);

	if (!s->started || p->ssrc != s->ssrc ||
	    (ahead > MAX_DROPOUT && ahead < 65536 - MAX_MISORDER)) {
		start_part(s, p);
		return;
	}
	s->received++;
	if (ahead == 0 || ahead > MAX_DROPOUT)
		return; /* twice, or late: it was expected already */
	if (p->seq < s->max_seq)
		s->cycles += 65536;
	s->max_seq = p->seq;
}

uint64_t rtp_stats_received(const struct rtp_stats *s)
{
	return s->past_received + s->received;
}

double rtp_stats_loss_percent(const struct rtp_stats *s)
{
	uint64_t expected = s->past_expected + expected_of_part(s);
	uint64_t received = rtp_stats_received(s);

	if (expected == 0 || received >= expected)
		return 0;
	return 100.0 * (double)(expected - received) / (double)expected;
}
