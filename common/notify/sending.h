/* sending.h - one transfer of a channel through libcurl: it owns the handle and all that hangs on
 * it, so that a channel can be closed in the middle. */
#ifndef LW_NOTIFY_SENDING_H
#define LW_NOTIFY_SENDING_H

#include "common/notify/channel.h"

struct sending;

/* How the answer of the other side is to be read. */
typedef void sending_judge_fn(struct channel_outcome *o, CURL *easy, CURLcode result);
sending_judge_fn sending_judge_http, sending_judge_smtp;

/* A handle with time limits, protocols and TLS settings of the channel's configuration.
 * NULL: no memory. */
struct sending *sending_new(struct channel *c, const char *url, const char *protocols,
			    sending_judge_fn *judge);
CURL *sending_easy(struct sending *s);

int sending_header(struct sending *s, const char *line); /* HTTP, or of the mail */
int sending_recipient(struct sending *s, const char *address);
void sending_body(struct sending *s, char *body); /* HTTP POST; takes the malloc'ed text over */
curl_mime *sending_mime(struct sending *s);	  /* mail; NULL: no memory */

/* Gives the sending to the loop; on failure it is freed and `done` is not called. */
int sending_start(struct sending *s, channel_done_fn *done, void *arg);
void sending_free(struct sending *s);	    /* before sending_start only; accepts NULL */
void sending_cancel_all(struct channel *c); /* the close of every channel that uses sendings */

#endif
