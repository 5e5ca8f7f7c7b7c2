/* Load: libcyaml gives the raw structs, each section's reader turns its part into what the programs
 * use and reports every mistake it finds. The raw structs stay: most strings are theirs. */
#include "collector/conf/collector_conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf/conf_reader.h"

#define DAY_MS INT64_C(86400000)

static void optional_duration(struct reader *r, struct conf_where at, const char *text,
			      int64_t *ret_ms)
{
	if (text != NULL && !parse_duration(text, ret_ms))
		conf_problem(r->conf, at, "\"%s\": " DURATION_WANTS, text);
}

/* No section: a broker on this machine, without TLS. */
static void read_broker(struct reader *r)
{
	static char here[] = "127.0.0.1";
	struct broker_conf *b = &r->out->broker;

	*b = (struct broker_conf){ .host = here };
	if (r->raw->broker != NULL)
		*b = *r->raw->broker;
	broker_conf_check(b, r->conf);
}

static void read_store(struct reader *r)
{
	static char usual[] = "/var/lib/linewatch/collector/linewatch.db";
	const struct raw_store *raw = r->raw->store;
	struct store_conf *s = &r->out->store;

	*s = (struct store_conf){ .path = usual,
				  .keep_readings_ms = 90 * DAY_MS,
				  .keep_hourly_ms = 5 * 365 * DAY_MS,
				  .keep_outbox_ms = 90 * DAY_MS,
				  .keep_ranges_ms = 90 * DAY_MS };
	if (raw == NULL)
		return;
	const struct {
		const char *key, *text;
		int64_t *ret_ms;
	} spans[] = { { "store.keep_readings", raw->keep_readings, &s->keep_readings_ms },
		      { "store.keep_hourly", raw->keep_hourly, &s->keep_hourly_ms },
		      { "store.keep_outbox", raw->keep_outbox, &s->keep_outbox_ms },
		      { "store.keep_ranges", raw->keep_ranges, &s->keep_ranges_ms } };

	s->path = raw->path;
	s->key_file = raw->key_file;
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		optional_duration(r, conf_at(r->conf, "%s", spans[i].key), spans[i].text,
				  spans[i].ret_ms);
	if (s->keep_ranges_ms > 0 && s->keep_ranges_ms < 14 * DAY_MS)
		conf_problem(r->conf, conf_at(r->conf, "store.keep_ranges"),
			     "wants at least 14d: an agent's journal holds a week and more");
}

static void read_small_sections(struct reader *r)
{
	struct collector_conf *c = r->out;

	c->id = (char *)(uintptr_t)(r->raw->id != NULL ? r->raw->id : "main");
	if (!valid_id(c->id))
		conf_problem(r->conf, conf_at(r->conf, "id"), "\"%s\": " ID_WANTS, c->id);
	if (r->raw->http != NULL)
		c->http = *r->raw->http;
	if ((c->http.tls_cert != NULL) != (c->http.tls_key != NULL))
		conf_problem(r->conf, conf_at(r->conf, "http"),
			     "wants both tls_cert and tls_key, or neither");
	if (r->raw->pages != NULL)
		c->pages = *r->raw->pages;
	if (r->raw->agentx != NULL)
		c->agentx = *r->raw->agentx;
	c->deadman.every_ms = 60000;
	if (r->raw->deadman == NULL)
		return;
	c->deadman.url = r->raw->deadman->url;
	optional_duration(r, conf_at(r->conf, "deadman.every"), r->raw->deadman->every,
			  &c->deadman.every_ms);
}

static void read_notifiers(struct reader *r)
{
	for (uint32_t i = 0; i < r->raw->n_notifiers; i++) {
		const struct notifier_conf *n = &r->raw->notifiers[i];
		const char *problem = notifier_conf_problem(n);
		char key[32] = "id";

		/* "url: missing, wants …": the key stands in the text. */
		if (problem != NULL) {
			(void)snprintf(key, sizeof key, "%.*s", (int)strcspn(problem, ":"),
				       problem);
			conf_problem(r->conf, conf_at(r->conf, "notifiers[%u].%s", i, key), "%s",
				     problem + strcspn(problem, ":") +
					     strspn(problem + strcspn(problem, ":"), ": "));
		}
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(r->raw->notifiers[k].id, n->id) == 0)
				conf_problem(r->conf, conf_at(r->conf, "notifiers[%u].id", i),
					     "there is a notifier \"%s\" already", n->id);
	}
	r->out->notifiers = r->raw->notifiers;
	r->out->n_notifiers = r->raw->n_notifiers;
}

static int read_all(struct reader *r)
{
	int e = read_topology(r);

	if (e == 0)
		e = read_people(r);
	if (e == 0)
		e = read_maintenance(r);
	if (e == 0)
		e = read_rules(r);
	if (e < 0)
		return e;
	read_notifiers(r);
	read_broker(r);
	read_store(r);
	read_small_sections(r);
	return conf_problems(r->conf) > 0 ? COLLECTOR_CONF_INVALID : 0;
}

void collector_conf_free(struct collector_conf *c)
{
	if (c == NULL)
		return;
	topology_fini(&c->topology);
	ruleset_free(c->rules);
	for (uint32_t i = 0; c->plan.people != NULL && i < c->plan.n_people; i++)
		free(c->plan.people[i].channels);
	for (uint32_t i = 0; c->maintenance != NULL && i < c->n_maintenance; i++)
		free(c->maintenance[i].entities);
	free(c->plan.people);
	free(c->plan.rotation);
	free(c->plan.turns);
	free(c->plan.steps);
	free(c->addresses);
	free(c->maintenance);
	conf_data_free(&collector_conf_schema, c->raw);
	free(c);
}

static int load(struct collector_conf **ret, struct conf *conf, void *raw, FILE *errors)
{
	int r = -ENOMEM;
	struct collector_conf *c = calloc(1, sizeof *c);

	if (c == NULL) {
		conf_data_free(&collector_conf_schema, raw);
		return r;
	}
	c->raw = raw;
	struct reader reader = { conf, raw, c };
	r = read_all(&reader);
	if (r == 0) {
		*ret = c;
		return 0;
	}
	if (r > 0)
		conf_print(conf, errors);
	collector_conf_free(c);
	return r;
}

int collector_conf_load_text(struct collector_conf **ret, const char *name, const char *text,
			     size_t len, FILE *errors)
{
	struct conf *conf = NULL;
	void *raw = NULL;
	int r = conf_load_text(&conf, name, text, len, &collector_conf_schema, &raw);

	if (r == 0)
		r = load(ret, conf, raw, errors);
	else if (r == CONF_INVALID)
		conf_print(conf, errors);
	conf_close(conf);
	return r;
}

int collector_conf_load(struct collector_conf **ret, const char *path, FILE *errors)
{
	struct conf *conf = NULL;
	void *raw = NULL;
	int r = conf_load(&conf, path, &collector_conf_schema, &raw);

	if (r == 0)
		r = load(ret, conf, raw, errors);
	else if (r == CONF_INVALID)
		conf_print(conf, errors);
	conf_close(conf);
	return r;
}
