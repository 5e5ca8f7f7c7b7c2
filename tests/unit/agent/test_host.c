#include <criterion/criterion.h>
#include <string.h>

#include "agent/core/chrony.h"
#include "agent/core/headset.h"
#include "agent/core/host.h"

/* An answer's head, and up to 76 bytes of data. */
static size_t chrony_answer(uint8_t *ret, uint8_t command, uint8_t reply)
{
	memset(ret, 0, 28 + 76);
	ret[0] = 6;
	ret[1] = 2;
	ret[5] = command;
	ret[7] = reply;
	ret[19] = 9;
	return 28 + 76;
}

Test(chrony, answers_are_read)
{
	struct chrony_reply r;
	uint8_t b[104];
	size_t n = chrony_answer(b, CHRONY_TRACKING, 5);

	b[28 + 25] = 3;			  /* stratum */
	b[28 + 40] = (uint8_t)(124 << 1); /* exponent -4, coefficient -2^24: -1/32 s */
	b[28 + 40] |= 1;
	cr_assert_eq(chrony_parse(b, n, &r), 0);
	cr_expect_eq(r.sequence, 9);
	cr_expect(r.synchronised);
	cr_expect_eq(r.stratum, 3);
	cr_expect_eq(r.correction_s, -1.0 / 32);
	b[28 + 27] = 3; /* leap: not synchronised */
	cr_assert_eq(chrony_parse(b, n, &r), 0);
	cr_expect_not(r.synchronised);
	n = chrony_answer(b, CHRONY_SOURCE, 3);
	b[28 + 31] = 0377 & ~020;
	cr_assert_eq(chrony_parse(b, n, &r), 0);
	cr_expect_eq(r.reach, 7);
}

Test(chrony, what_is_no_answer_is_refused)
{
	struct chrony_reply r;
	uint8_t b[104];
	size_t n = chrony_answer(b, CHRONY_TRACKING, 5);

	cr_expect_lt(chrony_parse(b, 28 + 43, &r), 0, "cut");
	b[9] = 1;
	cr_expect_lt(chrony_parse(b, n, &r), 0, "a failure");
	n = chrony_answer(b, CHRONY_TRACKING, 3);
	cr_expect_lt(chrony_parse(b, n, &r), 0, "another question's");
	b[0] = 5;
	cr_expect_lt(chrony_parse(b, n, &r), 0, "another version's");
}

Test(host, proc_files_are_read)
{
	double v = 0;

	cr_expect(host_load1("0.42 0.30 0.20 1/123 4567\n", &v) && v == 0.42);
	cr_expect(host_uptime_seconds("12345.67 999.0\n", &v) && v == 12345.67);
	cr_expect(host_memory_used_percent(
			  "MemTotal:  1000 kB\nMemFree: 100 kB\nMemAvailable:   750 kB\n", &v) &&
		  v == 25);
}

Test(host, files_that_hold_something_else_are_refused)
{
	double v = 7;
	struct host_cpu cpu;

	cr_expect_not(host_load1("", &v));
	cr_expect_not(host_load1("-1", &v));
	cr_expect_not(host_memory_used_percent("MemTotal: 0 kB\nMemAvailable: 0 kB\n", &v));
	cr_expect_not(host_memory_used_percent("MemTotal: 5 kB\nMemAvailable: 9 kB\n", &v));
	cr_expect_not(host_cpu("cpu 1 2 3", &cpu));
	cr_expect_not(host_cpu("intr 1", &cpu));
	cr_expect_eq(v, 7);
}

Test(host, processor_use_is_what_was_busy_between_two_looks)
{
	struct host_cpu a, b;
	double v;

	cr_assert(host_cpu("cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3\n", &a));
	cr_assert(host_cpu("cpu  150 0 150 900 0 0 0 0 0 0\n", &b));
	cr_expect(host_cpu_used_percent(&a, &b, &v) && v == 50);
	cr_expect_not(host_cpu_used_percent(&b, &b, &v));
	cr_expect_not(host_cpu_used_percent(&b, &a, &v), "the counters were reset");
}

Test(host, only_local_disks_are_listed_and_escapes_undone)
{
	const char *mounts = "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n"
			     "nas:/x /mnt/nas nfs rw 0 0\n/dev/loop3 /snap/x squashfs ro 0 0\n"
			     "/dev/sdb1 /srv/my\\040disk xfs rw 0 0\n";
	char device[128], point[128];

	cr_assert(host_next_mount(&mounts, device, point, sizeof point));
	cr_expect_str_eq(point, "/");
	cr_assert(host_next_mount(&mounts, device, point, sizeof point));
	cr_expect_str_eq(point, "/srv/my disk");
	cr_expect_str_eq(device, "/dev/sdb1");
	cr_expect_not(host_next_mount(&mounts, device, point, sizeof point));
}

Test(host, a_mount_that_is_too_long_or_cut_short_is_passed_over)
{
	char text[600] = "/dev/sda1 /", device[128], point[128];
	const char *mounts = text;

	memset(text + strlen(text), 'x', 300);
	strcat(text, " ext4 rw 0 0\n/dev/sdb1 /srv\n/dev/sdc1 /data ext4 rw 0 0\n");
	cr_assert(host_next_mount(&mounts, device, point, sizeof point));
	cr_expect_str_eq(point, "/data");
	cr_expect_not(host_next_mount(&mounts, device, point, sizeof point));
}

Test(headset, makers_are_known_and_others_must_be_able_to_hear)
{
	static const struct {
		const char *name;
		struct usb_thing t;
		bool is;
	} cases[] = {
		{ "a Jabra whose card is not there yet",
		  { 0x0b0e, 0x2481, false, false, false },
		  true },
		{ "a Logitech mouse", { 0x046d, 0xc077, false, false, false }, false },
		{ "a Logitech headset", { 0x046d, 0x0a44, true, true, false }, true },
		{ "a Logitech webcam", { 0x046d, 0x085e, true, true, true }, false },
		{ "an unknown microphone", { 0x1234, 1, true, true, false }, true },
		{ "an unknown loudspeaker", { 0x1234, 1, true, false, false }, false },
		{ "a keyboard", { 0x1234, 1, false, false, false }, false },
	};
	unsigned card = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(headset_is(&cases[i].t), cases[i].is, "%s", cases[i].name);
	cr_expect(headset_capture_card("pcmC12D0c", &card) && card == 12);
	cr_expect_not(headset_capture_card("pcmC1D0p", &card));
	cr_expect_not(headset_capture_card("card1", &card));
	cr_expect_not(headset_capture_card("pcmC", &card));
}
