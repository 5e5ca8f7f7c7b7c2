/* cmd_maintenance.c - planned work: show, plan, end. */
#include <getopt.h>
#include <string.h>

#include "cli/client.h"
#include "cli/span.h"
#include "cli/table.h"
#include "common/core/tr.h"

static void show(const struct cli *cli, const json_t *windows)
{
	static const char *const heads[] = { "cli.h_id",    "cli.h_target", "cli.h_from",
					     "cli.h_until", "cli.h_now",    "cli.h_by",
					     "cli.h_reason" };
	struct table *t = table_new(cli, 7, heads);
	const json_t *m;
	size_t n;

	json_array_foreach(windows, n, m)
	{
		bool active = json_is_true(json_object_get(m, "active"));
		char at[64];

		table_cell(t, STYLE_PLAIN, j_text(m, "id", "?"));
		table_cell(t, STYLE_BOLD, j_text(m, "target", "?"));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(m, "from", NULL))));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(m, "until", NULL))));
		table_cell(t, active ? STYLE_PLAN : STYLE_DIM,
			   tr(cli->lang, active ? "cli.active" : "cli.upcoming"));
		table_cell(t, STYLE_PLAIN, j_text(m, "by", "–"));
		table_cell(t, STYLE_PLAIN, j_text(m, "reason", ""));
	}
	table_print(t);
	table_free(t);
}

static int list(const struct cli *cli)
{
	json_t *all = NULL;
	int r = client_get(cli, "/api/v1/maintenance", &all);

	if (r != CLI_OK)
		return r;
	if (cli->json)
		print_json(all);
	else if (json_array_size(json_object_get(all, "maintenance")) == 0)
		say(cli, "cli.no_maintenance", NULL);
	else
		show(cli, json_object_get(all, "maintenance"));
	json_decref(all);
	return CLI_OK;
}

/* The options of `add` into the request; CLI_MISUSE: it has said why. */
static int read_wish(const struct cli *cli, int argc, char **argv, json_t *body)
{
	static const struct option options[] = { SPAN_OPTIONS,
						 { "reason", required_argument, NULL, 'r' },
						 { 0 } };
	struct span_wish w = { 0 };
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		if (span_option(cli, &w, o, optarg) != CLI_OK)
			return CLI_MISUSE;
		if (o == 'r')
			(void)json_object_set_new(body, "reason", json_string(optarg));
	}
	if (argc - optind != 1)
		return cli_misuse(cli);
	(void)json_object_set_new(body, "target", json_string(argv[optind]));
	return span_into(cli, &w, body);
}

static int add(const struct cli *cli, int argc, char **argv)
{
	json_t *body = json_object(), *answer = NULL;
	char from[64], until[64];
	struct client *c;
	int r = read_wish(cli, argc, argv, body);

	if (r != CLI_OK) {
		json_decref(body);
		return r;
	}
	c = client_open(cli);
	r = c != NULL ? client_ask(c, "POST", "/api/v1/maintenance", body, &answer)
		      : CLI_UNREACHABLE;
	client_close(c);
	json_decref(body);
	if (r == CLI_OK && cli->json)
		print_json(answer);
	else if (r == CLI_OK)
		say(cli, "cli.planned", "id", j_text(answer, "id", "?"), "what",
		    j_text(answer, "target", "?"), "from",
		    time_text(from, sizeof from, cli, time_parse(j_text(answer, "from", NULL))),
		    "until",
		    time_text(until, sizeof until, cli, time_parse(j_text(answer, "until", NULL))),
		    NULL);
	json_decref(answer);
	return r;
}

static int end(const struct cli *cli, const char *id)
{
	struct client *c = client_open(cli);
	char path[256] = "/api/v1/maintenance/";
	json_t *answer = NULL;
	int r;

	url_add(path, sizeof path, id);
	r = c != NULL ? client_ask(c, "DELETE", path, NULL, &answer) : CLI_UNREACHABLE;
	client_close(c);
	if (r == CLI_OK && cli->json)
		(void)puts("{}");
	else if (r == CLI_OK)
		say(cli, "cli.ended", "id", id, NULL);
	json_decref(answer);
	return r;
}

int cmd_maintenance(struct cli *cli, int argc, char **argv)
{
	if (argc == 1)
		return list(cli);
	if (strcmp(argv[1], "add") == 0)
		return add(cli, argc - 1, argv + 1);
	if (strcmp(argv[1], "end") == 0 && argc == 3)
		return end(cli, argv[2]);
	return cli_misuse(cli);
}
