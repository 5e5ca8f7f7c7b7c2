/* senses.h - every way of asking, one line each; sense.c lists them. */
#ifndef LW_SENSES_H
#define LW_SENSES_H

#include "agent/io/sense.h"

extern const struct sense_type sense_snmp;    /* snmp, snmp3 */
extern const struct sense_type sense_nut;     /* nut */
extern const struct sense_type sense_sip;     /* sip, sips, ivr */
extern const struct sense_type sense_http;    /* http, https */
extern const struct sense_type sense_tcp;     /* tcp, postgresql, mysql */
extern const struct sense_type sense_host;    /* host: this machine */
extern const struct sense_type sense_headset; /* headset: its USB headsets */
extern const struct sense_type sense_dns;     /* dns */
extern const struct sense_type sense_link;    /* link, icmp, tcping */

#endif
