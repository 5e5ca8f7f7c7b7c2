/* engine.h - asks many devices over one UDP socket per address family, on the loop.
 *
 * A peer is one device; it has at most one request outstanding. All that is asked in one turn of the
 * loop leaves with one sendmmsg, answers come in with one recvmmsg. An answer counts when its
 * request id and its source address are those of the question. */
#ifndef LW_SNMP_ENGINE_H
#define LW_SNMP_ENGINE_H

#include <netinet/in.h>
#include <uv.h>

#include "agent/io/snmp/packet.h"
#include "agent/io/snmp/usm.h"

struct snmp_engine;
struct snmp_peer;

/* One engine per loop, shared by all who open it. */
int snmp_engine_open(struct snmp_engine **ret, uv_loop_t *loop);
void snmp_engine_close(struct snmp_engine *e); /* the last one closes the sockets */

struct snmp_counters {
	uint64_t sent, answered, retried, timed_out;
	uint64_t unmatched; /* late, twice, or nobody's: dropped */
	uint64_t elsewhere; /* right id, wrong source address: dropped */
	uint64_t malformed;
	uint64_t oversize;
	uint64_t resynced; /* v3: engine discovered or its clock taken over again */
};
const struct snmp_counters *snmp_engine_counters(const struct snmp_engine *e);

/* What this loop's engine dropped: late, twice, from elsewhere, malformed, too long. 0: no engine. */
uint64_t snmp_engine_refused(const uv_loop_t *loop);

/* How a round ended, beside negative errno (-ETIMEDOUT, -EBADMSG). */
enum snmp_status {
	SNMP_ASKED = 0,	    /* a response; its error_status may still say something */
	SNMP_BAD_USER = 1,  /* v3: unknown user */
	SNMP_BAD_KEY = 2,   /* v3: wrong authentication password */
	SNMP_BAD_CLOCK = 3, /* v3: the device's engine time does not hold */
	SNMP_BAD_PRIV = 4   /* v3: decryption failed, or a security level that it refuses */
};

/* On the loop thread, never from inside snmp_peer_ask; `a` is NULL unless status is SNMP_ASKED and
 * lives until the call returns. A new question may be asked from inside. */
typedef void snmp_answer_fn(void *arg, int status, const struct answer *a);

struct snmp_address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};

struct snmp_peer_options {
	struct snmp_address address;
	enum snmp_version version;
	struct usm_user *user; /* v3; the caller keeps it open */
	unsigned try_ms;       /* the waits are once, twice and once as long. 0: 1000 */
};

int snmp_peer_open(struct snmp_peer **ret, struct snmp_engine *e,
		   const struct snmp_peer_options *o);
void snmp_peer_close(struct snmp_peer *p); /* accepts NULL; forgets an outstanding question */

/* `packet` stays the caller's and must live until the answer. -EBUSY: one is outstanding. */
int snmp_peer_ask(struct snmp_peer *p, struct packet *packet, snmp_answer_fn *fn, void *arg);

/* Not known which version it speaks: from now on the second try of a question is asked in version 1,
 * and the version of the answer is kept. Questions must then be GET or GETNEXT of version 2c. */
void snmp_peer_guess_version(struct snmp_peer *p, bool on);
enum snmp_version snmp_peer_version(const struct snmp_peer *p);

unsigned snmp_patience_ms(unsigned try_ms); /* from the first try until -ETIMEDOUT */

/* Why there is no answer and what to look at: one line for people. */
void snmp_status_text(char *buf, size_t size, int status, enum snmp_version version,
		      unsigned try_ms);

#endif
