/* chain.c - the proof that the history was not edited.
 *
 * Each state change and event carries BLAKE2b-256 over the hash of the one before it and its own
 * content; once a day (UTC) the newest hash is signed with Ed25519. A changed, dropped or moved
 * record breaks the chain at its place; a chain made anew lacks the signatures. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/io/store/chain.h"
#include "collector/io/store/schema.h"
#include "collector/io/store/walk.h"

enum { MS_PER_DAY = 86400000 };

static void mix_number(crypto_generichash_state *h, int64_t v)
{
	uint8_t le[8];

	for (int i = 0; i < 8; i++)
		le[i] = (uint8_t)((uint64_t)v >> (8 * i));
	(void)crypto_generichash_update(h, le, sizeof le);
}

static void mix_text(crypto_generichash_state *h, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	mix_number(h, (int64_t)len);
	(void)crypto_generichash_update(h, (const unsigned char *)(len > 0 ? text : ""), len);
}

void chain_hash(uint8_t ret[HASH_BYTES], const uint8_t before[HASH_BYTES], const struct link *l)
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, HASH_BYTES);
	(void)crypto_generichash_update(&h, before, HASH_BYTES);
	mix_number(&h, l->n);
	mix_number(&h, l->wall_ms);
	mix_number(&h, l->span);
	mix_number(&h, l->kind);
	mix_number(&h, l->state);
	mix_number(&h, l->since_ms);
	mix_number(&h, l->until_ms);
	mix_text(&h, l->type);
	mix_text(&h, l->entity);
	mix_text(&h, l->body);
	(void)crypto_generichash_final(&h, ret, HASH_BYTES);
}

/* Whole or not at all, and on disk before it is used. */
static int make_seed(const char *path, unsigned char *seed)
{
	char tmp[4096];
	int r = 0;

	if (snprintf(tmp, sizeof tmp, "%s.new", path) >= (int)sizeof tmp)
		return -ENAMETOOLONG;
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	randombytes_buf(seed, crypto_sign_SEEDBYTES);
	if (write(fd, seed, crypto_sign_SEEDBYTES) != crypto_sign_SEEDBYTES || fsync(fd) < 0)
		r = errno != 0 ? -errno : -EIO;
	(void)close(fd);
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(tmp);
	return r;
}

int chain_keys(struct chain *c, const char *path)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	int r = 0;

	if (sodium_init() < 0)
		return -EIO;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, seed, sizeof seed) != (ssize_t)sizeof seed)
			r = -EBADMSG;
		(void)close(fd);
	} else {
		r = errno == ENOENT ? make_seed(path, seed) : -errno;
	}
	if (r == 0)
		(void)crypto_sign_seed_keypair(c->public_key, c->secret_key, seed);
	sodium_memzero(seed, sizeof seed);
	return r;
}

static int load_hash(sqlite3 *db, const char *sql, int64_t *ret_n, int64_t *ret_wall_ms,
		     uint8_t *ret_hash)
{
	sqlite3_stmt *st = NULL;
	int r = sql_error(sqlite3_prepare_v2(db, sql, -1, &st, NULL));

	if (r < 0)
		return r;
	int rc = sqlite3_step(st);
	r = sql_error(rc);
	if (rc == SQLITE_ROW) {
		*ret_n = sqlite3_column_int64(st, 0);
		*ret_wall_ms = sqlite3_column_int64(st, 1);
		if (sqlite3_column_bytes(st, 2) == HASH_BYTES)
			memcpy(ret_hash, sqlite3_column_blob(st, 2), HASH_BYTES);
		else
			r = -EBADMSG;
	}
	(void)sqlite3_finalize(st);
	return r;
}

int chain_load(struct chain *c, sqlite3 *db)
{
	uint8_t unused[HASH_BYTES];
	int64_t wall_ms = 0, head_ms = 0;

	c->n = c->head_n = 0;
	memset(c->hash, 0, sizeof c->hash);
	int r = load_hash(db, "SELECT n, wall_ms, hash FROM record ORDER BY n DESC LIMIT 1", &c->n,
			  &wall_ms, c->hash);
	if (r < 0)
		return r;
	r = load_hash(db, "SELECT n, wall_ms, hash FROM head ORDER BY n DESC LIMIT 1", &c->head_n,
		      &head_ms, unused);
	c->head_day = c->head_n > 0 ? head_ms / MS_PER_DAY : 0;
	return r;
}

int chain_sign(struct chain *c, sqlite3 *db, int64_t wall_ms)
{
	unsigned char signature[crypto_sign_BYTES];
	sqlite3_stmt *st = NULL;

	if (c->n == c->head_n || wall_ms / MS_PER_DAY == c->head_day)
		return 0;
	(void)crypto_sign_detached(signature, NULL, c->hash, HASH_BYTES, c->secret_key);
	int r = sql_error(sqlite3_prepare_v2(
		db, "INSERT INTO head(n, wall_ms, hash, public_key, signature) VALUES(?,?,?,?,?)",
		-1, &st, NULL));
	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(st, 1, c->n);
	(void)sqlite3_bind_int64(st, 2, wall_ms);
	(void)sqlite3_bind_blob(st, 3, c->hash, HASH_BYTES, SQLITE_STATIC);
	(void)sqlite3_bind_blob(st, 4, c->public_key, sizeof c->public_key, SQLITE_STATIC);
	(void)sqlite3_bind_blob(st, 5, signature, sizeof signature, SQLITE_STATIC);
	r = sql_error(sqlite3_step(st));
	(void)sqlite3_finalize(st);
	if (r == 0) {
		c->head_n = c->n;
		c->head_day = wall_ms / MS_PER_DAY;
	}
	return r;
}

/* ---- looking whether it holds ---- */

struct walk {
	sqlite3 *db;
	sqlite3_stmt *heads; /* at the next head not yet passed */
	bool head_there;
	uint8_t hash[HASH_BYTES];
	int64_t n;
	struct store_proof *proof;
	char *err;
	size_t err_size;
};

static int broken(struct walk *w, int64_t n, const char *how)
{
	(void)snprintf(w->err, w->err_size, "record %lld: %s", (long long)n, how);
	return 1;
}

static void next_head(struct walk *w)
{
	w->head_there = sqlite3_step(w->heads) == SQLITE_ROW;
}

static int check_head(struct walk *w)
{
	const void *hash = sqlite3_column_blob(w->heads, 2);
	const void *key = sqlite3_column_blob(w->heads, 3);
	const void *signature = sqlite3_column_blob(w->heads, 4);

	if (sqlite3_column_bytes(w->heads, 2) != HASH_BYTES ||
	    sqlite3_column_bytes(w->heads, 3) != crypto_sign_PUBLICKEYBYTES ||
	    sqlite3_column_bytes(w->heads, 4) != crypto_sign_BYTES)
		return broken(w, w->n, "the head signed after it is damaged");
	if (memcmp(hash, w->hash, HASH_BYTES) != 0)
		return broken(w, w->n, "differs from the head that was signed after it");
	if (crypto_sign_verify_detached(signature, hash, HASH_BYTES, key) != 0)
		return broken(w, w->n, "the signature of its head is not valid");
	w->proof->heads++;
	w->proof->last_head_ms = sqlite3_column_int64(w->heads, 1);
	(void)sodium_bin2hex(w->proof->public_key, sizeof w->proof->public_key, key,
			     crypto_sign_PUBLICKEYBYTES);
	next_head(w);
	return 0;
}

static int check_record(struct walk *w, sqlite3_stmt *st)
{
	struct link l = {
		.n = sqlite3_column_int64(st, 0),
		.wall_ms = sqlite3_column_int64(st, 1),
		.span = sqlite3_column_int64(st, 2),
		.type = (const char *)sqlite3_column_text(st, 3),
		.kind = sqlite3_column_int64(st, 4),
		.entity = (const char *)sqlite3_column_text(st, 5),
		.state = sqlite3_column_int64(st, 6),
		.since_ms = sqlite3_column_int64(st, 7),
		.until_ms = sqlite3_column_int64(st, 8),
		.body = (const char *)sqlite3_column_text(st, 9),
	};
	uint8_t hash[HASH_BYTES];

	if (l.n != w->n + 1)
		return broken(w, w->n + 1, "is missing");
	chain_hash(hash, w->hash, &l);
	if (sqlite3_column_bytes(st, 10) != HASH_BYTES ||
	    memcmp(hash, sqlite3_column_blob(st, 10), HASH_BYTES) != 0)
		return broken(w, l.n, "was changed, or stands in another's place");
	memcpy(w->hash, hash, HASH_BYTES);
	w->n = l.n;
	w->proof->records++;
	return w->head_there && sqlite3_column_int64(w->heads, 0) == w->n ? check_head(w) : 0;
}

static int check_all(struct walk *w, sqlite3_stmt *records)
{
	int rc, r = 0;

	next_head(w);
	while ((rc = sqlite3_step(records)) == SQLITE_ROW) {
		r = check_record(w, records);
		if (r != 0)
			return r;
	}
	r = sql_error(rc);
	if (r == 0 && w->head_there)
		r = broken(w, w->n + 1, "is missing: a head was signed after it");
	return r;
}

int store_verify(struct store_reader *reader, struct store_proof *ret, char *reterr,
		 size_t reterr_size)
{
	struct store_proof proof = { 0 };
	struct walk w = {
		.db = reader->db, .proof = &proof, .err = reterr, .err_size = reterr_size
	};
	sqlite3_stmt *records = NULL;
	int r = sodium_init() < 0 ? -EIO : 0;

	if (r == 0)
		r = sql_exec(w.db, "BEGIN");
	if (r < 0)
		return r;
	r = sql_error(sqlite3_prepare_v2(w.db,
					 "SELECT r.n, r.wall_ms, span, type, kind, text, state, "
					 "since_ms, until_ms, body, hash FROM record r LEFT JOIN "
					 "name ON name.id = entity ORDER BY r.n",
					 -1, &records, NULL));
	if (r == 0)
		r = sql_error(sqlite3_prepare_v2(
			w.db, "SELECT n, wall_ms, hash, public_key, signature FROM head ORDER BY n",
			-1, &w.heads, NULL));
	if (r == 0)
		r = check_all(&w, records);
	if (r < 0)
		(void)snprintf(reterr, reterr_size, "cannot read: %s", sqlite3_errmsg(w.db));
	(void)sqlite3_finalize(records);
	(void)sqlite3_finalize(w.heads);
	(void)sql_exec(w.db, "COMMIT");
	*ret = proof;
	return r;
}
