/* apply.h - the writer's side of a batch: its rows as SQL, in the writer's thread. */
#ifndef LW_STORE_APPLY_H
#define LW_STORE_APPLY_H

#include "collector/io/store/batch.h"
#include "collector/io/store/chain.h"
#include "collector/io/store/schema.h"

enum { RAW_ROW_BYTES = 1980 };

struct name_map;
struct apply {
	sqlite3 *db;
	struct chain chain;
	struct name_map *names;
	uint64_t epoch; /* counts roll-backs: ids learnt before one may not exist */
	sqlite3_stmt **stmts;
	uint8_t raw[RAW_ROW_BYTES + 64];
	size_t raw_len;
	int64_t raw_time_ds;
	int64_t now_ms; /* of the group under way */
	int64_t raw_id; /* newest: never used again, also when all of them were rolled */
	uint64_t readings;
};
/* key_path NULL: without a key, for who never signs */
int apply_open(struct apply **ret, sqlite3 *db, const char *key_path);
void apply_close(struct apply **ap);
int apply_batch(struct apply *a, const struct store_batch *b);
void apply_forget(struct apply *a); /* after a roll-back */

#endif
