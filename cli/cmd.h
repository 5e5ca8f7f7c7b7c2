/* cmd.h - what a subcommand of `linewatch` gets and gives back. */
#ifndef LW_CMD_H
#define LW_CMD_H

#include <stdbool.h>

enum cli_exit { CLI_OK = 0, CLI_BAD_NEWS = 1, CLI_MISUSE = 2, CLI_UNREACHABLE = 3 };

/* The options that every subcommand has; main takes them out of argv wherever they stand. */
struct cli {
	const char *name;	/* of the subcommand */
	const char *lang;	/* "vi" or "en" */
	const char *url;	/* "http://127.0.0.1:8111" */
	const char *token_file; /* NULL: none */
	bool json;		/* answer with one JSON document on stdout */
	bool colour;
	unsigned columns; /* of the terminal; 0: no terminal, lines as long as they are */
	char **argv;	  /* of the subcommand, for cli_misuse */
};

/* argv[0] is the subcommand's name: ready for getopt_long. Returns enum cli_exit. */
typedef int command_fn(struct cli *cli, int argc, char **argv);

#define COMMAND(name) command_fn cmd_##name;
#include "cli/commands.def"
#undef COMMAND

/* Wrong use: says which word, where getopt knows it, and the usage; returns CLI_MISUSE. */
int cli_misuse(const struct cli *cli);
/* Print the usage of the subcommand; returns CLI_OK. */
int cli_usage(const struct cli *cli);

#endif
