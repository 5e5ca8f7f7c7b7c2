#include "cli/cert.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct making {
	X509 *ca, *cert;
	EVP_PKEY *ca_key, *key;
};

static int failed(char *reterr, size_t n, const char *what)
{
	unsigned long e = ERR_peek_last_error();

	(void)snprintf(reterr, n, "%s: %s", what,
		       e != 0 ? ERR_reason_error_string(e) : strerror(errno));
	return -EINVAL;
}

static int load_ca(struct making *m, const struct cert_wish *w, char *reterr, size_t n)
{
	FILE *f = fopen(w->ca_cert, "re");

	if (f != NULL) {
		m->ca = PEM_read_X509(f, NULL, NULL, NULL);
		(void)fclose(f);
	}
	if (m->ca == NULL)
		return failed(reterr, n, w->ca_cert);
	f = fopen(w->ca_key, "re");
	if (f != NULL) {
		m->ca_key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		(void)fclose(f);
	}
	if (m->ca_key == NULL)
		return failed(reterr, n, w->ca_key);
	return X509_check_private_key(m->ca, m->ca_key) == 1 ? 0 : failed(reterr, n, w->ca_key);
}

static bool add_extension(struct making *m, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx(&ctx, m->ca, m->cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e != NULL && X509_add_ext(m->cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *n = NULL;
	bool ok = RAND_bytes(bytes, sizeof bytes) == 1;

	bytes[0] &= 0x7f;
	if (ok)
		n = BN_bin2bn(bytes, sizeof bytes, NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

static bool fill(struct making *m, const struct cert_wish *w)
{
	X509_NAME *name = X509_get_subject_name(m->cert);

	return X509_set_version(m->cert, 2) == 1 && set_serial(m->cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(m->cert), -3600) != NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(m->cert), (long)w->days * 86400) != NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)w->name,
					  -1, -1, 0) == 1 &&
	       X509_set_issuer_name(m->cert, X509_get_subject_name(m->ca)) == 1 &&
	       X509_set_pubkey(m->cert, m->key) == 1 &&
	       add_extension(m, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(m, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(m, NID_ext_key_usage, "clientAuth") &&
	       X509_sign(m->cert, m->ca_key, EVP_sha256()) > 0;
}

static int open_new(const char *path, bool replace, mode_t mode, char *reterr, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), mode);
	int r = fd < 0 ? -errno : fchmod(fd, mode) < 0 ? -errno : fd;

	if (r < 0)
		(void)snprintf(reterr, n, "%s", path);
	if (r < 0 && fd >= 0)
		(void)close(fd);
	return r;
}

static int write_files(const struct making *m, const struct cert_wish *w, char *reterr, size_t n)
{
	int key = open_new(w->out_key, w->replace, 0600, reterr, n);
	int cert = key >= 0 ? open_new(w->out_cert, w->replace, 0644, reterr, n) : key;
	FILE *f = cert >= 0 ? fdopen(key, "w") : NULL;
	bool ok = f != NULL && PEM_write_PKCS8PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL) == 1;

	if (cert < 0) {
		if (key >= 0)
			(void)close(key);
		return cert;
	}
	if (f == NULL || fclose(f) != 0)
		ok = false;
	f = fdopen(cert, "w");
	ok = ok && f != NULL && PEM_write_X509(f, m->cert) == 1;
	if (f == NULL || fclose(f) != 0)
		ok = false;
	return ok ? 0 : failed(reterr, n, w->out_cert);
}

int cert_make(const struct cert_wish *w, int64_t *ret_until, char *reterr, size_t reterr_size)
{
	struct making m = { 0 };
	int r = load_ca(&m, w, reterr, reterr_size);

	if (r < 0)
		goto out;
	m.key = EVP_EC_gen("P-256");
	m.cert = X509_new();
	if (m.key == NULL || m.cert == NULL || !fill(&m, w)) {
		r = failed(reterr, reterr_size, w->name);
		goto out;
	}
	r = write_files(&m, w, reterr, reterr_size);
	*ret_until = (int64_t)time(NULL) + (int64_t)w->days * 86400;
out:
	X509_free(m.ca);
	X509_free(m.cert);
	EVP_PKEY_free(m.ca_key);
	EVP_PKEY_free(m.key);
	return r;
}
