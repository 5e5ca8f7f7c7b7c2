#include "cli/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/say.h"
#include "common/core/rfc3339.h"

/* A time that is this machine's, read as if it were UTC. */
static int64_t local_ms(int64_t civil_ms)
{
	time_t s = (time_t)(civil_ms / 1000);
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL)
		return -1;
	tm.tm_isdst = -1;
	s = mktime(&tm);
	return s < 0 ? -1 : (int64_t)s * 1000 + civil_ms % 1000;
}

int64_t time_parse(const char *text)
{
	static const char *const ends[] = { "Z", "T00:00Z" };
	char whole[64];
	int64_t ms;

	if (text == NULL || strlen(text) > 40)
		return -1;
	if (rfc3339_parse(text, &ms))
		return ms;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		(void)snprintf(whole, sizeof whole, "%s%s", text, ends[i]);
		if (rfc3339_parse(whole, &ms))
			return local_ms(ms);
	}
	return -1;
}

int64_t span_parse(const char *text)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *unit;
	char *end;
	long n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || n > 1000000 || *end == '\0' || end[1] != '\0')
		return -1;
	unit = strchr(units, *end);
	return unit != NULL ? n * seconds[unit - units] : -1;
}

static int wrong(const struct cli *cli, const char *key, const char *option, const char *text)
{
	say_error(cli, key, "option", option, "text", text, NULL);
	return CLI_MISUSE;
}

int when_time(const struct cli *cli, const char *option, const char *text, int64_t *ret_ms)
{
	int64_t ms = time_parse(text);

	if (ms < 0)
		return wrong(cli, "cli.bad_time", option, text);
	*ret_ms = ms;
	return CLI_OK;
}

int when_span(const struct cli *cli, const char *option, const char *text, int64_t *ret_s)
{
	int64_t s = span_parse(text);

	if (s <= 0)
		return wrong(cli, "cli.bad_span", option, text);
	*ret_s = s;
	return CLI_OK;
}

int when_month(const struct cli *cli, const char *option, const char *text)
{
	char first[16];
	int64_t ms = -1;

	(void)snprintf(first, sizeof first, "%.8s-01", text);
	if (strlen(text) == 7)
		ms = time_parse(first);
	if (ms < 0)
		return wrong(cli, "cli.bad_month", option, text);
	/* a centre's own month begins up to a day before this machine's */
	if (ms - 86400000 > (int64_t)time(NULL) * 1000)
		return wrong(cli, "cli.month_to_come", option, text);
	return CLI_OK;
}

int when_days(const struct cli *cli, const char *text, int64_t max, int64_t *ret)
{
	char most[24];
	int64_t n = 0;
	size_t i = 0;

	for (; text[i] >= '0' && text[i] <= '9' && i < 9; i++)
		n = n * 10 + (text[i] - '0');
	if (text[i] == '\0' && n >= 1 && n <= max) {
		*ret = n;
		return CLI_OK;
	}
	(void)snprintf(most, sizeof most, "%lld", (long long)max);
	say_error(cli, "cli.bad_days", "text", text, "max", most, NULL);
	return CLI_MISUSE;
}

int when_order(const struct cli *cli, int64_t from_ms, int64_t until_ms)
{
	if (from_ms < until_ms)
		return CLI_OK;
	say_error(cli, "cli.no_span", NULL);
	return CLI_MISUSE;
}

void when_into_path(char *path, unsigned size, const char *name, int64_t unix_ms)
{
	char at[RFC3339_SIZE];
	size_t n = strlen(path);

	(void)snprintf(path + n, size - n, "&%s=", name);
	url_add(path, size, rfc3339_format(at, unix_ms));
}
