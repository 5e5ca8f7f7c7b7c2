/* Happy path: a provider of our own stands before the default one, hands on what it says of the
 * algorithms in `few`, and the default one is then set aside. Its code and its context stay, owned by
 * the library context until the process ends: deactivated, not freed (OpenSSL 3.0). Failure path:
 * the default provider is made active again, which is where tls_offer_all ends as well. */
#define OPENSSL_SUPPRESS_DEPRECATED /* ERR_load_*_strings: the only way to have the texts later */
#include "common/io/tls_offer.h"

#include <openssl/core_dispatch.h>
#include <openssl/cryptoerr_legacy.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/sslerr_legacy.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* First names, as the default provider spells them: algorithms, and what its decoders of keys are for. */
static const char *const few[] = {
	"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305",
	"AES-128-CBC", "AES-256-CBC", "AES-256-CTR",
	"AES-256-ECB", /* of the random numbers */
	"MD5",	       "SHA1",	      "MD5-SHA1",
	"SHA2-224",    "SHA2-256",    "SHA2-384",
	"SHA2-512",    "HMAC",	      "HKDF",
	"TLS1-PRF",    "TLS13-KDF",   "CTR-DRBG",
	"SEED-SRC",    "EC",	      "ECDH",
	"ECDSA",       "RSA",	      "RSA-PSS",
	"DH",	       "X25519",      "ED25519",
	"DER",	       "file",
};

enum { OPERATIONS = 32 };

static OSSL_PROVIDER *whole;	    /* the default one; NULL: all are offered */
static OSSL_PROVIDER *ours, *again; /* held until the process ends */
static OSSL_ALGORITHM *picked[OPERATIONS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_wanted(const char *names)
{
	size_t len = strcspn(names, ":");

	for (size_t i = 0; i < sizeof few / sizeof *few; i++)
		if (strlen(few[i]) == len && strncasecmp(few[i], names, len) == 0)
			return true;
	return false;
}

/* NULL: no memory, or nothing of that kind. */
static OSSL_ALGORITHM *pick(const OSSL_ALGORITHM *all)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; all != NULL && all[i].algorithm_names != NULL; i++)
		n += is_wanted(all[i].algorithm_names) ? 1 : 0;
	OSSL_ALGORITHM *list = n > 0 ? calloc(n + 1, sizeof *list) : NULL;
	for (size_t i = 0; list != NULL && k < n; i++)
		if (is_wanted(all[i].algorithm_names))
			list[k++] = all[i];
	return list;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
	(void)context;
	*no_cache = 0;
	if (operation < 0 || operation >= OPERATIONS)
		return NULL;
	(void)pthread_mutex_lock(&lock);
	if (picked[operation] == NULL)
		picked[operation] = pick(OSSL_PROVIDER_query_operation(whole, operation, no_cache));
	(void)pthread_mutex_unlock(&lock);
	return picked[operation];
}

static int capabilities(void *context, const char *name, OSSL_CALLBACK *each, void *arg)
{
	(void)context;
	return OSSL_PROVIDER_get_capabilities(whole, name, each, arg);
}

static void teardown(void *context)
{
	(void)context; /* the default provider's, which frees it */
}

#define FUNCTION(id, f)                                                                            \
	{                                                                                          \
		id, (void (*)(void))(f)                                                            \
	}
static const OSSL_DISPATCH functions[] = {
	FUNCTION(OSSL_FUNC_PROVIDER_TEARDOWN, teardown),
	FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
	FUNCTION(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, capabilities),
	{ 0, NULL },
};

static int begin(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
		 void **context)
{
	(void)handle;
	(void)in;
	*out = functions;
	*context = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

static bool works(void)
{
	unsigned char byte;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	bool ok = cipher != NULL && RAND_bytes(&byte, 1) == 1;

	EVP_CIPHER_free(cipher);
	return ok;
}

static void offer_few(void)
{
	static const char name[] = "linewatch-tls";

	if (OPENSSL_version_major() != 3 || OPENSSL_version_minor() != 0)
		return;
	(void)OPENSSL_init_crypto(
		OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
	(void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_SSL_STRINGS, NULL);
	whole = OSSL_PROVIDER_load(NULL, "default");
	if (whole == NULL)
		return;
	if (OSSL_PROVIDER_add_builtin(NULL, name, begin) == 1)
		ours = OSSL_PROVIDER_load(NULL, name);
	if (ours == NULL)
		return; /* the default one stays active */
	(void)OSSL_PROVIDER_unload(whole);
	if (!works())
		tls_offer_all();
}

void tls_offer_few(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, offer_few);
}

static void offer_all(void)
{
	if (whole == NULL)
		return;
	again = OSSL_PROVIDER_load(NULL, "default");
	(void)ERR_load_SSL_strings();
	(void)ERR_load_X509_strings();
	(void)ERR_load_X509V3_strings();
	(void)ERR_load_PEM_strings();
	(void)ERR_load_ASN1_strings();
	(void)ERR_load_EVP_strings();
	(void)ERR_load_RSA_strings();
	(void)ERR_load_EC_strings();
}

void tls_offer_all(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (whole != NULL)
		(void)pthread_once(&once, offer_all);
}
