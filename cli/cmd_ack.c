/* cmd_ack.c - what people do with an incident: acknowledge, take, annotate; shelve an alarm. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/say.h"
#include "cli/when.h"

struct wish {
	const char *note, *by, *shelve;
	int64_t for_s, shelve_s;
	bool take;
};

static int finish(const struct cli *cli, int r, json_t *answer, const char *key, const char *number)
{
	if (r == CLI_OK && cli->json)
		print_json(answer);
	else if (r == CLI_OK)
		say(cli, key, "n", number, "who", j_text(answer, "owner", "?"), NULL);
	json_decref(answer);
	return r;
}

static int on_incident(const struct cli *cli, struct client *c, const struct wish *w,
		       const char *number)
{
	const char *verb = w->note != NULL ? "note" : w->take ? "take" : "ack";
	const char *key = w->note != NULL ? "cli.noted" : w->take ? "cli.taken" : "cli.acked";
	json_t *body = json_object(), *answer = NULL;
	char path[96];
	char *end;
	int r;

	if (strtoul(number, &end, 10) == 0 || *end != '\0') {
		json_decref(body);
		return cli_misuse(cli);
	}
	(void)snprintf(path, sizeof path, "/api/v1/incidents/%s/%s", number, verb);
	if (w->note != NULL)
		(void)json_object_set_new(body, "text", json_string(w->note));
	else if (w->by != NULL)
		(void)json_object_set_new(body, "by", json_string(w->by));
	if (w->for_s > 0)
		(void)json_object_set_new(body, "seconds", json_integer(w->for_s));
	r = client_ask(c, "POST", path, body, &answer);
	json_decref(body);
	return finish(cli, r, answer, key, number);
}

/* An alarm by name: its number is looked up among the standing ones. */
static int find_alarm(const struct cli *cli, struct client *c, const char *name, long long *ret)
{
	json_t *alarms = NULL;
	const json_t *a;
	size_t n;
	int r = client_list(c, "/api/v1/alarms", "alarms", &alarms);

	if (r != CLI_OK)
		return r;
	*ret = 0;
	json_array_foreach(alarms, n, a) if (strcmp(j_text(a, "alarm", ""), name) == 0) *ret =
		j_int(a, "id", 0);
	json_decref(alarms);
	if (*ret == 0)
		say_error(cli, "cli.no_such_alarm", "name", name, NULL);
	return *ret != 0 ? CLI_OK : CLI_MISUSE;
}

static int shelve(const struct cli *cli, struct client *c, const struct wish *w, const char *name)
{
	json_t *body, *answer = NULL;
	long long id = 0;
	char path[96];
	int r = find_alarm(cli, c, name, &id);

	if (r != CLI_OK)
		return r;
	(void)snprintf(path, sizeof path, "/api/v1/alarms/%lld/shelve", id);
	body = json_pack("{s:I}", "seconds", (json_int_t)w->shelve_s);
	r = client_ask(c, "POST", path, body, &answer);
	if (r == CLI_OK && cli->json)
		print_json(answer);
	else if (r == CLI_OK)
		say(cli, "cli.shelved", "what", name, "span", w->shelve, NULL);
	json_decref(body);
	json_decref(answer);
	return r;
}

int cmd_ack(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "note", required_argument, NULL, 'n' },   { "by", required_argument, NULL, 'b' },
		{ "shelve", required_argument, NULL, 's' }, { "for", required_argument, NULL, 'f' },
		{ "take", no_argument, NULL, 't' },	    { 0 }
	};
	struct wish w = { 0 };
	struct client *c;
	int o, r;

	while ((o = getopt_long(argc, argv, "t", options, NULL)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		w.take = w.take || o == 't';
		w.note = o == 'n' ? optarg : w.note;
		w.by = o == 'b' ? optarg : w.by;
		w.shelve = o == 's' ? optarg : w.shelve;
		if ((o == 'f' && when_span(cli, "--for", optarg, &w.for_s) != CLI_OK) ||
		    (o == 's' && when_span(cli, "--shelve", optarg, &w.shelve_s) != CLI_OK))
			return CLI_MISUSE;
	}
	if (argc - optind != 1)
		return cli_misuse(cli);
	c = client_open(cli);
	if (c == NULL)
		return CLI_UNREACHABLE;
	r = w.shelve != NULL ? shelve(cli, c, &w, argv[optind])
			     : on_incident(cli, c, &w, argv[optind]);
	client_close(c);
	return r;
}
