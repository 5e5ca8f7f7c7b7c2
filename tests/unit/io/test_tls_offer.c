/* Each test is a process of its own: what OpenSSL offers is decided once in each. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "common/io/tls_offer.h"

enum key { KEY_RSA, KEY_P256, KEY_P384, KEY_ED25519, KEY_ED448 };

static EVP_PKEY *key_new(enum key k)
{
	static const char *const curves[] = { [KEY_P256] = "P-256", [KEY_P384] = "P-384" };

	switch (k) {
	case KEY_RSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	case KEY_P256:
	case KEY_P384:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[k]);
	case KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case KEY_ED448:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	}
	return NULL;
}

static X509 *certificate_new(EVP_PKEY *key, bool digest)
{
	X509 *x = X509_new();

	cr_assert_not_null(x);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"111", -1, -1, 0);
	(void)X509_set_issuer_name(x, X509_get_subject_name(x));
	(void)X509_set_pubkey(x, key);
	cr_assert_gt(X509_sign(x, key, digest ? EVP_sha256() : NULL), 0);
	return x;
}

static SSL *end_new(const SSL_METHOD *method, EVP_PKEY *key, X509 *x, int version)
{
	SSL_CTX *c = SSL_CTX_new(method);

	cr_assert_not_null(c);
	(void)SSL_CTX_set_min_proto_version(c, version);
	(void)SSL_CTX_set_max_proto_version(c, version);
	cr_assert_eq(SSL_CTX_use_certificate(c, x), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(c, key), 1);
	(void)X509_STORE_add_cert(SSL_CTX_get_cert_store(c), x);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL *s = SSL_new(c);
	SSL_CTX_free(c);
	return s;
}

static bool shake_hands(EVP_PKEY *key, X509 *x, int version)
{
	SSL *client = end_new(TLS_client_method(), key, x, version);
	SSL *server = end_new(TLS_server_method(), key, x, version);
	BIO *a = NULL, *b = NULL;
	int r = 0, q = 0;

	cr_assert_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 20 && (r != 1 || q != 1); i++) {
		r = SSL_do_handshake(client);
		q = SSL_do_handshake(server);
	}
	SSL_free(client);
	SSL_free(server);
	return r == 1 && q == 1;
}

Test(tls_offer, the_few_are_enough_for_common_certificates_of_both_sides)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	tls_offer_few();
	for (enum key k = KEY_RSA; k <= KEY_ED25519; k++) {
		EVP_PKEY *key = key_new(k);
		cr_assert_not_null(key, "key %d", (int)k);
		X509 *x = certificate_new(key, k != KEY_ED25519);

		for (size_t v = 0; v < sizeof versions / sizeof *versions; v++)
			cr_expect(shake_hands(key, x, versions[v]), "key %d, version %x", (int)k,
				  (unsigned)versions[v]);
		X509_free(x);
		EVP_PKEY_free(key);
	}
}

static size_t heap(void)
{
	return mallinfo2().uordblks;
}

static size_t cost_of_a_context(void)
{
	size_t before = heap();
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	cr_assert_not_null(c);
	size_t cost = heap() - before;
	SSL_CTX_free(c);
	return cost;
}

static bool is_few(void)
{
	return OPENSSL_version_major() == 3 && OPENSSL_version_minor() == 0;
}

Test(tls_offer, an_odd_algorithm_waits_until_all_are_offered)
{
	if (!is_few())
		cr_skip_test("only OpenSSL 3.0 can offer a few");
	tls_offer_few();
	cr_expect_null(EVP_CIPHER_fetch(NULL, "ARIA-128-GCM", NULL));
	cr_expect_null(key_new(KEY_ED448));
	cr_expect_null(ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, 134)));
	tls_offer_all();
	tls_offer_all(); /* once more is nothing */
	EVP_CIPHER *odd = EVP_CIPHER_fetch(NULL, "ARIA-128-GCM", NULL);
	cr_expect_not_null(odd);
	EVP_CIPHER_free(odd);
	cr_expect_str_eq(ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, 134)),
			 "certificate verify failed");
	EVP_PKEY *key = key_new(KEY_ED448);
	cr_assert_not_null(key);
	X509 *x = certificate_new(key, false);
	cr_expect(shake_hands(key, x, TLS1_3_VERSION));
	X509_free(x);
	EVP_PKEY_free(key);
}

Test(tls_offer, without_a_word_all_are_offered)
{
	tls_offer_all();
	EVP_CIPHER *odd = EVP_CIPHER_fetch(NULL, "ARIA-128-GCM", NULL);

	cr_expect_not_null(odd);
	EVP_CIPHER_free(odd);
}

/* What it is for: 106 KiB in place of 345, without the 32 of the context itself. */
Test(tls_offer, the_few_cost_less_than_half)
{
	if (!is_few())
		cr_skip_test("only OpenSSL 3.0 can offer a few");
	size_t before = heap();
	tls_offer_few();
	(void)cost_of_a_context();
	size_t few = heap() - before;
	tls_offer_all();
	EVP_CIPHER *odd = EVP_CIPHER_fetch(NULL, "ARIA-128-GCM", NULL);
	EVP_CIPHER_free(odd);
	size_t all = heap() - before;

	if (few == 0)
		cr_skip_test("a sanitizer's heap does not tell its size");
	cr_expect_lt(few, 180u * 1024, "%zu bytes for the few, %zu for all", few, all);
	cr_expect_gt(all, few + 60u * 1024, "%zu bytes for the few, %zu for all", few, all);
}
