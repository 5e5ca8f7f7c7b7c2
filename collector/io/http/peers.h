/* peers.h - the open connections. Who does not finish a request in time is cut off: a client that sends
 * a byte now and then is never idle to libmicrohttpd and would hold its place for ever. */
#ifndef LW_PEERS_H
#define LW_PEERS_H

#include <microhttpd.h>
#include <stdint.h>
#include <uv.h>

struct peers;

/* A first request must be whole within `patience_ms`, the next ones within four times that. */
int peers_open(struct peers **ret, uv_loop_t *loop, uint64_t patience_ms);
void peers_close(struct peers **pp); /* once MHD has stopped; NULL-safe */

/* For MHD_OPTION_NOTIFY_CONNECTION, with the struct peers. */
void peers_notify(void *cls, struct MHD_Connection *conn, void **context,
		  enum MHD_ConnectionNotificationCode code);
/* A request of this connection is whole and being answered; it is answered. */
void peers_busy(struct MHD_Connection *conn);
void peers_done(struct MHD_Connection *conn);

unsigned peers_count(const struct peers *p);
uint64_t peers_cut(const struct peers *p); /* cut off since the start */

#endif
