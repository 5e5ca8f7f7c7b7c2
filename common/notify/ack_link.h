/* ack_link.h - the signed link in a page: it lets one person acknowledge one incident with one tap,
 * without signing in, until it expires. Whether it was used already is the caller's to remember. */
#ifndef LW_ACK_LINK_H
#define LW_ACK_LINK_H

#include <stdint.h>

enum { ACK_LINK_KEY_BYTES = 32, ACK_LINK_MAX = 128, ACK_LINK_PERSON_MAX = 32 };

struct ack_link {
	uint32_t incident;
	char person[ACK_LINK_PERSON_MAX + 1];
	int64_t expires_wall_ms; /* to the second */
};

/* The key in `path` (0600), made there when there is none. 0 or negative errno. */
int ack_link_key(const char *path, uint8_t ret[ACK_LINK_KEY_BYTES]);

/* "7.lan.tgx3k5.Kq3…": goes into a URL as it is. -EINVAL: the person's id does not fit. */
int ack_link_make(const uint8_t key[ACK_LINK_KEY_BYTES], const struct ack_link *l,
		  char ret[ACK_LINK_MAX]);

/* 0; -EBADMSG: not one of ours, or changed; -ETIME: expired. */
int ack_link_check(const uint8_t key[ACK_LINK_KEY_BYTES], const char *token, int64_t wall_ms,
		   struct ack_link *ret);

#endif
