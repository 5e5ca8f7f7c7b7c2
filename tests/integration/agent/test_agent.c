/* The real agent and a real mosquitto, with this program as the collector. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/registry.h"
#include "common/io/mqtt.h"
#include "common/wire/wire.h"
#include "common/wire/wire_control.h"

enum { LOG_MAX = 4000, LIMIT_MS = 90000 };

struct heard {
	bool live, birth, is_full;
	uint32_t boot_id, session;
	uint64_t seq, first_seq;
	size_t n_backlog;
};

struct ear {
	uv_loop_t loop;
	struct mqtt *m;
	bool up, timed_out;
	struct heard log[LOG_MAX];
	size_t n, n_live, n_history, refused;
	struct wire_layout *layouts[8]; /* as a collector keeps them: some of the newest */
	size_t next_layout;
	struct wire_death death;
	unsigned deaths;
	int64_t drill;
	bool store; /* acknowledge everything */
};

static char folder[64];
static unsigned port;
static pid_t broker, agent;

static pid_t spawn(const char *program, const char *a, const char *b)
{
	pid_t pid = fork();

	if (pid == 0) {
		char log[128];
		(void)snprintf(log, sizeof log, "%s/log", folder);
		(void)!freopen(log, "a", stderr);
		(void)execlp(program, program, a, b, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void end(pid_t *pid, int sig)
{
	if (*pid > 0) {
		(void)kill(*pid, sig);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static void start_broker(void)
{
	char text[16];

	(void)snprintf(text, sizeof text, "%u", port);
	broker = spawn("/usr/sbin/mosquitto", "-p", text);
}

static void start_agent(void)
{
	char conf[128];

	(void)snprintf(conf, sizeof conf, "%s/agent.yaml", folder);
	agent = spawn(LW_BIN_DIR "/linewatch-agent", "--config", conf);
}

static void set_up(void)
{
	const char *own = getenv("LW_TEST_PORT");
	char path[128];

	if (access("/usr/sbin/mosquitto", X_OK) != 0)
		cr_skip_test("mosquitto is not installed");
	(void)snprintf(folder, sizeof folder, "/tmp/lw-agent-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	port = (own != NULL ? (unsigned)atoi(own) : 22400) + (unsigned)getpid() % 500;
	(void)snprintf(path, sizeof path, "%s/agent.yaml", folder);
	FILE *f = fopen(path, "w");
	(void)fprintf(f,
		      "name: danang/ws-01\ncollector: test\nheartbeat: 500ms\n"
		      "broker: {host: 127.0.0.1, port: %u}\n"
		      "journal: {path: %s/journal, history_kbit: 2000}\nworkstation: yes\n",
		      port, folder);
	(void)fclose(f);
}

static void tear_down(void)
{
	char command[128];

	end(&agent, SIGKILL);
	end(&broker, SIGKILL);
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	(void)!system(command);
}

TestSuite(agent, .init = set_up, .fini = tear_down);

static void say(struct ear *e, const struct wire_control *c)
{
	uint8_t *bytes;
	size_t len;

	cr_assert_eq(wire_control_pack(c, &bytes, &len), 0);
	(void)mqtt_publish(e->m, "linewatch/v1/danang/ws-01/control", bytes, len, 1, false, NULL);
	free(bytes);
}

static const struct wire_layout *layout_of(const struct ear *e, const struct wire_head *h)
{
	for (size_t i = 0; i < 8; i++)
		if (e->layouts[i] != NULL && e->layouts[i]->boot_id == h->boot_id &&
		    e->layouts[i]->number == h->layout)
			return e->layouts[i];
	return NULL;
}

static void keep_layout(struct ear *e, struct wire_report *r)
{
	struct wire_layout **at = &e->layouts[e->next_layout++ % 8];

	wire_layout_free(*at);
	*at = r->birth;
	r->birth = NULL;
}

static void hear_report(struct ear *e, const struct mqtt_message *m, bool live)
{
	struct wire_head head;
	struct wire_report r;

	cr_assert_eq(wire_report_peek(m->payload, m->len, &head), 0);
	if (wire_report_unpack(m->payload, m->len, head.is_birth ? NULL : layout_of(e, &head),
			       &r) != 0) {
		e->refused++;
		return;
	}
	cr_assert_lt(e->n, LOG_MAX);
	e->log[e->n++] = (struct heard){ .live = live,
					 .birth = head.is_birth,
					 .is_full = r.full_seq == 0,
					 .boot_id = r.boot_id,
					 .session = r.birth != NULL ? r.birth->session : 0,
					 .seq = r.seq,
					 .first_seq = r.first_seq,
					 .n_backlog = r.n_backlog };
	*(live ? &e->n_live : &e->n_history) += 1;
	for (size_t i = 0; i < r.n_events; i++)
		if (r.events[i].kind == WIRE_EVENT_DRILL)
			e->drill = r.events[i].value;
	if (e->store) {
		struct wire_control c = { .collector = "test", .n_stored = 1 };
		c.stored[0] = (struct wire_range){ r.boot_id, r.seq, r.seq };
		say(e, &c);
	}
	if (r.birth != NULL)
		keep_layout(e, &r);
	wire_report_fini(&r);
}

static void on_message(void *arg, const struct mqtt_message *m)
{
	struct ear *e = arg;

	if (strcmp(m->topic, "linewatch/v1/danang/ws-01/live") == 0)
		hear_report(e, m, true);
	else if (strcmp(m->topic, "linewatch/v1/danang/ws-01/history") == 0)
		hear_report(e, m, false);
	else if (strcmp(m->topic, "linewatch/v1/danang/ws-01/death") == 0 &&
		 wire_death_unpack(m->payload, m->len, &e->death) == 0)
		e->deaths++;
}

static void on_change(void *arg, const struct mqtt_change *c)
{
	((struct ear *)arg)->up = c->up;
}

static struct ear *ear_open(void)
{
	static const char *const local[] = { "127.0.0.1" };
	static const char *const all[] = { "linewatch/v1/+/+/live", "linewatch/v1/+/+/history",
					   "linewatch/v1/+/+/death", NULL };
	struct mqtt_options o = { .hosts = local,
				  .n_hosts = 1,
				  .port = port,
				  .client_id = "collector",
				  .subscriptions = all,
				  .max_inflight = 500,
				  .max_backoff_ms = 200 };
	struct ear *e = calloc(1, sizeof *e);
	struct mqtt_handlers h = { .change = on_change, .message = on_message, .arg = e };

	cr_assert_eq(uv_loop_init(&e->loop), 0);
	cr_assert_eq(mqtt_open(&e->m, &e->loop, &o, &h), 0);
	return e;
}

static void ear_close(struct ear *e)
{
	mqtt_close(e->m, NULL, NULL);
	(void)uv_run(&e->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&e->loop), 0);
	for (size_t i = 0; i < 8; i++)
		wire_layout_free(e->layouts[i]);
	free(e);
}

static void on_limit(uv_timer_t *t)
{
	((struct ear *)t->data)->timed_out = true;
}

/* Turn the loop until `enough` says so; a failure after LIMIT_MS. */
static void listen_until(struct ear *e, bool (*enough)(const struct ear *e), const char *what)
{
	uv_timer_t limit;

	(void)uv_timer_init(&e->loop, &limit);
	limit.data = e;
	(void)uv_timer_start(&limit, on_limit, LIMIT_MS, 0);
	while (!enough(e) && !e->timed_out)
		(void)uv_run(&e->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&limit, NULL);
	(void)uv_run(&e->loop, UV_RUN_NOWAIT);
	cr_assert(!e->timed_out, "waited in vain: %s (%zu live, %zu history)", what, e->n_live,
		  e->n_history);
}

static bool is_up(const struct ear *e)
{
	return e->up;
}

static bool five_live(const struct ear *e)
{
	return e->n_live >= 5;
}

static bool has(const struct ear *e, uint32_t boot_id, uint64_t seq)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->log[i].boot_id == boot_id && e->log[i].seq == seq)
			return true;
	return false;
}

/* Every number of the newest boot up to the newest live one was heard. */
static bool no_hole(const struct ear *e)
{
	uint64_t newest = 0;
	uint32_t boot_id = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->log[i].live) {
			newest = e->log[i].seq;
			boot_id = e->log[i].boot_id;
		}
	for (uint64_t s = 1; s <= newest; s++)
		if (!has(e, boot_id, s))
			return false;
	return newest > 10;
}

Test(agent, after_an_outage_the_present_comes_first_and_then_everything_else, .timeout = 600)
{
	start_agent();
	(void)sleep(6); /* a dozen heartbeats that nobody can hear */
	start_broker();
	struct ear *e = ear_open();
	listen_until(e, is_up, "the broker");
	e->store = true;
	listen_until(e, no_hole, "the backlog");
	cr_expect(e->log[0].live && e->log[0].birth, "the first word is a live birth");
	cr_expect_gt(e->log[0].seq, 8);
	cr_expect_eq(e->log[0].first_seq, 1, "it says where the journal begins");
	cr_expect_eq(e->refused, 0, "all of it can be read");
	ear_close(e);
}

static uint32_t first_boot;

static bool old_boot_heard(const struct ear *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		n += e->log[i].boot_id == first_boot && !e->log[i].live;
	return n >= 4;
}

static bool died(const struct ear *e)
{
	return e->deaths > 0;
}

Test(agent, a_killed_agent_leaves_a_will_and_its_journal, .timeout = 600)
{
	start_broker();
	struct ear *e = ear_open();
	listen_until(e, is_up, "the broker");
	start_agent();
	listen_until(e, five_live, "five heartbeats");
	first_boot = e->log[0].boot_id;
	end(&agent, SIGKILL);
	listen_until(e, died, "the will");
	cr_expect_eq(e->death.boot_id, first_boot);
	cr_expect_eq(e->death.session, e->log[0].session);
	cr_expect_not(e->death.intended);
	start_agent();
	listen_until(e, old_boot_heard, "the former boot's reports");
	cr_expect_eq(e->refused, 0);
	ear_close(e);
}

Test(agent, a_stopped_agent_says_goodbye, .timeout = 600)
{
	start_broker();
	struct ear *e = ear_open();
	listen_until(e, is_up, "the broker");
	start_agent();
	listen_until(e, five_live, "five heartbeats");
	end(&agent, SIGTERM);
	listen_until(e, died, "the farewell");
	cr_expect(e->death.intended);
	cr_expect_eq(e->deaths, 1);
	ear_close(e);
}

static bool drilled(const struct ear *e)
{
	return e->drill != 0;
}

static bool second_birth(const struct ear *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		n += e->log[i].live && e->log[i].birth;
	return n >= 2;
}

static bool first_again(const struct ear *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		n += e->log[i].seq == e->log[2].seq;
	return n >= 2;
}

Test(agent, it_heeds_its_own_collector_and_no_other, .timeout = 600)
{
	struct wire_control stranger = { .collector = "other", .drill = 5, .rebirth = true },
			    drill = { .collector = "test", .drill = 7 },
			    rebirth = { .collector = "test", .rebirth = true },
			    missing = { .collector = "test", .n_missing = 1 };

	start_broker();
	struct ear *e = ear_open();
	listen_until(e, is_up, "the broker");
	start_agent();
	listen_until(e, five_live, "five heartbeats");
	say(e, &stranger);
	(void)mqtt_publish(e->m, "linewatch/v1/danang/ws-01/control", "\xff\xff junk", 7, 1, false,
			   NULL);
	say(e, &drill);
	listen_until(e, drilled, "the drill");
	cr_expect_eq(e->drill, 7);
	cr_expect_not(second_birth(e), "the stranger's word was not heeded");
	say(e, &rebirth);
	listen_until(e, second_birth, "the birth that was asked for");
	missing.missing[0] = (struct wire_range){ e->log[2].boot_id, e->log[2].seq, e->log[2].seq };
	say(e, &missing);
	listen_until(e, first_again, "the report that was missed");
	ear_close(e);
}
