/* store_file.h - subcommands that read the collector's store from its file. */
#ifndef LW_STORE_FILE_H
#define LW_STORE_FILE_H

#include "cli/cmd.h"
#include "collector/io/store/archive.h"

#define STORE_DEFAULT_PATH "/var/lib/linewatch/collector/linewatch.db"

/* [--store FILE] and exactly n_args (0 or 1) arguments; NULL: it has said what is wrong. */
const char *store_path(const struct cli *cli, int argc, char **argv, int n_args,
		       const char **ret_arg);

/* What went into or came out of an archive: catalogue key with {file}, {lines}, {records},
 * {readings}. */
void archive_say(const struct cli *cli, const char *key, const char *file,
		 const struct archive_sums *sums);

#endif
