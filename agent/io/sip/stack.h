/* stack.h - one exchange's own SIP stack: its socket, its transactions. SIP thread only.
 *
 * Each exchange has a socket and, for TCP and TLS, a connection of its own, so that it proves the
 * whole way and no late answer of an older one reaches it. */
#ifndef LW_SIP_STACK_H
#define LW_SIP_STACK_H

#include "agent/io/sip/job.h"
#include "lazy_re.h"

struct sip_stack {
	struct sip *sip;
	struct sip_lsnr *requests, *answers; /* what nobody else takes */
	struct sa local;		     /* our address on the way there */
	struct sa remote;
	struct sip_job *job; /* for the certificate; NULL once answered */
	struct tmr reap;
	struct sip_stack *next;
	bool retired;
};

/* positive errno, as libre's own */
int sip_stack_open(struct sip_stack **ret, struct sip_job *job);

/* Refuse what the peer asks; after sipsess_listen, which takes what belongs to a call. */
int sip_stack_listen(struct sip_stack *s);

/* "sip:192.0.2.1:5060;transport=tcp": the next hop. */
int sip_stack_route(const struct sip_stack *s, enum sip_way way, char *buf, size_t size);

/* job->from where the configuration gives none: "sip:linewatch@<our address>". */
void sip_stack_sign(const struct sip_stack *s, struct sip_job *job);

/* Ends it when its last transaction is through: a BYE is repeated until it is heard. */
void sip_stack_retire(struct sip_stack *s);

unsigned sip_stack_count(void);
void sip_stack_drop_all(void); /* at the end of the thread: no more waiting */

#endif
