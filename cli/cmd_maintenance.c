/* cmd_maintenance.c - planned work: show, plan, end. */
#include "cli/span.h"
#include "cli/windows.h"

int cmd_maintenance(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		SPAN_OPTIONS, { "reason", required_argument, NULL, WINDOWS_TEXT }, { 0 }
	};
	static const struct windows maintenance = {
		.path = "/api/v1/maintenance",
		.list = "maintenance",
		.id = "id",
		.options = options,
		.none = "cli.no_maintenance",
		.added = "cli.planned",
		.ended = "cli.ended",
	};

	return windows_command(cli, argc, argv, &maintenance);
}
