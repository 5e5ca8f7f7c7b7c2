#include "cli/say.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "common/core/tr.h"

enum { SAY_ARGS = 8, SAY_MAX = 2048 };

static const char *fill(char *buf, size_t size, const struct cli *cli, const char *key, va_list *ap)
{
	struct tr_arg args[SAY_ARGS + 1] = { { NULL, NULL } };

	for (size_t i = 0; i < SAY_ARGS; i++) {
		args[i].name = va_arg(*ap, const char *);
		if (args[i].name == NULL)
			break;
		args[i].value = va_arg(*ap, const char *);
	}
	(void)tr_fill(buf, size, tr(cli->lang, key), args);
	return buf;
}

void say(const struct cli *cli, const char *key, ...)
{
	char buf[SAY_MAX];
	va_list ap;

	va_start(ap, key);
	(void)puts(fill(buf, sizeof buf, cli, key, &ap));
	va_end(ap);
}

void say_error(const struct cli *cli, const char *key, ...)
{
	char buf[SAY_MAX];
	va_list ap;

	va_start(ap, key);
	(void)fprintf(stderr, "linewatch: %s\n", fill(buf, sizeof buf, cli, key, &ap));
	va_end(ap);
}

const char *say_to(char *buf, size_t size, const struct cli *cli, const char *key, ...)
{
	va_list ap;

	va_start(ap, key);
	(void)fill(buf, size, cli, key, &ap);
	va_end(ap);
	return buf;
}

int cli_misuse(const struct cli *cli)
{
	const char *word = cli->argv[optind - 1]; /* where getopt stopped */
	bool option = word[0] == '-' && word[1] != '\0';

	say_error(cli, option ? "cli.bad_word" : "cli.bad_arguments", "name", cli->name, "word",
		  word, NULL);
	(void)fprintf(stderr, "%s\n", tr_word(cli->lang, "usage.", cli->name));
	return CLI_MISUSE;
}

int cli_usage(const struct cli *cli)
{
	(void)printf("%s\n\n%s\n", tr_word(cli->lang, "help.", cli->name),
		     tr_word(cli->lang, "usage.", cli->name));
	return CLI_OK;
}

const char *style_on(const struct cli *cli, enum style s)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "",	   [STYLE_BOLD] = "\033[1m",  [STYLE_DIM] = "\033[2m",
		[STYLE_GOOD] = "\033[36m", [STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[1;31m",
		[STYLE_PLAN] = "\033[34m",
	};

	return cli->colour ? codes[s] : "";
}

const char *style_off(const struct cli *cli, enum style s)
{
	return cli->colour && s != STYLE_PLAIN ? "\033[0m" : "";
}

size_t text_width(const char *s)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
		bool combining = (*p == 0xcc && p[1] >= 0x80) || (*p == 0xcd && p[1] <= 0xaf);

		if ((*p & 0xc0) != 0x80 && !combining)
			n++;
	}
	return n;
}

const char *time_text(char *buf, size_t size, const struct cli *cli, int64_t unix_ms)
{
	time_t t = (time_t)(unix_ms / 1000), now = time(NULL);
	bool en = strcmp(cli->lang, "en") == 0;
	struct tm tm, today;
	size_t n;

	if (unix_ms < 0 || localtime_r(&t, &tm) == NULL || localtime_r(&now, &today) == NULL) {
		(void)snprintf(buf, size, "?");
		return buf;
	}
	if (tm.tm_yday == today.tm_yday && tm.tm_year == today.tm_year)
		n = strftime(buf, size, "%H:%M", &tm);
	else if (tm.tm_year == today.tm_year)
		n = strftime(buf, size, en ? "%e %b %H:%M" : "%d/%m %H:%M", &tm);
	else
		n = strftime(buf, size, en ? "%e %b %Y %H:%M" : "%d/%m/%Y %H:%M", &tm);
	if (n == 0)
		buf[0] = '\0';
	return buf;
}

const char *age_text(char *buf, size_t size, const struct cli *cli, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *key;
	} units[] = { { 172800000, "cli.days" },
		      { 7200000, "cli.hours" },
		      { 60000, "cli.minutes" } };
	char n[24];

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		int64_t one = i == 0 ? 86400000 : i == 1 ? 3600000 : 60000;

		if (ms < units[i].ms)
			continue;
		(void)snprintf(n, sizeof n, "%" PRId64, ms / one);
		return say_to(buf, size, cli, units[i].key, "n", n, NULL);
	}
	(void)snprintf(n, sizeof n, "%" PRId64, ms < 0 ? 0 : ms / 1000);
	return say_to(buf, size, cli, "cli.seconds", "n", n, NULL);
}
