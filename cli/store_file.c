#include "cli/store_file.h"

#include <getopt.h>
#include <stdlib.h>

const char *store_path(const struct cli *cli, int argc, char **argv, int n_args,
		       const char **ret_arg)
{
	static const struct option longs[] = { { "store", required_argument, NULL, 's' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	const char *path = STORE_DEFAULT_PATH;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h')
			exit(cli_usage(cli));
		if (c != 's') {
			(void)cli_misuse(cli);
			return NULL;
		}
		path = optarg;
	}
	if (argc - optind != n_args) {
		(void)cli_misuse(cli);
		return NULL;
	}
	if (n_args > 0)
		*ret_arg = argv[optind];
	return path;
}
