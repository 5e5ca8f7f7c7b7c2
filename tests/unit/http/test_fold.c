#include <criterion/criterion.h>
#include <string.h>

#include "collector/io/http/fold.h"

static const struct {
	const char *text, *folded;
} cases[] = {
	{ "Đà Nẵng", "da nang" },
	{ "An Giang", "an giang" },
	{ "ƯỚC LƯỢNG", "uoc luong" },
	{ "a\xcc\x80", "a" }, /* a combining mark */
	{ "ups-1/QMS", "ups-1/qms" },
	{ "東", "東" },
	{ "\xff\xc3", "??" },
	{ "\xcd\xcd\x8b\x91", "??" }, /* what is dropped must not join its neighbours */
};

Test(fold, leaves_the_letters_without_their_marks)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char buf[64];

		fold(buf, sizeof buf, cases[i].text);
		cr_expect_str_eq(buf, cases[i].folded, "%s: %s", cases[i].text, buf);
	}
}

Test(fold, finds_words_typed_without_marks)
{
	cr_expect(folded_contains("Đà Nẵng", "nang"));
	cr_expect_not(folded_contains("Đà Nẵng", "hanoi"));
}

Test(fold, cuts_at_the_buffer)
{
	char buf[8];

	fold(buf, sizeof buf, "ắắắắắắắắắắắắ");
	cr_expect_lt(strlen(buf), sizeof buf);
}
