#include "cli/span.h"

#include <time.h>

#include "cli/say.h"
#include "common/core/rfc3339.h"

int span_option(const struct cli *cli, struct span_wish *w, int option, const char *text)
{
	if (option == 'F')
		return when_time(cli, "--from", text, &w->from_ms);
	if (option == 'U')
		return when_time(cli, "--until", text, &w->until_ms);
	if (option == 'D')
		return when_span(cli, "--for", text, &w->for_s);
	return CLI_OK;
}

static void set_time(json_t *body, const char *name, int64_t unix_ms)
{
	char text[RFC3339_SIZE];

	(void)json_object_set_new(body, name, json_string(rfc3339_format(text, unix_ms)));
}

int span_into(const struct cli *cli, const struct span_wish *w, json_t *body)
{
	int64_t from = w->from_ms > 0 ? w->from_ms : (int64_t)time(NULL) * 1000;
	int64_t until = w->until_ms > 0 ? w->until_ms : from + w->for_s * 1000;

	if ((w->until_ms == 0) == (w->for_s == 0)) {
		say_error(cli, "cli.until_or_for", NULL);
		return CLI_MISUSE;
	}
	if (when_order(cli, from, until) != CLI_OK)
		return CLI_MISUSE;
	if (w->from_ms > 0)
		set_time(body, "from", from);
	set_time(body, "until", until);
	return CLI_OK;
}
