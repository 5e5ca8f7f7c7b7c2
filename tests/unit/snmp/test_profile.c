#include <stdlib.h>

#include "agent/core/match.h"
#include "tests/unit/snmp/device.h"

static const struct {
	const char *yaml;
	const char *complaint;
} bad[] = {
	{ "profile: p\nclass: ups\nmatch: {}\nrows:\n  - {metric: battery.charge, oid: 1.3.6}\n",
	  "no such metric" },
	{ "profile: p\nclass: ups\nmatch: {}\nrows:\n  - {metric: ups.alarms, oid: 1.x}\n",
	  "not an object identifier" },
	{ "profile: p\nclass: ups\nmatch: {}\nrows:\n  - {metric: ups.alarms, oid: .1}\n", "base" },
	{ "profile: p\nclass: pbx\nmatch: {}\nrows:\n"
	  "  - {metric: pbx.calls_active, oid: 1.3.6.1.4.1.22736.1.5.2.1.1}\n",
	  "never read" },
	{ "profile: p\nclass: pbx\nmatch: {answers: [1.3.6.1.4.1.27880.1.9.1.7.1]}\n",
	  "never read" },
	{ "profile: p\nclass: ups\nmatch: {}\nrows:\n  - metric: ups.status\n    rules:\n"
	  "      - asleep if 1.3=1\n",
	  "no state" },
	{ "profile: p\nclass: ups\nmatch: {}\nrows:\n  - {metric: ups.status, rules: [online]}\n",
	  "must read" },
	{ "profile: p\nclass: ups\nmatch: {}\nrows:\n"
	  "  - {metric: input.voltage_volts, oid: 1.3.6, lines: 3}\n",
	  ".N" },
	{ "profile: p\nclass: ups\nmatch: {}\ncolour: red\n", "colour" },
	{ "profile: p\nclass: ups\nmatch: {}\nquirks: [purple]\n", "quirk" },
	{ "profile: p\n", "class" },
	{ "{", "" },
};

ParameterizedTestParameters(profile, mistakes_are_told)
{
	static size_t index[sizeof bad / sizeof *bad];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof bad / sizeof *bad);
}

ParameterizedTest(size_t *i, profile, mistakes_are_told)
{
	char why[PROFILE_ERROR_MAX] = "";
	struct arena arena = { 0 };
	struct profile *p = NULL;

	cr_expect_lt(profile_parse(&arena, "f", (const unsigned char *)bad[*i].yaml,
				   strlen(bad[*i].yaml), &p, why, sizeof why),
		     0, "%zu", *i);
	cr_expect_not_null(strstr(why, bad[*i].complaint), "%zu: %s", *i, why);
	arena_fini(&arena);
}

Test(profile, all_that_are_shipped_load_and_touch_nothing_refused)
{
	char why[PROFILE_ERROR_MAX] = "";
	struct profile_set s;

	cr_assert_eq(profiles_load(&s, LW_SOURCE_DIR "/profiles", why, sizeof why), 0, "%s", why);
	cr_expect_gt(s.n, 30);
	for (unsigned i = 0; i < s.n; i++)
		cr_expect_not(s.profiles[i]->has_body, "rows come when they are wanted");
	for (unsigned i = 0; i < s.n; i++) {
		static const struct plan_table none[32];
		struct plan *plan = NULL;

		cr_assert_eq(profiles_ready(&s, s.profiles[i], why, sizeof why), 0, "%s", why);
		cr_expect(s.profiles[i]->has_body);
		cr_assert_eq(plan_new(&plan, s.profiles[i], none), 0, "%s", s.profiles[i]->name);
		for (unsigned k = 0; k < plan->n_asks; k++)
			cr_expect_not(oid_refused(plan->asks[k]), "%s", s.profiles[i]->name);
		plan_free(plan);
	}
	profiles_fini(&s);
}

static struct match choose(const struct profile_set *s, const char *answers, const char *identity,
			   const char *descr)
{
	static bool answered[512];
	uint32_t ids[OID_MAX];
	char text[200];
	struct match m;
	struct match_input in = { .descr = descr, .answered = answered };

	if (identity != NULL)
		in.sysobjectid = (struct oid){ ids, (unsigned)oid_parse(identity, ids) };
	for (size_t i = 0; match_probe(s, i).n > 0; i++) {
		(void)oid_format(match_probe(s, i), text, sizeof text);
		answered[i] = answers != NULL && strstr(answers, text) != NULL;
	}
	match_profiles(s, &in, &m);
	return m;
}

static const struct {
	const char *name, *answers, *identity, *descr, *profile;
} devices[] = {
	{ "what answers counts more than the name", "1.3.6.1.2.1.33.1.4.1.0 1.3.6.1.2.1.33.1.2.4.0",
	  "1.3.6.1.4.1.318.1.3.27", "APC", "ups-rfc1628" },
	{ "its own MIB counts more than the common one",
	  "1.3.6.1.2.1.33.1.4.1.0 1.3.6.1.4.1.318.1.1.1.4.1.1.0", "1.3.6.1.4.1.318.1.3.27", "",
	  "ups-apc" },
	{ "a generic name with a UPS behind", "1.3.6.1.2.1.33.1.2.4.0 1.3.6.1.2.1.25.1.1.0",
	  "1.3.6.1.4.1.8072.3.2.10", "Linux", "ups-rfc1628" },
	{ "an identity where nothing else can speak", "1.3.6.1.2.1.25.1.1.0",
	  "1.3.6.1.4.1.9.1.1348", "Linux", "pbx-cisco-appliance" },
	{ "a plain host", "1.3.6.1.2.1.25.1.1.0 1.3.6.1.2.1.2.1.0", "1.3.6.1.4.1.8072.3.2.10",
	  "Linux", "host-resources" },
	{ "a switch", "1.3.6.1.2.1.2.1.0", "1.3.6.1.4.1.9999.1.1208", "a switch", "network-ifmib" },
	{ "a router that answers as a host", "1.3.6.1.2.1.25.1.1.0 1.3.6.1.2.1.2.1.0",
	  "1.3.6.1.4.1.14988.1", "RouterOS", "network-vendors" },
	{ "a switch whose maker makes phones too", "1.3.6.1.2.1.2.1.0", "1.3.6.1.4.1.9.6.1.83.10.1",
	  "SG300-10 10-Port Gigabit Managed Switch", "network-vendors" },
	{ "a phone with a switch's identity", "1.3.6.1.2.1.2.1.0", "1.3.6.1.4.1.9.6.1.23",
	  "Cisco SPA504G", "phone-cisco" },
	{ "a PC with Windows", "1.3.6.1.2.1.25.1.1.0 1.3.6.1.2.1.2.1.0",
	  "1.3.6.1.4.1.311.1.1.3.1.1", "Hardware: Intel64 - Software: Windows Version 6.3",
	  "host-windows" },
	{ "nothing at all", NULL, NULL, "", "system" },
};

Test(match, evidence_comes_before_identity)
{
	char why[PROFILE_ERROR_MAX] = "";
	struct profile_set s;

	cr_assert_eq(profiles_load(&s, LW_SOURCE_DIR "/profiles", why, sizeof why), 0, "%s", why);
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
		struct match m =
			choose(&s, devices[i].answers, devices[i].identity, devices[i].descr);

		cr_assert_not_null(m.profile);
		cr_expect_str_eq(m.profile->name, devices[i].profile, "%s", devices[i].name);
	}
	struct match m = choose(&s, devices[0].answers, devices[0].identity, "APC");
	bool told = false;
	for (unsigned i = 0; i < m.n_evidence; i++)
		told = told || strstr(m.evidence[i], "none of its objects answers") != NULL;
	cr_expect(told, "the refuted identity is worth a line");
	profiles_fini(&s);
}
