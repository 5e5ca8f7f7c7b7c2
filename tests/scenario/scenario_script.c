/* What a scenario says: its configuration, and its script as a timeline for replay. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/rfc3339.h"
#include "tests/scenario/scenario_priv.h"

enum { SEATS = 4 };

static void write_site(FILE *f, const char *site, const char *name)
{
	fprintf(f,
		"  - id: %s\n    name: %s\n    timezone: Asia/Ho_Chi_Minh\n    minimum_seats: 2\n"
		"    power: [ups-1]\n    uplink: router-1\n    pbx: [pbx-1]\n    seats:\n",
		site, name);
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

static void write_sites(FILE *f)
{
	static const char *const sites[] = { "hanoi", "danang", "angiang" };
	static const char *const names[] = { "Hà Nội", "Đà Nẵng", "An Giang" };

	fprintf(f, "sites:\n");
	for (size_t i = 0; i < sizeof sites / sizeof *sites; i++)
		write_site(f, sites[i], names[i]);
	fprintf(f, "services:\n  - {id: qms, name: QMS, class: service, agent: hanoi/gw}\n");
}

struct collector_conf *scenario_conf(const char *more)
{
	struct collector_conf *conf = NULL;
	bool own = more != NULL && strncmp(more, "sites:", 6) == 0;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (own)
		fprintf(f, "%s", more);
	else
		write_sites(f);
	fprintf(f,
		"people:\n"
		"  - {id: lan, name: Lan, language: vi, email: lan@example.vn}\n"
		"  - {id: minh, name: Minh, language: en, email: minh@example.vn}\n"
		"  - {id: hoa, name: Hoa, language: vi, email: hoa@example.vn}\n"
		"oncall:\n"
		"  rotation: {people: [lan, minh, hoa], shift: 7d, starts: "
		"\"2026-11-23T08:00+07:00\"}\n"
		"  escalate: [{after: 0s, to: oncall}, {after: 5m, to: next}, {after: 10m, to: "
		"everyone}]\n%s",
		own || more == NULL ? "" : more);
	fclose(f);
	int r = collector_conf_load_text(&conf, "scenario.yaml", text, len, stderr);
	assert(r == 0);
	(void)r;
	free(text);
	return conf;
}

size_t scenario_read(const char *script, struct line *lines)
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
void scenario_shuffle(struct line *lines, size_t n, uint32_t seed)
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

size_t scenario_words(char *text, char *words[WORDS_MAX])
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

static void write_agents(FILE *f, const struct topology *t, double at_s, uint32_t site,
			 const char *verb)
{
	for (uint32_t i = 0; i < t->n_entities; i++)
		if (t->entities[i].kind == ENTITY_AGENT && t->entities[i].site == site)
			fprintf(f, "{\"at\":\"%s\",\"type\":\"%s\",\"agent\":\"%s\"}\n", when(at_s),
				verb, t->entities[i].id);
}

static const char *const well[CLASS_END] = {
	[CLASS_UPS] = "\"ups.status\":\"online\",\"battery.charge_percent\":100,"
		      "\"battery.runtime_seconds\":2400,\"input.voltage_volts\":228",
	[CLASS_NETWORK] = "\"sys.uptime_seconds\":900000",
	[CLASS_PBX] = "\"pbx.calls_active\":2,\"pbx.registered_endpoints\":4",
	[CLASS_WORKSTATION] = "\"host.load1\":0.3",
	[CLASS_HEADSET] = "\"headset.present\":1",
	[CLASS_PHONE] = "\"sip.registered\":1",
	[CLASS_SERVICE] = "\"service.up\":1",
};

/* Everything of the site reports that it is well; services belong to none. */
static void write_well(FILE *f, const struct topology *t, double at_s, uint32_t site)
{
	for (uint32_t i = 0; i < t->n_entities; i++) {
		const struct entity *e = &t->entities[i];

		if (e->kind == ENTITY_DEVICE && e->site == site && well[e->device_class] != NULL)
			fprintf(f,
				"{\"at\":\"%s\",\"type\":\"report\",\"device\":\"%s\",\"values\":{%"
				"s}}\n",
				when(at_s), e->id, well[e->device_class]);
	}
}

static uint32_t site_of(const struct topology *t, const char *id)
{
	uint32_t e = topology_find(t, ENTITY_SITE, id);

	assert(e != NO_ENTITY);
	return t->entities[e].site;
}

static void write_line(FILE *f, const struct topology *t, const struct line *l)
{
	char text[sizeof l->text];
	char *words[WORDS_MAX];

	memcpy(text, l->text, sizeof text);
	size_t n = scenario_words(text, words);
	const char *verb = words[0], *at = when(l->at_s);

	if (strcmp(verb, "site") == 0 && strcmp(words[2], "well") == 0) {
		write_well(f, t, l->at_s, site_of(t, words[1]));
	} else if (strcmp(verb, "site") == 0) {
		write_agents(f, t, l->at_s, site_of(t, words[1]), words[2]);
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
	} else if (strcmp(verb, "mute") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"mute\",\"target\":\"%s\",\"by\":\"%s\",", at,
			words[1], words[2]);
		if (n > 4)
			fprintf(f, "\"code\":\"%s\",", words[4]);
		fprintf(f, "\"until\":\"%s\"}\n", when(atof(words[3])));
	} else if (strcmp(verb, "unmute") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"unmute\",\"silence\":%s}\n", at, words[1]);
	} else if (strcmp(verb, "end") == 0) {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"end\"}\n", at);
	} else {
		fprintf(f, "{\"at\":\"%s\",\"type\":\"%s\",\"agent\":\"%s\"}\n", at, verb,
			words[1]);
	}
}

char *scenario_timeline(const struct collector_conf *conf, const struct line *lines, size_t n)
{
	const struct topology *t = &conf->topology;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (uint32_t i = 0; i < t->n_sites; i++)
		write_agents(f, t, 0, i, "birth");
	for (uint32_t i = 0; i < t->n_sites; i++)
		write_well(f, t, 1, i);
	write_well(f, t, 1, NO_ENTITY);
	for (size_t i = 0; i < n; i++)
		write_line(f, t, &lines[i]);
	fclose(f);
	return text;
}
