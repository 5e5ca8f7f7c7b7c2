#include "cli/measure.h"

#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "common/core/tr.h"

enum { METRIC_MAX = 128 };

/* The metric without the part that it is of: "input.voltage_volts#2". */
static const char *bare(char buf[METRIC_MAX], const char *metric)
{
	(void)snprintf(buf, METRIC_MAX, "%.*s", (int)strcspn(metric, "#@"), metric);
	return buf;
}

const char *measure_name(char *buf, size_t size, const struct cli *cli, const char *metric)
{
	const char *part = metric + strcspn(metric, "#@");
	char name[METRIC_MAX];
	const char *word = tr_word(cli->lang, "metric.", bare(name, metric));

	(void)snprintf(buf, size, "%s%s%s", word, *part != '\0' ? " " : "",
		       *part == '@' ? part + 1 : part);
	return buf;
}

/* At most two decimals, a comma in Vietnamese. */
static const char *number(char *buf, size_t size, const struct cli *cli, double v)
{
	size_t n;
	char *point;

	(void)snprintf(buf, size, "%.2f", v);
	for (n = strlen(buf); buf[n - 1] == '0'; n--)
		buf[n - 1] = '\0';
	if (buf[n - 1] == '.')
		buf[n - 1] = '\0';
	point = strchr(buf, '.');
	if (point != NULL && strcmp(cli->lang, "vi") == 0)
		*point = ',';
	return buf;
}

/* The name of a numbered state: metric.ups.status.2. */
static const char *state_word(const struct cli *cli, const json_t *r, double v)
{
	char name[METRIC_MAX], key[METRIC_MAX + 32];

	(void)snprintf(key, sizeof key, "metric.%s.%.0f", bare(name, j_text(r, "metric", "")), v);
	return tr_has(key) ? tr(cli->lang, key) : NULL;
}

const char *measure_value(char *buf, size_t size, const struct cli *cli, const json_t *r)
{
	const json_t *value = json_object_get(r, "value");
	const char *unit = j_text(r, "unit", ""), *kind = j_text(r, "kind", ""), *word = NULL;
	double v = json_number_value(value);
	char digits[64];

	if (json_is_string(value))
		word = tr_word(cli->lang, "value.", json_string_value(value));
	else if (!json_is_number(value))
		return NULL;
	else if (strcmp(kind, "flag") == 0)
		word = tr(cli->lang, v != 0 ? "cli.yes" : "cli.no");
	else if (strcmp(kind, "state") == 0)
		word = state_word(cli, r, v);
	if (word != NULL)
		(void)snprintf(buf, size, "%s", word);
	else if (strcmp(unit, "s") == 0)
		(void)age_text(buf, size, cli, (int64_t)(v * 1000));
	else
		(void)snprintf(buf, size, "%s%s%s", number(digits, sizeof digits, cli, v),
			       unit[0] != '\0' ? " " : "", unit);
	return buf;
}
