/* Whom the connection dials next, in which version of MQTT; and what a file may call a broker. */
#include <criterion/criterion.h>
#include <errno.h>

#include "common/io/mqtt.h"
#include "common/io/mqtt_turn.h"

enum { CAP_MS = 30000 };

static bool join_in_silence(struct mqtt_turn *t)
{
	bool mqtt5 = turn_mqtt5(t);

	turn_joining(t);
	(void)turn_over(t, false, CAP_MS);
	return mqtt5;
}

Test(mqtt_turn, each_failure_goes_on_to_the_next_broker_and_round_again)
{
	struct mqtt_turn t = { .n = 3 };

	for (unsigned i = 0; i < 7; i++) {
		cr_expect_eq(t.at, i % 3);
		(void)turn_over(&t, false, CAP_MS);
	}
	cr_expect_eq(t.failures, 7);
	(void)turn_over(&t, true, CAP_MS);
	cr_expect_eq(t.failures, 1, "a session that held begins anew");
}

Test(mqtt_turn, one_that_refuses_mqtt_5_is_asked_again_at_once_in_3_1_1)
{
	struct mqtt_turn t = { .n = 3 };

	cr_expect(turn_mqtt5(&t));
	turn_joining(&t);
	turn_connack(&t, true, true);
	cr_expect_eq(turn_over(&t, false, CAP_MS), 0);
	cr_expect_eq(t.at, 0, "the same one");
	cr_expect_eq(t.failures, 0);
	cr_expect_not(turn_mqtt5(&t));
}

Test(mqtt_turn, the_next_broker_of_such_a_cluster_is_spoken_to_in_3_1_1_from_the_start)
{
	struct mqtt_turn t = { .n = 3 };

	turn_joining(&t);
	turn_connack(&t, true, true);
	(void)turn_over(&t, false, CAP_MS);
	turn_joining(&t);
	turn_connack(&t, false, false);
	(void)turn_over(&t, true, CAP_MS);
	cr_expect_eq(t.at, 1);
	cr_expect_not(turn_mqtt5(&t));
}

Test(mqtt_turn, a_cluster_that_was_renewed_is_found_to_speak_mqtt_5)
{
	struct mqtt_turn t = { .n = 1 };

	turn_joining(&t);
	turn_connack(&t, true, true);
	(void)turn_over(&t, false, CAP_MS);
	cr_expect_not(join_in_silence(&t));
	cr_expect(turn_mqtt5(&t));
	turn_joining(&t);
	turn_connack(&t, true, false);
	(void)turn_over(&t, true, CAP_MS);
	cr_expect(turn_mqtt5(&t));
}

Test(mqtt_turn, two_that_close_without_a_word_are_tried_in_3_1_1_and_that_is_not_for_ever)
{
	struct mqtt_turn t = { .n = 1 };

	cr_expect(join_in_silence(&t));
	cr_expect(join_in_silence(&t));
	cr_expect_not(turn_mqtt5(&t));
	turn_joining(&t);
	turn_connack(&t, false, false);
	(void)turn_over(&t, true, CAP_MS);
	cr_expect(turn_mqtt5(&t), "it may have been a broker that was just starting");
}

static const struct {
	const char *text, *host;
	unsigned port; /* 0: refused */
} peers[] = {
	{ "mq.example.vn", "mq.example.vn", 8883 },
	{ "mq.example.vn:1884", "mq.example.vn", 1884 },
	{ "10.0.0.1:65535", "10.0.0.1", 65535 },
	{ "[fd00::1]:1884", "fd00::1", 1884 },
	{ "[fd00::1]", "fd00::1", 8883 },
	{ "fd00::1", "fd00::1", 8883 },
	{ "", NULL, 0 },
	{ ":1884", NULL, 0 },
	{ "a:", NULL, 0 },
	{ "a:0", NULL, 0 },
	{ "a:65536", NULL, 0 },
	{ "a:+1", NULL, 0 },
	{ "a:18x", NULL, 0 },
	{ "[fd00::1", NULL, 0 },
	{ "[fd00::1]1884", NULL, 0 },
	{ "mqtts://a:8883", NULL, 0 },
	{ "a b", NULL, 0 },
};

Test(mqtt_turn, a_broker_is_named_by_host_and_port)
{
	for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
		struct mqtt_peer p = { .host = "" };
		int r = mqtt_peer_parse(&p, peers[i].text, 8883);

		cr_expect_eq(r, peers[i].port != 0 ? 0 : -EINVAL, "%s: %d", peers[i].text, r);
		cr_expect_str_eq(p.host, peers[i].port != 0 ? peers[i].host : "");
		cr_expect_eq(p.port, peers[i].port, "%s: %u", peers[i].text, p.port);
	}
}
