/* cmd_oncall.c - who is on call, when it changes, how it escalates, who can be reached. */
#include <inttypes.h>
#include <string.h>

#include "cli/client.h"
#include "cli/table.h"
#include "common/core/tr.h"

enum { SHIFTS_SHOWN = 6 };

static void channels_text(char *buf, size_t size, const json_t *channels)
{
	const json_t *c;
	size_t n;

	buf[0] = '\0';
	json_array_foreach(channels, n, c)(void)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s%s", n > 0 ? ", " : "",
			 json_string_value(c));
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
		channels_text(buf, sizeof buf, json_object_get(p, "channels"));
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

static void shifts(const struct cli *cli, const json_t *list)
{
	static const char *const heads[] = { "cli.h_shift", "cli.h_from", "cli.h_until" };
	struct table *t = table_new(cli, 3, heads);

	for (size_t i = 0; i < json_array_size(list) && i < SHIFTS_SHOWN; i++) {
		const json_t *s = json_array_get(list, i);
		char at[64];

		table_cell(t, i == 0 ? STYLE_BOLD : STYLE_PLAIN, j_text(s, "person", "?"));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(s, "from", NULL))));
		table_cell(t, STYLE_PLAIN,
			   time_text(at, sizeof at, cli, time_parse(j_text(s, "until", NULL))));
	}
	table_print(t);
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
		char after[64];

		(void)printf("%s+%s %s", n > 0 ? " → " : "",
			     age_text(after, sizeof after, cli, j_int(s, "after_s", 0) * 1000),
			     tr_word(cli->lang, "cli.esc_", to));
	}
	(void)putchar('\n');
}

int cmd_oncall(struct cli *cli, int argc, char **argv)
{
	json_t *o = NULL;
	const char *now;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_misuse(cli);
	r = client_get(cli, "/api/v1/oncall", &o);
	if (r != CLI_OK)
		return r;
	if (cli->json) {
		print_json(o);
	} else {
		now = j_text(o, "now", NULL);
		say(cli, now != NULL ? "cli.oncall_now" : "cli.oncall_none", "who", now, NULL);
		escalation(cli, json_object_get(o, "escalation"));
		(void)putchar('\n');
		people(cli, json_object_get(o, "people"));
		(void)putchar('\n');
		shifts(cli, json_object_get(o, "shifts"));
	}
	json_decref(o);
	return CLI_OK;
}
