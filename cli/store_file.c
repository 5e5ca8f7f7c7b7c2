#include "cli/store_file.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli/client.h"
#include "cli/say.h"

const char *store_path(const struct cli *cli, int argc, char **argv, int n_args,
		       const char **ret_arg)
{
	static const struct option longs[] = { { "store", required_argument, NULL, 's' },
					       { NULL, 0, NULL, 0 } };
	const char *path = STORE_DEFAULT_PATH;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
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

void archive_say(const struct cli *cli, const char *key, const char *file,
		 const struct archive_sums *sums)
{
	char lines[24], records[24], readings[24];

	if (cli->json) {
		json_t *j = json_pack("{s:s,s:I,s:I,s:I}", "file", file, "lines",
				      (json_int_t)sums->lines, "records", (json_int_t)sums->records,
				      "readings", (json_int_t)sums->readings);
		print_json(j);
		json_decref(j);
		return;
	}
	(void)snprintf(lines, sizeof lines, "%" PRIu64, sums->lines);
	(void)snprintf(records, sizeof records, "%" PRIu64, sums->records);
	(void)snprintf(readings, sizeof readings, "%" PRIu64, sums->readings);
	say(cli, key, "file", file, "lines", lines, "records", records, "readings", readings, NULL);
}
