/* greeting.h - the first words of database servers. Pure.
 *
 * PostgreSQL: the answer to an SSLRequest or to a StartupMessage (protocol 3, chapter 55.7).
 * MySQL, MariaDB: the initial handshake packet, and the answer to a login that cannot succeed.
 * No query is ever asked and no password sent. */
#ifndef LW_GREETING_H
#define LW_GREETING_H

#include <stddef.h>
#include <stdint.h>

enum { GREETING_TEXT_MAX = 128, GREETING_BYTES_MAX = 512 };

enum greeting_result {
	GREETING_MORE,	  /* read on */
	GREETING_UP,	  /* it serves */
	GREETING_REFUSES, /* it speaks the protocol, and takes no more: `text` says why */
	GREETING_ALIEN	  /* something else listens there */
};

struct greeting {
	enum greeting_result result;
	char text[GREETING_TEXT_MAX];	 /* what it said, for people; printable */
	char version[GREETING_TEXT_MAX]; /* "" where it does not tell */
};

/* The first bytes to send to PostgreSQL; `user` NULL: ask for TLS and leave; else: as that user,
 * without a password. Returns the length. */
size_t greeting_pg_hello(uint8_t buf[GREETING_BYTES_MAX], const char *user);
void greeting_pg_read(struct greeting *ret, const uint8_t *buf, size_t len);

/* MySQL speaks first. `answer` goes out after GREETING_UP, so that the server does not count a
 * broken handshake (it locks a host out after max_connect_errors of them). */
void greeting_mysql_read(struct greeting *ret, const uint8_t *buf, size_t len);
size_t greeting_mysql_answer(uint8_t buf[GREETING_BYTES_MAX]);

#endif
