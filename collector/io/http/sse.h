/* sse.h - private to http/: server-sent events. Each event is formatted once and kept in a ring of
 * SSE_KEPT; each connection only remembers how far it is, so a slow one costs nothing. */
#ifndef LW_SSE_H
#define LW_SSE_H

#include "collector/io/http/request.h"

enum { SSE_KEPT = 4096, SSE_CLIENTS_MAX = 4096, SSE_HEARTBEAT_MS = 2000 };

int sse_open(struct sse **ret, struct http *h, int64_t first_id);
void sse_end(struct sse *s);	 /* every stream ends at its next turn */
void sse_close(struct sse **sp); /* once MHD has stopped; closes its timer */

/* The streams of a session that is over end. */
void sse_end_of(struct sse *s, const char token[ACCESS_TOKEN_SIZE]);

/* Takes `data`. */
void sse_send(struct sse *s, const char *type, json_t *data);
uint64_t sse_last_id(const struct sse *s);
unsigned sse_clients(const struct sse *s);
uint64_t sse_dropped(const struct sse *s); /* streams that fell behind the ring */

/* Answer a request with the stream, after event `since` (0: from now on). */
enum MHD_Result sse_attach(struct sse *s, struct request *q, uint64_t since);

#endif
