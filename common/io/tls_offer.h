/* tls_offer.h - which algorithms OpenSSL holds ready in this process.
 *
 * OpenSSL 3.0 makes a table entry of each algorithm of its default provider when the first one is
 * asked for, and keeps texts for all its errors: 250 KiB of heap, of which a TLS client uses a tenth.
 * A light agent offers the few that TLS needs until somebody needs more. See provider(7),
 * OSSL_PROVIDER_add_builtin(3), OPENSSL_init_crypto(3).
 *
 * Both may be called from any thread, and again. */
#ifndef LW_TLS_OFFER_H
#define LW_TLS_OFFER_H

/* Before anything else uses OpenSSL: offer only the key exchanges, signatures, ciphers and digests of
 * common TLS 1.2 and 1.3, and no error texts. Does nothing with another OpenSSL than 3.0 and where it
 * cannot: then all are offered, as without this call. */
void tls_offer_few(void);

/* Offer all again, with texts: to be called by whatever uses OpenSSL for more than a connection to the
 * broker, and when that connection fails. */
void tls_offer_all(void);

#endif
