/* main.c - linewatch-agent: the command line and the modules in order of dependency. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/sip/prompt.h"
#include "agent/io/snmp/profile_file.h"
#include "agent/probe.h"

enum { EXIT_MISUSE = 2 };

static int usage(FILE *out)
{
	(void)fputs("linewatch-agent probe URL [--profile P] [--json]\n"
		    "  hỏi một thiết bị và in kết quả / ask one device and print what it says\n"
		    "  nut://ups@host  sip:user@host  ivr:number@host  https://host/  tcp://host:port\n"
		    "  snmp://community@host:port  snmp3://user@host:port?auth=SHA-256&...\n"
		    "linewatch-agent fingerprint FILE.wav [-o FILE.fp]\n"
		    "  dấu vân âm thanh của lời chào / the fingerprint of a prompt, for ivr:\n",
		    out);
	return out == stdout ? EXIT_SUCCESS : EXIT_MISUSE;
}

static int command_probe(int argc, char **argv)
{
	static const struct option longs[] = { { "profile", required_argument, NULL, 'p' },
					       { "json", no_argument, NULL, 'j' },
					       { NULL, 0, NULL, 0 } };
	const char *profile = NULL;
	bool json = false;
	uv_loop_t loop;
	int c, r;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'p')
			profile = optarg;
		else if (c == 'j')
			json = true;
		else
			return EXIT_MISUSE;
	}
	if (optind + 1 != argc)
		return usage(stderr);
	if (uv_loop_init(&loop) < 0)
		return EXIT_FAILURE;
	r = probe_run(&loop, argv[optind], profile, json, stdout);
	(void)uv_loop_close(&loop);
	profiles_shared_free();
	return r;
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "probe", command_probe },
	{ "fingerprint", fingerprint_main },
};

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return usage(stderr);
}
