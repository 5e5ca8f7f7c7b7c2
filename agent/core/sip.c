#include "agent/core/sip.h"

#include <stddef.h>

static const struct meaning {
	unsigned from, to;
	enum sip_serves serves;
	const char *text;
} meanings[] = {
	{ 200, 399, SIP_SERVES_YES, "it serves" },
	{ 401, 401, SIP_SERVES_YES, "it serves, and wants to know who asks" },
	{ 403, 403, SIP_SERVES_UNKNOWN, "it lives, and forbids this host to ask" },
	{ 404, 404, SIP_SERVES_NO, "it knows no such user: not registered, or a wrong name" },
	{ 405, 405, SIP_SERVES_YES, "it serves, and does not do OPTIONS" },
	{ 407, 407, SIP_SERVES_YES, "it serves, and wants to know who asks" },
	{ 408, 408, SIP_SERVES_NO, "the proxy lives, the one behind it does not answer" },
	{ 410, 410, SIP_SERVES_NO, "the user is gone" },
	{ 415, 415, SIP_SERVES_YES, "it serves, and does not like the body" },
	{ 420, 420, SIP_SERVES_YES, "it serves, and lacks an extension" },
	{ 480, 480, SIP_SERVES_NO, "the user is not registered just now" },
	{ 486, 486, SIP_SERVES_YES, "it serves, and is busy" },
	{ 488, 489, SIP_SERVES_YES, "it serves" },
	{ 500, 500, SIP_SERVES_NO, "it lives, and fails inside" },
	{ 501, 501, SIP_SERVES_YES, "it serves, and does not do OPTIONS" },
	{ 502, 504, SIP_SERVES_NO, "it lives, and cannot serve just now" },
	{ 580, 580, SIP_SERVES_NO, "it lives, and cannot serve just now" },
	{ 600, 600, SIP_SERVES_YES, "it serves, and is busy" },
	{ 603, 603, SIP_SERVES_YES, "it serves, and declines" },
	{ 604, 604, SIP_SERVES_NO, "no such user anywhere" },
	{ 0, 0, SIP_SERVES_UNKNOWN, "it lives" },
};

static const struct meaning *meaning_of(unsigned code)
{
	const struct meaning *m = meanings;

	while (m->to != 0 && (code < m->from || code > m->to))
		m++;
	return m;
}

enum sip_serves sip_code_serves(unsigned code)
{
	return meaning_of(code)->serves;
}

const char *sip_code_meaning(unsigned code)
{
	return meaning_of(code)->text;
}
