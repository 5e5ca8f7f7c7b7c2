/* cmd_devices.c - the devices, or one with what it says now. */
#include <getopt.h>
#include <string.h>

#include "cli/client.h"
#include "cli/measure.h"
#include "cli/show.h"
#include "cli/when.h"
#include "common/core/tr.h"

static void show_list(const struct cli *cli, const json_t *devices)
{
	static const char *const heads[] = { "cli.h_what", "cli.h_kind", "cli.h_state",
					     "cli.h_since", "cli.h_alarms" };
	struct table *t = table_new(cli, 5, heads);
	const json_t *d;
	size_t n;

	json_array_foreach(devices, n, d)
	{
		const char *state = j_text(d, "state", "unknown");
		struct state_look look = look_of_entity(state);
		int64_t since = time_parse(j_text(d, "since", NULL));
		size_t alarms = json_array_size(json_object_get(d, "alarms"));
		char at[64];

		table_cell(t, STYLE_BOLD, j_text(d, "id", "?"));
		table_cell(t, STYLE_PLAIN, tr_word(cli->lang, "class.", j_text(d, "class", "?")));
		table_cellf(t, look.style, "%s %s", look.mark, tr_word(cli->lang, "state.", state));
		table_cell(t, STYLE_DIM, since < 0 ? "–" : time_text(at, sizeof at, cli, since));
		table_cellf(t, alarms > 0 ? STYLE_WARN : STYLE_DIM, "%zu", alarms);
	}
	table_print(t);
	table_free(t);
}

static void show_reading(const struct cli *cli, struct table *t, const json_t *r)
{
	const char *quality = j_text(r, "quality", "unknown"), *metric = j_text(r, "metric", "?");
	const char *reason = j_text(r, "reason", NULL), *value;
	char buf[256];

	table_cell(t, STYLE_PLAIN, measure_name(buf, sizeof buf, cli, metric));
	value = measure_value(buf, sizeof buf, cli, r);
	table_cell(t, value != NULL ? STYLE_BOLD : STYLE_DIM, value != NULL ? value : "?");
	table_cell(t, strcmp(quality, "good") == 0 ? STYLE_PLAIN : STYLE_WARN,
		   tr_word(cli->lang, "quality.", quality));
	table_cell(t, STYLE_DIM, age_text(buf, sizeof buf, cli, j_int(r, "age_ms", 0)));
	table_cell(t, STYLE_DIM, metric);
	table_cell(t, STYLE_DIM, reason != NULL ? tr_word(cli->lang, "why.", reason) : "");
}

static void show_readings(const struct cli *cli, const json_t *readings)
{
	static const char *const heads[] = { "cli.h_metric", "cli.h_value", "cli.h_quality",
					     "cli.h_age",    "cli.h_id",    "cli.h_reason" };
	struct table *t = table_new(cli, 6, heads);
	const json_t *r;
	size_t n;

	json_array_foreach(readings, n, r) show_reading(cli, t, r);
	table_print(t);
	table_free(t);
}

static int one(const struct cli *cli, const char *id)
{
	char path[512] = "/api/v1/devices/";
	json_t *d = NULL, *alone;
	int r;

	url_add(path, sizeof path, id);
	r = client_get(cli, path, &d);
	if (r != CLI_OK)
		return r;
	if (cli->json) {
		print_json(d);
	} else {
		alone = json_pack("[O]", d);
		show_list(cli, alone);
		json_decref(alone);
		(void)printf("%s%s %s %s%s\n\n", style_on(cli, STYLE_DIM),
			     j_text(d, "profile", "–"), j_text(d, "vendor", ""),
			     j_text(d, "model", ""), style_off(cli, STYLE_DIM));
		show_readings(cli, json_object_get(d, "readings"));
	}
	json_decref(d);
	return CLI_OK;
}

int cmd_devices(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "site", required_argument, NULL, 's' },
						 { "class", required_argument, NULL, 'c' },
						 { 0 } };
	char path[512] = "/api/v1/devices?";
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		(void)snprintf(path + strlen(path), sizeof path - strlen(path),
			       o == 's' ? "&site=" : "&class=");
		url_add(path, sizeof path, optarg);
	}
	if (argc - optind > 1)
		return cli_misuse(cli);
	return optind < argc ? one(cli, argv[optind]) : show_all(cli, path, "devices", show_list);
}
