/* refused.c - the tables that hold calls, callers, users or their addresses: never asked for. */
#include "agent/core/oid.h"

enum { ROOT_MAX = 14 };

static const struct {
	unsigned n;
	uint32_t id[ROOT_MAX];
} refused[] = {
	/* ASTERISK-MIB astChanTable: caller ids of running calls; astChanBridge is a scalar, allowed */
	{ 10, { 1, 3, 6, 1, 4, 1, 22736, 1, 5, 2 } },
	/* FREESWITCH-MIB channelList: caller id name and number, destination */
	{ 9, { 1, 3, 6, 1, 4, 1, 27880, 1, 9 } },
	{ 8, { 1, 3, 6, 1, 4, 1, 27880, 9 } },
	/* KAMAILIO-SIP-SERVER-MIB, OPENSER-SIP-SERVER-MIB: users, contacts and their look-up tables */
	{ 13, { 1, 3, 6, 1, 4, 1, 34352, 3, 1, 2, 1, 5, 6 } },
	{ 13, { 1, 3, 6, 1, 4, 1, 34352, 3, 1, 2, 1, 5, 7 } },
	{ 13, { 1, 3, 6, 1, 4, 1, 34352, 3, 1, 2, 1, 5, 8 } },
	{ 13, { 1, 3, 6, 1, 4, 1, 34352, 3, 1, 2, 1, 5, 9 } },
	{ 13, { 1, 3, 6, 1, 4, 1, 27483, 3, 1, 2, 1, 5, 6 } },
	{ 13, { 1, 3, 6, 1, 4, 1, 27483, 3, 1, 2, 1, 5, 7 } },
	/* SIP-SERVER-MIB (RFC 4780): registered users, contacts, their look-up */
	{ 10, { 1, 3, 6, 1, 2, 1, 151, 1, 5, 2 } },
	{ 10, { 1, 3, 6, 1, 2, 1, 151, 1, 5, 3 } },
	{ 10, { 1, 3, 6, 1, 2, 1, 151, 1, 5, 4 } },
	{ 10, { 1, 3, 6, 1, 2, 1, 151, 1, 5, 5 } },
	/* CISCO-CCM-MIB: phones with users and numbers, CTI devices, voice mail */
	{ 11, { 1, 3, 6, 1, 4, 1, 9, 9, 156, 1, 2 } },
	{ 11, { 1, 3, 6, 1, 4, 1, 9, 9, 156, 1, 8 } },
	{ 11, { 1, 3, 6, 1, 4, 1, 9, 9, 156, 1, 10 } },
	/* CISCO-VOICE-DIAL-CONTROL-MIB, CISCO-DIAL-CONTROL-MIB: active calls and call history */
	{ 11, { 1, 3, 6, 1, 4, 1, 9, 9, 63, 1, 3 } },
	{ 11, { 1, 3, 6, 1, 4, 1, 9, 9, 63, 1, 4 } },
	{ 9, { 1, 3, 6, 1, 4, 1, 9, 10, 25 } },
	/* CISCO-CCME-MIB: ephones with their extensions and users */
	{ 12, { 1, 3, 6, 1, 4, 1, 9, 9, 439, 1, 2, 3 } },
	{ 12, { 1, 3, 6, 1, 4, 1, 9, 9, 439, 1, 1, 43 } },
	/* DIAL-CONTROL-MIB (RFC 2128): peers' numbers, active calls, call history */
	{ 11, { 1, 3, 6, 1, 2, 1, 10, 21, 1, 2, 1 } },
	{ 10, { 1, 3, 6, 1, 2, 1, 10, 21, 1, 3 } },
	{ 10, { 1, 3, 6, 1, 2, 1, 10, 21, 1, 4 } },
	/* ISDN-MIB (RFC 2127): bearer table with peer addresses */
	{ 11, { 1, 3, 6, 1, 2, 1, 10, 20, 1, 2, 1 } },
	/* POLYCOM-ENDPOINT-MIB: call table */
	{ 11, { 1, 3, 6, 1, 4, 1, 13885, 101, 1, 2, 7 } },
	/* TEL2N-MIB: the numbers of the accounts */
	{ 11, { 1, 3, 6, 1, 4, 1, 6530, 11, 6, 1, 2 } },
	/* SMARTNODE-MIB: calls of the gateways one by one */
	{ 11, { 1, 3, 6, 1, 4, 1, 1768, 100, 70, 40, 3 } },
	/* AudioCodes acPMCallHistory, active calls */
	{ 9, { 1, 3, 6, 1, 4, 1, 5003, 11, 4 } },
};

enum { N_REFUSED = sizeof refused / sizeof *refused };

struct oid oid_refused_at(size_t i)
{
	struct oid none = { NULL, 0 };

	if (i >= N_REFUSED)
		return none;
	return (struct oid){ refused[i].id, refused[i].n };
}

bool oid_refused(struct oid o)
{
	for (size_t i = 0; i < N_REFUSED; i++)
		if (oid_under(o, oid_refused_at(i)))
			return true;
	return false;
}
