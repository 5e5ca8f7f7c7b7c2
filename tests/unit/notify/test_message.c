#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/notify/message.h"
#include "common/notify/notify_conf.h"
#include "common/notify/template.h"

static struct message example(void)
{
	struct message m = {
		.key = strdup("page/1/opened/lan"),
		.subject = strdup("Đà Nẵng: mất điện lưới"),
		.sms = strdup("111 DA NANG: mat dien \"luoi\"\n5/8"),
		.kind = MESSAGE_PAGE,
		.incident = 1,
		.wants_receipt = true,
		.born_wall_ms = 1795400000123,
		.n_channels = 2,
		.delivery = { .channel = 1, .tries = 2, .failures = 5, .taken = 1 },
	};

	m.channels[0] = strdup("email");
	m.addresses[0] = strdup("lan@example.vn");
	m.channels[1] = strdup("sms");
	m.addresses[1] = strdup("+84900000000");
	return m;
}

Test(message, comes_back_from_json_as_it_was)
{
	struct message m = example(), back;
	char *json = message_to_json(&m);

	cr_assert_not_null(json);
	cr_assert_eq(message_from_json(&back, json), 0);
	cr_expect_str_eq(back.key, m.key);
	cr_expect_str_eq(back.subject, m.subject);
	cr_expect_str_eq(back.sms, m.sms);
	cr_expect_null(back.mail);
	cr_expect_eq(back.born_wall_ms, m.born_wall_ms);
	cr_expect_eq(back.n_channels, 2);
	cr_expect_str_eq(back.addresses[1], "+84900000000");
	cr_expect(memcmp(&back.delivery, &m.delivery, sizeof m.delivery) == 0);
	cr_expect(back.wants_receipt && back.kind == MESSAGE_PAGE);
	message_fini(&back);
	message_fini(&m);
	free(json);
}

Test(message, what_is_not_a_message_is_refused)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"kind\":\"page\"}",
		"{\"kind\":\"page\",\"key\":\"k\",\"channels\":[]}",
		"{\"kind\":\"nonsense\",\"key\":\"k\",\"channels\":[{\"id\":\"a\",\"to\":\"b\"}]}",
		"{\"kind\":\"page\",\"channels\":[{\"id\":\"a\",\"to\":\"b\"}]}",
		"{\"kind\":\"page\",\"key\":\"k\",\"channels\":[{\"id\":\"a\",\"to\":\"b\"}],"
		"\"delivery\":{\"channel\":1}}",
	};
	struct message m;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_eq(message_from_json(&m, bad[i]), -EBADMSG, "case %zu", i);
}

Test(template, values_are_escaped_for_the_body_they_go_into)
{
	struct message m = example();
	char *json = template_fill("{\"to\":{to},\"text\":{sms}}", "application/json", &m, "+84 9");
	char *form = template_fill("to={to}&x={unknown}", "application/x-www-form-urlencoded", &m,
				   "+84 9");
	char *plain = template_fill("{to}{", "text/plain", &m, "+84 9");

	cr_expect_str_eq(
		json, "{\"to\":\"+84 9\",\"text\":\"111 DA NANG: mat dien \\\"luoi\\\"\\n5/8\"}");
	cr_expect_str_eq(form, "to=%2B84%209&x={unknown}");
	cr_expect_str_eq(plain, "+84 9{");
	free(json);
	free(form);
	free(plain);
	message_fini(&m);
}

Test(notify_conf, each_type_says_what_it_lacks)
{
	struct notifier_conf c = { .type = (char *)(uintptr_t) "email" };

	cr_expect_str_eq(notifier_conf_problem(&c),
			 "url: missing, wants smtp://host:port or smtps://host:port");
	c.url = (char *)(uintptr_t) "smtp://127.0.0.1";
	cr_expect_null(notifier_conf_problem(&c));
	c.type = (char *)(uintptr_t) "pigeon";
	cr_expect_not_null(notifier_conf_problem(&c));
}

Test(notify_conf, a_person_is_reached_by_the_address_of_the_type)
{
	struct person_address a = { .email = (char *)(uintptr_t) "e",
				    .phone = (char *)(uintptr_t) "p" };

	cr_expect_str_eq(person_address_for(&a, "email"), "e");
	cr_expect_str_eq(person_address_for(&a, "gammu"), "p");
	cr_expect_str_eq(person_address_for(&a, "sms_gateway"), "p");
	cr_expect_null(person_address_for(&a, "telegram"));
	cr_expect_null(person_address_for(&a, "alertmanager"));
}
