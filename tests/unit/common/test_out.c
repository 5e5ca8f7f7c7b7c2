#include <criterion/criterion.h>

#include "common/core/out.h"

Test(out, is_cut_at_a_character_and_takes_nothing_after_that)
{
	char buf[8] = "";
	struct out o = { buf, sizeof buf, 0 };

	out_put(&o, "gọi");
	cr_expect_str_eq(buf, "gọi");
	out_put(&o, "điện");
	cr_expect_str_eq(buf, "gọiđ");
	out_put(&o, "x");
	cr_expect_str_eq(buf, "gọiđ");
}

Test(out, never_ends_within_a_character)
{
	char buf[7] = "";
	struct out o = { buf, sizeof buf, 0 };

	out_put_n(&o, "gọi!!", 5);
	out_put(&o, "đ");
	cr_expect_str_eq(buf, "gọi");
	out_put(&o, "x");
	cr_expect_str_eq(buf, "gọi");
}
