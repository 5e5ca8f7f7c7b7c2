/* round.h - one round's result while it is gathered: readings, identity, evidence, error.
 *
 * Bounded, copies what it is given. */
#ifndef LW_ROUND_H
#define LW_ROUND_H

#include "agent/io/sense.h"

enum {
	ROUND_READINGS_MAX = 64,
	ROUND_IDENTITY_MAX = 6,
	ROUND_EVIDENCE_MAX = 8,
	ROUND_TEXT_MAX = 160
};

struct round {
	uint64_t started_ns;
	struct reading readings[ROUND_READINGS_MAX];
	size_t n_readings;
	struct identity identity[ROUND_IDENTITY_MAX];
	char identity_text[ROUND_IDENTITY_MAX][ROUND_TEXT_MAX];
	size_t n_identity;
	const char *evidence[ROUND_EVIDENCE_MAX];
	char evidence_text[ROUND_EVIDENCE_MAX][ROUND_TEXT_MAX];
	size_t n_evidence;
	char error[2 * ROUND_TEXT_MAX];
	sense_done_fn *done; /* NULL: no round is under way */
	void *done_arg;
};

/* Forgets the last round, notes the time. -EBUSY: one is under way. */
int round_start(struct round *r, sense_done_fn *done, void *arg);
void round_abandon(struct round *r); /* the round ends without done */
double round_elapsed_ms(const struct round *r);

void round_add(struct round *r, const struct reading *reading);
void round_value(struct round *r, uint16_t metric, double value); /* checked against its range */
void round_unknown(struct round *r, uint16_t metric, enum reading_reason reason);
void round_identity(struct round *r, uint16_t metric, const char *text); /* "" and NULL: not */
void round_evidence(struct round *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void round_error(struct round *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends the round: calls `done`. The sense may be polled again, or closed, from inside it. */
void round_end(struct round *r, bool reachable, const char *device_class, const char *profile);

#endif
