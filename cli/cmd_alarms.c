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
	json_t *alarms = NULL, *out;
	struct client *c;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 's' && (o != 'e' || severity_rank(optarg) == 0))
			return cli_misuse(cli);
		(void)snprintf(path + strlen(path), sizeof path - strlen(path),
			       o == 's' ? "&site=" : "&severity=");
		url_add(path, sizeof path, optarg);
	}
	if (optind < argc)
		return cli_misuse(cli);
	c = client_open(cli);
	if (c == NULL)
		return CLI_UNREACHABLE;
	r = client_list(c, path, "alarms", &alarms);
	client_close(c);
	if (r != CLI_OK)
		return r;
	out = json_pack("{s:O}", "alarms", alarms);
	if (cli->json)
		print_json(out);
	else
		show_alarms(cli, alarms);
	json_decref(out);
	json_decref(alarms);
	return CLI_OK;
}
