/* cmd_silence.c - silences: show, make (also before there is an alarm), end. */
#include <getopt.h>
#include <string.h>

#include "cli/client.h"
#include "cli/span.h"
#include "cli/table.h"
#include "common/core/tr.h"

static void show(const struct cli *cli, const json_t *silences)
{
	static const char *const heads[] = { "cli.h_id",   "cli.h_target", "cli.h_alarm",
					     "cli.h_from", "cli.h_until",  "cli.h_now",
					     "cli.h_by",   "cli.h_reason" };
	struct table *t = table_new(cli, 8, heads);
	const json_t *s;
	size_t n;

	json_array_foreach(silences, n, s)
	{
		bool active = json_is_true(json_object_get(s, "active"));
		char at[64];

		(void)snprintf(at, sizeof at, "%lld",
			       (long long)json_integer_value(json_object_get(s, "silence")));
		table_cell(t, STYLE_PLAIN, at);
		table_cell(t, STYLE_BOLD, j_text(s, "target", "?"));
		table_cell(t, STYLE_PLAIN, j_text(s, "code", tr(cli->lang, "cli.every_alarm")));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(s, "from", NULL))));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(s, "until", NULL))));
		table_cell(t, active ? STYLE_PLAN : STYLE_DIM,
			   tr(cli->lang, active ? "cli.active" : "cli.upcoming"));
		table_cell(t, STYLE_PLAIN, j_text(s, "by", "–"));
		table_cell(t, STYLE_PLAIN, j_text(s, "reason", ""));
	}
	table_print(t);
	table_free(t);
}

static int list(const struct cli *cli)
{
	json_t *all = NULL;
	int r = client_get(cli, "/api/v1/silences", &all);

	if (r != CLI_OK)
		return r;
	if (cli->json)
		print_json(all);
	else if (json_array_size(json_object_get(all, "silences")) == 0)
		say(cli, "cli.no_silences", NULL);
	else
		show(cli, json_object_get(all, "silences"));
	json_decref(all);
	return CLI_OK;
}

/* The options of `add` into the request; CLI_MISUSE: it has said why. */
static int read_wish(const struct cli *cli, int argc, char **argv, json_t *body)
{
	static const struct option options[] = { SPAN_OPTIONS,
						 { "reason", required_argument, NULL, 'r' },
						 { "code", required_argument, NULL, 'c' },
						 { "by", required_argument, NULL, 'b' },
						 { 0 } };
	struct span_wish w = { 0 };
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char *member = o == 'r' ? "reason" : o == 'c' ? "code" : "by";

		if (o == '?')
			return cli_misuse(cli);
		if (span_option(cli, &w, o, optarg) != CLI_OK)
			return CLI_MISUSE;
		if (o == 'r' || o == 'c' || o == 'b')
			(void)json_object_set_new(body, member, json_string(optarg));
	}
	if (argc - optind != 1)
		return cli_misuse(cli);
	(void)json_object_set_new(body, "target", json_string(argv[optind]));
	return span_into(cli, &w, body);
}

static int add(const struct cli *cli, int argc, char **argv)
{
	json_t *body = json_object(), *answer = NULL;
	char id[24], until[64];
	struct client *c;
	int r = read_wish(cli, argc, argv, body);

	if (r != CLI_OK) {
		json_decref(body);
		return r;
	}
	c = client_open(cli);
	r = c != NULL ? client_ask(c, "POST", "/api/v1/silences", body, &answer) : CLI_UNREACHABLE;
	client_close(c);
	json_decref(body);
	(void)snprintf(id, sizeof id, "%lld",
		       (long long)json_integer_value(json_object_get(answer, "silence")));
	if (r == CLI_OK && cli->json)
		print_json(answer);
	else if (r == CLI_OK)
		say(cli, "cli.silenced", "id", id, "what", j_text(answer, "target", "?"), "until",
		    time_text(until, sizeof until, cli, time_parse(j_text(answer, "until", NULL))),
		    NULL);
	json_decref(answer);
	return r;
}

static int end(const struct cli *cli, const char *id)
{
	struct client *c = client_open(cli);
	char path[256] = "/api/v1/silences/";
	json_t *answer = NULL;
	int r;

	url_add(path, sizeof path, id);
	r = c != NULL ? client_ask(c, "DELETE", path, NULL, &answer) : CLI_UNREACHABLE;
	client_close(c);
	if (r == CLI_OK && cli->json)
		(void)puts("{}");
	else if (r == CLI_OK)
		say(cli, "cli.silence_ended", "id", id, NULL);
	json_decref(answer);
	return r;
}

int cmd_silence(struct cli *cli, int argc, char **argv)
{
	if (argc == 1)
		return list(cli);
	if (strcmp(argv[1], "add") == 0)
		return add(cli, argc - 1, argv + 1);
	if (strcmp(argv[1], "end") == 0 && argc == 3)
		return end(cli, argv[2]);
	return cli_misuse(cli);
}
