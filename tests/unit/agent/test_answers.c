/* What web servers, databases and SIP servers answer. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "agent/core/greeting.h"
#include "agent/core/ivr.h"
#include "agent/core/sip.h"
#include "agent/core/web.h"

Test(web, a_status_fits_its_spec)
{
	cr_expect(web_status_fits("", 204));
	cr_expect(web_status_fits("", 302));
	cr_expect_not(web_status_fits("", 404));
	cr_expect(web_status_fits("200,4xx", 404));
	cr_expect_not(web_status_fits("200,4xx", 500));
	cr_expect(web_status_spec_valid("200,20x,3xx"));
	cr_expect_not(web_status_spec_valid("200,"));
	cr_expect_not(web_status_spec_valid("abc"));
	cr_expect_not(web_status_spec_valid("2000"));
	cr_expect_not(web_status_spec_valid("2"));
}

Test(web, a_text_is_found_wherever_the_body_is_cut)
{
	const char *body = "<title>111 is alive</title>";
	struct web_search s;

	for (size_t cut = 0; cut <= strlen(body); cut++) {
		cr_assert_eq(web_search_init(&s, "111 is alive"), 0);
		web_search_feed(&s, body, cut);
		web_search_feed(&s, body + cut, strlen(body) - cut);
		cr_expect(s.found, "cut at %zu", cut);
	}
	cr_assert_eq(web_search_init(&s, "111 is alive"), 0);
	for (size_t i = 0; i < strlen(body); i++)
		web_search_feed(&s, body + i, 1);
	cr_expect(s.found, "byte by byte");
}

Test(web, a_text_that_is_not_there_is_not_found)
{
	struct web_search s;

	cr_assert_eq(web_search_init(&s, "aab"), 0);
	web_search_feed(&s, "aaa", 3);
	web_search_feed(&s, "cab", 3);
	cr_expect_not(s.found);
	cr_expect_eq(web_search_init(&s, ""), -EINVAL);
	cr_assert_eq(web_search_init(&s, "x"), 0);
	web_search_feed(&s, "", 0);
	cr_expect_not(s.found);
}

static struct greeting pg(const char *bytes, size_t len)
{
	struct greeting g;

	greeting_pg_read(&g, (const uint8_t *)bytes, len);
	return g;
}

Test(greeting, postgresql_answers_are_told_apart)
{
	static const char full[] = "E\0\0\0\x2cSFATAL\0C53300\0Msorry, too many clients\0";
	static const char hba[] = "E\0\0\0\x1eSFATAL\0C28000\0Mno pg_hba\0";

	cr_expect_eq(pg("N", 1).result, GREETING_UP);
	cr_expect_eq(pg("S", 1).result, GREETING_UP);
	cr_expect_eq(pg("", 0).result, GREETING_MORE);
	cr_expect_eq(pg("E\0\0", 3).result, GREETING_MORE);
	cr_expect_eq(pg("HTTP/1.1 400", 12).result, GREETING_ALIEN);
	cr_expect_eq(pg("R\0\0\0\x08\0\0\0\x03", 9).result, GREETING_UP);
	cr_expect_eq(pg(hba, sizeof hba).result, GREETING_UP);
	cr_expect_eq(pg(full, sizeof full).result, GREETING_REFUSES);
	cr_expect_not_null(strstr(pg(full, sizeof full).text, "too many clients"));
}

Test(greeting, mysql_answers_are_told_apart)
{
	static const uint8_t hello[] = {
		12, 0, 0, 0, 10, '8', '.', '0', '.', '1', 0, 1, 2, 3, 4, 5
	};
	static const uint8_t full[] = { 7, 0, 0, 0, 255, 0x10, 0x04, 'f', 'u', 'l', 'l' };
	static const uint8_t denied[] = { 5, 0, 0, 2, 255, 0x15, 0x04, 'n', 'o' };
	struct greeting g;

	greeting_mysql_read(&g, hello, sizeof hello);
	cr_expect_eq(g.result, GREETING_UP);
	cr_expect_str_eq(g.version, "8.0.1");
	greeting_mysql_read(&g, hello, 9);
	cr_expect_eq(g.result, GREETING_MORE);
	greeting_mysql_read(&g, full, sizeof full);
	cr_expect_eq(g.result, GREETING_REFUSES);
	cr_expect_str_eq(g.text, "error 1040 full");
	greeting_mysql_read(&g, denied, sizeof denied);
	cr_expect_eq(g.result, GREETING_UP);
	greeting_mysql_read(&g, (const uint8_t *)"SSH-2.0-x", 9);
	cr_expect_eq(g.result, GREETING_ALIEN);
}

Test(sip, any_code_is_life_and_some_are_service)
{
	cr_expect_eq(sip_code_serves(200), SIP_SERVES_YES);
	cr_expect_eq(sip_code_serves(405), SIP_SERVES_YES);
	cr_expect_eq(sip_code_serves(401), SIP_SERVES_YES);
	cr_expect_eq(sip_code_serves(408), SIP_SERVES_NO);
	cr_expect_eq(sip_code_serves(503), SIP_SERVES_NO);
	cr_expect_eq(sip_code_serves(403), SIP_SERVES_UNKNOWN);
	cr_expect_eq(sip_code_serves(499), SIP_SERVES_UNKNOWN);
	cr_expect_not_null(sip_code_meaning(999));
}

Test(ivr, each_way_a_call_can_go_has_its_word)
{
	struct ivr_call c = { .code = 200,
			      .packets = 100,
			      .peak_db = -20,
			      .has_reference = true,
			      .score_percent = 90,
			      .threshold_percent = IVR_THRESHOLD_PERCENT };

	cr_expect_eq(ivr_judge(&c), IVR_OK);
	c.score_percent = 10;
	cr_expect_eq(ivr_judge(&c), IVR_WRONG_PROMPT);
	c.has_reference = false;
	cr_expect_eq(ivr_judge(&c), IVR_OK);
	c.peak_db = -70;
	cr_expect_eq(ivr_judge(&c), IVR_SILENT);
	c.packets = 0;
	cr_expect_eq(ivr_judge(&c), IVR_ONE_WAY);
	c.code = 486;
	cr_expect_eq(ivr_judge(&c), IVR_BUSY);
	c.code = 503;
	cr_expect_eq(ivr_judge(&c), IVR_NO_ANSWER);
	c.code = 0;
	cr_expect_eq(ivr_judge(&c), IVR_NO_ANSWER);
}
