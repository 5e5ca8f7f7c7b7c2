#include "common/io/mqtt_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/io/tls_offer.h"

static void set_tcp(struct mosquitto *client, int option, int value)
{
	int fd = mosquitto_socket(client);

	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);
}

void client_gather(struct mosquitto *client, bool on)
{
	set_tcp(client, TCP_CORK, on);
}

void client_push(struct mosquitto *client)
{
	set_tcp(client, TCP_NODELAY,
		1); /* setting it anew sends what the cork holds back: tcp(7) */
}

void mids_add(uint8_t *set, int mid)
{
	set[(mid & 0xffff) >> 3] |= (uint8_t)(1u << (mid & 7));
}

bool mids_take(uint8_t *set, int mid)
{
	uint8_t bit = (uint8_t)(1u << (mid & 7));
	uint8_t *byte = &set[(mid & 0xffff) >> 3];
	bool was = (*byte & bit) != 0;

	*byte = (uint8_t)(*byte & ~bit);
	return was;
}

static _Thread_local unsigned long tls_error; /* the first one since client_begin() */

void client_begin(void)
{
	tls_error = 0;
}

/* "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed" */
void client_on_log(struct mosquitto *client, void *arg, int level, const char *text)
{
	const char *code = strstr(text, "error:");

	(void)client;
	(void)arg;
	(void)level;
	if (strncmp(text, "OpenSSL Error", 13) == 0 && code != NULL && tls_error == 0)
		tls_error = strtoul(code + 6, NULL, 16);
}

/* Only what keeps a session from beginning is about TLS: a line that is cut later ends TLS as well.
 * NULL: it was not TLS. */
static const char *tls_words(void)
{
	static _Thread_local char words[120];

	if (tls_error == 0 || ERR_GET_REASON(tls_error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return NULL;
	tls_offer_all(); /* in case that an algorithm was missing; and the texts */
	const char *reason = ERR_reason_error_string(tls_error);
	(void)snprintf(words, sizeof words, "TLS: %s", reason != NULL ? reason : "failed");
	return words;
}

const char *client_words(int mosq_err, bool joining)
{
	const char *tls = joining ? tls_words() : NULL;

	if (tls != NULL)
		return tls;
	if (mosq_err == MOSQ_ERR_CONN_LOST && joining)
		return "the broker closed the connection before it answered";
	if (mosq_err == MOSQ_ERR_KEEPALIVE)
		return "nothing was heard from the broker for two keepalives";
	if (mosq_err == MOSQ_ERR_ERRNO)
		return errno != 0 ? strerror(errno) : "the connection failed";
	return mosquitto_strerror(mosq_err);
}

int client_errno(int mosq_err)
{
	if (mosq_err == MOSQ_ERR_NOMEM)
		return -ENOMEM;
	return mosq_err == MOSQ_ERR_NO_CONN || mosq_err == MOSQ_ERR_CONN_LOST ? -ENOTCONN : -EINVAL;
}
