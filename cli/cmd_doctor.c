/* cmd_doctor.c - what is misconfigured or unreachable, and what to do about it. */
#include <string.h>

#include "cli/client.h"
#include "cli/say.h"

static enum style style_of(const char *severity)
{
	if (strcmp(severity, "fault") == 0)
		return STYLE_BAD;
	return strcmp(severity, "caution") == 0 ? STYLE_WARN : STYLE_DIM;
}

static void show(const struct cli *cli, const json_t *findings)
{
	const json_t *f;
	size_t n;

	json_array_foreach(findings, n, f)
	{
		const char *severity = j_text(f, "severity", "info"),
			   *entity = j_text(f, "entity", NULL);
		enum style s = style_of(severity);
		const char *mark = s == STYLE_BAD ? "◆" : s == STYLE_WARN ? "▲" : "·";

		(void)printf("%s%s %s%s%s%s\n  ", style_on(cli, s), mark,
			     entity != NULL ? entity : "", entity != NULL ? ": " : "",
			     j_text(json_object_get(f, "text"), cli->lang, "?"), style_off(cli, s));
		say(cli, "cli.doctor_do", "what",
		    j_text(json_object_get(f, "advice"), cli->lang, "?"), NULL);
	}
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
	json_t *d = NULL;
	bool ok;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_misuse(cli);
	r = client_get(cli, "/api/v1/doctor", &d);
	if (r != CLI_OK)
		return r;
	ok = json_is_true(json_object_get(d, "ok"));
	if (cli->json)
		print_json(d);
	else
		show(cli, json_object_get(d, "findings"));
	if (!cli->json && json_array_size(json_object_get(d, "findings")) == 0)
		say(cli, "cli.doctor_ok", NULL);
	json_decref(d);
	return ok ? CLI_OK : CLI_BAD_NEWS;
}
