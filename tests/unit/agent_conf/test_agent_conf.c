#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_conf.h"
#include "common/io/conf.h"

static char path[64];

static void set_up(void)
{
	(void)snprintf(path, sizeof path, "/tmp/lw-agent-conf-XXXXXX");
	(void)close(mkstemp(path));
}

static void tear_down(void)
{
	(void)unlink(path);
}

TestSuite(agent_conf, .init = set_up, .fini = tear_down);

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	(void)fputs(text, f);
	(void)fclose(f);
}

/* What --check prints, with the file's name left out. */
static char *checked(const char *yaml, int *ret)
{
	char *text = NULL, *out;
	size_t len;

	write_file(yaml);
	FILE *f = open_memstream(&text, &len);
	*ret = agent_conf_check(path, f);
	(void)fclose(f);
	out = calloc(1, len + 1);
	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		const char *from =
			strncmp(line, path, strlen(path)) == 0 ? line + strlen(path) : line;
		(void)strncat(out, from, n - (size_t)(from - line) + 1);
		line += n + 1;
	}
	free(text);
	return out;
}

Test(agent_conf, every_mistake_of_value_or_reference_is_told_with_its_line)
{
	int r;
	char *said = checked("name: danang\n"
			     "broker:\n"
			     "  host: h\n"
			     "  port: 70000\n"
			     "  ca: /nonexistent/ca.crt\n"
			     "heartbeat: soon\n"
			     "workstation: yes\n"
			     "workstation_id: ups-1\n"
			     "devices:\n"
			     "  - {id: ups-1, class: ups, url: \"snmp://10.0.0.1:99999\"}\n"
			     "  - id: ups 2\n"
			     "    class: usp\n"
			     "    url: gopher://x\n"
			     "  - id: pbx-1\n"
			     "    url: snmp://10.0.0.3\n"
			     "    community: a\n"
			     "    community_file: /nonexistent/b\n"
			     "    interval: 2d\n"
			     "  - id: pbx-1\n"
			     "    url: snmp://10.0.0.4\n",
			     &r);

	cr_expect_eq(r, CONF_INVALID);
	static const char *const lines[] = { ":1: name: ",	 ":4: port: ",	    ":5: ca: ",
					     ":6: heartbeat: ",	 ":10: id: ",	    ":10: url: ",
					     ":11: id: ",	 ":12: class: ",    ":13: url: ",
					     ":16: community: ", ":18: interval: ", ":19: id: " };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		cr_expect_not_null(strstr(said, lines[i]), "%s is missing in:\n%s", lines[i], said);
	free(said);
}

Test(agent_conf, brokers_are_one_host_or_a_list_and_each_is_judged)
{
	static const char two[] = "name: danang/gw\nbroker:\n  host: h\n  hosts:\n"
				  "    - a:8883\n    - b:0\n    - c d\n";
	struct agent_conf *c = NULL;
	struct mqtt_options o;
	int r;
	char *said = checked(two, &r);

	cr_expect_eq(r, CONF_INVALID);
	cr_expect_not_null(strstr(said, ":3: host: stands beside hosts"), "%s", said);
	cr_expect_null(strstr(said, ":5: "), "%s", said);
	cr_expect_not_null(strstr(said, ":6: hosts: 'b:0'"), "%s", said);
	cr_expect_not_null(strstr(said, ":7: hosts: 'c d'"), "%s", said);
	free(said);
	said = checked("name: danang/gw\nbroker: {port: 1883}\n", &r);
	cr_expect_not_null(strstr(said, ":2: host: is missing"), "%s", said);
	free(said);

	write_file("name: danang/gw\nbroker: {hosts: [\"a:1884\", b], port: 1999, "
		   "at_most_once: yes}\n");
	cr_assert_eq(agent_conf_load(&c, path, stderr), 0);
	broker_conf_options(&c->broker, &o);
	cr_assert_eq(o.n_hosts, 2);
	cr_expect_str_eq(o.hosts[0], "a:1884");
	cr_expect_str_eq(o.hosts[1], "b");
	cr_expect_eq(o.port, 1999);
	cr_expect(o.at_most_once);
	agent_conf_free(c);
}

Test(agent_conf, each_kind_of_device_judges_its_own_options)
{
	int r;
	char *said = checked("name: danang/gw\nbroker: {host: h}\ndevices:\n"
			     "  - {id: a, url: \"tcp://10.0.0.1:80\"}\n"
			     "  - id: b\n"
			     "    url: tcp://10.0.0.1:80\n"
			     "    options: {dtmf: \"1\"}\n",
			     &r);

	cr_expect_eq(r, CONF_INVALID);
	cr_expect_not_null(strstr(said, ":6: url: "), "%s", said);
	cr_expect_null(strstr(said, ":4: "), "%s", said);
	free(said);
}

Test(agent_conf, a_good_file_has_its_defaults)
{
	struct agent_conf *c = NULL;

	write_file("name: danang/ws-01\nbroker: {host: h}\nheadsets: yes\n"
		   "devices:\n  - {id: ups-1, class: ups, url: \"snmp://10.0.0.1\"}\n"
		   "  - {id: x, url: \"snmp://10.0.0.2\", interval: 1.5s, community: c}\n");
	cr_assert_eq(agent_conf_load(&c, path, stderr), 0);
	cr_expect_str_eq(c->site, "danang");
	cr_expect_str_eq(c->agent, "ws-01");
	cr_expect_str_eq(c->headset_id, "ws-01-headset");
	cr_expect_str_eq(c->collector, "main");
	cr_expect_eq(c->broker.port, 1883);
	cr_expect_eq(c->heartbeat_ms, 5000);
	cr_expect_eq(c->devices[0].interval_ms, 2500);
	cr_expect_eq(c->devices[1].interval_ms, 1500);
	cr_expect_str_eq(c->devices[1].secret_community, "c");
	agent_conf_free(c);
}

Test(agent_conf, a_secret_comes_from_a_file_and_is_never_printed)
{
	char secret[] = "/tmp/lw-secret-XXXXXX", yaml[400];
	struct agent_conf *c = NULL;
	int r, fd = mkstemp(secret);

	cr_assert_eq(write(fd, "hunter2\nsecond line\n", 20), 20);
	(void)close(fd);
	(void)snprintf(yaml, sizeof yaml,
		       "name: danang/gw\nbroker: {host: h}\ndevices:\n"
		       "  - {id: a, url: \"snmp://10.0.0.1\", community_file: %s}\n",
		       secret);
	write_file(yaml);
	cr_assert_eq(agent_conf_load(&c, path, stderr), 0);
	cr_expect_str_eq(c->devices[0].secret_community, "hunter2");
	agent_conf_free(c);
	(void)snprintf(
		yaml, sizeof yaml,
		"name: danang/gw\nbroker: {host: h}\ndevices:\n"
		"  - {id: a, url: \"snmp://10.0.0.1\", community: hunter2, community_file: %s}\n",
		secret);
	char *said = checked(yaml, &r);
	cr_expect_eq(r, CONF_INVALID);
	cr_expect_null(strstr(said, "hunter2"), "%s", said);
	free(said);
	(void)unlink(secret);
}

static unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

Test(agent_conf, one_mistake_is_one_line_whoever_could_notice_it)
{
	static const struct {
		const char *yaml, *said;
	} cases[] = {
		{ "  - {id: a, url: \"tcp://h:0\"}\n", ":4: url: the port is not right" },
		{ "  - {id: a, url: \"snmp3://u@h\", options: {auth: SHA, auth_password_file: "
		  "/no}}\n",
		  ":4: auth_password_file: /no cannot be used" },
		{ "  - {id: a, url: \"https://h/\", options: {ca: /tmp}}\n",
		  ":4: ca: /tmp is a folder" },
		{ "  - {id: a, url: \"ivr:1@h\", options: {prompt: /no}}\n", ":4: prompt: /no " },
		{ "  - {id: a, url: \"snmp://h\", options: {version: 3}}\n",
		  ":4: url: version: must be 1 or 2c; version 3 is snmp3://" },
		{ "  - {id: a, url: \"snmp://h\", timeout: 0x10}\n", ":4: timeout: '0x10'" },
		{ "  - {id: a, url: \"snmp://h\", interval: -5s}\n", ":4: interval: '-5s'" },
		{ "  - {id: a, url: \"host:/nonexistent\"}\n",
		  ":4: url: /nonexistent: is no folder" },
		{ "  - {id: a, url: \"host:\", options: {chrony: x}}\n",
		  ":4: url: chrony must be" },
		{ "  - {id: a, url: \"host:\", options: {expect: x}}\n",
		  ":4: url: expect: no such" },
		{ "  - {id: a, url: \"link://h\"}\ntraps: {listen: \"1.2.3.4\"}\n",
		  ":5: listen: " },
		{ "  - {id: a, url: \"link://h\"}\ntraps: {listen: \"host:162\"}\n",
		  ":5: listen: " },
		{ "  - {id: a, url: \"link://h\"}\nprofiles: /tmp/nonexistent\n",
		  ":5: profiles: /tmp/nonexistent: no profiles there" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char yaml[400];
		int r;

		(void)snprintf(yaml, sizeof yaml,
			       "name: danang/gw\nbroker: {host: h}\ndevices:\n%s", cases[i].yaml);
		char *said = checked(yaml, &r);
		cr_expect_eq(r, CONF_INVALID, "%s", cases[i].yaml);
		cr_expect_not_null(strstr(said, cases[i].said), "%s\n%s", cases[i].yaml, said);
		cr_expect_eq(lines_of(said), 1, "%s\n%s", cases[i].yaml, said);
		free(said);
	}
}

Test(agent_conf, a_wrong_name_is_not_told_of_the_ids_made_of_it)
{
	int r;
	char *said = checked("name: danang/gw/x\nbroker: {host: h}\n", &r);

	cr_expect_eq(r, CONF_INVALID);
	cr_expect_not_null(strstr(said, ":1: name: "), "%s", said);
	cr_expect_eq(lines_of(said), 1, "%s", said);
	free(said);
}
