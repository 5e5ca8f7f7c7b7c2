#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/mqtt.h"

static bool take_port(const char *text, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (strspn(text, "0123456789") == 0 || *end != '\0' || v == 0 || v > 65535)
		return false;
	*ret = (unsigned)v;
	return true;
}

int mqtt_peer_parse(struct mqtt_peer *ret, const char *text, unsigned port)
{
	struct mqtt_peer p = { .port = port };
	bool bracket = text[0] == '[';
	const char *from = bracket ? text + 1 : text;
	size_t n = strcspn(from, bracket ? "]" : ":");
	const char *rest = from + n;

	if (bracket && *rest++ == '\0')
		return -EINVAL;
	if (!bracket && *rest == ':' && strchr(rest + 1, ':') != NULL) {
		n = strlen(from); /* an IPv6 address alone */
		rest = from + n;
	}
	if (n == 0 || n >= sizeof p.host || strcspn(from, " \t/@") < n)
		return -EINVAL;
	if (*rest != '\0' && (*rest != ':' || !take_port(rest + 1, &p.port)))
		return -EINVAL;
	(void)snprintf(p.host, sizeof p.host, "%.*s", (int)n, from);
	*ret = p;
	return 0;
}
