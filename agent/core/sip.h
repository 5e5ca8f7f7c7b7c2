/* sip.h - what a SIP status code says about the one who answered. Pure.
 *
 * Any answer proves life. Whether it serves is another question: a PBX that answers 503 lives and
 * is of no use, one that answers 405 to OPTIONS takes calls all day. */
#ifndef LW_SIP_H
#define LW_SIP_H

enum sip_serves { SIP_SERVES_NO, SIP_SERVES_YES, SIP_SERVES_UNKNOWN };

enum sip_serves sip_code_serves(unsigned code);

/* One line for people, never NULL. */
const char *sip_code_meaning(unsigned code);

#endif
