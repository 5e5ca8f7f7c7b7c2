/* delivery.h - how a message finds its way: which channel is tried, when again, when the next one.
 * Pure: time and chance come in.
 *
 * A message has a list of channels in order of preference. A channel that fails is tried
 * DELIVERY_TRIES times with growing pauses, then the next one; a channel that took the message
 * gets DELIVERY_RECEIPT_MS for a person to answer, then the next one is used as well. After the
 * last channel it begins again from the first, ever more slowly, until the message is too old. */
#ifndef LW_DELIVERY_H
#define LW_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DELIVERY_TRIES = 3,		/* of one channel before the next */
	DELIVERY_FIRST_PAUSE_MS = 2000, /* doubles with each failure, with jitter */
	DELIVERY_MAX_PAUSE_MS = 900000,
	DELIVERY_RECEIPT_MS = 120000,
	DELIVERY_MAX_AGE_MS = 86400000
};

enum delivery_result {
	DELIVERY_TAKEN,	    /* the gateway has it */
	DELIVERY_TEMPORARY, /* not now: time-out, 429, 5xx, 4yz of SMTP */
	DELIVERY_PERMANENT  /* never by this channel: bad address, 4xx, 5yz of SMTP */
};

enum delivery_answer {
	DELIVERY_NOBODY_YET, /* nobody has acknowledged, or none is asked to */
	DELIVERY_ANSWERED    /* acknowledged or over: nothing more to do */
};

struct delivery {
	uint32_t channel;  /* index of the one to try next */
	uint32_t tries;	   /* of this channel in this round */
	uint32_t failures; /* in all, since the last success */
	uint32_t taken;	   /* channels that took it */
};

enum delivery_step { DELIVERY_DONE, DELIVERY_AGAIN, DELIVERY_GIVEN_UP };

struct delivery_next {
	enum delivery_step step;
	int64_t due_ms; /* DELIVERY_AGAIN: when */
};

/* What the sending just tried came to. `wants_receipt`: a page, not a note for a machine;
 * `retry_after_ms`: what the gateway asked for, 0: nothing; `chance` 0..1 spreads the retries. */
struct delivery_next delivery_step(struct delivery *d, uint32_t n_channels,
				   enum delivery_result result, bool wants_receipt,
				   int64_t retry_after_ms, int64_t born_ms, int64_t now_ms,
				   double chance);

/* Is there still something to do when the time has come? */
bool delivery_is_due(const struct delivery *d, uint32_t n_channels, enum delivery_answer answer);

#endif
