/* store_same.h - do two stores say the same? Of the device of store_filled.h, and of every table. */
#ifndef LW_STORE_SAME_H
#define LW_STORE_SAME_H

#include "store_filled.h"

/* What a store says, as one number: rows in the order that the tables give them. */
static inline uint64_t mix(uint64_t h, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

static inline int mix_reading(void *arg, const char *device, const struct store_series *s, size_t n,
			      int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	uint64_t *h = arg;

	*h = mix(*h, device, strlen(device));
	*h = mix(*h, &wall_ms, sizeof wall_ms);
	*h = mix(*h, &flags, sizeof flags);
	for (size_t i = 0; i < n; i++) {
		int64_t scaled = v[i].reason == 0 ? v[i].scaled : 0;

		*h = mix(*h, &s[i].metric, sizeof s[i].metric);
		*h = mix(*h, &v[i].reason, 1);
		*h = mix(*h, &scaled, sizeof scaled);
	}
	return 0;
}

static inline int mix_hour(void *arg, const struct store_hour *x)
{
	uint64_t *h = arg;
	int64_t figures[] = { x->hour_ms, x->n, x->n_unknown, x->n > 0 ? x->min : 0,
			      x->n > 0 ? x->max : 0 };
	int64_t mean = x->n > 0 ? (int64_t)(x->mean * 256 + 0.5) : 0; /* kept in steps */

	*h = mix(*h, figures, sizeof figures);
	*h = mix(*h, &mean, sizeof mean);
	return 0;
}

static inline int mix_state(void *arg, const struct store_state_row *s)
{
	uint64_t *h = arg;
	int64_t row[] = { (int64_t)s->n, s->kind,    s->state, s->since_ms,
			  s->until_ms,	 s->wall_ms, s->healed };

	*h = mix(mix(*h, row, sizeof row), s->entity, strlen(s->entity));
	return 0;
}

/* What availability is summed up from, of spans that begin anywhere. */
static inline uint64_t mix_spans(struct store_reader *r)
{
	uint64_t h = 1;

	for (int64_t from = t0 - 1000000; from < t0 + 60000000; from += 777777)
		cr_assert_eq(store_read_states(r, -1, NULL, from, from + 5000000, mix_state, &h),
			     0);
	return h;
}

static inline uint64_t mix_rows(struct store_reader *r, const char *sql)
{
	uint64_t h = 14695981039346656037u;
	sqlite3_stmt *st;

	cr_assert_eq(sqlite3_prepare_v2(r->db, sql, -1, &st, NULL), SQLITE_OK, "%s",
		     sqlite3_errmsg(r->db));
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++)
			h = mix(h, sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
	(void)sqlite3_finalize(st);
	return h;
}

static const char *const same_tables[] = {
	"SELECT n, wall_ms, span, type, kind, (SELECT text FROM name WHERE id = entity), state, "
	"since_ms, until_ms, body, hash FROM record ORDER BY n",
	"SELECT * FROM head ORDER BY n",
	"SELECT kind, text, top_ms, reach_ms, heal_ms FROM watched JOIN name ON name.id = entity "
	"ORDER BY kind, text",
	"SELECT text, boot, first, last, wall_ms FROM hole JOIN name ON name.id = agent",
	"SELECT text, boot, offset_ms, body FROM ranges JOIN name ON name.id = agent",
	"SELECT wall_ms, topic, reason, full_len, body FROM quarantine ORDER BY id",
	"SELECT key, due_ms, done_ms, attempts, error, json FROM outbox ORDER BY id",
	"SELECT key, value FROM blob ORDER BY key",
	/* the ages of rows, which an older version did not keep */
	"SELECT text, boot, changed_ms FROM ranges JOIN name ON name.id = agent",
	"SELECT key, changed_ms FROM outbox ORDER BY id",
};
enum { SAME_ALL = sizeof same_tables / sizeof *same_tables, SAME_BUT_AGES = SAME_ALL - 2 };

static inline void expect_same(struct store_reader *a, struct store_reader *b, size_t n_tables)
{
	struct store_reader *both[] = { a, b };
	uint64_t readings[2] = { 1, 1 }, hours[2] = { 1, 1 };

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(store_read_all(both[i], 0, INT64_MAX, mix_reading, &readings[i]), 0);
		for (int k = 0; k < 3; k++)
			cr_assert_eq(store_read_hours(both[i], "danang/ups-1",
						      &same_series_of_ups[k], 0, INT64_MAX,
						      mix_hour, &hours[i]),
				     0);
	}
	cr_expect_eq(mix_spans(a), mix_spans(b), "states of spans differ");
	cr_expect_eq(readings[0], readings[1], "readings differ");
	cr_expect_eq(hours[0], hours[1], "hourly figures differ");
	for (size_t k = 0; k < n_tables; k++)
		cr_expect_eq(mix_rows(a, same_tables[k]), mix_rows(b, same_tables[k]), "%s",
			     same_tables[k]);
}

#endif
