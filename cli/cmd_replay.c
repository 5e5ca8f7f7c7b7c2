/* cmd_replay.c - what the collector would have done with a timeline: its core in virtual time. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/replay.h"
#include "cli/say.h"

static int open_timeline(const struct cli *cli, const char *path, FILE **ret)
{
	*ret = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (*ret != NULL)
		return 0;
	say_error(cli, "cli.cannot_read", "path", path, "why", strerror(errno), NULL);
	return -1;
}

static int replay(struct cli *cli, const char *config, const char *path)
{
	const struct replay_options options = { .lang = cli->lang };
	struct collector_conf *conf = NULL;
	FILE *in;
	int r = collector_conf_load(&conf, config, stderr);

	if (r < 0)
		say_error(cli, "cli.cannot_read", "path", config, "why", strerror(-r), NULL);
	if (r != 0)
		return CLI_MISUSE;
	if (open_timeline(cli, path, &in) < 0) {
		collector_conf_free(conf);
		return CLI_MISUSE;
	}
	r = replay_run(conf, path, in, stdout, stderr, &options);
	if (r < 0 && r != -EINVAL)
		say_error(cli, "cli.cannot_read", "path", path, "why", strerror(-r), NULL);
	if (in != stdin)
		(void)fclose(in);
	collector_conf_free(conf);
	return r < 0 ? CLI_MISUSE : CLI_OK;
}

int cmd_replay(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { NULL, 0, NULL, 0 } };
	const char *config = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (c != 'c')
			return cli_misuse(cli);
		config = optarg;
	}
	if (config == NULL || optind + 1 != argc)
		return cli_misuse(cli);
	return replay(cli, config, argv[optind]);
}
