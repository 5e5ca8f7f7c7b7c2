/* tls_layer.c - OpenSSL over memory BIOs.
 *
 * Happy path: tls_layer_read drives the handshake as bytes are fed. Failure path: OpenSSL's reason,
 * or why the certificate is not trusted, stays in tls_layer_error. */
#include "agent/io/ask/tls_layer.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/io/tls_offer.h"

struct tls_layer {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* the SSL's */
	char error[160];
};

static int trust(SSL_CTX *context, const char *ca_file, bool verify)
{
	SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (!verify)
		return 0;
	if (ca_file != NULL)
		return SSL_CTX_load_verify_file(context, ca_file) == 1 ? 0 : -EINVAL;
	return SSL_CTX_set_default_verify_paths(context) == 1 ? 0 : -EINVAL;
}

static int name_peer(SSL *ssl, const char *name, bool verify)
{
	if (name == NULL)
		return 0;
	if (verify && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1)
		return 0; /* an address is not a name: no server name indication */
	if (verify && SSL_set1_host(ssl, name) != 1)
		return -ENOMEM;
	return SSL_set_tlsext_host_name(ssl, name) == 1 ? 0 : -ENOMEM;
}

int tls_layer_new(struct tls_layer **ret, const char *name, const char *ca_file, bool verify)
{
	int r = -ENOMEM;
	struct tls_layer *t = calloc(1, sizeof *t);
	if (t == NULL)
		return r;

	tls_offer_all();
	t->context = SSL_CTX_new(TLS_client_method());
	if (t->context == NULL)
		goto fail;
	r = trust(t->context, ca_file, verify);
	if (r < 0)
		goto fail;
	r = -ENOMEM;
	t->ssl = SSL_new(t->context);
	if (t->ssl == NULL)
		goto fail;
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (t->in == NULL || t->out == NULL) {
		BIO_free(t->in);
		BIO_free(t->out);
		goto fail;
	}
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_connect_state(t->ssl);
	r = name_peer(t->ssl, name, verify);
	if (r < 0)
		goto fail;
	(void)SSL_do_handshake(t->ssl);
	*ret = t;
	return 0;
fail:
	tls_layer_free(t);
	return r;
}

void tls_layer_free(struct tls_layer *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	free(t);
}

void tls_layer_feed(struct tls_layer *t, const uint8_t *buf, size_t len)
{
	(void)BIO_write(t->in, buf, (int)len);
}

size_t tls_layer_take(struct tls_layer *t, uint8_t *buf, size_t size)
{
	int n = BIO_read(t->out, buf, (int)size);

	return n > 0 ? (size_t)n : 0;
}

static int failed(struct tls_layer *t)
{
	long verdict = SSL_get_verify_result(t->ssl);

	if (verdict != X509_V_OK)
		(void)snprintf(t->error, sizeof t->error, "certificate not trusted: %s",
			       X509_verify_cert_error_string(verdict));
	else
		(void)snprintf(t->error, sizeof t->error, "TLS failed: %s",
			       ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	return -EPROTO;
}

int tls_layer_read(struct tls_layer *t, uint8_t *buf, size_t size)
{
	ERR_clear_error();
	int n = SSL_read(t->ssl, buf, (int)size);
	if (n > 0)
		return n;
	switch (SSL_get_error(t->ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return failed(t);
	}
}

int tls_layer_write(struct tls_layer *t, const void *buf, size_t len)
{
	return SSL_write(t->ssl, buf, (int)len) > 0 ? 0 : -EPROTO;
}

bool tls_layer_ready(const struct tls_layer *t)
{
	return SSL_is_init_finished(t->ssl) == 1;
}

const char *tls_layer_error(const struct tls_layer *t)
{
	return t->error;
}
