/* icmp.h - echo requests and answers (RFC 792, RFC 4443), and the sums over a burst of them. Pure. */
#ifndef LW_ICMP_H
#define LW_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ICMP_ECHO_BYTES = 16, LINK_PROBES_MAX = 32 };

/* ICMP_ECHO_BYTES into `buf`; the kernel fills in identifier and, on its own sockets, checksum. */
void icmp_write_echo(uint8_t *buf, bool ipv6, uint16_t seq, uint64_t cookie);

/* 0 with the sequence number, or -EINVAL: not an answer to our cookie. */
int icmp_read_echo(const uint8_t *buf, size_t len, bool ipv6, uint64_t cookie, uint16_t *ret_seq);

/* A burst of probes, by number from 0 on. */
struct link_burst {
	unsigned n_sent, n_heard;
	uint64_t sent_ns[LINK_PROBES_MAX];
	bool heard[LINK_PROBES_MAX];
	double best_ms, sum_ms;
};

void link_burst_sent(struct link_burst *b, uint64_t now_ns); /* the next one */
bool link_burst_heard(struct link_burst *b, unsigned seq,
		      uint64_t now_ns); /* false: twice, never sent */
double link_burst_loss_percent(const struct link_burst *b);
double link_burst_rtt_ms(const struct link_burst *b); /* mean; 0 where none came */

#endif
