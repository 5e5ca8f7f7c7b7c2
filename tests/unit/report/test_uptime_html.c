#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/report/uptime.h"

enum { DAY_MS = 86400000 };
static const int64_t t0 = 1790787600000; /* 1 October 2026 in Vietnam */

static char site_id[] = "danang", site_name[] = "Đà <Nẵng>";
static const struct site sites[] = { { .id = site_id, .name = site_name } };

/* A centre over a month: an outage, a stretch that nobody knows, and `flaps` of a second. */
static void fill(struct uptime_row *r, enum uptime_kind kind, int flaps)
{
	*r = (struct uptime_row){ .kind = kind,
				  .id = "danang",
				  .name = sites[0].name,
				  .callers = 2.4,
				  .callers_most = 51 };
	cr_assert_eq(timeline_init(&r->line, t0, t0 + 31ll * DAY_MS), 0);
	cr_assert_eq(timeline_set(&r->line, STATE_UP, t0, 1), 0);
	cr_assert_eq(timeline_set(&r->line, STATE_DOWN, t0 + DAY_MS, 2), 0);
	cr_assert_eq(timeline_set(&r->line, STATE_UP, t0 + DAY_MS + 207000, 3), 0);
	cr_assert_eq(timeline_set(&r->line, STATE_UNKNOWN, t0 + 5ll * DAY_MS, 4), 0);
	cr_assert_eq(timeline_set(&r->line, STATE_UP, t0 + 7ll * DAY_MS, 5), 0);
	for (int i = 0; i < flaps; i++) {
		cr_assert_eq(timeline_set(&r->line, STATE_DOWN, t0 + 10ll * DAY_MS + i * 60000, 6),
			     0);
		cr_assert_eq(
			timeline_set(&r->line, STATE_UP, t0 + 10ll * DAY_MS + i * 60000 + 1000, 7),
			0);
	}
	availability_of(&r->line, &r->sum);
}

static char *page(const char *lang, const char *month, uint32_t site, int flaps)
{
	int32_t offset = 7 * 3600;
	struct zone z = { .first_offset_s = offset };
	struct topology t = { .sites = (struct site *)(uintptr_t)sites, .n_sites = 1 };
	struct uptime_row rows[2];
	struct uptime u = { .rows = rows,
			    .n = 2,
			    .asked = { .topology = &t,
				       .site = site,
				       .zone = &z,
				       .from_ms = t0,
				       .until_ms = t0 + 31ll * DAY_MS } };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fill(&rows[0], UPTIME_HOTLINE, 0);
	fill(&rows[1], UPTIME_SITE, flaps);
	cr_assert_eq(uptime_html(&u, lang, month, f), 0);
	(void)fclose(f);
	timeline_fini(&rows[0].line);
	timeline_fini(&rows[1].line);
	return text;
}

static const struct {
	const char *lang, *says;
} says[] = {
	{ "vi", "<h1>Báo cáo độ sẵn sàng: Đà &lt;Nẵng&gt;, tháng 10 năm 2026</h1>" },
	{ "en", "<h1>Availability: Đà &lt;Nẵng&gt;, October 2026</h1>" },
	{ "vi", "01/10/2026 00:00:00 – 01/11/2026 00:00:00 (UTC+07:00)" },
	{ "en", "1 Oct 2026 00:00:00 – 1 Nov 2026 00:00:00 (UTC+07:00)" },
	{ "vi", "<dd>93,540–99,992 %</dd>" },
	{ "en", "<dd>93.540–99.992 %</dd>" },
	{ "vi", "02/10 00:00:00 – 02/10 00:03:27 · 3 phút 27 giây · gián đoạn · #2" },
	{ "en", "2 Oct 00:00:00 – 2 Oct 00:03:27 · 3 min 27 s · down · #2" },
	{ "vi", "Ước tính 2 người gọi bị ảnh hưởng; tới 51 nếu" },
	{ "en", "Estimated callers affected: 2; up to 51 if" },
	{ "en", "Mean time to repair" },
	{ "vi", "<rect class=\"unknown\"" },
	{ "vi", "url(#hatch)" },
};

Test(uptime_html, it_speaks_both_languages_to_their_commas)
{
	for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
		char *text = page(says[i].lang, "2026-10", 0, 0);

		cr_expect_not_null(strstr(text, says[i].says), "%s", says[i].says);
		cr_expect_null(strstr(text, "<Nẵng>"));
		free(text);
	}
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

Test(uptime_html, of_very_many_outages_the_longest_stand_there_and_the_rest_are_counted)
{
	char *text = page("en", "", NO_ENTITY, 60);

	cr_expect_not_null(strstr(text, "<h1>Availability: hotline 111</h1>"),
			   "no month was asked");
	cr_expect_eq(count(text, "<li>"), 2 + 40);
	cr_expect_not_null(strstr(text, "And 22 more"));
	cr_expect_eq(count(text, "3 min 27 s · down · #2"), 2, "the longest are among them");
	cr_expect_eq(count(text, " · unknown · #4"), 2);
	free(text);
}
