#include <criterion/criterion.h>
#include <string.h>

#include "collector/conf/collector_conf.h"
#include "collector/core/page_text.h"

static const char config[] =
	"sites:\n"
	"  - id: danang\n"
	"    name: Đà Nẵng\n"
	"    minimum_seats: 1\n"
	"    power: [ups-1]\n"
	"    seats:\n"
	"      - {id: \"01\", phone: p-01}\n"
	"    devices:\n"
	"      - {id: ups-1, class: ups, agent: gw}\n"
	"      - {id: p-01, class: phone, agent: gw}\n"
	"people:\n"
	"  - {id: lan, name: Lan, email: lan@example.vn}\n"
	"  - {id: minh, name: Minh, email: minh@example.vn}\n"
	"oncall:\n"
	"  rotation: {people: [lan, minh], starts: \"2026-11-23T08:00+07:00\"}\n";

static struct instant at(int64_t ms)
{
	return (struct instant){ ms, 1795485600000 + ms }; /* 09:00 in Vietnam */
}

static struct collector_conf *conf;
static struct engine *engine;

static void mains_are_cut(void)
{
	const struct reading cut[] = { { .metric = M_UPS_STATUS, .value = UPS_ON_BATTERY },
				       { .metric = M_BATTERY_RUNTIME, .value = 2540 } };
	const struct reading well = { .metric = M_SIP_REGISTERED, .value = 1 };

	cr_assert_eq(collector_conf_load_text(&conf, "c.yaml", config, strlen(config), stderr), 0);
	cr_assert_eq(engine_new(&engine, &conf->topology, conf->rules, &conf->plan, at(0)), 0);
	engine_report(engine, topology_find(&conf->topology, ENTITY_DEVICE, "danang/p-01"), &well,
		      1, at(0));
	engine_report(engine, topology_find(&conf->topology, ENTITY_DEVICE, "danang/ups-1"), cut, 2,
		      at(0));
	for (int64_t ms = 0; ms <= 6000; ms += 500)
		engine_tick(engine, at(ms));
}

static void over(void)
{
	engine_free(engine);
	collector_conf_free(conf);
}

static int64_t written_ms = 6000;

static void write_page(char *buf, size_t size, enum page_form form, const char *lang,
		       const char *link)
{
	const struct page_request r = { .engine = engine,
					.topology = &conf->topology,
					.rules = conf->rules,
					.plan = &conf->plan,
					.incident = 1,
					.reason = PAGE_OPENED,
					.language = lang,
					.link = link,
					.wall_ms = at(written_ms).wall_ms };

	(void)page_text(buf, size, &r, form);
}

Test(page_text, the_chat_form_says_cause_cost_deadline_and_what_happens_next, .init = mains_are_cut,
     .fini = over)
{
	static const char *const parts[] = {
		"Đà Nẵng",	"Mất điện lưới", "từ 09:00",  "còn ~42 phút",
		"1 / 1 vị trí", "Làm ngay: ",	 "trước 09:", "Không ai nhận trước 09:05 → gọi Minh"
	};
	char buf[2000];

	write_page(buf, sizeof buf, PAGE_FORM_CHAT, "vi", NULL);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		cr_expect(strstr(buf, parts[i]) != NULL, "%s is not in: %s", parts[i], buf);
}

Test(page_text, minutes_are_told_once_there_is_one, .init = mains_are_cut, .fini = over)
{
	char buf[2000];

	write_page(buf, sizeof buf, PAGE_FORM_CHAT, "vi", NULL);
	cr_expect(strstr(buf, "(0 phút)") == NULL, "%s", buf);
	written_ms = 4 * 60000 + 6000;
	write_page(buf, sizeof buf, PAGE_FORM_CHAT, "vi", NULL);
	cr_expect(strstr(buf, "từ 09:00 (4 phút)") != NULL, "%s", buf);
}

Test(page_text, a_short_message_fits_one_segment, .init = mains_are_cut, .fini = over)
{
	static const char *const langs[] = { "vi", "en" };
	char buf[2000];

	for (size_t i = 0; i < 2; i++) {
		write_page(buf, sizeof buf, PAGE_FORM_SMS, langs[i], "lw.vn/i/7Kq");
		cr_expect_leq(strlen(buf), 160, "%s", buf);
		cr_expect(strstr(buf, "lw.vn/i/7Kq") != NULL, "%s", buf);
		for (const char *c = buf; *c != '\0'; c++)
			cr_expect((unsigned char)*c < 0x80, "%s", buf);
		write_page(buf, sizeof buf, PAGE_FORM_SMS_UCS2, langs[i], NULL);
		cr_expect_leq(page_utf16_length(buf), 70, "%s", buf);
		cr_expect(strstr(buf, "Đà Nẵng") != NULL, "%s", buf);
	}
}

Test(page_text, it_is_cut_between_characters, .init = mains_are_cut, .fini = over)
{
	char whole[2000], buf[2000];

	write_page(whole, sizeof whole, PAGE_FORM_LONG, "vi", NULL);
	for (size_t size = 1; size < strlen(whole); size++) {
		write_page(buf, size, PAGE_FORM_LONG, "vi", NULL);
		cr_assert_lt(strlen(buf), size);
		cr_assert_eq(strncmp(buf, whole, strlen(buf)), 0);
		cr_assert_neq((unsigned char)whole[strlen(buf)] & 0xc0, 0x80, "cut at %zu", size);
	}
}

Test(page_text, marks_are_folded_away)
{
	char text[] = "Mất điện, Đà Nẵng: gọi ƯƠ ưỡ ý – xong";

	page_fold_ascii(text);
	cr_expect_str_eq(text, "Mat dien, Da Nang: goi UO uo y - xong");
}
