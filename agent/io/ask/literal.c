#include "agent/io/ask/literal.h"

#include <string.h>
#include <uv.h>

bool literal_address(struct sockaddr_storage *ret, const char *host, unsigned port)
{
	struct sockaddr_storage a;

	memset(&a, 0, sizeof a);
	if (uv_ip4_addr(host, (int)port, (struct sockaddr_in *)&a) != 0 &&
	    uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)&a) != 0)
		return false;
	*ret = a;
	return true;
}
