/* cmd_silence.c - silences: show, make (also before there is an alarm), end. */
#include "cli/span.h"
#include "cli/windows.h"

int cmd_silence(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { SPAN_OPTIONS,
						 { "reason", required_argument, NULL,
						   WINDOWS_TEXT },
						 { "code", required_argument, NULL, WINDOWS_TEXT },
						 { "by", required_argument, NULL, WINDOWS_TEXT },
						 { 0 } };
	static const struct windows silences = {
		.path = "/api/v1/silences",
		.list = "silences",
		.id = "silence",
		.of_alarms = true,
		.options = options,
		.none = "cli.no_silences",
		.added = "cli.silenced",
		.ended = "cli.silence_ended",
	};

	return windows_command(cli, argc, argv, &silences);
}
