#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "agent/core/rtp.h"

static struct rtp_packet numbered(uint16_t seq, uint32_t ssrc)
{
	return (struct rtp_packet){ .payload_type = RTP_PT_PCMA, .seq = seq, .ssrc = ssrc };
}

Test(rtp, what_is_written_is_read_back)
{
	uint8_t buf[RTP_HEADER_BYTES + 3] = { 0 };
	const struct rtp_packet out = { .payload_type = 8,
					.marker = true,
					.seq = 65535,
					.timestamp = 0xdeadbeef,
					.ssrc = 0x12345678 };
	struct rtp_packet in;

	rtp_write_header(buf, &out);
	cr_assert_eq(rtp_parse(&in, buf, sizeof buf), 0);
	cr_expect_eq(in.payload_type, 8);
	cr_expect(in.marker);
	cr_expect_eq(in.seq, 65535);
	cr_expect_eq(in.timestamp, 0xdeadbeef);
	cr_expect_eq(in.ssrc, 0x12345678);
	cr_expect_eq(in.payload_len, 3);
	cr_expect_eq(in.payload, buf + RTP_HEADER_BYTES);
}

Test(rtp, csrcs_extension_and_padding_are_stepped_over)
{
	/* one CSRC, an extension of one word, payload "ab", three bytes of padding */
	const uint8_t buf[] = { 0xb1, 8,    0,	  1, 0, 0, 0, 2, 0, 0,	 0,   3, 9, 9, 9,
				9,    0xbe, 0xde, 0, 1, 7, 7, 7, 7, 'a', 'b', 0, 0, 3 };
	struct rtp_packet p;

	cr_assert_eq(rtp_parse(&p, buf, sizeof buf), 0);
	cr_expect_eq(p.payload_len, 2);
	cr_expect_eq(memcmp(p.payload, "ab", 2), 0);
}

Test(rtp, broken_packets_are_refused)
{
	uint8_t buf[20] = { 0x80, 8 };
	struct rtp_packet p;

	cr_expect_eq(rtp_parse(&p, buf, 11), -EINVAL, "short");
	buf[0] = 0x40;
	cr_expect_eq(rtp_parse(&p, buf, sizeof buf), -EINVAL, "version 1");
	buf[0] = 0x8f;
	cr_expect_eq(rtp_parse(&p, buf, sizeof buf), -EINVAL, "more CSRCs than bytes");
	buf[0] = 0x90;
	memset(buf + 14, 0xff, 2);
	cr_expect_eq(rtp_parse(&p, buf, sizeof buf), -EINVAL, "an extension of 256 KiB");
	buf[0] = 0xa0;
	buf[19] = 200;
	cr_expect_eq(rtp_parse(&p, buf, sizeof buf), -EINVAL, "more padding than bytes");
	buf[19] = 0;
	cr_expect_eq(rtp_parse(&p, buf, sizeof buf), -EINVAL, "padding of nothing");
}

Test(rtp, loss_is_what_was_expected_and_did_not_come)
{
	struct rtp_stats s = { 0 };

	for (unsigned i = 0; i < 100; i++) {
		struct rtp_packet p = numbered((uint16_t)(65500 + i), 7); /* over the wrap */

		if (i % 10 != 5)
			rtp_stats_add(&s, &p);
	}
	cr_expect_eq(rtp_stats_received(&s), 90);
	cr_expect_float_eq(rtp_stats_loss_percent(&s), 10, 0.01);
}

Test(rtp, disorder_and_duplicates_are_no_loss_and_a_new_source_starts_anew)
{
	struct rtp_stats s = { 0 };
	const uint16_t order[] = { 10, 12, 11, 11, 13 };

	cr_expect_float_eq(rtp_stats_loss_percent(&s), 0, 1e-9);
	for (size_t i = 0; i < 5; i++) {
		struct rtp_packet p = numbered(order[i], 7);
		rtp_stats_add(&s, &p);
	}
	cr_expect_float_eq(rtp_stats_loss_percent(&s), 0, 1e-9);
	for (unsigned i = 0; i < 10; i++) {
		struct rtp_packet p = numbered((uint16_t)(40000 + i), 8);
		rtp_stats_add(&s, &p);
	}
	cr_expect_float_eq(rtp_stats_loss_percent(&s), 0, 1e-9);
	cr_expect_eq(rtp_stats_received(&s), 15);
}

Test(rtp, events_name_their_digit)
{
	uint8_t buf[RTP_EVENT_BYTES];

	cr_assert_eq(rtp_write_event(buf, '#', true, 800), 0);
	cr_expect_eq(buf[0], 11);
	cr_expect_eq(buf[1] & 0x80, 0x80);
	cr_expect_eq(buf[2] << 8 | buf[3], 800);
	cr_expect_eq(rtp_write_event(buf, 'x', false, 0), -EINVAL);
	cr_expect_eq(rtp_write_event(buf, '\0', false, 0), -EINVAL);
}
