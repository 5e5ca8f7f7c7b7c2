#include "collector/io/http/keyring.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 4096, PEERS = 1024, HASH = 32 };

struct key {
	unsigned char hash[HASH];
	struct access_who who;
	int64_t asked_ms;
	bool used;
};

struct peer {
	uint64_t hash;
	int64_t since_ms;
	unsigned failures;
};

struct keyring {
	struct key keys[KEYS];
	struct peer peers[PEERS];
	unsigned char salt[crypto_generichash_KEYBYTES]; /* nobody can aim at a slot */
};

struct keyring *keyring_new(void)
{
	struct keyring *k = calloc(1, sizeof *k);

	if (k != NULL)
		randombytes_buf(k->salt, sizeof k->salt);
	return k;
}

void keyring_free(struct keyring *k)
{
	if (k != NULL)
		sodium_memzero(k, sizeof *k);
	free(k);
}

static void hash_of(const struct keyring *k, const char *text, unsigned char ret[HASH])
{
	(void)crypto_generichash(ret, HASH, (const unsigned char *)text, strlen(text), k->salt,
				 sizeof k->salt);
}

static struct key *slot(struct keyring *k, const unsigned char hash[HASH])
{
	return &k->keys[(hash[0] | (unsigned)hash[1] << 8) % KEYS];
}

const struct access_who *keyring_get(struct keyring *k, const char *secret, int64_t mono_ms)
{
	unsigned char hash[HASH];
	struct key *s;

	hash_of(k, secret, hash);
	s = slot(k, hash);
	if (!s->used || sodium_memcmp(s->hash, hash, HASH) != 0 ||
	    mono_ms - s->asked_ms > KEYRING_TRUST_MS)
		return NULL;
	return &s->who;
}

void keyring_put(struct keyring *k, const char *secret, const struct access_who *who,
		 int64_t mono_ms)
{
	unsigned char hash[HASH];
	struct key *s;

	hash_of(k, secret, hash);
	s = slot(k, hash);
	memcpy(s->hash, hash, HASH);
	s->who = *who;
	s->asked_ms = mono_ms;
	s->used = true;
}

void keyring_drop(struct keyring *k, const char *secret)
{
	unsigned char hash[HASH];
	struct key *s;

	hash_of(k, secret, hash);
	s = slot(k, hash);
	if (s->used && sodium_memcmp(s->hash, hash, HASH) == 0)
		s->used = false;
}

static struct peer *peer_of(struct keyring *k, const char *name, int64_t mono_ms)
{
	unsigned char hash[HASH];
	struct peer *p;
	uint64_t h;

	hash_of(k, name, hash);
	memcpy(&h, hash, sizeof h);
	p = &k->peers[h % PEERS];
	if (p->hash != h || mono_ms - p->since_ms > KEYRING_WINDOW_MS)
		*p = (struct peer){ h, mono_ms, 0 };
	return p;
}

int64_t keyring_wait_ms(struct keyring *k, const char *peer, int64_t mono_ms)
{
	const struct peer *p = peer_of(k, peer, mono_ms);

	return p->failures < KEYRING_TRIES ? 0 : p->since_ms + KEYRING_WINDOW_MS + 1 - mono_ms;
}

void keyring_failed(struct keyring *k, const char *peer, int64_t mono_ms)
{
	peer_of(k, peer, mono_ms)->failures++;
}
