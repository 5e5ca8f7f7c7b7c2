/* main.c - linewatch-agent: the command line and the modules in order of dependency. */
#include <assert.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/discover.h"
#include "agent/io/sip/prompt.h"
#include "agent/io/snmp/profile_file.h"
#include "agent/io/snmp/suggest.h"
#include "agent/probe.h"
#include "common/io/log.h"

enum { EXIT_MISUSE = 2, LARGE_BLOCK = 32 * 1024 };

static int usage(FILE *out)
{
	(void)fputs(
		"linewatch-agent --config FILE [--check] [--once]\n"
		"  chạy tác nhân / run the agent; --check: xem tệp cấu hình / judge the file;\n"
		"  --once: hỏi mọi thiết bị một lần / ask every device once, print JSON\n"
		"linewatch-agent probe URL [--profile P] [--json | --suggest]\n"
		"  hỏi một thiết bị và in kết quả / ask one device and print what it says\n"
		"  --suggest: phác thảo một hồ sơ / draft a profile for a device that none fits\n"
		"  nut://ups@host  sip:user@host  ivr:number@host  https://host/  tcp://host:port\n"
		"  snmp://community@host:port  snmp3://user@host:port?auth=SHA-256&...\n"
		"linewatch-agent discover RANGE [--community-file F] [--yes]\n"
		"  tìm thiết bị trong một dải địa chỉ / find devices in a range of addresses\n"
		"linewatch-agent fingerprint FILE.wav [-o FILE.fp]\n"
		"  dấu vân âm thanh của lời chào / the fingerprint of a prompt, for ivr:\n",
		out);
	return out == stdout ? EXIT_SUCCESS : EXIT_MISUSE;
}

/* What is wrong first: the usage alone lets people search for it. */
static int misuse(const char *what, const char *argument)
{
	(void)fprintf(stderr, "linewatch-agent: %s%s%s\n\n", what, argument != NULL ? ": " : "",
		      argument != NULL ? argument : "");
	return usage(stderr);
}

static int command_probe(int argc, char **argv)
{
	static const struct option longs[] = { { "profile", required_argument, NULL, 'p' },
					       { "json", no_argument, NULL, 'j' },
					       { "suggest", no_argument, NULL, 's' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	const char *profile = NULL;
	bool json = false, suggest = false;
	uv_loop_t loop;
	int c, r;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'p')
			profile = optarg;
		else if (c == 'j')
			json = true;
		else if (c == 's')
			suggest = true;
		else
			return c == 'h' ? usage(stdout) : EXIT_MISUSE;
	}
	if (optind == argc)
		return misuse("probe wants a URL", NULL);
	if (optind + 1 < argc)
		return misuse("probe asks one thing at a time, not also", argv[optind + 1]);
	if (uv_loop_init(&loop) < 0)
		return EXIT_FAILURE;
	r = suggest ? suggest_run(&loop, argv[optind], stdout)
		    : probe_run(&loop, argv[optind], profile, json, stdout);
	(void)uv_loop_close(&loop);
	profiles_shared_free();
	return r;
}

struct run_options {
	const char *config;
	bool check, once, debug;
};

/* 0, or the exit status after what is wrong was said. */
static int run_options_parse(int argc, char **argv, struct run_options *ret)
{
	static const struct option longs[] = { { "config", required_argument, NULL, 'c' },
					       { "check", no_argument, NULL, 'k' },
					       { "once", no_argument, NULL, 'o' },
					       { "debug", no_argument, NULL, 'd' },
					       { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c')
			ret->config = optarg;
		else if (c == 'k')
			ret->check = true;
		else if (c == 'o')
			ret->once = true;
		else if (c == 'd')
			ret->debug = true;
		else
			return EXIT_MISUSE; /* getopt said what */
	}
	if (optind < argc)
		return misuse("no such command", argv[optind]);
	if (ret->config == NULL)
		return misuse("--config FILE is missing", NULL);
	return ret->check && ret->once ? misuse("--check or --once, not both", NULL) : 0;
}

static int check(const char *path)
{
	int r = agent_conf_check(path, stdout);

	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
	else if (r == 0)
		(void)puts("configuration ok");
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_loop(const struct agent_conf *conf, bool once)
{
	struct agent *agent = NULL;
	uv_loop_t loop;
	int r = uv_loop_init(&loop);
	if (r < 0)
		return r;

	if (once)
		r = agent_once(&loop, conf, stdout);
	else
		r = agent_open(&agent, &loop, conf);
	if (r < 0)
		log_error("the agent cannot start reason=\"%s\"", uv_strerror(r));
	(void)uv_run(&loop, UV_RUN_DEFAULT); /* until a signal closes the agent and all is gone */
	int busy = uv_loop_close(&loop);
	assert(busy == 0); /* a handle that nobody owns is a bug */
	(void)busy;
	return r;
}

static int command_run(int argc, char **argv)
{
	struct run_options o = { 0 };
	struct agent_conf *conf = NULL;

	int r = run_options_parse(argc, argv, &o);
	if (r != 0)
		return r;
	if (o.check)
		return check(o.config);
	log_set_least(o.debug ? LOG_P_DEBUG : o.once ? LOG_P_ERROR : LOG_P_INFO);
	r = agent_conf_load(&conf, o.config, stderr);
	if (r < 0)
		log_error("the configuration cannot be read file=%s reason=\"%s\"", o.config,
			  strerror(-r));
	if (r != 0)
		return EXIT_FAILURE;
	r = run_loop(conf, o.once);
	agent_conf_free(conf);
	profiles_shared_free();
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "probe", command_probe },
	{ "discover", discover_main },
	{ "fingerprint", fingerprint_main },
};

int main(int argc, char **argv)
{
	(void)mallopt(M_ARENA_MAX, 1); /* short-lived threads need no heaps of their own */
	/* buffers that are mostly never touched stay untouched, and go back when they are freed */
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		(void)puts("linewatch-agent " LW_VERSION);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return command_run(argc, argv);
}
