#include <criterion/criterion.h>

#include "agent/core/trap.h"

static const struct {
	const char *trap, *detail;
	enum trap_meaning meaning;
} cases[] = {
	{ "1.3.6.1.2.1.33.2.1", NULL, TRAP_ON_BATTERY },
	{ "1.3.6.1.2.1.33.2.0.1", NULL, TRAP_ON_BATTERY },
	{ "1.3.6.1.2.1.33.2.3", "1.3.6.1.2.1.33.1.6.3.3", TRAP_LOW_BATTERY },
	{ "1.3.6.1.2.1.33.2.3", "1.3.6.1.2.1.33.1.6.3.20", TRAP_ALARM_ADDED },
	{ "1.3.6.1.2.1.33.2.3", NULL, TRAP_ALARM_ADDED },
	{ "1.3.6.1.4.1.318.0.5", NULL, TRAP_ON_BATTERY },
	{ "1.3.6.1.4.1.318.0.9", NULL, TRAP_MAINS_BACK },
	{ "1.3.6.1.6.3.1.1.5.1", NULL, TRAP_COLD_START },
	{ "1.3.6.1.2.1.149.0.6", NULL, TRAP_SIP_STATUS },
	{ "1.3.6.1.4.1.99999.0.1", NULL, TRAP_OTHER },
	{ "1.3.6.1.4.1.318", NULL, TRAP_OTHER },
};

static struct oid parse(const char *text, uint32_t *room)
{
	if (text == NULL)
		return (struct oid){ NULL, 0 };
	return (struct oid){ room, (unsigned)oid_parse(text, room) };
}

Test(trap, the_table_knows_what_it_means)
{
	uint32_t a[OID_MAX], b[OID_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(trap_meaning_of(parse(cases[i].trap, a), parse(cases[i].detail, b)),
			     cases[i].meaning, "%s", cases[i].trap);
	for (int m = 0; m < TRAP_END; m++)
		cr_expect_not_null(trap_meaning_name((enum trap_meaning)m));
}

Test(trap, a_v1_trap_gets_the_oid_of_its_v2_twin)
{
	uint32_t enterprise[OID_MAX], room[OID_MAX];
	char text[100];

	(void)oid_format(trap_oid_of_v1(parse("1.3.6.1.4.1.318", enterprise), 6, 5, room), text,
			 sizeof text);
	cr_expect_str_eq(text, "1.3.6.1.4.1.318.0.5");
	(void)oid_format(trap_oid_of_v1(parse("1.3.6.1.4.1.318", enterprise), 3, 0, room), text,
			 sizeof text);
	cr_expect_str_eq(text, "1.3.6.1.6.3.1.1.5.4");
}

Test(trap, a_ups_that_repeats_itself_is_heard_once_until_mains_are_back)
{
	static struct trap_memory m;
	uint32_t a[OID_MAX], b[OID_MAX];
	struct oid on = parse("1.3.6.1.2.1.33.2.1", a), back = parse("1.3.6.1.4.1.318.0.9", b);

	cr_expect_not(trap_is_repeat(&m, 1, on, TRAP_ON_BATTERY, 1000));
	cr_expect(trap_is_repeat(&m, 1, on, TRAP_ON_BATTERY, 61000));
	cr_expect_not(trap_is_repeat(&m, 2, on, TRAP_ON_BATTERY, 61000), "another device");
	cr_expect_not(trap_is_repeat(&m, 1, back, TRAP_MAINS_BACK, 70000));
	cr_expect_not(trap_is_repeat(&m, 1, on, TRAP_ON_BATTERY, 71000), "news again");
	cr_expect(trap_is_repeat(&m, 2, on, TRAP_ON_BATTERY, 72000));
	cr_expect_not(trap_is_repeat(&m, 1, on, TRAP_ON_BATTERY, 71000 + TRAP_REPEAT_MS));
}
