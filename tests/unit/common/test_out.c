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

Test(out, numbers_are_decimal_with_the_digits_that_are_wanted)
{
	char buf[64] = "";
	struct out o = { buf, sizeof buf, 0 };

	out_number(&o, 0, 0);
	out_put(&o, " ");
	out_number(&o, 7, 2);
	out_put(&o, " ");
	out_number(&o, 123, 2);
	out_put(&o, " ");
	out_number(&o, INT64_MIN, 0);
	cr_expect_str_eq(buf, "0 07 123 -9223372036854775808");
}

Test(out, texts_are_joined_and_cut)
{
	char buf[8];

	cr_expect_eq(out_join(buf, sizeof buf, NULL), 0);
	cr_expect_str_eq(buf, "");
	cr_expect_eq(out_join(buf, sizeof buf, "a", "", "bc", NULL), 3);
	cr_expect_str_eq(buf, "abc");
	cr_expect_eq(out_join(buf, sizeof buf, "hotline", "!", NULL), 7);
	cr_expect_str_eq(buf, "hotline");
}
