/* cmd_import.c - an archive that `linewatch export --archive` wrote, as a new store. */
#include <errno.h>

#include "cli/say.h"
#include "cli/store_file.h"

int cmd_import(struct cli *cli, int argc, char **argv)
{
	const char *archive = NULL, *path = store_path(cli, argc, argv, 1, &archive);
	struct archive_sums sums = { 0 };
	char what[512] = "";

	if (path == NULL)
		return CLI_MISUSE;
	int e = archive_read(archive, path, &sums, what, sizeof what);
	if (e == 0) {
		archive_say(cli, "cli.imported", path, &sums);
		return CLI_OK;
	}
	say_error(cli, e == -EBADMSG ? "cli.bad_archive" : "cli.not_imported", "file", archive,
		  "what", what, NULL);
	return e == -EBADMSG ? CLI_BAD_NEWS : e == -EEXIST ? CLI_MISUSE : CLI_UNREACHABLE;
}
