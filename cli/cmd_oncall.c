/* cmd_oncall.c - who is on call, when it changes, how it escalates, who can be reached; swaps and
 * holidays. */
#include <getopt.h>
#include <string.h>

#include "cli/client.h"
#include "cli/span.h"
#include "cli/table.h"
#include "common/core/tr.h"

enum { SHIFTS_SHOWN = 6 };

static void names_text(char *buf, size_t size, const json_t *names)
{
	const json_t *n;
	size_t i;

	buf[0] = '\0';
	json_array_foreach(names, i, n)(void)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s%s", i > 0 ? ", " : "",
			 json_string_value(n));
}

static void people(const struct cli *cli, const json_t *list)
{
	static const char *const heads[] = { "cli.h_person", "cli.h_channels", "cli.h_reachable",
					     "cli.h_proven" };
	struct table *t = table_new(cli, 4, heads);
	const json_t *p;
	size_t n;

	json_array_foreach(list, n, p)
	{
		const json_t *reachable = json_object_get(p, "reachable");
		int64_t proven = time_parse(j_text(p, "proven_at", NULL));
		char buf[128];

		table_cell(t, STYLE_BOLD, j_text(p, "name", "?"));
		names_text(buf, sizeof buf, json_object_get(p, "channels"));
		table_cell(t, STYLE_PLAIN, buf);
		if (json_is_boolean(reachable))
			table_cell(t, json_is_true(reachable) ? STYLE_GOOD : STYLE_BAD,
				   tr(cli->lang, json_is_true(reachable) ? "cli.yes" : "cli.no"));
		else
			table_cell(t, STYLE_WARN, tr(cli->lang, "cli.not_proven"));
		table_cell(t, STYLE_DIM,
			   proven < 0 ? tr(cli->lang, "cli.never")
				      : time_text(buf, sizeof buf, cli, proven));
	}
	table_print(t);
	table_free(t);
}

/* "đổi ca: ốm", "nghỉ lễ: Tết"; nothing for the ordinary rotation. */
static const char *why(char *buf, size_t size, const struct cli *cli, const json_t *shift)
{
	const char *kind = j_text(shift, "kind", "rotation"), *label = j_text(shift, "label", "");

	if (strcmp(kind, "rotation") == 0)
		return "";
	(void)snprintf(buf, size, "%s%s%s", tr_word(cli->lang, "cli.turn_", kind),
		       label[0] != '\0' ? ": " : "", label);
	return buf;
}

static const char *name_of(const json_t *o, const char *id)
{
	const json_t *p;
	size_t n;

	json_array_foreach(json_object_get(o, "people"), n, p)
	{
		if (strcmp(j_text(p, "id", ""), id) == 0)
			return j_text(p, "name", id);
	}
	return id;
}

static void shifts(const struct cli *cli, const json_t *o)
{
	const json_t *list = json_object_get(o, "shifts");
	static const char *const heads[] = { "cli.h_shift", "cli.h_from", "cli.h_until",
					     "cli.h_reason" };
	struct table *t = table_new(cli, 4, heads);

	for (size_t i = 0; i < json_array_size(list) && i < SHIFTS_SHOWN; i++) {
		const json_t *s = json_array_get(list, i);
		char at[64];

		table_cell(t, i == 0 ? STYLE_BOLD : STYLE_PLAIN,
			   name_of(o, j_text(s, "person", "?")));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(s, "from", NULL))));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(s, "until", NULL))));
		table_cell(t, STYLE_DIM, why(at, sizeof at, cli, s));
	}
	table_print(t);
	table_free(t);
}

/* Swaps and holidays: what can be taken back, by its id. */
static void turns(const struct cli *cli, const json_t *o)
{
	static const char *const heads[] = { "cli.h_id",    "cli.h_person", "cli.h_from",
					     "cli.h_until", "cli.h_by",	    "cli.h_reason" };
	static const char *const lists[] = { "swaps", "holidays" };
	struct table *t = table_new(cli, 6, heads);
	bool any = false;
	const json_t *x;
	size_t n;

	for (size_t i = 0; i < 2; i++)
		json_array_foreach(json_object_get(o, lists[i]), n, x)
		{
			char at[64], who[256];

			names_text(who, sizeof who, json_object_get(x, "people"));
			table_cell(t, STYLE_PLAIN, j_text(x, "id", "?"));
			table_cell(t, STYLE_BOLD, j_text(x, "person", who));
			table_cell(
				t, STYLE_PLAIN,
				time_text(at, sizeof at, cli, time_parse(j_text(x, "from", NULL))));
			table_cell(t, STYLE_PLAIN,
				   time_text(at, sizeof at, cli,
					     time_parse(j_text(x, "until", NULL))));
			table_cell(t, STYLE_PLAIN, j_text(x, "by", "–"));
			table_cell(t, STYLE_PLAIN, j_text(x, "reason", j_text(x, "name", "")));
			any = true;
		}
	if (any) {
		(void)putchar('\n');
		table_print(t);
	}
	table_free(t);
}

static void escalation(const struct cli *cli, const json_t *steps)
{
	const json_t *s;
	size_t n;

	(void)printf("%s%s%s ", style_on(cli, STYLE_DIM), tr(cli->lang, "cli.h_escalate"),
		     style_off(cli, STYLE_DIM));
	json_array_foreach(steps, n, s)
	{
		const char *to = j_text(s, "to", "?");
		int64_t after_ms = j_int(s, "after_s", 0) * 1000;
		char after[64];

		(void)printf("%s%s%s %s", n > 0 ? " → " : "", after_ms > 0 ? "+" : "",
			     after_ms > 0 ? age_text(after, sizeof after, cli, after_ms)
					  : tr(cli->lang, "cli.at_once"),
			     tr_word(cli->lang, "cli.esc_", to));
	}
	(void)putchar('\n');
}

static int show(const struct cli *cli)
{
	json_t *o = NULL;
	const char *now;
	int r = client_get(cli, "/api/v1/oncall", &o);

	if (r != CLI_OK)
		return r;
	if (cli->json) {
		print_json(o);
	} else {
		now = j_text(o, "now", NULL);
		say(cli, now != NULL ? "cli.oncall_now" : "cli.oncall_none", "who",
		    now != NULL ? name_of(o, now) : NULL, NULL);
		escalation(cli, json_object_get(o, "escalation"));
		(void)putchar('\n');
		people(cli, json_object_get(o, "people"));
		(void)putchar('\n');
		shifts(cli, o);
		turns(cli, o);
	}
	json_decref(o);
	return CLI_OK;
}

/* "lan,minh" */
static json_t *split(const char *text)
{
	json_t *list = json_array();

	for (size_t n; *text != '\0'; text += n + (text[n] == ',')) {
		n = strcspn(text, ",");
		(void)json_array_append_new(list, json_stringn(text, n));
	}
	return list;
}

/* An option of one of the two only, or an unknown one. */
static bool foreign(int o, bool holiday)
{
	return o == '?' || (o == 'r' && holiday) || ((o == 'p' || o == 's') && !holiday);
}

/* `swap PERSON` or `holiday NAME` with their options into the request; CLI_MISUSE: it has said why. */
static int read_turn(const struct cli *cli, int argc, char **argv, json_t *body, bool holiday)
{
	static const struct option options[] = { SPAN_OPTIONS,
						 { "reason", required_argument, NULL, 'r' },
						 { "people", required_argument, NULL, 'p' },
						 { "shift", required_argument, NULL, 's' },
						 { 0 } };
	struct span_wish w = { 0 };
	int64_t shift_s = 0;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (foreign(o, holiday))
			return cli_misuse(cli);
		if (span_option(cli, &w, o, optarg) != CLI_OK ||
		    (o == 's' && when_span(cli, "--shift", optarg, &shift_s) != CLI_OK))
			return CLI_MISUSE;
		if (o == 'r')
			(void)json_object_set_new(body, "reason", json_string(optarg));
		else if (o == 'p')
			(void)json_object_set_new(body, "people", split(optarg));
		else if (o == 's')
			(void)json_object_set_new(body, "shift_s", json_integer(shift_s));
	}
	if (argc - optind != 1 || (holiday && json_object_get(body, "people") == NULL))
		return cli_misuse(cli);
	(void)json_object_set_new(body, holiday ? "name" : "person", json_string(argv[optind]));
	return span_into(cli, &w, body);
}

static int add(const struct cli *cli, int argc, char **argv, bool holiday)
{
	json_t *body = json_object(), *answer = NULL;
	char from[64], until[64], who[256];
	int r = read_turn(cli, argc, argv, body, holiday);

	if (r == CLI_OK)
		r = client_once(cli, "POST",
				holiday ? "/api/v1/oncall/holidays" : "/api/v1/oncall/swaps", body,
				&answer);
	json_decref(body);
	if (r == CLI_OK && cli->json) {
		print_json(answer);
	} else if (r == CLI_OK) {
		names_text(who, sizeof who, json_object_get(answer, "people"));
		say(cli, "cli.turn_made", "id", j_text(answer, "id", "?"), "who",
		    j_text(answer, "person", who), "from",
		    time_text(from, sizeof from, cli, time_parse(j_text(answer, "from", NULL))),
		    "until",
		    time_text(until, sizeof until, cli, time_parse(j_text(answer, "until", NULL))),
		    NULL);
	}
	json_decref(answer);
	return r;
}

/* Which of the two lists an id stands in is seen by its first letter. */
static int cancel(const struct cli *cli, const char *id)
{
	char path[256] = "/api/v1/oncall/swaps/";
	json_t *answer = NULL;
	int r;

	if (id[0] == 'h')
		(void)strcpy(path, "/api/v1/oncall/holidays/");
	url_add(path, sizeof path, id);
	r = client_once(cli, "DELETE", path, NULL, &answer);
	if (r == CLI_OK && cli->json)
		(void)puts("{}");
	else if (r == CLI_OK)
		say(cli, "cli.turn_cancelled", "id", id, NULL);
	json_decref(answer);
	return r;
}

int cmd_oncall(struct cli *cli, int argc, char **argv)
{
	if (argc == 1)
		return show(cli);
	if (strcmp(argv[1], "swap") == 0)
		return add(cli, argc - 1, argv + 1, false);
	if (strcmp(argv[1], "holiday") == 0)
		return add(cli, argc - 1, argv + 1, true);
	if (strcmp(argv[1], "cancel") == 0 && argc == 3)
		return cancel(cli, argv[2]);
	return cli_misuse(cli);
}
