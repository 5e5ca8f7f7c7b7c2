/* cmd_incidents.c - the incidents, or one of them with its evidence in order of time. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/when.h"
#include "common/core/tr.h"

/* What of an event's data says most, in this order. */
static const char *first_of(const json_t *data)
{
	static const char *const members[] = { "text", "verdict", "state", "to", "by" };

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char *s = j_text(data, members[i], NULL);

		if (s != NULL)
			return s;
	}
	return "";
}

static void timeline(const struct cli *cli, const json_t *events)
{
	struct table *t = table_new(cli, 4, NULL);
	const json_t *e;
	size_t n;

	json_array_foreach(events, n, e)
	{
		const json_t *data = json_object_get(e, "data");
		char at[64];

		table_cell(t, STYLE_DIM,
			   time_text(at, sizeof at, cli, time_parse(j_text(e, "at", NULL))));
		table_cell(t, STYLE_PLAIN, j_text(e, "type", ""));
		table_cell(t, STYLE_PLAIN, j_text(e, "entity", ""));
		table_cell(t, STYLE_PLAIN, first_of(data));
	}
	table_print(t);
	table_free(t);
}

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
	timeline(cli, json_object_get(i, "timeline"));
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
