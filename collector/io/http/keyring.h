/* keyring.h - private to http/: sessions and tokens seen lately, and who failed to sign in lately.
 * Both tables have a fixed size; what collides is forgotten. Loop thread only. */
#ifndef LW_KEYRING_H
#define LW_KEYRING_H

#include "collector/io/access/access.h"

struct keyring;

enum { KEYRING_TRUST_MS = 30000, KEYRING_TRIES = 5, KEYRING_WINDOW_MS = 60000 };

struct keyring *keyring_new(void);
void keyring_free(struct keyring *k);

/* Who holds `secret`, when the file was asked less than KEYRING_TRUST_MS ago; NULL: ask it. */
const struct access_who *keyring_get(struct keyring *k, const char *secret, int64_t mono_ms);
/* role ROLE_NONE remembers that nobody does. */
void keyring_put(struct keyring *k, const char *secret, const struct access_who *who,
		 int64_t mono_ms);
void keyring_drop(struct keyring *k, const char *secret);

/* How long until `peer` (or a name) may try to sign in: 0 while fewer than KEYRING_TRIES failures
 * stand in the window. */
int64_t keyring_wait_ms(struct keyring *k, const char *peer, int64_t mono_ms);
void keyring_failed(struct keyring *k, const char *peer, int64_t mono_ms);

#endif
