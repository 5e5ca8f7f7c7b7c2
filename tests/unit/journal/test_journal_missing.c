/* What the collector asks for once more: it is served, or told as lost; nothing stays without answer. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/journal/rig.h"

TestSuite(journal_missing, .init = set_up, .fini = tear_down);

/* Numbers that are served, without reading them: bit n is number n; from 64 on they are not told. */
static uint64_t served(void)
{
	struct journal_record rec;
	struct wire_head head;
	uint64_t bits = 0;

	while (journal_next(j, &rec)) {
		cr_assert_eq(wire_report_peek(rec.bytes, rec.len, &head), 0);
		if (!rec.context && head.boot_id == 11 && head.seq < 64)
			bits |= UINT64_C(1) << head.seq;
	}
	return bits;
}

static uint64_t bits_of(uint64_t first, uint64_t last)
{
	uint64_t bits = 0;

	for (uint64_t i = first; i <= last; i++)
		bits |= UINT64_C(1) << i;
	return bits;
}

static void ask(uint32_t boot_id, uint64_t first, uint64_t last)
{
	struct wire_range r = { boot_id, first, last };

	journal_missing(j, &r);
}

static void expect_lost(uint64_t first, uint64_t last)
{
	struct wire_range lost[WIRE_MAX_RANGES];
	size_t n = journal_lost(j, lost, WIRE_MAX_RANGES);

	cr_assert_eq(n, first != 0, "%zu ranges", n);
	if (n == 0)
		return;
	cr_expect_eq(lost[0].boot_id, 11);
	cr_expect_eq(lost[0].first_seq, first, "%u", (unsigned)lost[0].first_seq);
	cr_expect_eq(lost[0].last_seq, last, "%u", (unsigned)lost[0].last_seq);
	cr_expect_not(journal_has_lost(j));
}

static uint64_t rot_seq, rot_next; /* the full report that was damaged, and the next one */
static unsigned rot_which;	   /* 0: the birth, 1: the first after it … */

static void rot_full(const char *path)
{
	static uint8_t bytes[SEGMENT_MOST];
	int fd = open(path, O_RDWR);
	size_t len = (size_t)read(fd, bytes, sizeof bytes), at = SPOOL_HEADER_BYTES, skipped = 0;
	struct spool_record rec;
	struct wire_head head;
	unsigned n = 0;

	rot_seq = rot_next = 0;
	while (rot_next == 0 && spool_next(bytes, len, &at, &skipped, &rec)) {
		if (rec.type != SPOOL_REPORT)
			continue;
		cr_assert_eq(wire_report_peek(rec.payload, rec.len, &head), 0);
		if (n++ == rot_which) {
			uint8_t byte = rec.payload[rec.len - 1] ^ 1;
			rot_seq = head.seq;
			cr_assert_eq(pwrite(fd, &byte, 1,
					    (off_t)(rec.at + SPOOL_FRAME_BYTES + rec.len - 1)),
				     1);
		} else if (rot_seq != 0) {
			rot_next = head.seq;
		}
	}
	(void)close(fd);
}

static void rotten(unsigned which, unsigned reports)
{
	boot = 11;
	start(32 << 20);
	for (unsigned i = 0; i < reports; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	stop();
	rot_which = which;
	(void)each_file(rot_full);
	boot = 12;
	start(32 << 20);
}

Test(journal_missing, deltas_of_a_rotten_full_report_are_offered_once_more_and_then_lost)
{
	rotten(1, 60);
	cr_assert(rot_seq > 1 && rot_next > rot_seq + 1 && rot_next <= 60);
	cr_expect_eq(served(), bits_of(1, 60) & ~bits_of(rot_seq, rot_seq));
	expect_lost(0, 0);
	ask(11, rot_seq, rot_next - 1); /* it could not read them */
	cr_expect_eq(served(), bits_of(rot_seq + 1, rot_next - 1),
		     "it may have what is rotten here");
	expect_lost(rot_seq, rot_seq);
	ask(11, rot_seq, rot_next - 1); /* it has not */
	cr_expect_eq(served(), 0);
	expect_lost(rot_seq, rot_next - 1);
	struct wire_range all = { 11, 1, 60 }; /* the hole is written down */
	(void)journal_stored(j, &all);
	cr_expect_eq(j->n, 0, "the damaged segment is let go");
	cr_expect_eq(each_file(NULL), 0);
	stop();
}

/* The segment is this boot's and still grows; what went out live is not walked over. */
Test(journal_missing, deltas_of_a_full_report_that_rots_under_us_are_lost_too)
{
	boot = 11;
	start(32 << 20);
	for (int i = 0; i < 60; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	journal_live_from(j, 61);
	rot_which = 1;
	(void)each_file(rot_full);
	cr_assert_gt(rot_next, 0);
	(void)append(60, UPS_ONLINE, JOURNAL_SOON);
	ask(11, rot_seq, rot_next - 1);
	cr_expect_eq(served() & bits_of(rot_seq, rot_next), bits_of(rot_seq + 1, rot_next));
	expect_lost(rot_seq, rot_seq);
	(void)append(61, UPS_ONLINE, JOURNAL_SOON);
	ask(11, rot_seq, rot_next - 1);
	cr_expect_eq(served() & bits_of(rot_seq, rot_next - 1), 0);
	expect_lost(rot_seq, rot_next - 1);
	stop();
}

Test(journal_missing, without_its_birth_a_segment_is_offered_once_more_and_then_lost)
{
	rotten(0, 50);
	cr_assert_eq(rot_seq, 1);
	cr_expect_eq(served(), bits_of(2, 50));
	ask(11, 1, 50);
	cr_expect_eq(served(), bits_of(2, 50));
	expect_lost(1, 1);
	ask(11, 1, 50);
	cr_expect_eq(served(), 0);
	expect_lost(1, 50);
	stop();
}

Test(journal_missing, what_is_there_is_served_as_often_as_it_is_asked_for)
{
	rotten(1, 60);
	for (int i = 0; i < 5; i++) {
		ask(11, 2, rot_seq - 1);
		ask(11, rot_next, 60);
		uint64_t got = served();
		cr_expect_eq(got & bits_of(2, rot_seq - 1), bits_of(2, rot_seq - 1));
		cr_expect_eq(got & bits_of(rot_next, 60), bits_of(rot_next, 60));
		expect_lost(0, 0);
	}
	stop();
}

Test(journal_missing, a_deleted_segment_is_told_as_lost)
{
	boot = 11;
	start(32 << 20);
	while (j->n < 3)
		(void)append((double)(seq % 90), UPS_ONLINE, JOURNAL_SOON);
	stop();
	uint64_t end = seq;
	boot = 12;
	start(32 << 20);
	cr_assert_geq(j->n, 3);
	uint64_t first = j->segments[1].first, last = j->segments[1].last;
	char path[120], name[32];
	segment_name(name, sizeof name, j->segments[1].id);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert_eq(unlink(path), 0);
	(void)served();
	cr_expect_eq(journal_counters(j)->lost, last - first + 1);
	ask(11, 1, end);
	(void)served();
	expect_lost(first, last);
	cr_expect_eq(journal_counters(j)->gone, last - first + 1);
	ask(11, end + 1, end + 7); /* the tail of a segment that nobody has heard of */
	(void)served();
	expect_lost(end + 1, end + 7);
	stop();
}

static int refuse(const char *op)
{
	return strcmp(op, "write") == 0 ? -ENOSPC : 0;
}

Test(journal_missing, what_waits_in_memory_for_the_disk_is_not_lost)
{
	boot = 11;
	start(32 << 20);
	for (int i = 0; i < 5; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	journal_fault_hook = refuse;
	for (int i = 0; i < 5; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	ask(11, 3, 10);
	cr_expect_eq(served() & bits_of(3, 10), bits_of(3, 5));
	expect_lost(0, 0);
	ask(11, 11, 99); /* never made */
	(void)served();
	expect_lost(0, 0);
	journal_fault_hook = NULL;
	stop();
}

Test(journal_missing, a_newest_segment_that_is_about_to_be_mended_is_not_lost)
{
	boot = 11;
	start(32 << 20);
	for (int i = 0; i < 5; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	(void)each_file(remove_file);
	ask(11, 1, 5);
	(void)served();
	expect_lost(0, 0);
	(void)append(5, UPS_ONLINE, JOURNAL_SOON);
	ask(11, 1, 6);
	cr_expect_eq(served(), bits_of(1, 6));
	expect_lost(0, 0);
	stop();
}

Test(journal_missing, what_was_thinned_is_told_as_lost_until_nothing_is_open)
{
	struct wire_range lost[WIRE_MAX_RANGES];
	uint64_t told = 0;

	boot = 11;
	start(1 << 20);
	for (int i = 0; i < 40000; i++)
		(void)append(i % 100, i / 500 % 2 ? UPS_ON_BATTERY : UPS_ONLINE, JOURNAL_SOON);
	uint64_t thinned = journal_counters(j)->thinned;
	cr_assert_gt(thinned, 0);
	for (uint64_t from = 1, n = 1; n > 0; from = lost[n - 1].last_seq + 1) {
		ask(11, from, 40000);
		struct journal_record rec;
		while (journal_next(j, &rec))
			;
		n = journal_lost(j, lost, WIRE_MAX_RANGES);
		for (size_t i = 0; i < n; i++)
			told += lost[i].last_seq - lost[i].first_seq + 1;
		if (n == 0)
			break;
	}
	cr_expect_eq(told, thinned);
	stop();
}
