/* The connection against a real mosquitto, and against a stand-in that speaks 3.1.1 only. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io/mqtt.h"

enum { LIMIT_MS = 60000 };

struct seen {
	uv_loop_t loop;
	struct mqtt *m;
	unsigned ups, downs, messages, acks, refusals;
	struct mqtt_change last;
	char reason[160], topic[128], payload[128];
	int qos;
	bool timed_out;
};

static unsigned port_of(unsigned offset)
{
	const char *own = getenv("LW_TEST_PORT");

	return (own != NULL ? (unsigned)atoi(own) : 22000) + offset;
}

static pid_t broker_start(unsigned port)
{
	char text[16];
	pid_t pid = fork();

	if (pid == 0) {
		(void)snprintf(text, sizeof text, "%u", port);
		(void)!freopen("/dev/null", "w", stderr);
		(void)execlp("mosquitto", "mosquitto", "-p", text, (char *)NULL);
		(void)execl("/usr/sbin/mosquitto", "mosquitto", "-p", text, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void broker_stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

static void need_broker(void)
{
	if (access("/usr/sbin/mosquitto", X_OK) != 0)
		cr_skip_test("mosquitto is not installed");
}

static void on_change(void *arg, const struct mqtt_change *c)
{
	struct seen *s = arg;

	s->last = *c;
	s->ups += c->up;
	s->downs += !c->up;
	(void)snprintf(s->reason, sizeof s->reason, "%s", c->reason);
}

static void on_message(void *arg, const struct mqtt_message *m)
{
	struct seen *s = arg;

	s->messages++;
	s->qos = m->qos;
	(void)snprintf(s->topic, sizeof s->topic, "%s", m->topic);
	(void)snprintf(s->payload, sizeof s->payload, "%.*s", (int)m->len,
		       (const char *)m->payload);
}

static void on_acked(void *arg, int mid, int reason)
{
	struct seen *s = arg;

	(void)mid;
	s->acks++;
	s->refusals += reason >= 128;
}

static void on_will(void *arg, uint32_t session, struct mqtt_will *w)
{
	(void)arg;
	(void)snprintf(w->topic, sizeof w->topic, "t/will");
	w->len = (size_t)snprintf((char *)w->payload, sizeof w->payload, "session %u", session);
}

static const char *const local[] = { "127.0.0.1" };
static const char *const subscriptions[] = { "t/#", NULL };

static struct mqtt_options options(unsigned port)
{
	return (struct mqtt_options){ .hosts = local,
				      .n_hosts = 1,
				      .port = port,
				      .client_id = "under-test",
				      .subscriptions = subscriptions,
				      .keepalive_s = 5,
				      .max_inflight = 4,
				      .max_backoff_ms = 300 };
}

static void seen_open(struct seen *s, const struct mqtt_options *o)
{
	struct mqtt_handlers h = { on_change, on_message, on_acked, on_will, s };

	memset(s, 0, sizeof *s);
	cr_assert_eq(uv_loop_init(&s->loop), 0);
	cr_assert_eq(mqtt_open(&s->m, &s->loop, o, &h), 0);
}

static void on_limit(uv_timer_t *t)
{
	((struct seen *)t->data)->timed_out = true;
}

static void on_closed(uv_handle_t *h)
{
	(void)h;
}

/* Turn the loop until *counter reaches `n`, at most LIMIT_MS. */
static void run_until(struct seen *s, const unsigned *counter, unsigned n)
{
	uv_timer_t limit;

	s->timed_out = false;
	(void)uv_timer_init(&s->loop, &limit);
	limit.data = s;
	(void)uv_timer_start(&limit, on_limit, LIMIT_MS, 0);
	while (*counter < n && !s->timed_out)
		(void)uv_run(&s->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&limit, on_closed);
	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	cr_assert(!s->timed_out, "waited in vain, reason: %s", s->reason);
}

static void seen_close(struct seen *s)
{
	mqtt_close(s->m, NULL, NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&s->loop), 0);
}

Test(mqtt, at_most_once_is_qos_0_both_ways)
{
	struct seen s;
	unsigned port = port_of(8);

	need_broker();
	pid_t broker = broker_start(port);
	struct mqtt_options o = options(port);
	o.at_most_once = true;
	seen_open(&s, &o);
	run_until(&s, &s.ups, 1);
	cr_expect_eq(mqtt_publish(s.m, "t/a", "x", 1, 1, false, NULL), 0);
	run_until(&s, &s.messages, 1);
	cr_expect_eq(s.qos, 0);
	cr_expect_eq(s.acks, 0);
	cr_expect_eq(mqtt_window(s.m), 4, "no window to fill");
	seen_close(&s);
	broker_stop(broker);
}

Test(mqtt, a_lost_broker_is_left_for_the_next_of_the_list)
{
	struct seen s;
	unsigned first = port_of(5), second = port_of(6);
	char a[32], b[32], dead[32];
	const char *const hosts[] = { dead, a, b };

	need_broker();
	(void)snprintf(dead, sizeof dead, "127.0.0.1:%u", port_of(7));
	(void)snprintf(a, sizeof a, "127.0.0.1:%u", first);
	(void)snprintf(b, sizeof b, "127.0.0.1:%u", second);
	pid_t one = broker_start(first), two = broker_start(second);
	struct mqtt_options o = options(1);
	o.hosts = hosts;
	o.n_hosts = 3;
	seen_open(&s, &o);
	run_until(&s, &s.ups, 1);
	cr_expect(s.last.peer->port == first || s.last.peer->port == second);
	(void)kill(s.last.peer->port == first ? one : two, SIGKILL);
	unsigned lost = s.last.peer->port, left = lost == first ? second : first;
	run_until(&s, &s.ups, 2);
	cr_expect_eq(s.last.peer->port, left);
	cr_expect_eq(mqtt_publish(s.m, "t/b", "x", 1, 1, false, NULL), 0);
	run_until(&s, &s.acks, 1);
	seen_close(&s);
	broker_stop(one);
	broker_stop(two);
}

Test(mqtt, a_broker_that_comes_late_is_found_and_messages_go_round)
{
	struct seen s;
	unsigned port = port_of(0);

	need_broker();
	struct mqtt_options o = options(port);
	seen_open(&s, &o);
	run_until(&s, &s.downs, 2);
	cr_expect_str_eq(s.reason, "Connection refused");
	cr_expect_eq(mqtt_publish(s.m, "t/a", "x", 1, 1, false, NULL), -ENOTCONN);

	pid_t broker = broker_start(port);
	run_until(&s, &s.ups, 1);
	cr_expect(s.last.mqtt5);
	cr_expect_geq(s.last.session, 3);
	cr_expect_eq(mqtt_publish(s.m, "t/a", "hello", 5, 1, false, NULL), 0);
	run_until(&s, &s.messages, 1);
	run_until(&s, &s.acks, 1);
	cr_expect_str_eq(s.payload, "hello");
	cr_expect_eq(mqtt_counters(s.m)->inflight, 0);
	cr_expect_gt(mqtt_counters(s.m)->rtt_us, 0);
	seen_close(&s);
	broker_stop(broker);
}

Test(mqtt, a_restarted_broker_is_joined_again_with_subscriptions_and_a_new_session)
{
	struct seen s;
	unsigned port = port_of(1);

	need_broker();
	pid_t broker = broker_start(port);
	struct mqtt_options o = options(port);
	seen_open(&s, &o);
	run_until(&s, &s.ups, 1);
	uint32_t first = s.last.session;
	broker_stop(broker);
	run_until(&s, &s.downs, s.downs + 1);
	cr_expect_str_neq(s.reason, "");
	broker = broker_start(port);
	run_until(&s, &s.ups, 2);
	cr_expect_gt(s.last.session, first);
	cr_expect_eq(mqtt_publish(s.m, "t/b", "again", 5, 1, false, NULL), 0);
	for (unsigned n = s.messages; strcmp(s.payload, "again") != 0 && n < 4; n++)
		run_until(&s, &s.messages, n + 1); /* its own will may come first */
	cr_expect_str_eq(s.payload, "again");
	seen_close(&s);
	broker_stop(broker);
}

Test(mqtt, the_window_is_bounded_and_says_so)
{
	struct seen s;
	unsigned port = port_of(2);

	need_broker();
	pid_t broker = broker_start(port);
	struct mqtt_options o = options(port);
	seen_open(&s, &o);
	run_until(&s, &s.ups, 1);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(mqtt_publish(s.m, "t/c", "x", 1, 1, false, NULL), 0);
	cr_expect_eq(mqtt_window(s.m), 0);
	cr_expect_eq(mqtt_publish(s.m, "t/c", "x", 1, 1, false, NULL), -EAGAIN);
	cr_expect_eq(mqtt_counters(s.m)->refused, 1);
	run_until(&s, &s.acks, 4);
	cr_expect_eq(mqtt_window(s.m), 4);
	cr_expect_eq(mqtt_publish(s.m, "bad/+/topic", "x", 1, 1, false, NULL), -EINVAL);
	seen_close(&s);
	broker_stop(broker);
}

Test(mqtt, the_will_carries_the_session_of_its_own_connect)
{
	struct seen watcher, s;
	unsigned port = port_of(3);

	need_broker();
	pid_t broker = broker_start(port);
	struct mqtt_options o = options(port);
	o.client_id = "watcher";
	seen_open(&watcher, &o);
	run_until(&watcher, &watcher.ups, 1);

	pid_t child = fork();
	if (child == 0) {
		o.client_id = "dies";
		seen_open(&s, &o);
		run_until(&s, &s.ups, 1);
		_exit(0); /* no DISCONNECT */
	}
	(void)waitpid(child, NULL, 0);
	run_until(&watcher, &watcher.messages, 1);
	cr_expect_str_eq(watcher.topic, "t/will");
	cr_expect_str_eq(watcher.payload, "session 1");
	seen_close(&watcher);
	broker_stop(broker);
}

static unsigned open_files(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

Test(mqtt, a_dead_broker_costs_no_descriptor)
{
	struct seen s;
	struct mqtt_options o = options(port_of(4));

	o.max_backoff_ms = 1;
	seen_open(&s, &o);
	run_until(&s, &s.downs, 5);
	unsigned before = open_files();
	run_until(&s, &s.downs, 105);
	/* A hundred tries more; the one under way may have its socket open at either count. */
	cr_expect_leq(open_files(), before + 2);
	seen_close(&s);
}

/* Answers each short SUBSCRIBE; the broker's own topics are refused. */
static void grant(int fd, const uint8_t *buf, ssize_t n)
{
	for (ssize_t i = 0; i + 7 <= n && buf[i] == 0x82; i += 2 + buf[i + 1]) {
		uint8_t answer[] = { 0x90, 3, buf[i + 2], buf[i + 3], buf[i + 6] == '$' ? 128 : 1 };
		(void)send(fd, answer, sizeof answer, MSG_NOSIGNAL);
	}
}

/* Accepts MQTT 3.1.1 alone, as NATS does: protocol level 5 is told "unacceptable version". */
static void *old_broker(void *arg)
{
	static const uint8_t no[] = { 0x20, 2, 0, 1 }, yes[] = { 0x20, 2, 0, 0 };
	int listener = *(int *)arg;
	uint8_t buf[256];

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		ssize_t n = recv(fd, buf, sizeof buf, 0);
		bool plain = n > 8 && buf[8] == 4;
		(void)send(fd, plain ? yes : no, 4, MSG_NOSIGNAL);
		while (plain && (n = recv(fd, buf, sizeof buf, 0)) > 0)
			grant(fd, buf, n);
		(void)close(fd);
	}
}

Test(mqtt, a_broker_that_knows_only_3_1_1_and_has_no_topics_of_its_own_will_do)
{
	static const char *const all[] = { "$SYS/broker/publish/messages/dropped", "t/#", NULL };
	struct seen s;
	pthread_t thread;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	cr_assert_eq(listen(fd, 8), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	cr_assert_eq(pthread_create(&thread, NULL, old_broker, &fd), 0);
	struct mqtt_options o = options(ntohs(a.sin_port));
	o.subscriptions = all;
	seen_open(&s, &o);
	run_until(&s, &s.ups, 1);
	cr_expect_not(s.last.mqtt5);
	cr_expect_eq(s.downs, 0, "that it wants 3.1.1 is no failure");
	seen_close(&s);
	(void)shutdown(fd, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	(void)close(fd);
}

Test(mqtt, back_off_is_jittered_and_capped)
{
	cr_expect_eq(mqtt_backoff_ms(1, 30000, 0), 0);
	cr_expect_eq(mqtt_backoff_ms(1, 30000, UINT32_MAX), 999);
	cr_expect_eq(mqtt_backoff_ms(40, 30000, UINT32_MAX), 29999);
	cr_expect_eq(mqtt_backoff_ms(40, 30000, 1u << 31), 15000);
}
