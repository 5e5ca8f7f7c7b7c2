#include <criterion/criterion.h>

#include "common/core/rfc3339.h"

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
} cases[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2026-11-21T19:10:02.000Z", INT64_C(1795288202000) },
	{ "2026-11-22T02:10:02+07:00", INT64_C(1795288202000) },
	{ "2026-11-22T01:00+07:00", INT64_C(1795284000000) },
	{ "2024-02-29 12:00:00.5Z", INT64_C(1709208000500) },
	{ "2026-11-21T19:10:02.1239Z", INT64_C(1795288202123) },
	{ "2023-02-29T12:00:00Z", -1 },
	{ "2026-13-01T12:00:00Z", -1 },
	{ "2026-11-31T12:00:00Z", -1 },
	{ "2026-11-21T24:00:00Z", -1 },
	{ "2026-11-21T19:10:02", -1 },
	{ "2026-11-21T19:10:02.Z", -1 },
	{ "2026-11-21T19:10:02Z ", -1 },
	{ "2026-11-21", -1 },
	{ "", -1 },
};

Test(rfc3339, reads_what_the_standard_allows_and_nothing_else)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t ms = -1;
		bool ok = rfc3339_parse(cases[i].text, &ms);

		cr_expect_eq(ok, cases[i].ms >= 0, "%s", cases[i].text);
		cr_expect_eq(ms, cases[i].ms, "%s: %lld", cases[i].text, (long long)ms);
	}
}

Test(rfc3339, writes_what_it_reads)
{
	char buf[RFC3339_SIZE];

	for (int64_t ms = 0; ms < INT64_C(253402300799999); ms += INT64_C(987654321987)) {
		int64_t back = -1;

		cr_assert(rfc3339_parse(rfc3339_format(buf, ms), &back), "%s", buf);
		cr_assert_eq(back, ms, "%s", buf);
	}
	cr_expect_str_eq(rfc3339_format(buf, INT64_C(1795288202000)), "2026-11-21T19:10:02.000Z");
	cr_expect_str_eq(rfc3339_format(buf, -5), "1970-01-01T00:00:00.000Z");
	cr_expect_str_eq(rfc3339_format(buf, INT64_MAX), "9999-12-31T23:59:59.999Z");
}
