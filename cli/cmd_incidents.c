/* cmd_incidents.c - the incidents, or one of them with its evidence in order of time. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/timeline.h"
#include "common/core/tr.h"

static void show_one(const struct cli *cli, const json_t *i)
{
	json_t *alone = json_pack("[O]", i);
	char n[24];

	show_incidents(cli, alone);
	say(cli, "cli.first_action", "what",
	    tr_word(cli->lang, "action.", j_text(i, "root_code", "?")), NULL);
	(void)snprintf(n, sizeof n, "%lld", j_int(i, "n_alarms", 0));
	say(cli, "cli.incident_alarms", "n", n, NULL);
	(void)printf("%s\n\n",
		     j_text(json_object_get(i, "why"), cli->lang, j_text(i, "reason", "")));
	show_timeline(cli, json_object_get(i, "timeline"));
	json_decref(alone);
}

static int one(const struct cli *cli, const char *number)
{
	char path[64] = "/api/v1/incidents/";
	json_t *i = NULL;
	int r;

	url_add(path, sizeof path, number);
	r = client_get(cli, path, &i);
	if (r != CLI_OK)
		return r;
	if (cli->json)
		print_json(i);
	else
		show_one(cli, i);
	json_decref(i);
	return CLI_OK;
}

int cmd_incidents(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "all", no_argument, NULL, 'a' },
						 { "site", required_argument, NULL, 's' },
						 { 0 } };
	char path[512] = "/api/v1/incidents?", site[256] = "";
	bool all = false;
	int o;

	while ((o = getopt_long(argc, argv, "a", options, NULL)) != -1) {
		if (o == 'a')
			all = true;
		else if (o == 's')
			url_add(site, sizeof site, optarg);
		else
			return cli_misuse(cli);
	}
	if (argc - optind > 1)
		return cli_misuse(cli);
	if (optind < argc)
		return one(cli, argv[optind]);
	(void)snprintf(path, sizeof path, "/api/v1/incidents?state=%s%s%s", all ? "all" : "open",
		       site[0] != '\0' ? "&site=" : "", site);
	return show_all(cli, path, "incidents", show_incidents);
}
