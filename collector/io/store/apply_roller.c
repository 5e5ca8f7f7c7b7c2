/* apply_roller.c - the rows of the roller: chunks, figures, and what goes.
 * i = device, hour or day, roll, shape, hours. */
#include <stdio.h>

#include "collector/io/store/apply_priv.h"

int apply_chunk(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_CHUNK);

	for (int i = 0; i < 5; i++)
		(void)sqlite3_bind_int64(st, 1 + i, op->i[i]);
	apply_bind_bytes(st, 6, op_bytes(b, op, 0), op->len[0]);
	return apply_run(st);
}

int apply_day(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_DAY);

	int64_t device = op->i[0];

	if (op->len[1] > 0) { /* an archive knows it by its name */
		int r = apply_intern(a, op_bytes(b, op, 1), &device);
		if (r < 0)
			return r;
	}
	(void)sqlite3_bind_int64(st, 1, device);
	for (int i = 1; i < 3; i++)
		(void)sqlite3_bind_int64(st, 1 + i, op->i[i]);
	apply_bind_bytes(st, 4, op_bytes(b, op, 0), op->len[0]);
	return apply_run(st);
}

int apply_unroll(struct apply *a, const struct store_batch *b, const struct op *op)
{
	(void)b;
	(void)op;
	return apply_run(apply_begin(a, ST_UNROLL));
}

int apply_rolled(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_ROLLED);

	(void)b;
	(void)sqlite3_bind_int64(st, 1, op->i[0]);
	return apply_run(st);
}

int apply_join(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_JOIN);

	(void)b;
	for (int i = 0; i < 3; i++)
		(void)sqlite3_bind_int64(st, 1 + i, op->i[i]);
	return apply_run(st);
}

int apply_joined(struct apply *a, const struct store_batch *b, const struct op *op)
{
	(void)b;
	(void)op;
	return apply_run(apply_begin(a, ST_JOINED));
}

/* Pages back to the file system; one statement gives one page at a step. */
int apply_shrink(struct apply *a, const struct store_batch *b, const struct op *op)
{
	char pragma[64];

	(void)b;
	(void)snprintf(pragma, sizeof pragma, "PRAGMA incremental_vacuum(%d)", (int)op->i[0]);
	return sql_exec(a->db, pragma);
}

int apply_purge_raw(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_PURGE_RAW);

	(void)b;
	(void)sqlite3_bind_int64(st, 1, op->i[0]);
	return apply_run(st);
}

int apply_purge_old(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_PURGE_CHUNKS);

	(void)b;
	(void)sqlite3_bind_int64(st, 1, op->i[0]);
	(void)sqlite3_bind_int64(st, 2, op->i[1]);
	int r = apply_run(st);
	if (r < 0)
		return r;
	st = apply_begin(a, ST_PURGE_DAYS);
	(void)sqlite3_bind_int64(st, 1, op->i[0]);
	(void)sqlite3_bind_int64(st, 2, op->i[2]);
	return apply_run(st);
}

int apply_purge_outbox(struct apply *a, const struct store_batch *b, const struct op *op)
{
	sqlite3_stmt *st = apply_begin(a, ST_PURGE_OUTBOX);

	(void)b;
	(void)sqlite3_bind_int64(st, 1, op->i[0]);
	return apply_run(st);
}

/* What was received of a boot, unless more came meanwhile, and the layouts it used. */
int apply_forget_boot(struct apply *a, const struct store_batch *b, const struct op *op)
{
	const char *agent = op_bytes(b, op, 0);
	sqlite3_stmt *st = apply_begin(a, ST_FORGET_RANGES);
	char prefix[512];

	(void)sqlite3_bind_text(st, 1, agent, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, op->i[0]);
	(void)sqlite3_bind_int64(st, 3, op->i[1]);
	int r = apply_run(st);
	if (r < 0 || sqlite3_changes(a->db) == 0)
		return r;
	(void)snprintf(prefix, sizeof prefix, "layout/%s/%08x", agent, (unsigned)op->i[0]);
	st = apply_begin(a, ST_FORGET_LAYOUTS);
	(void)sqlite3_bind_text(st, 1, prefix, -1, SQLITE_STATIC);
	return apply_run(st);
}
