/* asker.h - a sense that asks over one conversation a round (NUT, a TCP port): what such have in
 * common. Loop thread only; never blocks. */
#ifndef LW_ASKER_H
#define LW_ASKER_H

#include "agent/io/ask/endpoint.h"
#include "agent/io/ask/round.h"
#include "agent/io/ask/talk.h"

struct asker {
	struct sense base; /* first, as this is of what embeds it: one calloc */
	struct endpoint at;
	struct talk *talk;
	struct round round;
	unsigned timeout_ms;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* The last step of open, when the endpoint is read and found right; `calls` get `a`. 0, or negative
 * errno with nothing on the loop. */
int asker_open(struct asker *a, const struct sense_type *type, uv_loop_t *loop, unsigned timeout_ms,
	       const struct talk_calls *calls);
/* Instead of that step: what is in `a` and its memory. */
void asker_free(struct asker *a);

/* The conversation of a round that has started; a port of 0: there is none in the URL. A failure
 * abandons the round. */
int asker_talk(struct asker *a, unsigned default_port);
/* The error with the address in front. */
void asker_error(struct asker *a, const char *what);

/* struct sense_type's close. */
void asker_close(struct sense *base, void (*closed)(void *arg), void *arg);

#endif
