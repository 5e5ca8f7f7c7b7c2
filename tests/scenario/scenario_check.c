/* What came out of a timeline, against what the scenario expects of it. */
#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/rfc3339.h"
#include "tests/scenario/scenario_priv.h"

unsigned scenario_failures;

bool scenario_expect(bool good, const char *fmt, ...)
{
	va_list args;

	if (good)
		return true;
	scenario_failures++;
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return false;
}

struct outcome {
	json_t *rows; /* array */
};

static struct outcome parse(const char *out)
{
	struct outcome o = { json_array() };
	double last = 0;

	while (*out != '\0') {
		size_t len = strcspn(out, "\n");
		json_t *row = json_loadb(out, len, 0, NULL);
		int64_t at_ms = 0;

		assert(row != NULL);
		bool timed = rfc3339_parse(json_string_value(json_object_get(row, "at")), &at_ms);
		assert(timed);
		(void)timed;
		double at_s = (double)(at_ms - START_S * 1000LL) / 1000;
		scenario_expect(at_s >= last, "out of order: %.*s", (int)len, out);
		last = at_s;
		json_object_set_new(row, "s", json_real(at_s));
		json_array_append_new(o.rows, row);
		out += len + (out[len] == '\n');
	}
	return o;
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s != NULL ? s : "";
}

static bool is(const json_t *row, const char *key, const char *value)
{
	return strcmp(text_of(row, key), value) == 0;
}

static double seconds_of(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

/* Rows of a type whose two keys have these values; NULL: any. */
static size_t find(const struct outcome *o, const char *type, const char *key, const char *value,
		   const char *key2, const char *value2, json_t **ret_first, json_t **ret_last)
{
	size_t i, n = 0;
	json_t *row;

	json_array_foreach(o->rows, i, row)
	{
		if (!is(row, "type", type) || (key != NULL && !is(row, key, value)) ||
		    (key2 != NULL && !is(row, key2, value2)))
			continue;
		if (n++ == 0 && ret_first != NULL)
			*ret_first = row;
		if (ret_last != NULL)
			*ret_last = row;
	}
	return n;
}

static bool in_time(const json_t *row, char **words, size_t n, size_t from)
{
	for (size_t i = from; i + 1 < n; i += 2) {
		double limit = atof(words[i + 1]);

		if (strcmp(words[i], "by") == 0 && seconds_of(row, "s") > limit)
			return false;
		if (strcmp(words[i], "after") == 0 && seconds_of(row, "s") < limit)
			return false;
	}
	return true;
}

static bool check_alarm(const struct outcome *o, char **w, size_t n)
{
	json_t *first = NULL, *last = NULL;
	const char *state = strcmp(w[0], "cleared") == 0 ? "cleared" : "raised";
	size_t found = find(o, "alarm", "alarm", w[1], "state", state, &first, &last);

	if (strcmp(w[0], "never") == 0)
		return found == 0;
	if (strcmp(w[0], "severity") == 0)
		return found > 0 && is(last, "severity", w[2]);
	return found > 0 && in_time(state[0] == 'c' ? last : first, w, n, 2);
}

/* The last word on the incident with this root. */
static json_t *incident(const struct outcome *o, const char *root)
{
	json_t *last = NULL;

	(void)find(o, "incident", "root", root, NULL, NULL, NULL, &last);
	return last;
}

static bool check_incident(const struct outcome *o, char **w, size_t n)
{
	json_t *row = incident(o, w[1]), *name;
	size_t i;

	if (row == NULL)
		return false;
	if (strcmp(w[0], "closed") == 0)
		return is(row, "state", "closed") && (n < 3 || is(row, "severity", w[2]));
	if (strcmp(w[0], "open") == 0)
		return !is(row, "state", "closed");
	if (strcmp(w[0], "root") == 0)
		return true;
	json_array_foreach(json_object_get(row, "alarms"), i,
			   name) if (strcmp(json_string_value(name), w[2]) == 0) return true;
	return false;
}

static bool check_count(const struct outcome *o, char **w, size_t n)
{
	(void)n;
	if (strcmp(w[0], "alarms") == 0)
		return find(o, "alarm", "state", "raised", NULL, NULL, NULL, NULL) ==
		       (size_t)atoi(w[1]);
	return find(o, "incident", "state", "opened", NULL, NULL, NULL, NULL) == (size_t)atoi(w[1]);
}

static bool check_pages(const struct outcome *o, char **w, size_t n)
{
	json_t *first = NULL;
	size_t found;

	if (strcmp(w[0], "nobody") == 0)
		return find(o, "page", NULL, NULL, NULL, NULL, NULL, NULL) == 0;
	if (strcmp(w[0], "told") == 0)
		return find(o, "page", "to", w[1], "reason", w[2], NULL, NULL) > 0;
	found = find(o, "page", "reason", w[1], NULL, NULL, &first, NULL);
	if (strcmp(w[0], "pages") == 0)
		return found == (size_t)atoi(w[2]);
	return found > 0 && in_time(first, w, n, 2);
}

static const char *joined(char ret[240], char **words, size_t n)
{
	ret[0] = '\0';
	for (size_t k = 0; k < n; k++)
		(void)snprintf(ret + strlen(ret), 240 - strlen(ret), "%s%s", k > 0 ? " " : "",
			       words[k]);
	return ret;
}

static bool check_why(const struct outcome *o, char **w, size_t n)
{
	json_t *row = incident(o, w[1]);
	char words[240];

	return row != NULL && strstr(text_of(row, "reason"), joined(words, w + 2, n - 2)) != NULL;
}

static bool check_text(const struct outcome *o, char **w, size_t n)
{
	char words[240];
	size_t i;
	json_t *row;

	(void)joined(words, w + 2, n - 2);
	json_array_foreach(o->rows, i,
			   row) if (is(row, "type", "page") && is(row, "reason", w[1]) &&
				    strstr(text_of(row, "text"), words) != NULL) return true;
	return false;
}

static bool check_capacity(const struct outcome *o, char **w, size_t n)
{
	json_t *last = NULL, *row;
	size_t i, found = find(o, "capacity", "site", w[1], NULL, NULL, NULL, &last);

	(void)n;
	if (found == 0)
		return false;
	if (strcmp(w[0], "ends") == 0)
		return is(last, "state", w[2]);
	json_array_foreach(o->rows, i, row)
	{
		if (!is(row, "type", "capacity") || !is(row, "site", w[1]))
			continue;
		if (strcmp(w[0], "capacity") == 0 && is(row, "state", w[2]))
			return true;
		if (strcmp(w[0], "ready") == 0 && (int)seconds_of(row, "seats_ready") == atoi(w[2]))
			return true;
		if (strcmp(w[0], "limiting") == 0 && is(row, "limiting", w[2]))
			return true;
		if (strcmp(w[0], "minutes") == 0 &&
		    json_is_number(json_object_get(row, "minutes_left")) &&
		    seconds_of(row, "minutes_left") >= atof(w[2]) &&
		    seconds_of(row, "minutes_left") <= atof(w[3]))
			return true;
	}
	return false;
}

static bool check_total(const struct outcome *o, char **w, size_t n)
{
	json_t *row = NULL;
	char key[16];

	(void)n;
	(void)snprintf(key, sizeof key, "%s_s", w[0]);
	if (find(o, "availability", "entity", w[1], NULL, NULL, &row, NULL) != 1)
		return false;
	return seconds_of(row, key) >= atof(w[2]) && seconds_of(row, key) <= atof(w[3]);
}

static const struct {
	const char *verb;
	bool (*check)(const struct outcome *o, char **words, size_t n);
} checks[] = {
	{ "raised", check_alarm },   { "cleared", check_alarm },     { "never", check_alarm },
	{ "severity", check_alarm }, { "alarms", check_count },	     { "incidents", check_count },
	{ "root", check_incident },  { "in", check_incident },	     { "closed", check_incident },
	{ "open", check_incident },  { "pages", check_pages },	     { "page", check_pages },
	{ "nobody", check_pages },   { "told", check_pages },	     { "text", check_text },
	{ "why", check_why },	     { "capacity", check_capacity }, { "ends", check_capacity },
	{ "ready", check_capacity }, { "limiting", check_capacity }, { "minutes", check_capacity },
	{ "up", check_total },	     { "down", check_total },	     { "planned", check_total },
	{ "unknown", check_total },
};

static bool holds(const struct outcome *o, const char *line)
{
	char text[240];
	char *words[WORDS_MAX];

	(void)snprintf(text, sizeof text, "%s", line);
	size_t n = scenario_words(text, words);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (strcmp(checks[i].verb, words[0]) == 0)
			return checks[i].check(o, words, n);
	scenario_expect(false, "no such expectation: %s", line);
	return false;
}

/* What every timeline must keep: time in order, totals that add up, no page without a first action. */
static void check_always(const struct outcome *o, const struct scenario *s)
{
	double span = -1;
	size_t i;
	json_t *row;

	json_array_foreach(o->rows, i, row)
	{
		if (is(row, "type", "availability")) {
			double sum = seconds_of(row, "up_s") + seconds_of(row, "down_s") +
				     seconds_of(row, "planned_s") + seconds_of(row, "unknown_s");

			span = span < 0 ? sum : span;
			scenario_expect(sum - span < 1e-6 && span - sum < 1e-6,
					"%s: %s adds up to %g of %g", s->sentence,
					text_of(row, "entity"), sum, span);
		}
		if (is(row, "type", "page") && !is(row, "reason", "resolved"))
			scenario_expect(strstr(text_of(row, "text"), "Làm ngay: ") != NULL ||
						strstr(text_of(row, "text"), "Do now: ") != NULL,
					"%s: a page says nothing to do", s->sentence);
	}
}

void scenario_check(const struct scenario *s, const char *out, const char *how)
{
	struct outcome o = parse(out);
	const char *e = s->expect;
	bool good = true;

	while (*e != '\0') {
		char line[240];
		size_t len = strcspn(e, "\n");

		(void)snprintf(line, sizeof line, "%.*s", (int)len, e);
		if (len > 0 && !holds(&o, line)) {
			scenario_expect(false, "%s (%s): does not hold: %s", s->sentence, how,
					line);
			good = false;
		}
		e += len + (e[len] == '\n');
	}
	check_always(&o, s);
	if (!good && getenv("LW_SHOW") != NULL)
		fprintf(stderr, "%s\n", out);
	json_decref(o.rows);
}
