/* chain.h - the hash chain of state changes and events, and its signed heads. */
#ifndef LW_STORE_CHAIN_H
#define LW_STORE_CHAIN_H

#include <sodium.h>
#include <sqlite3.h>
#include <stdint.h>

enum { HASH_BYTES = 32 };
enum { SPAN_EVENT = 0, SPAN_STATE = 1, SPAN_HEALED = 2 };

struct link {
	int64_t n, wall_ms, span, kind, state, since_ms, until_ms;
	const char *type, *entity, *body;
};
struct chain {
	int64_t n; /* newest record, 0: none */
	uint8_t hash[HASH_BYTES];
	int64_t head_n, head_day;
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
};
int chain_keys(struct chain *c, const char *path); /* reads or makes the key */
int chain_load(struct chain *c, sqlite3 *db);
void chain_hash(uint8_t ret[HASH_BYTES], const uint8_t before[HASH_BYTES], const struct link *l);
int chain_sign(struct chain *c, sqlite3 *db, int64_t wall_ms); /* the day's head, when due */

#endif
