/* talk.h - one TCP conversation at a time with one host, in clear or under TLS. Never blocks.
 *
 * talk_start resolves, connects (each address in turn) and calls `connected`; then `data` as it
 * comes and `ended` once, with UV_EOF, UV_ETIMEDOUT or what failed. After talk_stop no callback
 * comes. All calls on the loop thread; callbacks never come from inside a talk_ call. */
#ifndef LW_TALK_H
#define LW_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct talk;

struct talk_calls {
	void (*connected)(void *arg);
	void (*secured)(
		void *arg); /* the TLS handshake is done; NULL where talk_secure is not used */
	void (*data)(void *arg, const uint8_t *buf, size_t len);
	void (*ended)(void *arg, int err);
};

int talk_open(struct talk **ret, uv_loop_t *loop, const struct talk_calls *calls, void *arg);

/* -EBUSY while one is under way. `timeout_ms` is for the whole conversation. */
int talk_start(struct talk *t, const char *host, unsigned port, unsigned timeout_ms);
int talk_send(struct talk *t, const void *buf, size_t len); /* copies */

/* TLS from here on. `name`: what the certificate must be for, NULL: any. `ca_file`: whom to trust,
 * NULL: the system's. `verify` false: encrypt, trust anybody. */
int talk_secure(struct talk *t, const char *name, const char *ca_file, bool verify);

void talk_stop(struct talk *t);
const char *talk_error(const struct talk *t, int err); /* for people; valid until the next call */

/* `closed` may be NULL. The memory goes when the loop next turns. */
void talk_close(struct talk *t, void (*closed)(void *arg), void *arg);

#endif
