/* datagram.h - a UDP target named udp://address:port; for channels that send one datagram. */
#ifndef LW_NOTIFY_DATAGRAM_H
#define LW_NOTIFY_DATAGRAM_H

#include <stddef.h>
#include <sys/socket.h>

struct datagram_target {
	struct sockaddr_storage address;
	socklen_t length;
	int fd; /* non-blocking, connected; -1 when closed */
};

/* 0; -EINVAL: not udp://IP:port (names would block the loop); other negative errno. */
int datagram_open(struct datagram_target *t, const char *url);
int datagram_send(struct datagram_target *t, const void *buf, size_t len); /* 0 or negative errno */
void datagram_close(struct datagram_target *t);

#endif
