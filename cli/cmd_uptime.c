/* cmd_uptime.c - how available everything was over a month, with its unknown part. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/when.h"
#include "common/core/tr.h"

struct wish {
	const char *month, *site;
	int64_t from_ms, to_ms; /* instead of a month */
	bool csv, all, trace;
};

static const char *const figures[] = {
	"up_s",	   "down_s",	"planned_s", "unknown_s", "at_least",	      "at_most",
	"outages", "longest_s", "mtbf_s",    "mttr_s",	  "callers_affected", "callers_at_most"
};
enum { N_FIGURES = sizeof figures / sizeof *figures };

/* RFC 4180; what a spreadsheet would run as a formula is disarmed. */
static void csv_text(const char *text)
{
	(void)putchar('"');
	if (text[0] != '\0' && strchr("=+-@\t", text[0]) != NULL)
		(void)putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)putchar('"');
		(void)putchar(*text);
	}
	(void)putchar('"');
}

static void print_csv(const json_t *rows)
{
	const json_t *row;
	size_t n;

	(void)printf("kind,id,name");
	for (size_t i = 0; i < N_FIGURES; i++)
		(void)printf(",%s", figures[i]);
	(void)printf("\r\n");
	json_array_foreach(rows, n, row)
	{
		(void)printf("%s,", j_text(row, "kind", ""));
		csv_text(j_text(row, "id", ""));
		(void)putchar(',');
		csv_text(j_text(row, "name", ""));
		for (size_t i = 0; i < N_FIGURES; i++) {
			const json_t *v = json_object_get(row, figures[i]);

			(void)putchar(',');
			if (json_is_number(v))
				(void)printf("%.10g", json_number_value(v));
		}
		(void)printf("\r\n");
	}
}

static void span_cell(struct table *t, const struct cli *cli, enum style s, const json_t *row,
		      const char *member)
{
	double v = json_number_value(json_object_get(row, member));
	char text[64];

	table_cell(t, v > 0 ? s : STYLE_DIM,
		   v > 0 ? age_text(text, sizeof text, cli, (int64_t)(v * 1000)) : "–");
}

/* Three decimals, never rounded up to a whole; a comma in Vietnamese. */
static const char *percent(const struct cli *cli, char *buf, size_t size, double share)
{
	char *point;

	(void)snprintf(buf, size, "%.3f", (double)(int64_t)(share * 1e5) / 1e3);
	point = strchr(buf, '.');
	if (point != NULL && strcmp(cli->lang, "vi") == 0)
		*point = ',';
	return buf;
}

static void share_cell(const struct cli *cli, struct table *t, const json_t *row)
{
	char least[32], most[32];

	(void)percent(cli, least, sizeof least,
		      json_number_value(json_object_get(row, "at_least")));
	(void)percent(cli, most, sizeof most, json_number_value(json_object_get(row, "at_most")));
	if (strcmp(least, most) == 0)
		table_cellf(t, STYLE_PLAIN, "%s %%", least);
	else
		table_cellf(t, STYLE_PLAIN, "%s–%s %%", least, most);
}

static void show_row(const struct cli *cli, struct table *t, const json_t *row)
{
	const char *kind = j_text(row, "kind", ""), *id = j_text(row, "id", "?");

	table_cell(t, STYLE_BOLD,
		   strcmp(kind, "class") == 0	  ? tr_word(cli->lang, "class.", id)
		   : strcmp(kind, "hotline") == 0 ? tr(cli->lang, "cli.hotline")
						  : id);
	span_cell(t, cli, STYLE_BAD, row, "down_s");
	span_cell(t, cli, STYLE_PLAN, row, "planned_s");
	span_cell(t, cli, STYLE_WARN, row, "unknown_s");
	share_cell(cli, t, row);
	table_cellf(t, STYLE_PLAIN, "%lld", j_int(row, "outages", 0));
	span_cell(t, cli, STYLE_PLAIN, row, "longest_s");
}

static void show(const struct cli *cli, const json_t *rows, bool all)
{
	static const char *const heads[] = { "cli.h_what",    "cli.h_down",  "cli.h_planned",
					     "cli.h_unknown", "cli.h_share", "cli.h_outages",
					     "cli.h_longest" };
	struct table *t = table_new(cli, 7, heads);
	const json_t *row;
	size_t n;

	for (unsigned i = 1; i < 7; i++)
		table_right(t, i);
	json_array_foreach(rows, n, row)
	{
		const char *kind = j_text(row, "kind", "");

		if (all || strcmp(kind, "hotline") == 0 || strcmp(kind, "site") == 0 ||
		    json_number_value(json_object_get(row, "down_s")) > 0)
			show_row(cli, t, row);
	}
	table_print(t);
	table_free(t);
}

static void add_span(const struct wish *w, char *path, size_t size)
{
	char now[16];
	time_t t = time(NULL);
	struct tm tm;

	if (w->from_ms > 0) {
		when_into_path(path, (unsigned)size, "from", w->from_ms);
		when_into_path(path, (unsigned)size, "to",
			       w->to_ms > 0 ? w->to_ms : (int64_t)t * 1000);
		return;
	}
	(void)localtime_r(&t, &tm);
	(void)strftime(now, sizeof now, "%Y-%m", &tm);
	(void)strncat(path, "&month=", size - strlen(path) - 1);
	url_add(path, size, w->month != NULL ? w->month : now);
}

static int ask(const struct cli *cli, const struct wish *w, json_t **ret)
{
	char path[512] = "/api/v1/uptime?format=json";

	if (w->trace)
		(void)strncat(path, "&trace=all", sizeof path - strlen(path) - 1);
	add_span(w, path, sizeof path);
	if (w->site != NULL) {
		(void)strncat(path, "&site=", sizeof path - strlen(path) - 1);
		url_add(path, sizeof path, w->site);
	}
	return client_get(cli, path, ret);
}

static int take_option(const struct cli *cli, struct wish *w, int c)
{
	w->csv = w->csv || c == 'c';
	w->all = w->all || c == 'a';
	w->trace = w->trace || c == 'r';
	w->site = c == 's' ? optarg : w->site;
	if (c == 'f')
		return when_time(cli, "--from", optarg, &w->from_ms);
	if (c == 't')
		return when_time(cli, "--to", optarg, &w->to_ms);
	if (c != 'm')
		return CLI_OK;
	w->month = optarg;
	return when_month(cli, "--month", optarg);
}

/* A month, or a beginning with or without an end. */
static int check_span(const struct cli *cli, const struct wish *w)
{
	if (w->from_ms > 0 ? w->month != NULL : w->to_ms > 0)
		return cli_misuse(cli);
	return w->from_ms > 0 ? when_order(cli, w->from_ms,
					   w->to_ms > 0 ? w->to_ms : (int64_t)time(NULL) * 1000)
			      : CLI_OK;
}

int cmd_uptime(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "month", required_argument, NULL, 'm' }, { "site", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },  { "to", required_argument, NULL, 't' },
		{ "csv", no_argument, NULL, 'c' },	   { "all", no_argument, NULL, 'a' },
		{ "trace", no_argument, NULL, 'r' },	   { NULL, 0, NULL, 0 }
	};
	struct wish w = { 0 };
	json_t *answer = NULL;
	int c, r;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == '?')
			return cli_misuse(cli);
		if (take_option(cli, &w, c) != CLI_OK)
			return CLI_MISUSE;
	}
	if (optind < argc)
		return cli_misuse(cli);
	r = check_span(cli, &w);
	if (r != CLI_OK)
		return r;
	r = ask(cli, &w, &answer);
	if (r != CLI_OK)
		return r;
	if (cli->json)
		print_json(answer);
	else if (w.csv)
		print_csv(json_object_get(answer, "uptime"));
	else
		show(cli, json_object_get(answer, "uptime"), w.all);
	json_decref(answer);
	return CLI_OK;
}
