/* cmd_alarms.c - the standing alarms. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/show.h"

int cmd_alarms(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "site", required_argument, NULL, 's' },
						 { "severity", required_argument, NULL, 'e' },
						 { 0 } };
	char path[512] = "/api/v1/alarms?";
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 's' && (o != 'e' || severity_rank(optarg) == 0))
			return cli_misuse(cli);
		(void)snprintf(path + strlen(path), sizeof path - strlen(path),
			       o == 's' ? "&site=" : "&severity=");
		url_add(path, sizeof path, optarg);
	}
	if (optind < argc)
		return cli_misuse(cli);
	return show_all(cli, path, "alarms", show_alarms);
}
