#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/chunk.h"

static uint64_t seed = 42;

static uint64_t dice(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 33;
}

Test(chunk, a_reading_comes_back_as_it_was)
{
	int64_t nominal[5] = { 1000, 0, -5, 2300, 0 };
	struct store_value v[5] = {
		{ 0, 998 }, { 3, 0 }, { 0, INT64_MIN }, { 0, INT64_MAX }, { 8, 0 }
	};
	struct store_value back[5];
	uint8_t buf[256];

	size_t len = reading_pack(buf, v, nominal, 5);
	cr_assert_leq(len, reading_pack_bound(5));
	cr_assert_eq(reading_unpack(buf, len, nominal, 5, back), 0);
	for (int i = 0; i < 5; i++) {
		cr_expect_eq(back[i].reason, v[i].reason);
		if (v[i].reason == 0)
			cr_expect_eq(back[i].scaled, v[i].scaled, "%d", i);
	}
	for (size_t cut = 0; cut < len; cut++)
		cr_expect_eq(reading_unpack(buf, cut, nominal, 5, back), -EBADMSG, "%zu", cut);
}

static struct chunk random_chunk(size_t rows, size_t columns)
{
	struct store_value v[8] = { 0 };
	struct chunk c;

	cr_assert_eq(chunk_init(&c, columns), 0);
	for (size_t i = 0; i < rows; i++) {
		for (size_t k = 0; k < columns; k++) {
			v[k].reason = (uint8_t)(dice() % 10 == 0 ? dice() % 12 : 0);
			v[k].scaled = dice() % 3 == 0 ? (int64_t)(dice() << 20) - (1ll << 50) : 230;
		}
		cr_assert_eq(chunk_append(&c, 17000000000ll + (int64_t)i * 300, dice() % 4 == 0, v),
			     0);
	}
	return c;
}

static bool same(const struct chunk *a, const struct chunk *b)
{
	if (a->n_rows != b->n_rows || a->n_columns != b->n_columns)
		return false;
	for (size_t i = 0; i < a->n_rows; i++) {
		if (a->time_ds[i] != b->time_ds[i] || a->flags[i] != b->flags[i])
			return false;
	}
	for (size_t i = 0; i < a->n_rows * a->n_columns; i++) {
		if (a->values[i].reason != b->values[i].reason)
			return false;
		if (a->values[i].reason == 0 && a->values[i].scaled != b->values[i].scaled)
			return false;
	}
	return true;
}

Test(chunk, any_hour_comes_back_as_it_was)
{
	for (size_t rows = 0; rows < 140; rows += 7) {
		struct chunk c = random_chunk(rows, rows % 9 % 8), back;
		uint8_t *buf;
		size_t len;

		cr_assert_eq(chunk_pack(&c, &buf, &len, NULL), 0);
		cr_assert_eq(chunk_unpack(buf, len, &back), 0, "%zu rows", rows);
		cr_expect(same(&c, &back), "%zu rows", rows);
		chunk_fini(&c);
		chunk_fini(&back);
		free(buf);
	}
}

Test(chunk, damage_is_refused_or_gives_some_chunk_but_never_more)
{
	struct chunk c = random_chunk(60, 4), back;
	uint8_t *buf;
	size_t len;

	cr_assert_eq(chunk_pack(&c, &buf, &len, NULL), 0);
	for (size_t cut = 0; cut < len; cut++)
		cr_expect_eq(chunk_unpack(buf, cut, &back), -EBADMSG);
	for (int i = 0; i < 2000; i++) {
		uint8_t *bad = malloc(len);

		memcpy(bad, buf, len);
		bad[dice() % len] ^= (uint8_t)(1 + dice() % 255);
		if (chunk_unpack(bad, len, &back) == 0)
			chunk_fini(&back);
		free(bad);
	}
	chunk_fini(&c);
	free(buf);
}

Test(chunk, a_steady_hour_costs_a_handful_of_bytes)
{
	struct store_value v[15] = { 0 };
	struct chunk c;
	uint8_t *buf;
	size_t len;

	cr_assert_eq(chunk_init(&c, 15), 0);
	for (int64_t i = 0; i < 120; i++)
		cr_assert_eq(chunk_append(&c, 17000000000ll + i * 300, 0, v), 0);
	cr_assert_eq(chunk_pack(&c, &buf, &len, NULL), 0);
	cr_expect_leq(len, 90, "%zu bytes for 1800 samples", len);
	chunk_fini(&c);
	free(buf);
}

Test(chunk, sorting_brings_late_rows_to_their_place_and_drops_doubles)
{
	static const int64_t times[] = { 5, 1, 3, 3, 9, 1, 7 };
	struct chunk c;

	cr_assert_eq(chunk_init(&c, 1), 0);
	for (int i = 0; i < 7; i++) {
		struct store_value v = { 0, times[i] == 3 ? i : times[i] };
		cr_assert_eq(chunk_append(&c, times[i], 0, &v), 0);
	}
	chunk_sort(&c);
	static const int64_t want[] = { 1, 3, 3, 5, 7, 9 };
	static const int64_t value[] = { 1, 2, 3, 5, 7, 9 };
	cr_assert_eq(c.n_rows, 6);
	for (int i = 0; i < 6; i++) {
		cr_expect_eq(c.time_ds[i], want[i]);
		cr_expect_eq(c.values[i].scaled, value[i]);
	}
	chunk_fini(&c);
}

Test(chunk, a_chunk_that_is_full_says_so)
{
	static struct store_value v[1024];
	struct chunk c;
	int r = 0;

	cr_assert_eq(chunk_init(&c, 1024), 0);
	for (int i = 0; i < 2000 && r == 0; i++)
		r = chunk_append(&c, i, 0, v);
	cr_expect_eq(r, -ENOSPC);
	cr_expect_eq(c.n_rows, 1024);
	chunk_fini(&c);
}

Test(chunk, a_summary_keeps_unknown_apart)
{
	struct chunk_summary s;
	struct chunk c;

	cr_assert_eq(chunk_init(&c, 1), 0);
	for (int i = 0; i < 4; i++) {
		struct store_value v = { (uint8_t)(i == 2 ? 8 : 0), i * 10 };
		cr_assert_eq(chunk_append(&c, i, 0, &v), 0);
	}
	chunk_summarise(&c, 0, 0, 4, &s);
	cr_expect_eq(s.n, 3);
	cr_expect_eq(s.n_unknown, 1);
	cr_expect_eq(s.min, 0);
	cr_expect_eq(s.max, 30);
	cr_expect_float_eq(s.mean, 40.0 / 3, 1e-9);
	chunk_fini(&c);
}
