#include "tests/scenario/scenario.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/replay.h"
#include "common/core/rfc3339.h"

enum { LINES_MAX = 400, WORDS_MAX = 40, SEATS = 4, START_S = 1795485600 }; /* 2026-11-24T02:00Z */

static const char *const sites[] = { "hanoi", "danang", "angiang" };

static unsigned failures;

static bool expect(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool expect(bool good, const char *fmt, ...)
{
	va_list args;

	if (good)
		return true;
	failures++;
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return false;
}

/* --- the configuration --- */

static void write_site(FILE *f, const char *site)
{
	fprintf(f,
		"  - id: %s\n    name: %s\n    timezone: Asia/Ho_Chi_Minh\n    minimum_seats: 2\n"
		"    power: [ups-1]\n    uplink: router-1\n    pbx: [pbx-1]\n    seats:\n",
		site, site);
	for (int i = 1; i <= SEATS; i++)
		fprintf(f,
			"      - {id: \"%02d\", workstation: ws-%02d, headset: ws-%02d-headset, "
			"phone: phone-%02d}\n",
			i, i, i, i);
	fprintf(f, "    devices:\n      - {id: ups-1, class: ups, agent: gw}\n"
		   "      - {id: router-1, class: network, agent: gw, depends_on: [ups-1]}\n"
		   "      - {id: pbx-1, class: pbx, agent: gw, depends_on: [ups-1]}\n");
	for (int i = 1; i <= SEATS; i++)
		fprintf(f,
			"      - {id: ws-%02d, class: workstation, agent: ws-%02d, depends_on: "
			"[ups-1]}\n"
			"      - {id: ws-%02d-headset, class: headset, agent: ws-%02d}\n"
			"      - {id: phone-%02d, class: phone, agent: gw, depends_on: [pbx-1]}\n",
			i, i, i, i, i);
}

static struct collector_conf *make_conf(const char *more)
{
	struct collector_conf *conf = NULL;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "sites:\n");
	for (size_t i = 0; i < 3; i++)
		write_site(f, sites[i]);
	fprintf(f,
		"services:\n"
		"  - {id: qms, name: QMS, class: service, agent: hanoi/gw}\n"
		"people:\n"
		"  - {id: lan, name: Lan, language: vi, email: lan@example.vn}\n"
		"  - {id: minh, name: Minh, language: en, email: minh@example.vn}\n"
		"  - {id: hoa, name: Hoa, language: vi, email: hoa@example.vn}\n"
		"oncall:\n"
		"  rotation: {people: [lan, minh, hoa], shift: 7d, starts: "
		"\"2026-11-23T08:00+07:00\"}\n"
		"  escalate: [{after: 0s, to: oncall}, {after: 5m, to: next}, {after: 10m, to: "
		"everyone}]\n%s",
		more != NULL ? more : "");
	fclose(f);
	int r = collector_conf_load_text(&conf, "scenario.yaml", text, len, stderr);
	assert(r == 0);
	(void)r;
	free(text);
	return conf;
}

/* --- the script --- */

struct line {
	double at_s;
	char loose; /* which mark it has */
	char text[240];
};

static size_t read_script(const char *script, struct line *lines)
{
	size_t n = 0;

	while (*script != '\0') {
		size_t len = strcspn(script, "\n");
		int used = 0;

		if (len > 0) {
			struct line *l = &lines[n++];

			assert(n < LINES_MAX);
			l->loose = script[0] == '~' || script[0] == '^' ? script[0] : '\0';
			int mark = l->loose != '\0';
			int read = sscanf(script + mark, "%lf %n", &l->at_s, &used);
			assert(read == 1);
			(void)read;
			used += mark;
			(void)snprintf(l->text, sizeof l->text, "%.*s", (int)len - used,
				       script + used);
		}
		script += len + (script[len] == '\n');
	}
	return n;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

static void shuffle_run(struct line *lines, size_t from, size_t until, uint32_t *seed)
{
	char text[sizeof lines->text];

	for (size_t i = until - from; i-- > 1;) {
		size_t k = from + next_random(seed) % (i + 1);

		memcpy(text, lines[from + i].text, sizeof text);
		memcpy(lines[from + i].text, lines[k].text, sizeof text);
		memcpy(lines[k].text, text, sizeof text);
	}
}

/* The loose lines that stand together keep their times and change their texts. */
static void shuffle(struct line *lines, size_t n, uint32_t seed)
{
	for (size_t from = 0, until; from < n; from = until) {
		until = from + 1;
		while (until < n && lines[from].loose != '\0' &&
		       lines[until].loose == lines[from].loose)
			until++;
		if (lines[from].loose != '\0')
			shuffle_run(lines, from, until, &seed);
	}
}

static const char *when(double s)
{
	static char buf[RFC3339_SIZE];

	return rfc3339_format(buf, START_S * 1000LL + (int64_t)(s * 1000));
}

static size_t split(char *text, char *words[WORDS_MAX])
{
	size_t n = 0;
	char *save = NULL;

	for (char *w = strtok_r(text, " ", &save); w != NULL && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	return n;
}

static void write_values(FILE *f, char **words, size_t n)
{
	fprintf(f, "\"values\":{");
	for (size_t i = 0; i < n; i++) {
		char *value = strchr(words[i], '=');
		bool number = value[1] == '-' || (value[1] >= '0' && value[1] <= '9');

		*value++ = '\0';
		fprintf(f, number ? "%s\"%s\":%s" : "%s\"%s\":\"%s\"", i > 0 ? "," : "", words[i],
			value);
	}
	fprintf(f, "}");
}

static void write_agents(FILE *f, double at_s, const char *site, const char *verb)
{
	fprintf(f, "{\"at\":\"%s\",\"type\":\"%s\",\"agent\":\"%s/gw\"}\n", when(at_s), verb, site);
	for (int i = 1; i <= SEATS; i++)
		fprintf(f, "{\"at\":\"%s\",\"type\":\"%s\",\"agent\":\"%s/ws-%02d\"}\n", when(at_s),
			verb, site, i);
}

/* Everything reports that it is well. */
static void write_well(FILE *f, double at_s, const char *site)
{
	const char *at = when(at_s);
#define REPORT "{\"at\":\"%s\",\"type\":\"report\",\"device\":\"%s/"
	fprintf(f,
		REPORT
		"ups-1\",\"values\":{\"ups.status\":\"online\",\"battery.charge_percent\":100,"
		"\"battery.runtime_seconds\":2400,\"input.voltage_volts\":228}}\n",
		at, site);
	fprintf(f, REPORT "router-1\",\"values\":{\"sys.uptime_seconds\":900000}}\n", at, site);
	fprintf(f,
		REPORT
		"pbx-1\",\"values\":{\"pbx.calls_active\":2,\"pbx.registered_endpoints\":4}}\n",
		at, site);
	for (int i = 1; i <= SEATS; i++) {
		fprintf(f, REPORT "ws-%02d\",\"values\":{\"host.load1\":0.3}}\n", at, site, i);
		fprintf(f, REPORT "ws-%02d-headset\",\"values\":{\"headset.present\":1}}\n", at,
			site, i);
		fprintf(f, REPORT "phone-%02d\",\"values\":{\"sip.registered\":1}}\n", at, site, i);
	}
}

static void write_line(FILE *f, const struct line *l)
{
	char text[sizeof l->text];
	char *words[WORDS_MAX];

	memcpy(text, l->text, sizeof text);
	size_t n = split(text, words);
	const char *verb = words[0], *at = when(l->at_s);

	if (strcmp(verb, "site") == 0 && strcmp(words[2], "well") == 0) {
		write_well(f, l->at_s, words[1]);
	} else if (strcmp(verb, "site") == 0) {
		write_agents(f, l->at_s, words[1], words[2]);
	} else if (strcmp(verb, "report") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"report\",\"device\":\"%s\",", at, words[1]);
		write_values(f, words + 2, n - 2);
		fprintf(f, "}\n");
	} else if (strcmp(verb, "past") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"report\",\"device\":\"%s\",", at, words[1]);
		fprintf(f, "\"historical\":true,\"observed\":\"%s\",", when(atof(words[2])));
		write_values(f, words + 3, n - 3);
		fprintf(f, "}\n");
	} else if (strcmp(verb, "reach") == 0) {
		fprintf(f,
			"{\"at\":\"%s\",\"type\":\"report\",\"device\":\"%s\",\"reachable\":%s}\n",
			at, words[1], strcmp(words[2], "yes") == 0 ? "true" : "false");
	} else if (strcmp(verb, "broker") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"broker\",\"state\":\"%s\"}\n", at, words[1]);
	} else if (strcmp(verb, "ack") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"ack\",\"incident\":%s,\"by\":\"%s\"}\n", at,
			words[1], words[2]);
	} else if (strcmp(verb, "end") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"end\"}\n", at);
	} else {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"%s\",\"agent\":\"%s\"}\n", at, verb,
			words[1]);
	}
}

static char *make_timeline(const struct line *lines, size_t n)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; i < 3; i++)
		write_agents(f, 0, sites[i], "birth");
	for (size_t i = 0; i < 3; i++)
		write_well(f, 1, sites[i]);
	fprintf(f,
		"{\"at\":\"%s\",\"type\":\"report\",\"device\":\"qms\",\"values\":{\"service.up\":"
		"1}}\n",
		when(1));
	for (size_t i = 0; i < n; i++)
		write_line(f, &lines[i]);
	fclose(f);
	return text;
}

/* --- running --- */

static char *run(const struct collector_conf *conf, const struct line *lines, size_t n,
		 bool restart)
{
	const struct replay_options options = { .restart = restart };
	char *out, *timeline = make_timeline(lines, n);
	size_t len;
	FILE *in = fmemopen(timeline, strlen(timeline), "r");
	FILE *f = open_memstream(&out, &len);
	int r = replay_run(conf, "scenario", in, f, stderr, &options);

	fclose(in);
	fclose(f);
	free(timeline);
	assert(r == 0);
	(void)r;
	return out;
}

/* --- what came out --- */

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
		expect(at_s >= last, "out of order: %.*s", (int)len, out);
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

	(void)n;
	if (row == NULL)
		return false;
	if (strcmp(w[0], "closed") == 0)
		return is(row, "state", "closed");
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

static bool check_text(const struct outcome *o, char **w, size_t n)
{
	char words[240] = "";
	size_t i;
	json_t *row;

	for (size_t k = 2; k < n; k++)
		(void)snprintf(words + strlen(words), sizeof words - strlen(words), "%s%s",
			       k > 2 ? " " : "", w[k]);
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
	{ "raised", check_alarm },	{ "cleared", check_alarm },    { "never", check_alarm },
	{ "severity", check_alarm },	{ "alarms", check_count },     { "incidents", check_count },
	{ "root", check_incident },	{ "in", check_incident },      { "closed", check_incident },
	{ "open", check_incident },	{ "pages", check_pages },      { "page", check_pages },
	{ "nobody", check_pages },	{ "told", check_pages },       { "text", check_text },
	{ "capacity", check_capacity }, { "ends", check_capacity },    { "ready", check_capacity },
	{ "limiting", check_capacity }, { "minutes", check_capacity }, { "up", check_total },
	{ "down", check_total },	{ "planned", check_total },    { "unknown", check_total },
};

static bool holds(const struct outcome *o, const char *line)
{
	char text[240];
	char *words[WORDS_MAX];

	(void)snprintf(text, sizeof text, "%s", line);
	size_t n = split(text, words);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (strcmp(checks[i].verb, words[0]) == 0)
			return checks[i].check(o, words, n);
	expect(false, "no such expectation: %s", line);
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
			expect(sum - span < 1e-6 && span - sum < 1e-6, "%s: %s adds up to %g of %g",
			       s->sentence, text_of(row, "entity"), sum, span);
		}
		if (is(row, "type", "page") && !is(row, "reason", "resolved"))
			expect(strstr(text_of(row, "text"), "Làm ngay: ") != NULL ||
				       strstr(text_of(row, "text"), "Do now: ") != NULL,
			       "%s: a page says nothing to do", s->sentence);
	}
}

static void check_all(const struct scenario *s, const char *out, const char *how)
{
	struct outcome o = parse(out);
	const char *e = s->expect;
	bool good = true;

	while (*e != '\0') {
		char line[240];
		size_t len = strcspn(e, "\n");

		(void)snprintf(line, sizeof line, "%.*s", (int)len, e);
		if (len > 0 && !holds(&o, line)) {
			expect(false, "%s (%s): does not hold: %s", s->sentence, how, line);
			good = false;
		}
		e += len + (e[len] == '\n');
	}
	check_always(&o, s);
	if (!good && getenv("LW_SHOW") != NULL)
		fprintf(stderr, "%s\n", out);
	json_decref(o.rows);
}

static void check_restarted(const struct scenario *s, const char *plain, const char *restarted)
{
	while (*plain != '\0' && *plain == *restarted) {
		size_t n = strcspn(plain, "\n"), m = strcspn(restarted, "\n");

		if (n != m || memcmp(plain, restarted, n) != 0)
			break;
		plain += n + (plain[n] == '\n');
		restarted += m + (restarted[m] == '\n');
	}
	expect(*plain == '\0' && *restarted == '\0',
	       "%s: a restart changes what comes out:\n- %.*s\n+ %.*s", s->sentence,
	       (int)strcspn(plain, "\n"), plain, (int)strcspn(restarted, "\n"), restarted);
}

static void run_scenario(const struct scenario *s)
{
	static struct line lines[LINES_MAX], shuffled[LINES_MAX];
	struct collector_conf *conf = make_conf(s->config);
	size_t n = read_script(s->script, lines);
	char *out = run(conf, lines, n, false), *again = run(conf, lines, n, true);
	char how[32];

	check_all(s, out, "as told");
	check_restarted(s, out, again);
	free(out);
	free(again);
	for (uint32_t k = 1; k <= SCENARIO_ORDERS; k++) {
		memcpy(shuffled, lines, n * sizeof *lines);
		shuffle(shuffled, n, k);
		out = run(conf, shuffled, n, false);
		(void)snprintf(how, sizeof how, "order %" PRIu32, k);
		check_all(s, out, how);
		free(out);
	}
	collector_conf_free(conf);
}

int scenario_main(const struct scenario *s, size_t n)
{
	size_t good = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned before = failures;

		run_scenario(&s[i]);
		good += failures == before;
		printf("%s %s\n", failures == before ? "ok  " : "FAIL", s[i].sentence);
	}
	printf("%zu of %zu scenarios, each in %d orders and restarted at every step\n", good, n,
	       SCENARIO_ORDERS + 1);
	return failures == 0 ? 0 : 1;
}
