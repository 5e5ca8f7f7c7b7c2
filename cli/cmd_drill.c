/* cmd_drill.c - a rehearsal from the far end to the technician, and the technician's answer. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/say.h"
#include "common/core/tr.h"

enum { LOOK_MS = 500 };

static void print_link(const struct cli *cli, const json_t *l)
{
	const json_t *took = json_object_get(l, "took_ms");
	const char *name = tr_word(cli->lang, "drill.", j_text(l, "link", "?"));

	if (json_is_integer(took))
		(void)printf("  %8.3f s  %s\n", (double)json_integer_value(took) / 1000, name);
	else
		(void)printf("         –   %s\n", name);
}

/* Whose drill, and what became of it. */
static int print_end(const struct cli *cli, const json_t *d)
{
	const char *state = j_text(d, "state", "?");

	if (cli->json)
		print_json(d);
	else
		(void)printf("%s  %s\n", j_text(d, "agent", "?"),
			     tr_word(cli->lang, "drill.", state));
	if (!cli->json && strcmp(state, "failed") == 0)
		say(cli, "drill.broke", "link",
		    tr_word(cli->lang, "drill.", j_text(d, "failed_at", "?")), NULL);
	return strcmp(state, "failed") == 0 ? CLI_BAD_NEWS : CLI_OK;
}

static int print_drill(const struct cli *cli, const json_t *d)
{
	size_t i;
	const json_t *l;

	if (!cli->json)
		json_array_foreach(json_object_get(d, "links"), i, l) print_link(cli, l);
	return print_end(cli, d);
}

/* The links that were reached since the last look. Returns how many there are by now. */
static size_t print_reached(const struct cli *cli, const json_t *d, size_t known)
{
	const json_t *links = json_object_get(d, "links"), *l;

	while (known < json_array_size(links)) {
		l = json_array_get(links, known);
		if (!json_is_integer(json_object_get(l, "took_ms")))
			break;
		print_link(cli, l);
		known++;
	}
	(void)fflush(stdout); /* people wait for it, also behind a pipe */
	return known;
}

static const json_t *newest(const json_t *answer)
{
	return json_array_get(json_object_get(answer, "drills"), 0);
}

/* Follow it until it is over, each link as it is reached. */
static int follow(const struct cli *cli, struct client *c)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };
	json_t *answer = NULL;
	size_t known = 0;
	int r;

	if (!cli->json)
		say(cli, "drill.waiting", NULL);
	for (;;) {
		r = client_ask(c, "GET", "/api/v1/drills", NULL, &answer);
		if (r != CLI_OK)
			return r;
		if (!cli->json)
			known = print_reached(cli, newest(answer), known);
		if (strcmp(j_text(newest(answer), "state", ""), "running") != 0)
			break;
		json_decref(answer);
		(void)nanosleep(&pause, NULL);
	}
	r = print_end(cli, newest(answer));
	json_decref(answer);
	return r;
}

static int start(const struct cli *cli, struct client *c, const char *agent)
{
	json_t *body = json_pack("{s:s}", "agent", agent), *answer = NULL;
	int r = client_ask(c, "POST", "/api/v1/drills", body, &answer);

	json_decref(body);
	json_decref(answer);
	return r == CLI_OK ? follow(cli, c) : r;
}

static int answer_drill(const struct cli *cli, struct client *c, const char *by)
{
	json_t *body = by != NULL ? json_pack("{s:s}", "by", by) : json_object(), *answer = NULL;
	int r = client_ask(c, "POST", "/api/v1/drills/0/ack", body, &answer);

	json_decref(body);
	if (r == CLI_OK)
		r = print_drill(cli, answer);
	json_decref(answer);
	return r;
}

static int list(const struct cli *cli, struct client *c)
{
	json_t *answer = NULL;
	const json_t *d;
	size_t i;
	int r = client_ask(c, "GET", "/api/v1/drills", NULL, &answer);

	if (r == CLI_OK && cli->json)
		print_json(answer);
	else if (r == CLI_OK)
		json_array_foreach(json_object_get(answer, "drills"), i, d)(void)
			print_drill(cli, d);
	if (r == CLI_OK && !cli->json && newest(answer) == NULL)
		say(cli, "drill.none", NULL);
	json_decref(answer);
	return r;
}

int cmd_drill(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "ack", no_argument, NULL, 'a' },
						 { "by", required_argument, NULL, 'b' },
						 { 0 } };
	const char *by = NULL;
	bool ack = false;
	struct client *c;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		ack = ack || o == 'a';
		by = o == 'b' ? optarg : by;
	}
	if (argc - optind > 1 || (ack && argc > optind))
		return cli_misuse(cli);
	c = client_open(cli);
	if (c == NULL)
		return CLI_UNREACHABLE;
	r = ack		    ? answer_drill(cli, c, by)
	    : argc > optind ? start(cli, c, argv[optind])
			    : list(cli, c);
	client_close(c);
	return r;
}
