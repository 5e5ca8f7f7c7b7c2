#include "agent/core/icmp.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { ECHO = 8, ECHO_REPLY = 0, ECHO_V6 = 128, ECHO_REPLY_V6 = 129, AT_SEQ = 6, AT_COOKIE = 8 };

void icmp_write_echo(uint8_t *buf, bool ipv6, uint16_t seq, uint64_t cookie)
{
	memset(buf, 0, ICMP_ECHO_BYTES);
	buf[0] = ipv6 ? ECHO_V6 : ECHO;
	buf[AT_SEQ] = (uint8_t)(seq >> 8);
	buf[AT_SEQ + 1] = (uint8_t)seq;
	memcpy(buf + AT_COOKIE, &cookie, sizeof cookie);
}

int icmp_read_echo(const uint8_t *buf, size_t len, bool ipv6, uint64_t cookie, uint16_t *ret_seq)
{
	if (len < ICMP_ECHO_BYTES || buf[0] != (ipv6 ? ECHO_REPLY_V6 : ECHO_REPLY) || buf[1] != 0)
		return -EINVAL;
	if (memcmp(buf + AT_COOKIE, &cookie, sizeof cookie) != 0)
		return -EINVAL;
	*ret_seq = (uint16_t)(buf[AT_SEQ] << 8 | buf[AT_SEQ + 1]);
	return 0;
}

void link_burst_sent(struct link_burst *b, uint64_t now_ns)
{
	assert(b->n_sent < LINK_PROBES_MAX);
	b->sent_ns[b->n_sent++] = now_ns;
}

bool link_burst_heard(struct link_burst *b, unsigned seq, uint64_t now_ns)
{
	if (seq >= b->n_sent || b->heard[seq] || now_ns < b->sent_ns[seq])
		return false;
	double ms = (double)(now_ns - b->sent_ns[seq]) / 1e6;

	b->heard[seq] = true;
	b->sum_ms += ms;
	if (b->n_heard++ == 0 || ms < b->best_ms)
		b->best_ms = ms;
	return true;
}

double link_burst_loss_percent(const struct link_burst *b)
{
	return b->n_sent > 0 ? 100.0 * (b->n_sent - b->n_heard) / b->n_sent : 0;
}

double link_burst_rtt_ms(const struct link_burst *b)
{
	return b->n_heard > 0 ? b->sum_ms / b->n_heard : 0;
}
