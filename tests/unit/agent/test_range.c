#include <criterion/criterion.h>
#include <errno.h>

#include "agent/core/range.h"

static const struct {
	const char *text;
	int result;
	const char *first;
	uint32_t count;
} cases[] = {
	{ "10.1.0.0/24", 0, "10.1.0.1", 254 },	{ "10.1.0.77/30", 0, "10.1.0.77", 2 },
	{ "10.1.0.7/32", 0, "10.1.0.7", 1 },	{ "10.1.0.6/31", 0, "10.1.0.6", 2 },
	{ "10.1.0.10-40", 0, "10.1.0.10", 31 }, { "192.168.100.255", 0, "192.168.100.255", 1 },
	{ "10.1.0.0/20", 0, "10.1.0.1", 4094 }, { "10.1.0.0/19", -E2BIG, NULL, 0 },
	{ "0.0.0.0/0", -E2BIG, NULL, 0 },	{ "10.1.0.40-10", -EINVAL, NULL, 0 },
	{ "10.1.0", -EINVAL, NULL, 0 },		{ "10.1.0.256", -EINVAL, NULL, 0 },
	{ "10.1.0.1/33", -EINVAL, NULL, 0 },	{ "10.1.0.1 ", -EINVAL, NULL, 0 },
	{ "example.vn", -EINVAL, NULL, 0 },	{ "10.1.0.10-", -EINVAL, NULL, 0 },
};

Test(range, what_is_asked_is_what_was_written_and_never_more)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct range r = { 0, 0 };
		char text[16];

		cr_expect_eq(range_parse(cases[i].text, &r), cases[i].result, "%s", cases[i].text);
		if (cases[i].result < 0)
			continue;
		range_format(r.first, text);
		cr_expect_str_eq(text, cases[i].first, "%s", cases[i].text);
		cr_expect_eq(r.count, cases[i].count, "%s", cases[i].text);
	}
}
