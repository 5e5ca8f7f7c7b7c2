#include "common/notify/datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int parse(struct datagram_target *t, const char *url)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&t->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&t->address;
	char host[64];
	char *end;
	const char *colon = strrchr(url, ':');
	unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;

	if (strncmp(url, "udp://", 6) != 0 || colon < url + 6 || port == 0 || port > 65535 ||
	    *end != '\0')
		return -EINVAL;
	url += url[6] == '[' ? 7 : 6;
	size_t len = (size_t)(colon - url) - (colon[-1] == ']' ? 1 : 0);
	if (len == 0 || len >= sizeof host)
		return -EINVAL;
	memcpy(host, url, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		t->length = sizeof *v4;
		return 0;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		t->length = sizeof *v6;
		return 0;
	}
	return -EINVAL;
}

int datagram_open(struct datagram_target *t, const char *url)
{
	int r;

	*t = (struct datagram_target){ .fd = -1 };
	r = parse(t, url);
	if (r < 0)
		return r;
	t->fd = socket(t->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return -errno;
	if (connect(t->fd, (struct sockaddr *)&t->address, t->length) < 0) {
		r = -errno;
		datagram_close(t);
		return r;
	}
	return 0;
}

int datagram_send(struct datagram_target *t, const void *buf, size_t len)
{
	/* An earlier ICMP refusal is reported by the next call: one more try tells for this one. */
	for (int i = 0; i < 2; i++)
		if (send(t->fd, buf, len, MSG_NOSIGNAL) == (ssize_t)len)
			return 0;
	return -errno;
}

void datagram_close(struct datagram_target *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
}
