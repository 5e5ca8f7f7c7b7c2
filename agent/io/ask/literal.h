/* literal.h - addresses that need no resolver: "10.0.3.5", "2001:db8::1", "fe80::1%eth0".
 *
 * Name look-ups wait in line for libuv's few worker threads, and a dead name server keeps those busy
 * for seconds: a device given by its address must not wait behind them. */
#ifndef LW_LITERAL_H
#define LW_LITERAL_H

#include <stdbool.h>
#include <sys/socket.h>

bool literal_address(struct sockaddr_storage *ret, const char *host, unsigned port);

#endif
