/* cmd_verify.c - is the history what was written? The chain of records and the file itself, read
 * from the store's own file: the collector need not run, and may. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/say.h"
#include "cli/store_file.h"

static void tell(const struct cli *cli, const struct store_proof *p, int chain, int file,
		 const char *what)
{
	char records[32], heads[32];

	if (cli->json) {
		json_t *j = json_pack("{s:b,s:b,s:I,s:I,s:s,s:s}", "chain_whole", chain == 0,
				      "file_whole", file == 0, "records", (json_int_t)p->records,
				      "heads", (json_int_t)p->heads, "public_key", p->public_key,
				      "problem", what);
		print_json(j);
		json_decref(j);
		return;
	}
	(void)snprintf(records, sizeof records, "%llu", (unsigned long long)p->records);
	(void)snprintf(heads, sizeof heads, "%llu", (unsigned long long)p->heads);
	if (chain == 0 && file == 0)
		say(cli, "cli.verified", "records", records, "heads", heads, "key", p->public_key,
		    NULL);
	else
		say_error(cli, chain != 0 ? "cli.chain_broken" : "cli.file_broken", "what", what,
			  NULL);
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
	const char *path = store_path(cli, argc, argv, 0, NULL);
	struct store_reader *r = NULL;
	struct store_proof proof = { 0 };
	char what[512] = "";
	int file, chain;

	if (path == NULL)
		return CLI_MISUSE;
	if (store_reader_open(&r, path, what, sizeof what) < 0) {
		say_error(cli, "cli.no_store", "what", what, NULL);
		return CLI_UNREACHABLE;
	}
	file = store_check(r, what, sizeof what);
	chain = file == 0 ? store_verify(r, &proof, what, sizeof what) : 0;
	store_reader_close(&r);
	tell(cli, &proof, chain, file, what);
	return chain == 0 && file == 0 ? CLI_OK : CLI_BAD_NEWS;
}

int cmd_backup(struct cli *cli, int argc, char **argv)
{
	const char *to = NULL, *path = store_path(cli, argc, argv, 1, &to);
	struct store_reader *r = NULL;
	char what[512] = "";

	if (path == NULL)
		return CLI_MISUSE;
	if (store_reader_open(&r, path, what, sizeof what) < 0) {
		say_error(cli, "cli.no_store", "what", what, NULL);
		return CLI_UNREACHABLE;
	}
	int e = store_backup(r, to, what, sizeof what);
	store_reader_close(&r);
	if (e < 0) {
		say_error(cli, "cli.no_backup", "what", what, NULL);
		return CLI_UNREACHABLE;
	}
	if (!cli->json)
		say(cli, "cli.backed_up", "to", to, NULL);
	return CLI_OK;
}
