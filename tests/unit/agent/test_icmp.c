#include <criterion/criterion.h>
#include <errno.h>

#include "agent/core/icmp.h"

Test(icmp, an_answer_is_known_by_its_cookie)
{
	uint8_t buf[ICMP_ECHO_BYTES];
	uint16_t seq = 0;

	icmp_write_echo(buf, false, 513, 0x1122334455667788);
	cr_expect_eq(icmp_read_echo(buf, sizeof buf, false, 0x1122334455667788, &seq), -EINVAL,
		     "our own request is no answer");
	buf[0] = 0;
	cr_assert_eq(icmp_read_echo(buf, sizeof buf, false, 0x1122334455667788, &seq), 0);
	cr_expect_eq(seq, 513);
	cr_expect_eq(icmp_read_echo(buf, sizeof buf, false, 1, &seq), -EINVAL);
	cr_expect_eq(icmp_read_echo(buf, sizeof buf - 1, false, 0x1122334455667788, &seq), -EINVAL);
	cr_expect_eq(icmp_read_echo(buf, sizeof buf, true, 0x1122334455667788, &seq), -EINVAL);
}

Test(link_burst, loss_and_round_trip_are_summed)
{
	struct link_burst b = { 0 };

	for (uint64_t i = 0; i < 4; i++)
		link_burst_sent(&b, i * 1000000);
	cr_expect(link_burst_heard(&b, 0, 2000000));
	cr_expect(link_burst_heard(&b, 2, 6000000));
	cr_expect_not(link_burst_heard(&b, 2, 7000000), "twice");
	cr_expect_not(link_burst_heard(&b, 9, 7000000), "never sent");
	cr_expect_float_eq(link_burst_loss_percent(&b), 50, 1e-9);
	cr_expect_float_eq(link_burst_rtt_ms(&b), 3, 1e-9);
	cr_expect_float_eq(b.best_ms, 2, 1e-9);
}
