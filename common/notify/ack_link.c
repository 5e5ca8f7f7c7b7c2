#include "common/notify/ack_link.h"

#include "lazy_sodium.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAC_BYTES = 16, MAC_TEXT = 23 }; /* 128 bits, base64 without padding, NUL */

static int make_key(const char *path, uint8_t ret[ACK_LINK_KEY_BYTES])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		return -errno;
	randombytes_buf(ret, ACK_LINK_KEY_BYTES);
	n = write(fd, ret, ACK_LINK_KEY_BYTES);
	(void)close(fd);
	if (n == ACK_LINK_KEY_BYTES)
		return 0;
	(void)unlink(path); /* half a key is worse than none */
	return -EIO;
}

int ack_link_key(const char *path, uint8_t ret[ACK_LINK_KEY_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (sodium_init() < 0)
		return -EIO;
	if (fd < 0 && errno == ENOENT)
		return make_key(path, ret);
	if (fd < 0)
		return -errno;
	n = read(fd, ret, ACK_LINK_KEY_BYTES);
	(void)close(fd);
	return n == ACK_LINK_KEY_BYTES ? 0 : -EBADMSG;
}

static void sign(const uint8_t *key, const char *text, size_t len, char ret[MAC_TEXT])
{
	uint8_t mac[MAC_BYTES];

	(void)crypto_generichash(mac, sizeof mac, (const uint8_t *)text, len, key,
				 ACK_LINK_KEY_BYTES);
	(void)sodium_bin2base64(ret, MAC_TEXT, mac, sizeof mac,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int ack_link_make(const uint8_t key[ACK_LINK_KEY_BYTES], const struct ack_link *l,
		  char ret[ACK_LINK_MAX])
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t len = strlen(l->person);
	char mac[MAC_TEXT];
	int n;

	if (len == 0 || len > ACK_LINK_PERSON_MAX || strspn(l->person, allowed) != len)
		return -EINVAL;
	n = snprintf(ret, ACK_LINK_MAX, "%u.%s.%llx", l->incident, l->person,
		     (unsigned long long)(l->expires_wall_ms / 1000));
	sign(key, ret, (size_t)n, mac);
	(void)snprintf(ret + n, ACK_LINK_MAX - (size_t)n, ".%s", mac);
	return 0;
}

/* Only text that we signed gets here. */
static int parse(const char *token, struct ack_link *ret)
{
	const char *person = strchr(token, '.');
	const char *expires = person != NULL ? strchr(person + 1, '.') : NULL;
	size_t len = expires != NULL ? (size_t)(expires - person) - 1 : 0;

	if (len == 0 || len > ACK_LINK_PERSON_MAX)
		return -EBADMSG;
	memcpy(ret->person, person + 1, len);
	ret->person[len] = '\0';
	ret->incident = (uint32_t)strtoul(token, NULL, 10);
	ret->expires_wall_ms = (int64_t)strtoull(expires + 1, NULL, 16) * 1000;
	return 0;
}

int ack_link_check(const uint8_t key[ACK_LINK_KEY_BYTES], const char *token, int64_t wall_ms,
		   struct ack_link *ret)
{
	const char *dot = strrchr(token, '.');
	struct ack_link l = { 0 };
	char mac[MAC_TEXT];

	if (dot == NULL || strlen(dot + 1) != MAC_TEXT - 1 || strlen(token) >= ACK_LINK_MAX)
		return -EBADMSG;
	sign(key, token, (size_t)(dot - token), mac);
	if (sodium_memcmp(mac, dot + 1, MAC_TEXT - 1) != 0 || parse(token, &l) < 0)
		return -EBADMSG;
	if (wall_ms > l.expires_wall_ms)
		return -ETIME;
	*ret = l;
	return 0;
}
