/* rtp.h - RTP packets (RFC 3550) and telephone events (RFC 4733), and how many of a stream came.
 * Pure. */
#ifndef LW_RTP_H
#define LW_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_PT_PCMU = 0, RTP_PT_PCMA = 8, RTP_HEADER_BYTES = 12, RTP_EVENT_BYTES = 4 };

struct rtp_packet {
	uint8_t payload_type;
	bool marker;
	uint16_t seq;
	uint32_t timestamp, ssrc;
	const uint8_t *payload; /* inside the buffer that was parsed */
	size_t payload_len;
};

/* 0, or -EINVAL: not RTP version 2, or its lengths do not add up. */
int rtp_parse(struct rtp_packet *ret, const uint8_t *buf, size_t len);

/* RTP_HEADER_BYTES into `buf`. */
void rtp_write_header(uint8_t *buf, const struct rtp_packet *p);

/* A telephone event, RTP_EVENT_BYTES into `buf`: digit 0-9*#A-D, `duration` in timestamp units. */
int rtp_write_event(uint8_t *buf, char digit, bool end, uint16_t duration); /* -EINVAL: no digit */

/* One stream as the receiver sees it (RFC 3550 A.1, A.3). A new SSRC, or a jump of more than
 * 3000 packets, starts a new part; the totals go on. */
struct rtp_stats {
	bool started;
	uint32_t ssrc;
	uint16_t first_seq, max_seq;
	uint32_t cycles;   /* of max_seq, times 65536 */
	uint64_t received; /* in this part, duplicates too */
	uint64_t past_expected, past_received;
};

void rtp_stats_add(struct rtp_stats *s, const struct rtp_packet *p);
uint64_t rtp_stats_received(const struct rtp_stats *s);
double rtp_stats_loss_percent(const struct rtp_stats *s); /* 0 where nothing came */

#endif
