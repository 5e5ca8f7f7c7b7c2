#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/store_read.h"
#include "collector/notify/outbox.h"

static const char yaml[] =
	"sites:\n"
	"  - id: danang\n"
	"    name: Đà Nẵng\n"
	"    timezone: Asia/Ho_Chi_Minh\n"
	"    minimum_seats: 1\n"
	"    power: [ups-1]\n"
	"    seats:\n"
	"      - {id: \"01\", workstation: ws-01}\n"
	"    devices:\n"
	"      - {id: ups-1, class: ups, agent: gw}\n"
	"      - {id: ws-01, class: workstation, agent: ws-01, depends_on: [ups-1]}\n"
	"notifiers:\n"
	"  - {id: chat, type: telegram, token_file: /dev/null}\n"
	"  - {id: mail, type: email, url: \"smtp://127.0.0.1\", from: lw@example.vn}\n"
	"  - {id: nms, type: syslog, url: \"udp://127.0.0.1:514\"}\n"
	"people:\n"
	"  - {id: lan, name: Lan, language: vi, email: lan@example.vn, telegram: \"42\"}\n"
	"oncall:\n"
	"  rotation: {people: [lan], shift: 7d, starts: \"2026-11-23T08:00+07:00\"}\n"
	"  escalate: [{after: 0s, to: oncall}]\n";

struct scene {
	uv_loop_t loop;
	char folder[64], path[96];
	struct collector_conf *conf;
	struct engine *engine;
	struct store *store;
	struct store_batch *batch;
	struct outbox_sources sources;
	unsigned n_pages, n_alarms;
	struct message page, alarm;
};

static const uint8_t key[ACK_LINK_KEY_BYTES] = "a key for the tests, 32 bytes...";

static void begin(struct scene *s)
{
	struct store_options o = { .path = s->path };
	char err[200] = "";

	*s = (struct scene){ .n_pages = 0 };
	(void)snprintf(s->folder, sizeof s->folder, "/tmp/lw-outbox-XXXXXX");
	cr_assert_not_null(mkdtemp(s->folder));
	(void)snprintf(s->path, sizeof s->path, "%s/store.db", s->folder);
	cr_assert_eq(collector_conf_load_text(&s->conf, "test.yaml", yaml, sizeof yaml - 1, stderr),
		     0);
	cr_assert_eq(engine_new(&s->engine, &s->conf->topology, s->conf->rules, &s->conf->plan,
				(struct instant){ 0, 1795400000000 }),
		     0);
	cr_assert_eq(uv_loop_init(&s->loop), 0);
	cr_assert_eq(store_open(&s->store, &s->loop, &o, err, sizeof err), 0, "%s", err);
	s->batch = store_batch_new(s->store);
	s->sources = (struct outbox_sources){ s->conf, s->engine, key, 0xab };
}

static struct instant at(int64_t ms)
{
	return (struct instant){ ms, 1795400000000 + ms };
}

static void put_effects(struct scene *s)
{
	size_t n;
	const struct effect *e = engine_effects(s->engine, &n);

	for (size_t i = 0; i < n; i++)
		cr_assert_geq(outbox_put(s->batch, &s->sources, &e[i]), 0);
	engine_effects_clear(s->engine);
}

/* The mains fail at 1 s; a minute passes. */
static void cut_mains(struct scene *s)
{
	struct reading cut[] = { { .metric = M_UPS_STATUS, .value = UPS_ON_BATTERY } };
	uint32_t ups = topology_find(&s->conf->topology, ENTITY_DEVICE, "danang/ups-1");

	engine_birth(s->engine, topology_find(&s->conf->topology, ENTITY_AGENT, "danang/gw"),
		     at(0));
	engine_birth(s->engine, topology_find(&s->conf->topology, ENTITY_AGENT, "danang/ws-01"),
		     at(0));
	engine_report(s->engine, ups, cut, 1, at(1000));
	for (int64_t t = 2000; t < 60000; t += 1000) {
		engine_heartbeat(s->engine,
				 topology_find(&s->conf->topology, ENTITY_AGENT, "danang/gw"),
				 at(t));
		engine_heartbeat(s->engine,
				 topology_find(&s->conf->topology, ENTITY_AGENT, "danang/ws-01"),
				 at(t));
		engine_tick(s->engine, at(t));
		put_effects(s);
	}
}

static void on_stored(void *arg, struct store_batch *b, int status)
{
	(void)arg;
	cr_assert_eq(status, 0);
	store_batch_free(b);
}

static int take(void *arg, const struct store_outbox_row *row)
{
	struct scene *s = arg;
	struct message m;

	cr_assert_eq(message_from_json(&m, row->json), 0, "%s", row->json);
	cr_expect_str_eq(m.key, row->key);
	if (m.kind == MESSAGE_PAGE && s->n_pages++ == 0)
		s->page = m;
	else if (m.kind == MESSAGE_ALARM && s->n_alarms++ == 0)
		s->alarm = m;
	else
		message_fini(&m);
	return 0;
}

static void commit_and_read(struct scene *s)
{
	struct store_reader *r;
	char err[200] = "", command[128];

	cr_assert_eq(store_commit(s->store, s->batch, on_stored, NULL), 0);
	store_close(s->store, NULL, NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_assert_eq(store_reader_open(&r, s->path, err, sizeof err), 0, "%s", err);
	cr_assert_eq(store_read_outbox(r, INT64_MAX, true, 0, take, s), 0);
	store_reader_close(&r);
	(void)snprintf(command, sizeof command, "rm -r %s", s->folder);
	cr_expect_eq(system(command), 0);
}

static void end(struct scene *s)
{
	message_fini(&s->page);
	message_fini(&s->alarm);
	engine_free(s->engine);
	collector_conf_free(s->conf);
	cr_expect_eq(uv_loop_close(&s->loop), 0);
}

Test(outbox, a_page_holds_all_its_forms_and_every_channel_of_the_person)
{
	struct scene s;
	struct ack_link l;

	begin(&s);
	cut_mains(&s);
	commit_and_read(&s);
	cr_assert_eq(s.n_pages, 1);
	cr_expect_eq(s.page.n_channels, 2);
	cr_expect_str_eq(s.page.channels[0], "chat");
	cr_expect_str_eq(s.page.addresses[0], "42");
	cr_expect_str_eq(s.page.channels[1], "mail");
	cr_expect_str_eq(s.page.entity, "danang/ups-1");
	cr_expect_str_eq(s.page.code, "on_battery");
	cr_expect(s.page.wants_receipt);
	cr_expect_not_null(strstr(s.page.text, "Đà Nẵng"));
	cr_expect_leq(strlen(s.page.sms), 160);
	cr_expect_eq(strspn(s.page.sms, " !\"#$%&'()*+,-./"
					"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
					"abcdefghijklmnopqrstuvwxyz{|}~\n"),
		     strlen(s.page.sms), "%s", s.page.sms);
	char *token = strstr(s.page.link, "?t=");
	cr_assert_not_null(token);
	cr_expect_eq(ack_link_check(key, token + 3, 1795400000000, &l), 0);
	cr_expect_eq(l.incident, s.page.incident);
	cr_expect_str_eq(l.person, "lan");
	end(&s);
}

Test(outbox, an_alarm_goes_to_each_machine_that_wants_alarms)
{
	struct scene s;

	begin(&s);
	cut_mains(&s);
	commit_and_read(&s);
	cr_assert_geq(s.n_alarms, 1);
	cr_expect_str_eq(s.alarm.channels[0], "nms");
	cr_expect_str_eq(s.alarm.reason, "raised");
	cr_expect_str_eq(s.alarm.entity, "danang/ups-1");
	cr_expect_str_eq(s.alarm.severity, "major");
	cr_expect_not(s.alarm.wants_receipt);
	end(&s);
}

Test(outbox, a_test_proves_each_channel_by_itself)
{
	struct scene s;

	begin(&s);
	cr_expect_eq(outbox_put_test(s.batch, &s.sources, 0, 3, 1795400000000), 2);
	commit_and_read(&s);
	cr_expect_eq(s.n_pages + s.n_alarms, 0, "tests are neither");
	end(&s);
}
