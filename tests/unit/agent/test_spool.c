#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/lane.h"
#include "agent/core/spool.h"

static size_t put(uint8_t *buf, size_t at, enum spool_type type, const char *text)
{
	size_t len = strlen(text);

	memcpy(buf + at + SPOOL_FRAME_BYTES, text, len);
	spool_frame_write(buf + at, type, buf + at + SPOOL_FRAME_BYTES, len);
	return at + SPOOL_FRAME_BYTES + len;
}

Test(spool, the_checksum_is_crc32c)
{
	cr_expect_eq(spool_crc("123456789", 9), 0xe3069283);
	cr_expect_eq(spool_crc("", 0), 0);
}

Test(spool, a_header_survives_and_a_damaged_one_is_refused)
{
	struct spool_header h = { 0xdeadbeef, 1790000000123, true }, back;
	uint8_t bytes[SPOOL_HEADER_BYTES];

	spool_header_write(bytes, &h);
	cr_assert(spool_header_read(bytes, sizeof bytes, &back));
	cr_expect_eq(back.boot_id, h.boot_id);
	cr_expect_eq(back.created_wall_ms, h.created_wall_ms);
	cr_expect(back.thinned);
	cr_expect_not(spool_header_read(bytes, sizeof bytes - 1, &back));
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] ^= 4;
		cr_expect(!spool_header_read(bytes, sizeof bytes, &back) || (i >= 24 && i < 24),
			  "byte %zu", i);
		bytes[i] ^= 4;
	}
}

Test(spool, each_flipped_bit_costs_its_own_record_and_no_other)
{
	uint8_t buf[256];
	size_t ends[3], n = 0;

	n = ends[0] = put(buf, n, SPOOL_CONTEXT, "the birth");
	n = ends[1] = put(buf, n, SPOOL_REPORT, "a report");
	n = ends[2] = put(buf, n, SPOOL_REPORT, "another report");
	for (size_t bit = 0; bit < n * 8; bit++) {
		struct spool_record r;
		size_t at = 0, skipped = 0, found = 0;
		size_t hurt = bit / 8 < ends[0] ? 0 : bit / 8 < ends[1] ? 1 : 2;

		buf[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		while (spool_next(buf, n, &at, &skipped, &r)) {
			size_t which = r.at < ends[0] ? 0 : r.at < ends[1] ? 1 : 2;
			cr_expect_neq(which, hurt, "bit %zu went unseen", bit);
			found++;
		}
		cr_expect_eq(found, 2, "bit %zu", bit);
		cr_expect_gt(skipped, 0);
		buf[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
}

Test(spool, a_tail_that_was_torn_anywhere_leaves_what_came_before)
{
	uint8_t buf[256];
	size_t first, n = 0;

	n = first = put(buf, n, SPOOL_REPORT, "a report");
	n = put(buf, n, SPOOL_REPORT, "another report");
	for (size_t cut = first; cut < n; cut++) {
		struct spool_record r;
		size_t at = 0, skipped = 0;

		cr_expect(spool_next(buf, cut, &at, &skipped, &r));
		cr_expect_not(spool_next(buf, cut, &at, &skipped, &r));
	}
}

Test(spool, a_set_of_numbers_agrees_with_a_plain_list)
{
	struct spool_set s = { .n = 0 };
	bool list[200] = { false };

	srand(7);
	for (int turn = 0; turn < 400; turn++) {
		uint64_t first = (uint64_t)rand() % 190, last = first + (uint64_t)rand() % 9;

		if (spool_set_add(&s, first, last))
			for (uint64_t i = first; i <= last; i++)
				list[i] = true;
		for (uint64_t i = 0; i < 200; i++)
			cr_assert_eq(spool_set_has(&s, i), list[i], "turn %d, %u", turn,
				     (unsigned)i);
		for (unsigned i = 1; i < s.n; i++)
			cr_assert_gt(s.ranges[i].first, s.ranges[i - 1].last + 1);
	}
}

Test(lane, the_backlog_keeps_to_its_bandwidth)
{
	struct lane l;
	uint64_t now = 0, bytes = 0;

	lane_init(&l, 256, 0);
	while (now < 60000) {
		while (lane_open(&l, now)) {
			lane_sent(&l, 200, now);
			lane_stored(&l, 1, now);
			bytes += 200 + LANE_OVERHEAD;
		}
		uint64_t wake = lane_wake_ms(&l, now);
		cr_assert_gt(wake, now);
		now = wake;
	}
	cr_expect_leq(bytes * 8 / 60, 257000);
	cr_expect_geq(bytes * 8 / 60, 250000);
}

Test(lane, a_collector_that_stores_nothing_is_sent_one_window_and_then_asked_ever_less_often)
{
	struct lane l;
	unsigned sent = 0, stalls = 0;

	lane_init(&l, 100000, 0);
	for (uint64_t now = 0; now < 3600000; now += 100) {
		stalls += lane_stalled(&l, now);
		while (lane_open(&l, now)) {
			lane_sent(&l, 50, now);
			sent++;
		}
	}
	cr_expect_leq(stalls, 10);
	cr_expect_geq(stalls, 5);
	cr_expect_eq(sent, (stalls + 1) * LANE_WINDOW);
}
