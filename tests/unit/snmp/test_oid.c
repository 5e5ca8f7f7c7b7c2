#include <criterion/criterion.h>
#include <string.h>

#include "agent/core/oid.h"

static struct oid parse(const char *text)
{
	static uint32_t rooms[4][OID_MAX];
	static unsigned turn;
	uint32_t *room = rooms[turn++ % 4];
	int n = oid_parse(text, room);

	cr_assert_gt(n, 0, "%s", text);
	return (struct oid){ room, (unsigned)n };
}

Test(oid, text_and_numbers_agree)
{
	uint32_t room[OID_MAX];
	char text[64];

	(void)oid_format(parse(".1.3.6.1.4.1.4294967295.0"), text, sizeof text);
	cr_expect_str_eq(text, "1.3.6.1.4.1.4294967295.0");
	cr_expect_lt(oid_parse("", room), 0);
	cr_expect_lt(oid_parse("1..3", room), 0);
	cr_expect_lt(oid_parse("1.3.", room), 0);
	cr_expect_lt(oid_parse("1.3.4294967296", room), 0);
	cr_expect_lt(oid_parse("1.3.x", room), 0);
	cr_expect_lt(oid_format(parse("1.3.6.1.2.1"), text, 6), 6);
}

Test(oid, order_is_that_of_a_walk)
{
	cr_expect_lt(oid_compare(parse("1.3.6"), parse("1.3.6.1")), 0);
	cr_expect_lt(oid_compare(parse("1.3.6.2"), parse("1.3.6.10")), 0);
	cr_expect_eq(oid_compare(parse("1.3"), parse("1.3")), 0);
	cr_expect(oid_under(parse("1.3.6.1"), parse("1.3.6")));
	cr_expect_not(oid_under(parse("1.3.60"), parse("1.3.6")));
}

Test(refused, tables_of_calls_and_callers_are_never_asked)
{
	static const char *const never[] = {
		"1.3.6.1.4.1.22736.1.5.2.1.14.1",
		"1.3.6.1.4.1.27880.1.9.1.7.1",
		"1.3.6.1.4.1.34352.3.1.2.1.5.6.1.2.1",
		"1.3.6.1.4.1.34352.3.1.2.1.5.7.1.3.1.1",
		"1.3.6.1.2.1.151.1.5.2.1.2.1.1",
		"1.3.6.1.4.1.9.9.156.1.2.1.1.20.1",
		"1.3.6.1.4.1.9.9.63.1.3.1",
		"1.3.6.1.2.1.10.21.1.4.3",
		"1.3.6.1.4.1.6530.11.6.1.2.1",
	};
	static const char *const fine[] = {
		"1.3.6.1.4.1.22736.1.5.1.0",
		"1.3.6.1.4.1.27880.1.2.5.0",
		"1.3.6.1.4.1.34352.3.1.2.1.5.4.0",
		"1.3.6.1.4.1.9.9.156.1.5.5.0",
	};

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		cr_expect(oid_refused(parse(never[i])), "%s", never[i]);
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		cr_expect_not(oid_refused(parse(fine[i])), "%s", fine[i]);
	for (size_t i = 0; oid_refused_at(i).n > 0; i++)
		cr_expect(oid_refused(oid_refused_at(i)));
}
