/* What the senses over IP share: addresses with options, one round's result. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "agent/io/ask/endpoint.h"
#include "agent/io/ask/literal.h"
#include "agent/io/ask/round.h"

static const struct endpoint_option options[] = {
	{ .name = "expect", .kind = OPTION_TEXT, .max = 20 },
	{ .name = "count", .kind = OPTION_NUMBER, .min = 1, .max = 32, .dflt = 5 },
	{ .name = "verify", .kind = OPTION_FLAG, .dflt = 1 },
	{ .name = NULL },
};

static int open_url(struct endpoint *e, const char *url, const char *json, char *err, size_t size)
{
	const struct sense_target t = { .url = url, .options_json = json };

	memset(e, 0, sizeof *e);
	return endpoint_init(e, &t, options, err, size);
}

static const struct {
	const char *url, *scheme, *user, *host, *path, *params;
	unsigned port;
} good[] = {
	{ "nut://ups1@10.0.0.5", "nut", "ups1", "10.0.0.5", "/", "", 0 },
	{ "nut://ups%20one@h:3493?verify=no", "nut", "ups one", "h", "/", "", 3493 },
	{ "sip:900@pbx.test:5080;transport=tcp", "sip", "900", "pbx.test", "/", "transport=tcp",
	  5080 },
	{ "sip:pbx.test", "sip", "", "pbx.test", "/", "", 0 },
	{ "sips:900@[2001:db8::1]:5061", "sips", "900", "2001:db8::1", "/", "", 5061 },
	{ "https://h:8443/a/b?c=d#expect=e", "https", "", "h", "/a/b", "", 8443 },
	{ "dns://ns/qms.test#count=2", "dns", "", "ns", "/qms.test", "", 0 },
};

ParameterizedTestParameters(endpoint, a_url_is_cut_into_its_parts)
{
	static size_t index[sizeof good / sizeof *good];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof good / sizeof *good);
}

ParameterizedTest(size_t *i, endpoint, a_url_is_cut_into_its_parts)
{
	struct endpoint e;
	char err[200] = "";

	cr_assert_eq(open_url(&e, good[*i].url, NULL, err, sizeof err), 0, "%s: %s", good[*i].url,
		     err);
	cr_expect_str_eq(e.scheme, good[*i].scheme);
	cr_expect_str_eq(e.user, good[*i].user);
	cr_expect_str_eq(e.host, good[*i].host);
	cr_expect_str_eq(e.path, good[*i].path);
	cr_expect_str_eq(e.params, good[*i].params);
	cr_expect_eq(e.port, good[*i].port);
	endpoint_fini(&e);
}

Test(endpoint, options_come_from_the_file_and_the_url_and_have_defaults)
{
	struct endpoint e;
	char err[200];

	cr_assert_eq(open_url(&e, "tcp://h:1#expect=a%26b", "{\"count\":7,\"verify\":false}", err,
			      sizeof err),
		     0);
	cr_expect_str_eq(endpoint_text(&e, "expect"), "a&b");
	cr_expect_eq(endpoint_number(&e, "count"), 7);
	cr_expect_not(endpoint_flag(&e, "verify"));
	endpoint_fini(&e);
	cr_assert_eq(open_url(&e, "tcp://h:1", NULL, err, sizeof err), 0);
	cr_expect_null(endpoint_text(&e, "expect"));
	cr_expect_eq(endpoint_number(&e, "count"), 5);
	cr_expect(endpoint_flag(&e, "verify"));
	endpoint_fini(&e);
}

Test(endpoint, what_is_wrong_is_named)
{
	static const struct {
		const char *url, *json, *named;
	} bad[] = {
		{ "tcp", NULL, "URL" },
		{ "://h", NULL, "URL" },
		{ "averyveryverylongscheme://h", NULL, "URL" },
		{ "tcp://h:99999", NULL, "URL" },
		{ "nut://a%00b@h", NULL, "URL" },
		{ "tcp://h:1#count=0", NULL, "count" },
		{ "tcp://h:1#count=x", NULL, "count" },
		{ "tcp://h:1#verify=maybe", NULL, "verify" },
		{ "tcp://h:1#expect=0123456789012345678901", NULL, "expect" },
		{ "tcp://h:1#colour=red", NULL, "colour" },
		{ "tcp://h:1#expect", NULL, "expect" },
		{ "tcp://h:1", "{\"count\":99}", "count" },
		{ "tcp://h:1", "[]", "options" },
		{ "tcp://h:1", "{", "options" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct endpoint e;
		char err[200] = "";

		cr_expect_eq(open_url(&e, bad[i].url, bad[i].json, err, sizeof err), -EINVAL, "%s",
			     bad[i].url);
		cr_expect_not_null(strstr(err, bad[i].named), "%s: %s", bad[i].url, err);
	}
}

static unsigned n_done;

static void on_done(void *arg, const struct sense_result *r)
{
	const char **wanted = arg;

	n_done++;
	cr_expect_eq(r->n_evidence, 1);
	cr_expect_str_eq(r->evidence[0], *wanted);
}

Test(round, texts_of_devices_are_made_printable)
{
	static struct round r;
	const char *wanted = "Tổng đài ? ?( ??? ok";

	cr_assert_eq(round_start(&r, on_done, (void *)&wanted), 0);
	cr_expect_eq(round_start(&r, on_done, NULL), -EBUSY);
	round_evidence(&r, "Tổng đài \n \xc3( \xed\xa0\x80 ok");
	round_end(&r, true, "service", "tcp");
	cr_expect_eq(n_done, 1);
}

Test(round, what_cannot_be_is_unknown_and_what_does_not_fit_is_left_out)
{
	static struct round r;

	cr_assert_eq(round_start(&r, on_done, NULL), 0);
	round_value(&r, M_TLS_DAYS_LEFT, 1e9);
	cr_expect_eq(r.readings[0].reason, REASON_RANGE);
	for (unsigned i = 0; i < 2 * ROUND_READINGS_MAX; i++) {
		round_value(&r, M_SERVICE_UP, 1);
		round_evidence(&r, "%u", i);
		round_identity(&r, M_DEVICE_MODEL, "x");
	}
	cr_expect_eq(r.n_readings, ROUND_READINGS_MAX);
	cr_expect_eq(r.n_evidence, ROUND_EVIDENCE_MAX);
	cr_expect_eq(r.n_identity, ROUND_IDENTITY_MAX);
}

Test(literal, addresses_need_no_resolver_and_names_do)
{
	struct sockaddr_storage a;

	cr_expect(literal_address(&a, "10.0.3.5", 53));
	cr_expect_eq(a.ss_family, AF_INET);
	cr_expect(literal_address(&a, "2001:db8::1", 53));
	cr_expect_eq(a.ss_family, AF_INET6);
	cr_expect_not(literal_address(&a, "qms.example", 53));
	cr_expect_not(literal_address(&a, "10.0.3.500", 53));
	cr_expect_not(literal_address(&a, "", 53));
}
