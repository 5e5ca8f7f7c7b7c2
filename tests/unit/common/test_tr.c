#include <criterion/criterion.h>

#include "common/core/tr.h"

Test(tr, speaks_vietnamese_unless_asked_for_english)
{
	cr_expect_str_eq(tr("vi", "severity.critical"), "nghiêm trọng");
	cr_expect_str_eq(tr("en", "severity.critical"), "critical");
	cr_expect_str_eq(tr(NULL, "severity.critical"), "nghiêm trọng");
	cr_expect_str_eq(tr("fr", "severity.critical"), "nghiêm trọng");
}

Test(tr, shows_a_key_that_nobody_translated)
{
	cr_expect_str_eq(tr("vi", "no.such.key"), "no.such.key");
	cr_expect_str_eq(tr_word("vi", "alarm.", "made_up"), "made_up");
	cr_expect_str_eq(tr_word("en", "alarm.", "missing"), "Headset unplugged");
	cr_expect_not(tr_has("alarm."));
	cr_expect(tr_has("alarm.dark"));
}

Test(tr, fills_places_and_leaves_strangers)
{
	struct tr_arg args[] = { { "n", "42" }, { "who", "Lan" }, { NULL, NULL } };
	char buf[64];

	cr_expect_eq(tr_fill(buf, sizeof buf, "{who}: {n} {x} {", args), 13);
	cr_expect_str_eq(buf, "Lan: 42 {x} {");
}

Test(tr, cuts_between_characters)
{
	struct tr_arg none[] = { { NULL, NULL } };
	char buf[4];

	(void)tr_fill(buf, sizeof buf, "aộ", none);
	cr_expect_str_eq(buf, "a");
	(void)tr_fill(buf, sizeof buf, "ộbc", none);
	cr_expect_str_eq(buf, "ộ");
	cr_expect_eq(tr_fill(buf, 0, "x", none), 0);
}
