/* main.c - `linewatch`: options that all subcommands share, then the subcommand.
 *
 * Exit: 0 fine, 1 the answer is bad news, 2 misuse, 3 the collector cannot be reached. */
#include <curl/curl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "common/core/tr.h"

static const struct command {
	const char *name;
	command_fn *run;
} commands[] = {
#define COMMAND(name) { #name, cmd_##name },
#include "cli/commands.def"
#undef COMMAND
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const char *default_lang(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *v = getenv(names[i]);

		if (v != NULL && v[0] != '\0')
			return strncmp(v, "en", 2) == 0 ? "en" : "vi";
	}
	return "vi";
}

/* The options that take a text, and where it goes. */
static const char **text_option(struct cli *cli, const char *arg)
{
	if (strcmp(arg, "--url") == 0)
		return &cli->url;
	if (strcmp(arg, "--token-file") == 0)
		return &cli->token_file;
	if (strcmp(arg, "--lang") == 0)
		return &cli->lang;
	return NULL;
}

/* Take argv[i] when it is a shared option: how many words it took, 0: not ours, -1: wrong. */
static int take_option(struct cli *cli, int left, char **argv)
{
	static const char *const with_text[] = { "--url=", "--token-file=", "--lang=" };
	const char **text = text_option(cli, argv[0]);

	if (text != NULL) {
		if (left < 2)
			return -1;
		*text = argv[1];
		return 2;
	}
	for (size_t i = 0; i < sizeof with_text / sizeof *with_text; i++) {
		size_t n = strlen(with_text[i]);
		char bare[24];

		if (strncmp(argv[0], with_text[i], n) != 0)
			continue;
		memcpy(bare, with_text[i], n - 1);
		bare[n - 1] = '\0';
		*text_option(cli, bare) = argv[0] + n;
		return 1;
	}
	if (strcmp(argv[0], "--json") != 0)
		return 0;
	cli->json = true;
	return 1;
}

/* Shared options leave argv, the others close ranks. -1: wrong. */
static int shared_options(struct cli *cli, int argc, char **argv)
{
	int kept = 1;

	for (int i = 1; i < argc;) {
		int took = strcmp(argv[i], "--") == 0 ? 0 : take_option(cli, argc - i, argv + i);

		if (took < 0)
			return -1;
		if (took == 0)
			argv[kept++] = argv[i++];
		else
			i += took;
	}
	argv[kept] = NULL;
	return kept;
}

static void help(const struct cli *cli, FILE *out)
{
	(void)fprintf(out, "%s\n\n%s\n", tr(cli->lang, "cli.usage"), tr(cli->lang, "cli.commands"));
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)fprintf(out, "  %-12s %s\n", commands[i].name,
			      tr_word(cli->lang, "help.", commands[i].name));
	(void)fprintf(out, "\n%s\n", tr(cli->lang, "cli.help_hint"));
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static unsigned terminal_columns(void)
{
	struct winsize w;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
	cli->name = argv[1];
	cli->argv = argv + 1;
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return wants_help(argc - 1, argv + 1)
				       ? cli_usage(cli)
				       : commands[i].run(cli, argc - 1, argv + 1);
	say_error(cli, "cli.no_command", "name", argv[1], NULL);
	(void)fprintf(stderr, "%s\n", tr(cli->lang, "cli.help_hint"));
	return CLI_MISUSE;
}

int main(int argc, char **argv)
{
	const char *url = getenv("LINEWATCH_URL");
	struct cli cli = {
		.name = "",
		.lang = default_lang(),
		.url = url != NULL && url[0] != '\0' ? url : "http://127.0.0.1:8111",
		.token_file = getenv("LINEWATCH_TOKEN_FILE"),
		.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
		.columns = terminal_columns(),
	};
	int r;

	(void)setlocale(LC_ALL, "C.UTF-8");
	argc = shared_options(&cli, argc, argv);
	if (argc < 0 || (strcmp(cli.lang, "vi") != 0 && strcmp(cli.lang, "en") != 0)) {
		cli.lang = default_lang();
		say_error(&cli, argc < 0 ? "cli.bad_shared" : "cli.bad_lang", NULL);
		return CLI_MISUSE;
	}
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(&cli, argc < 2 ? stderr : stdout);
		return argc < 2 ? CLI_MISUSE : CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("linewatch %s\n", LW_VERSION);
		return CLI_OK;
	}
	opterr = 0; /* the subcommands say it in the reader's language */
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	r = run(&cli, argc, argv);
	curl_global_cleanup();
	if (fflush(stdout) != 0 && r == CLI_OK)
		r = CLI_MISUSE;
	return r;
}
