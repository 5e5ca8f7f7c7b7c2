#include "cli/windows.h"

#include <string.h>

#include "cli/client.h"
#include "cli/span.h"
#include "cli/table.h"
#include "common/core/tr.h"

enum { ID_SIZE = 64 };

static const char *id_of(const struct windows *w, const json_t *window, char buf[ID_SIZE])
{
	const json_t *id = json_object_get(window, w->id);

	if (!json_is_integer(id))
		return j_text(window, w->id, "?");
	(void)snprintf(buf, ID_SIZE, "%lld", (long long)json_integer_value(id));
	return buf;
}

static const char *time_of(char *buf, size_t size, const struct cli *cli, const json_t *window,
			   const char *member)
{
	return time_text(buf, size, cli, time_parse(j_text(window, member, NULL)));
}

static void row(struct table *t, const struct cli *cli, const struct windows *w,
		const json_t *window)
{
	bool active = json_is_true(json_object_get(window, "active"));
	char id[ID_SIZE], at[64];

	table_cell(t, STYLE_PLAIN, id_of(w, window, id));
	table_cell(t, STYLE_BOLD, j_text(window, "target", "?"));
	if (w->of_alarms)
		table_cell(t, STYLE_PLAIN,
			   j_text(window, "code", tr(cli->lang, "cli.every_alarm")));
	table_cell(t, STYLE_PLAIN, time_of(at, sizeof at, cli, window, "from"));
	table_cell(t, STYLE_PLAIN, time_of(at, sizeof at, cli, window, "until"));
	table_cell(t, active ? STYLE_PLAN : STYLE_DIM,
		   tr(cli->lang, active ? "cli.active" : "cli.upcoming"));
	table_cell(t, STYLE_PLAIN, j_text(window, "by", "–"));
	table_cell(t, STYLE_PLAIN, j_text(window, "reason", ""));
}

static void show(const struct cli *cli, const struct windows *w, const json_t *list)
{
	static const char *const heads[] = { "cli.h_id",    "cli.h_target", "cli.h_from",
					     "cli.h_until", "cli.h_now",    "cli.h_by",
					     "cli.h_reason" };
	static const char *const alarm_heads[] = { "cli.h_id",	 "cli.h_target", "cli.h_alarm",
						   "cli.h_from", "cli.h_until",	 "cli.h_now",
						   "cli.h_by",	 "cli.h_reason" };
	struct table *t = w->of_alarms ? table_new(cli, 8, alarm_heads) : table_new(cli, 7, heads);
	const json_t *window;
	size_t n;

	json_array_foreach(list, n, window) row(t, cli, w, window);
	table_print(t);
	table_free(t);
}

static int list(const struct cli *cli, const struct windows *w)
{
	json_t *all = NULL;
	int r = client_get(cli, w->path, &all);

	if (r != CLI_OK)
		return r;
	if (cli->json)
		print_json(all);
	else if (json_array_size(json_object_get(all, w->list)) == 0)
		say(cli, w->none, NULL);
	else
		show(cli, w, json_object_get(all, w->list));
	json_decref(all);
	return CLI_OK;
}

/* The options of `add` into the request; CLI_MISUSE: it has said why. */
static int read_wish(const struct cli *cli, const struct windows *w, int argc, char **argv,
		     json_t *body)
{
	struct span_wish span = { 0 };
	int o, which = 0;

	while ((o = getopt_long(argc, argv, "", w->options, &which)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		if (span_option(cli, &span, o, optarg) != CLI_OK)
			return CLI_MISUSE;
		if (o == WINDOWS_TEXT)
			(void)json_object_set_new(body, w->options[which].name,
						  json_string(optarg));
	}
	if (argc - optind != 1)
		return cli_misuse(cli);
	(void)json_object_set_new(body, "target", json_string(argv[optind]));
	return span_into(cli, &span, body);
}

static int add(const struct cli *cli, const struct windows *w, int argc, char **argv)
{
	json_t *body = json_object(), *answer = NULL;
	char id[ID_SIZE], from[64], until[64];
	int r = read_wish(cli, w, argc, argv, body);

	if (r == CLI_OK)
		r = client_once(cli, "POST", w->path, body, &answer);
	json_decref(body);
	if (r == CLI_OK && cli->json)
		print_json(answer);
	else if (r == CLI_OK)
		say(cli, w->added, "id", id_of(w, answer, id), "what",
		    j_text(answer, "target", "?"), "from",
		    time_of(from, sizeof from, cli, answer, "from"), "until",
		    time_of(until, sizeof until, cli, answer, "until"), NULL);
	json_decref(answer);
	return r;
}

static int end(const struct cli *cli, const struct windows *w, const char *id)
{
	json_t *answer = NULL;
	char path[256];
	int r;

	(void)snprintf(path, sizeof path, "%s/", w->path);
	url_add(path, sizeof path, id);
	r = client_once(cli, "DELETE", path, NULL, &answer);
	if (r == CLI_OK && cli->json)
		(void)puts("{}");
	else if (r == CLI_OK)
		say(cli, w->ended, "id", id, NULL);
	json_decref(answer);
	return r;
}

int windows_command(const struct cli *cli, int argc, char **argv, const struct windows *w)
{
	if (argc == 1)
		return list(cli, w);
	if (strcmp(argv[1], "add") == 0)
		return add(cli, w, argc - 1, argv + 1);
	if (strcmp(argv[1], "end") == 0 && argc == 3)
		return end(cli, w, argv[2]);
	return cli_misuse(cli);
}
