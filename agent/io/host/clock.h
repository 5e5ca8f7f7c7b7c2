/* clock.h - what chronyd on this machine says about its clock and its servers. */
#ifndef LW_IO_CLOCK_H
#define LW_IO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct clock_state {
	bool synchronised;
	unsigned stratum;
	double offset_ms; /* above 0: the clock is behind, as adjtimex has it */
	bool has_sources;
	unsigned reach; /* of the best server: how many of its last eight polls were answered */
};

struct ntp_clock;

int ntp_clock_open(struct ntp_clock **ret, uv_loop_t *loop, const struct sockaddr *chronyd);

/* Asks anew where the last answer is a minute old. True: an answer may be there in a moment. */
bool ntp_clock_ask(struct ntp_clock *c);

/* False: nobody answers there, or not for two and a half minutes. */
bool ntp_clock_state(const struct ntp_clock *c, struct clock_state *ret);

/* NULL-safe. The memory goes when the loop next turns. */
void ntp_clock_close(struct ntp_clock *c);

#endif
