/* cmd_history.c - one metric of one device over time. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/when.h"

enum { SPARK_MAX = 72 };

static double value_at(const json_t *o, const char *column, size_t i)
{
	const json_t *v = json_array_get(json_object_get(o, column), i);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

/* "99.50" -> "99.5", "99.00" -> "99". */
static void trim_zeros(char *text)
{
	char *end = text + strlen(text);

	if (strchr(text, '.') == NULL || strchr(text, 'e') != NULL)
		return;
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
}

/* At most two decimals, small ones by their digits; a comma in Vietnamese. */
static void number_cell(const struct cli *cli, struct table *t, double v, const char *unit)
{
	char text[64], *point;

	if (isnan(v)) {
		table_cell(t, STYLE_DIM, "?");
		return;
	}
	(void)snprintf(text, sizeof text, fabs(v) < 1 ? "%.3g" : "%.2f", v);
	trim_zeros(text);
	point = strchr(text, '.');
	if (point != NULL && strcmp(cli->lang, "vi") == 0)
		*point = ',';
	table_cellf(t, STYLE_PLAIN, "%s%s%s", text, unit[0] != '\0' ? " " : "", unit);
}

/* Columns of equal time, each the mean of what lies in it; without anything it is a gap. */
static void show_spark(const json_t *o, size_t n)
{
	double first = value_at(o, "t", 0), span = value_at(o, "t", n - 1) - first;
	double step = json_number_value(json_object_get(o, "resolution_s"));
	double sums[SPARK_MAX] = { 0 }, values[SPARK_MAX];
	unsigned counts[SPARK_MAX] = { 0 };
	char text[SPARK_MAX * 4 + 1];
	double columns = step > 0 ? span / step + 1 : (double)n;
	unsigned wide = columns < SPARK_MAX ? (unsigned)columns : SPARK_MAX;

	for (size_t i = 0; i < n; i++) {
		double v = value_at(o, "avg", i), at = value_at(o, "t", i) - first;
		unsigned c = span > 0 ? (unsigned)(at / span * (wide - 1) + 0.5) : 0;

		if (isnan(v) || c >= wide)
			continue;
		sums[c] += v;
		counts[c]++;
	}
	for (unsigned c = 0; c < wide; c++)
		values[c] = counts[c] > 0 ? sums[c] / counts[c] : (double)NAN;
	spark_text(text, sizeof text, values, wide);
	(void)printf("%s\n", text);
}

/* With its seconds where rows are closer than a minute. */
static void time_cell(const struct cli *cli, struct table *t, double unix_s, bool seconds)
{
	char at[64];

	(void)time_text(at, sizeof at - 4, cli, (int64_t)(unix_s * 1000));
	if (seconds)
		(void)snprintf(at + strlen(at), 4, ":%02d", (int)((int64_t)unix_s % 60));
	table_cell(t, STYLE_DIM, at);
}

static void show(const struct cli *cli, const json_t *o)
{
	static const char *const heads[] = { "cli.h_since", "cli.h_min", "cli.h_mean",
					     "cli.h_max" };
	size_t n = json_array_size(json_object_get(o, "t"));
	bool seconds = json_number_value(json_object_get(o, "resolution_s")) < 60;
	const char *unit = j_text(o, "unit", "");
	struct table *t = table_new(cli, 4, heads);

	if (n == 0) {
		say(cli, "cli.no_history", NULL);
		table_free(t);
		return;
	}
	show_spark(o, n);
	for (unsigned i = 1; i < 4; i++)
		table_right(t, i);
	for (size_t i = 0; i < n; i++) {
		time_cell(cli, t, value_at(o, "t", i), seconds);
		number_cell(cli, t, value_at(o, "min", i), unit);
		number_cell(cli, t, value_at(o, "avg", i), unit);
		number_cell(cli, t, value_at(o, "max", i), unit);
	}
	table_print(t);
	table_free(t);
}

static void print_csv(const json_t *o)
{
	static const char *const columns[] = { "min", "avg", "max" };
	size_t n = json_array_size(json_object_get(o, "t"));

	(void)printf("t,min,avg,max\r\n");
	for (size_t i = 0; i < n; i++) {
		(void)printf("%.3f", value_at(o, "t", i));
		for (size_t k = 0; k < 3; k++) {
			double v = value_at(o, columns[k], i);

			if (isnan(v))
				(void)printf(",");
			else
				(void)printf(",%.10g", v);
		}
		(void)printf("\r\n");
	}
}

struct wish {
	int64_t from_ms, to_ms, step_s; /* 0; step: -1 */
	bool csv;
};

static int ask(const struct cli *cli, const struct wish *w, char **argv, json_t **ret)
{
	char path[1024] = "/api/v1/history?entity=";

	url_add(path, sizeof path, argv[0]);
	(void)strncat(path, "&metric=", sizeof path - strlen(path) - 1);
	url_add(path, sizeof path, argv[1]);
	if (w->from_ms > 0)
		when_into_path(path, sizeof path, "from", w->from_ms);
	if (w->to_ms > 0)
		when_into_path(path, sizeof path, "to", w->to_ms);
	if (w->step_s >= 0)
		(void)snprintf(path + strlen(path), sizeof path - strlen(path), "&resolution=%lld",
			       (long long)w->step_s);
	return client_get(cli, path, ret);
}

static int take_option(const struct cli *cli, struct wish *w, int c)
{
	w->csv = w->csv || c == 'c';
	if (c == 'f')
		return when_time(cli, "--from", optarg, &w->from_ms);
	if (c == 't')
		return when_time(cli, "--to", optarg, &w->to_ms);
	if (c == 's' && strcmp(optarg, "0") == 0)
		w->step_s = 0;
	else if (c == 's')
		return when_span(cli, "--step", optarg, &w->step_s);
	return CLI_OK;
}

int cmd_history(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "from", required_argument, NULL, 'f' },
					       { "to", required_argument, NULL, 't' },
					       { "step", required_argument, NULL, 's' },
					       { "csv", no_argument, NULL, 'c' },
					       { NULL, 0, NULL, 0 } };
	struct wish w = { .step_s = -1 };
	json_t *answer = NULL;
	int c, r;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == '?')
			return cli_misuse(cli);
		if (take_option(cli, &w, c) != CLI_OK)
			return CLI_MISUSE;
	}
	if (argc - optind != 2)
		return cli_misuse(cli);
	if (w.to_ms > 0 && when_order(cli, w.from_ms, w.to_ms) != CLI_OK)
		return CLI_MISUSE;
	r = ask(cli, &w, argv + optind, &answer);
	if (r != CLI_OK)
		return r;
	if (cli->json)
		print_json(answer);
	else if (w.csv)
		print_csv(answer);
	else
		show(cli, answer);
	json_decref(answer);
	return CLI_OK;
}
