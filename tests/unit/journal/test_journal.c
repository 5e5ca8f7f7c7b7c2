/* The journal on a real folder: what goes in comes out, whatever happens to the disk in between. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/image.h"
#include "tests/unit/journal/rig.h"

TestSuite(journal, .init = set_up, .fini = tear_down);

Test(journal, what_went_in_comes_out_in_order_and_with_its_values)
{
	start(32 << 20);
	for (int i = 0; i < 5000; i++)
		cr_assert_eq(append(100 - i % 50, UPS_ONLINE, JOURNAL_SOON), 0);
	struct heard *h = listen_all();
	cr_assert_eq(h->n, 5000);
	expect_run(h, 0, 1, 5000);
	for (int i = 0; i < 5000; i++)
		cr_assert_eq(h->charges[i], 100 - i % 50, "number %d", i + 1);
	heard_free(h);
	struct journal_record rec;
	cr_expect_not(journal_next(j, &rec), "nothing is served twice by itself");
	journal_rewind(j);
	h = listen_all();
	cr_expect_eq(h->n, 5000);
	heard_free(h);
	stop();
}

Test(journal, a_new_boot_finds_what_the_old_one_left)
{
	struct wire_range backlog[4];

	start(32 << 20);
	for (int i = 0; i < 300; i++)
		(void)append(50, UPS_ONLINE, JOURNAL_SOON);
	stop();
	boot = 12;
	start(32 << 20);
	for (int i = 0; i < 10; i++)
		(void)append(60, UPS_ONLINE, JOURNAL_SOON);
	cr_assert_eq(journal_backlog(j, backlog, 4), 1);
	cr_expect_eq(backlog[0].boot_id, 11);
	cr_expect_eq(backlog[0].last_seq, 300);
	cr_expect_eq(journal_first_seq(j, 99), 1);
	struct heard *h = listen_all();
	cr_assert_eq(h->n, 310);
	cr_expect_eq(h->boots[299], 11);
	cr_expect_eq(h->boots[300], 12);
	heard_free(h);
	stop();
}

Test(journal, only_what_was_stored_goes_and_it_goes_by_whole_segments)
{
	start(32 << 20);
	while (each_file(NULL) < 4)
		(void)append((double)(seq % 90), seq % 2 ? UPS_ONLINE : UPS_ON_BATTERY,
			     JOURNAL_SOON);
	struct wire_range other = { 99, 1, seq }, none = { boot, seq + 1, UINT64_MAX },
			  half = { boot, 1, j->segments[0].last / 2 }, all = { boot, 1, seq };
	cr_expect_eq(journal_stored(j, &other), 0);
	cr_expect_eq(journal_stored(j, &none), 0);
	cr_expect_eq(journal_stored(j, &half), half.last_seq);
	cr_expect_eq(each_file(NULL), 4);
	struct heard *h = listen_all();
	cr_expect_eq(h->seqs[0], half.last_seq + 1, "what is stored is not sent again");
	cr_expect_gt(h->contexts, 0);
	heard_free(h);
	cr_expect_eq(journal_stored(j, &all), seq - half.last_seq);
	cr_expect_eq(each_file(NULL), 1, "the one that is written stays");
	stop();
}

Test(journal, what_went_out_live_is_left_to_its_acknowledgement_unless_it_is_missed)
{
	struct wire_range missed = { 11, 22, 23 };

	boot = 11;
	start(32 << 20);
	for (int i = 0; i < 20; i++)
		(void)append(50 + i, UPS_ONLINE, JOURNAL_SOON);
	journal_live_from(j, 21);
	for (int i = 20; i < 30; i++)
		(void)append(50 + i, UPS_ONLINE, JOURNAL_SOON);
	struct heard *h = listen_all();
	cr_expect_eq(h->n, 20);
	heard_free(h);
	journal_missing(j, &missed);
	h = listen_all();
	cr_assert_geq(h->n, 2);
	cr_expect_eq(h->seqs[h->n - 1], 23);
	cr_expect_eq(h->charges[h->n - 1], 72, "the delta came with what it rests on");
	heard_free(h);
	stop();
}

static void flip_in_the_middle(const char *path)
{
	struct stat st;
	uint8_t byte;
	int fd = open(path, O_RDWR);

	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(pread(fd, &byte, 1, st.st_size / 2), 1);
	byte ^= 0x40;
	cr_assert_eq(pwrite(fd, &byte, 1, st.st_size / 2), 1);
	(void)close(fd);
}

static void tear_off_tail(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(truncate(path, st.st_size - 7), 0);
}

static void damage_and_count(void (*damage)(const char *path), size_t least, size_t most)
{
	boot = 11;
	start(32 << 20);
	for (int i = 0; i < 100; i++)
		(void)append(50, i % 2 ? UPS_ONLINE : UPS_ON_BATTERY, JOURNAL_SOON);
	stop();
	(void)each_file(damage);
	boot = 12;
	start(32 << 20);
	cr_expect_gt(journal_counters(j)->damaged, 0);
	struct heard *h = listen_all();
	cr_expect(h->n >= least && h->n <= most, "%zu", h->n);
	heard_free(h);
	stop();
}

Test(journal, a_torn_tail_costs_the_last_report_only)
{
	damage_and_count(tear_off_tail, 99, 99);
}

Test(journal, a_rotten_bit_costs_one_report_only)
{
	damage_and_count(flip_in_the_middle, 99, 99);
}

/* The n-th disk operation fails and all after it for a while; in the end nothing is lost. */
static unsigned calls, fail_from, fail_to;

static int fail_some(const char *op)
{
	(void)op;
	calls++;
	return calls >= fail_from && calls < fail_to ? -ENOSPC : 0;
}

Test(journal, no_report_is_lost_whichever_write_fails, .timeout = 600)
{
	for (unsigned n = 1; n <= 40; n++) {
		boot = 100 + n;
		calls = 0;
		fail_from = n;
		fail_to = n + 5;
		journal_fault_hook = fail_some;
		start(32 << 20);
		for (int i = 0; i < 30; i++) {
			j->retry_ms = 0; /* as if a second had passed */
			(void)append(i, UPS_ONLINE, JOURNAL_NOW);
		}
		j->retry_ms = 0;
		journal_fault_hook = NULL;
		cr_assert_eq(append(30, UPS_ONLINE, JOURNAL_NOW), 0);
		cr_expect_eq(journal_counters(j)->lost, 0);
		struct wire_range former = { boot - 1, 1, 31 };
		(void)journal_stored(j, &former);
		struct heard *h = listen_all();
		cr_assert_eq(h->n, 31, "failing from call %u: %zu of 31", n, h->n);
		for (int i = 0; i < 31; i++)
			cr_assert_eq(h->charges[i], i);
		heard_free(h);
		stop();
	}
}

Test(journal, a_folder_that_cannot_be_written_keeps_reports_in_memory_and_counts_what_it_drops)
{
	boot = 11;
	(void)rmdir(folder);
	int fd = open(folder, O_CREAT | O_WRONLY, 0600); /* a file where the folder should be */
	(void)close(fd);
	start(32 << 20);
	for (int i = 0; i < 50; i++)
		cr_assert_lt(append(i, UPS_ONLINE, JOURNAL_SOON), 0);
	cr_expect_eq(journal_counters(j)->lost, 0);
	(void)unlink(folder);
	j->retry_ms = 0;
	cr_assert_eq(append(50, UPS_ONLINE, JOURNAL_SOON), 0);
	struct heard *h = listen_all();
	cr_expect_eq(h->n, 51);
	heard_free(h);
	stop();
}

/* What is acknowledged while the disk is read-only cannot be unlinked; its name must not be taken for
 * the next segment's when the disk is writable again. */
Test(journal, a_file_that_could_not_be_removed_does_not_stand_in_the_way)
{
	boot = 11;
	start(32 << 20);
	(void)append(1, UPS_ONLINE, JOURNAL_SOON);
	stop();
	boot = 12;
	start(32 << 20);
	cr_assert_eq(j->n, 1);
	j->n = 0; /* as after an unlink that failed */
	cr_assert_eq(append(2, UPS_ONLINE, JOURNAL_SOON), 0);
	cr_expect_eq(journal_counters(j)->write_errors, 0);
	struct heard *h = listen_all();
	cr_assert_eq(h->n, 1);
	cr_expect_eq(h->charges[0], 2);
	heard_free(h);
	stop();
}

/* ---- power cuts: of what was written after the last sync anything may be missing ---- */

enum { CUT_MAX = 16384, SECTOR = 64 };

static unsigned folder_syncs;

static int count_folder_syncs(const char *op)
{
	folder_syncs += strcmp(op, "sync folder") == 0;
	return 0;
}

static char only_path[400];

static void note_path(const char *path)
{
	(void)snprintf(only_path, sizeof only_path, "%s", path);
}

static void put_file(const uint8_t *bytes, size_t len)
{
	int fd = open(only_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
}

static void expect_what_was_synced(uint64_t synced, const char *how, size_t at)
{
	boot++;
	start(32 << 20);
	struct heard *h = listen_all();
	cr_assert_geq(h->n, synced, "%s at %zu: %zu of %u", how, at, h->n, (unsigned)synced);
	for (size_t i = 0; i < h->n; i++)
		cr_assert_eq(h->charges[i], (double)h->seqs[i], "%s at %zu: invented", how, at);
	expect_run(h, 0, 1, synced);
	heard_free(h);
	stop();
}

Test(journal, a_power_cut_at_any_byte_and_in_any_order_costs_nothing_that_was_synced,
     .timeout = 600)
{
	static uint8_t whole[CUT_MAX], broken[CUT_MAX];
	struct stat st;

	boot = 1000;
	folder_syncs = 0;
	journal_fault_hook = count_folder_syncs;
	start(32 << 20);
	for (int i = 1; i <= 8; i++)
		(void)append(i, UPS_ONLINE, i == 8 ? JOURNAL_NOW : JOURNAL_SOON);
	while (synced_to < 8)
		(void)uv_run(&loop, UV_RUN_ONCE);
	cr_expect_eq(folder_syncs, 1, "the file's name was made safe with its bytes");
	(void)each_file(note_path);
	cr_assert_eq(stat(only_path, &st), 0);
	size_t safe = (size_t)st.st_size;
	for (int i = 9; i <= 16; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	int fd = open(only_path, O_RDONLY);
	size_t len = (size_t)read(fd, whole, sizeof whole);
	(void)close(fd);
	stop();
	journal_fault_hook = NULL;
	cr_assert(len > safe && len < sizeof whole);
	unsigned cuts = 0;
	for (size_t cut = safe; cut <= len; cut++, cuts++) {
		put_file(whole, cut);
		expect_what_was_synced(8, "torn", cut);
	}
	for (size_t at = safe; at < len;
	     at += SECTOR / 4, cuts++) { /* later sectors came before earlier ones */
		size_t n = len - at < SECTOR ? len - at : SECTOR;

		memcpy(broken, whole, len);
		memset(broken + at, 0, n);
		put_file(broken, len);
		expect_what_was_synced(8, "a sector missing", at);
	}
	for (size_t at = safe; at < len;
	     at++, cuts++) { /* the length is there, the bytes are not */
		memcpy(broken, whole, len);
		memset(broken + at, 0, len - at);
		put_file(broken, len);
		expect_what_was_synced(8, "zeros from", at);
	}
	cr_log_info("%u states of the disk after a cut\n", cuts);
}

static unsigned safe_replacements;

/* The new segment is on its way to the disk: the old one is still there under its name, whole. */
static int old_is_there(const char *op)
{
	char path[160], name[32];
	struct stat st;

	if (strcmp(op, "sync new") != 0)
		return 0;
	for (size_t i = 0; i < j->n; i++) {
		segment_name(name, sizeof name, j->segments[i].id);
		(void)snprintf(path, sizeof path, "%s/%s", folder, name);
		cr_assert_eq(stat(path, &st), 0);
		cr_assert_eq((uint64_t)st.st_size, j->segments[i].bytes, "replaced too early");
	}
	safe_replacements++;
	return 0;
}

Test(journal, a_thinned_segment_is_on_disk_before_it_replaces_the_old_one)
{
	boot = 11;
	journal_fault_hook = old_is_there;
	start(1 << 20);
	for (int i = 0; i < 40000; i++)
		(void)append(i % 100, i / 500 % 2 ? UPS_ON_BATTERY : UPS_ONLINE, JOURNAL_SOON);
	cr_expect_gt(journal_counters(j)->thinned, 0);
	cr_expect_gt(safe_replacements, 0);
	journal_fault_hook = NULL;
	stop();
}

Test(journal, memory_is_bounded_while_the_disk_fails)
{
	boot = 11;
	calls = 0;
	fail_from = 1;
	fail_to = UINT32_MAX;
	journal_fault_hook = fail_some;
	start(32 << 20);
	for (int i = 0; i < 40000; i++)
		(void)append(i % 100, UPS_ONLINE, JOURNAL_SOON);
	cr_expect_leq(j->pending_bytes, PENDING_BYTES);
	cr_expect_gt(journal_counters(j)->lost, 0);
	journal_fault_hook = NULL;
	stop();
}

/* No report comes meanwhile: the disk is tried again all the same. */
Test(journal, what_waited_in_memory_is_on_disk_a_second_after_the_disk_is_well)
{
	boot = 11;
	calls = 0;
	fail_from = 1;
	fail_to = UINT32_MAX;
	journal_fault_hook = fail_some;
	start(32 << 20);
	for (int i = 0; i < 3; i++)
		cr_assert_lt(append(i, UPS_ONLINE, JOURNAL_SOON), 0);
	uint64_t began = uv_hrtime();
	unsigned tries = calls;
	while (calls == tries)
		(void)uv_run(&loop, UV_RUN_ONCE); /* it goes on trying while the disk refuses */
	journal_fault_hook = NULL;
	while (j->pending != NULL)
		(void)uv_run(&loop, UV_RUN_ONCE);
	cr_expect_lt(uv_hrtime() - began, UINT64_C(4000000000));
	cr_expect_eq(journal_counters(j)->lost, 0);
	struct heard *h = listen_all();
	expect_run(h, 0, 1, 3);
	heard_free(h);
	stop();
}

Test(journal, a_file_that_somebody_deleted_is_written_anew)
{
	boot = 11;
	start(32 << 20);
	for (int i = 0; i < 20; i++)
		(void)append(i, UPS_ONLINE, JOURNAL_SOON);
	(void)each_file(remove_file);
	cr_assert_eq(append(20, UPS_ONLINE, JOURNAL_SOON), 0);
	struct heard *h = listen_all();
	cr_assert_eq(h->n, 21);
	expect_run(h, 0, 1, 21);
	heard_free(h);
	stop();
}

Test(journal, when_full_the_oldest_readings_are_thinned_to_their_state_changes)
{
	boot = 11;
	start(1 << 20);
	/* A state change every 500th report; 60,000 reports are some 2.5 MB. */
	for (int i = 0; i < 60000; i++)
		cr_assert_eq(
			append(i % 100, i / 500 % 2 ? UPS_ON_BATTERY : UPS_ONLINE, JOURNAL_SOON),
			0);
	cr_expect_leq(journal_bytes(j), 1 << 20);
	cr_expect_gt(journal_counters(j)->thinned, 20000);
	cr_expect_eq(journal_counters(j)->dropped, 0);
	struct heard *h = listen_all();
	cr_expect_gt(h->thinned, 0);
	size_t changes = 0;
	for (size_t i = 0; i < h->n; i++)
		changes += h->seqs[i] % 500 == 1;
	cr_expect_eq(changes, 120, "%zu of 120 state changes were kept", changes);
	cr_expect_eq(h->seqs[h->n - 1], 60000);
	heard_free(h);
	stop();
}

Test(journal, an_urgent_report_is_on_disk_when_it_is_said_to_be)
{
	boot = 11;
	start(32 << 20);
	cr_assert_eq(append(10, UPS_ON_BATTERY, JOURNAL_NOW), 0);
	synced_to = 0;
	for (int i = 0; i < 100 && synced_to == 0; i++)
		(void)uv_run(&loop, UV_RUN_ONCE);
	cr_expect_eq(synced_to, 1);
	stop();
}

Test(journal, seven_days_of_a_site_fit_into_32_mib)
{
	struct image *site;
	uint64_t bytes = 0;
	struct reading readings[7];

	cr_assert_eq(image_new(&site, 1, "0"), 0);
	for (int d = 0; d < 20; d++) {
		char id[16];
		(void)snprintf(id, sizeof id, "d-%d", d);
		cr_assert_eq(image_add(site, id, "ups", 5000), d);
	}
	srand(1);
	for (uint64_t s = 1; s <= 2000; s++) {
		for (uint32_t d = 0; d < 20; d++) {
			for (uint16_t k = 0; k < 7; k++)
				readings[k] =
					(struct reading){ .metric =
								  (uint16_t)(M_BATTERY_CHARGE + k),
							  .value = k == 4 ? 0 : 50 };
			readings[5].value = 225 + rand() % 60 / 10.0; /* a voltage jitters */
			readings[6].value = 50 + rand() % 3 / 10.0;
			struct image_round r = { true, "ups", "x", readings, 7, NULL, 0 };
			cr_assert_geq(image_apply(site, d, &r, s * 5000), 0);
		}
		struct image_head h = { .seq = s, .mono_ms = s * 5000, .wall_ms = s * 5000 };
		struct wire_report out;
		uint8_t *packed;
		size_t len;
		cr_assert_eq(s == 1 ? image_birth(site, &h, &out)
				    : image_report(site, &h, false, &out),
			     0);
		cr_assert_eq(wire_report_pack(&out, image_layout(site), &packed, &len), 0);
		bytes += len + SPOOL_FRAME_BYTES;
		free(packed);
	}
	uint64_t week = bytes * (7 * 86400 / 5) / 2000;
	cr_expect_leq(week, 32 << 20, "%u bytes", (unsigned)week);
	image_free(site);
}
