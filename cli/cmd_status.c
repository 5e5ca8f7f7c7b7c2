/* cmd_status.c - can a caller reach a counsellor, where, for how long; what is wrong: one screen. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/when.h"
#include "common/core/tr.h"

/* ABOVE: lines of status besides centres and incidents. */
enum { MAJOR_RANK = 3, ABOVE = 12, ROWS_LEAST = 3, WIDE = 120 };

static bool site_is_bad(const json_t *site)
{
	const char *state = j_text(json_object_get(site, "capacity"), "state", "unknown");

	return strcmp(state, "full") != 0 && strcmp(state, "degraded") != 0;
}

static int verdict(const json_t *status, const json_t *incidents)
{
	const json_t *x;
	size_t n;

	if (!json_is_true(
		    json_object_get(json_object_get(status, "collector"), "broker_connected")))
		return CLI_BAD_NEWS;
	json_array_foreach(json_object_get(status, "sites"), n,
			   x) if (site_is_bad(x)) return CLI_BAD_NEWS;
	json_array_foreach(incidents, n, x) if (strcmp(j_text(x, "state", ""), "open") == 0 &&
						severity_rank(j_text(x, "severity", "")) >=
							MAJOR_RANK) return CLI_BAD_NEWS;
	return CLI_OK;
}

static void seats_text(char *buf, size_t size, const struct cli *cli, const json_t *capacity)
{
	char ready[24], total[24], n[24], part[64];
	long long unknown = j_int(capacity, "seats_unknown", 0);

	(void)snprintf(ready, sizeof ready, "%lld", j_int(capacity, "seats_ready", 0));
	(void)snprintf(total, sizeof total, "%lld", j_int(capacity, "seats_total", 0));
	(void)say_to(buf, size, cli, "cli.seats", "ready", ready, "total", total, NULL);
	if (unknown == 0)
		return;
	(void)snprintf(n, sizeof n, "%lld", unknown);
	(void)snprintf(buf + strlen(buf), size - strlen(buf), " (%s)",
		       say_to(part, sizeof part, cli, "cli.seats_unknown", "n", n, NULL));
}

static void hotline_line(const struct cli *cli, const json_t *status)
{
	const json_t *capacity = json_object_get(status, "hotline");
	const char *state = j_text(capacity, "state", "unknown");
	struct state_look look = look_of_capacity(state);
	const char *key = "cli.can_take_calls";
	char seats[128], at[64];

	if (strcmp(state, "dark") == 0)
		key = "cli.cannot_take_calls";
	else if (strcmp(state, "unknown") == 0)
		key = "cli.unknown_calls";
	seats_text(seats, sizeof seats, cli, capacity);
	(void)printf("%s111%s  %s%s %s%s  %s  (%s)\n", style_on(cli, STYLE_BOLD),
		     style_off(cli, STYLE_BOLD), style_on(cli, look.style), look.mark,
		     tr(cli->lang, key), style_off(cli, look.style), seats,
		     tr_word(cli->lang, "capacity.", state));
	(void)time_text(at, sizeof at, cli, time_parse(j_text(status, "at", NULL)));
	(void)printf("%s", style_on(cli, STYLE_DIM));
	say(cli, "cli.updated", "at", at, NULL);
	(void)printf("%s", style_off(cli, STYLE_DIM));
}

static void health_lines(const struct cli *cli, const json_t *c)
{
	char a[24], b[24];

	if (!json_is_true(json_object_get(c, "broker_connected"))) {
		(void)printf("%s◆ ", style_on(cli, STYLE_BAD));
		say(cli, "cli.broker_lost", NULL);
		(void)printf("%s", style_off(cli, STYLE_BAD));
	}
	if (!json_is_true(json_object_get(c, "store_ok"))) {
		(void)snprintf(a, sizeof a, "%lld", j_int(c, "store_waiting", 0));
		say(cli, "cli.store_lag", "n", a, NULL);
	}
	(void)snprintf(a, sizeof a, "%lld", j_int(c, "agents_seen", 0));
	(void)snprintf(b, sizeof b, "%lld", j_int(c, "agents_total", 0));
	if (strcmp(a, b) != 0)
		say(cli, "cli.agents_line", "seen", a, "total", b, NULL);
}

/* Does any UPS of the centre say something? Without that nobody knows what it runs on. */
static bool power_is_known(const json_t *site)
{
	const json_t *part;
	size_t n;

	json_array_foreach(json_object_get(site, "parts"), n, part)
	{
		if (strcmp(j_text(part, "role", ""), "power") == 0 &&
		    strcmp(j_text(part, "state", "unknown"), "unknown") != 0)
			return true;
	}
	return false;
}

static void power_cell(const struct cli *cli, struct table *t, const json_t *site)
{
	const json_t *capacity = json_object_get(site, "capacity");
	char n[24], low[24], high[24], buf[128];
	long long left = j_int(capacity, "minutes_left", -1);

	if (left < 0) {
		bool known = power_is_known(site);

		table_cell(t, STYLE_DIM,
			   known ? tr(cli->lang, "cli.mains")
				 : tr_word(cli->lang, "capacity.", "unknown"));
		return;
	}
	(void)snprintf(n, sizeof n, "%lld", left);
	(void)snprintf(low, sizeof low, "%lld", j_int(capacity, "minutes_low", left));
	(void)snprintf(high, sizeof high, "%lld", j_int(capacity, "minutes_high", left));
	table_cell(t, STYLE_WARN,
		   say_to(buf, sizeof buf, cli,
			  strcmp(low, high) == 0 ? "cli.on_ups" : "cli.on_ups_range", "n", n, "low",
			  low, "high", high, NULL));
}

static void centres(const struct cli *cli, const json_t *sites)
{
	static const char *const heads[] = { "cli.h_centre", "cli.h_seats", "cli.h_state",
					     "cli.h_power", "cli.h_limit" };
	struct table *t = table_new(cli, 5, heads);
	const json_t *s;
	size_t n;

	json_array_foreach(sites, n, s)
	{
		const json_t *capacity = json_object_get(s, "capacity");
		const char *state = j_text(capacity, "state", "unknown");
		struct state_look look = look_of_capacity(state);
		char seats[128];

		seats_text(seats, sizeof seats, cli, capacity);
		table_cell(t, STYLE_BOLD, j_text(s, "name", "?"));
		table_cell(t, STYLE_PLAIN, seats);
		table_cellf(t, look.style, "%s %s", look.mark,
			    tr_word(cli->lang, "capacity.", state));
		power_cell(cli, t, s);
		table_cell(t, STYLE_PLAIN, j_text(capacity, "limiting", "–"));
	}
	table_print(t);
	table_free(t);
}

static int worst_first(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int by =
		severity_rank(j_text(y, "severity", "")) - severity_rank(j_text(x, "severity", ""));

	return by != 0 ? by : (int)(j_int(y, "incident", 0) - j_int(x, "incident", 0));
}

/* The worst of them, the newest trouble on top; as many as `rows`. */
static json_t *worst(const json_t *incidents, size_t rows)
{
	size_t n = json_array_size(incidents), i;
	json_t **all = calloc(n + 1, sizeof(json_t *)), *out = json_array(), *x;

	json_array_foreach(incidents, i, x) if (all != NULL) all[i] = x;
	if (all != NULL)
		qsort(all, n, sizeof *all, worst_first);
	for (i = 0; all != NULL && i < n && i < rows; i++)
		(void)json_array_append(out, all[i]);
	free(all);
	return out;
}

/* Incidents that fit below the rest; on no terminal all of them do. */
static size_t room(const struct cli *cli, const json_t *status)
{
	size_t lines = cli->columns > 0 && cli->columns < WIDE ? 2 : 1; /* that a row may take */
	size_t used = ABOVE + lines * json_array_size(json_object_get(status, "sites"));
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_row == 0)
		return SIZE_MAX;
	return w.ws_row > used + lines * ROWS_LEAST ? (w.ws_row - used) / lines : ROWS_LEAST;
}

static void incident_lines(const struct cli *cli, const json_t *status, const json_t *incidents)
{
	json_t *shown = worst(incidents, room(cli, status));
	size_t rest = json_array_size(incidents) - json_array_size(shown);
	char n[24];

	show_incidents(cli, shown);
	json_decref(shown);
	if (rest == 0)
		return;
	(void)snprintf(n, sizeof n, "%zu", rest);
	say(cli, "cli.more_incidents", "n", n, NULL);
}

static void show(const struct cli *cli, const json_t *status, const json_t *incidents)
{
	hotline_line(cli, status);
	health_lines(cli, json_object_get(status, "collector"));
	(void)putchar('\n');
	centres(cli, json_object_get(status, "sites"));
	(void)putchar('\n');
	incident_lines(cli, status, incidents);
}

static int once(const struct cli *cli, struct client *c)
{
	json_t *status = NULL, *incidents = NULL;
	int r = client_ask(c, "GET", "/api/v1/status", NULL, &status);

	if (r == CLI_OK)
		r = client_list(c, "/api/v1/incidents?state=open", "incidents", &incidents);
	if (r == CLI_OK) {
		if (cli->json) {
			(void)json_object_set(status, "open_incidents", incidents);
			print_json(status);
		} else {
			show(cli, status, incidents);
		}
		r = verdict(status, incidents);
	}
	json_decref(status);
	json_decref(incidents);
	return r;
}

static volatile sig_atomic_t stopping;

static void on_stop(int signal)
{
	(void)signal;
	stopping = 1;
}

/* What `once` and the hint print, errors too, as a text of the caller's; NULL: no memory. */
static char *picture(const struct cli *cli, struct client *c, int *ret_verdict)
{
	FILE *screen = stdout, *errors = stderr, *paper;
	char *text = NULL;
	size_t len;

	paper = open_memstream(&text, &len);
	if (paper == NULL)
		return NULL;
	stdout = stderr = paper;
	*ret_verdict = once(cli, c);
	(void)printf("\n%s%s%s", style_on(cli, STYLE_DIM), tr(cli->lang, "cli.watch_hint"),
		     style_off(cli, STYLE_DIM));
	stdout = screen;
	stderr = errors;
	if (fclose(paper) == 0)
		return text;
	free(text);
	return NULL;
}

/* Over the last picture, line by line: what does not change is not seen to be drawn. */
static void draw(char *text)
{
	(void)fputs("\033[H", stdout);
	for (char *line = text, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		(void)printf("%s\033[K%s", line, end != NULL ? "\n" : "");
	}
	(void)fputs("\033[J", stdout);
	(void)fflush(stdout);
}

static int watch(const struct cli *cli, struct client *c)
{
	const struct timespec second = { 1, 0 };
	const struct sigaction stop = { .sa_handler = on_stop };
	int r = CLI_OK;

	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	(void)fputs("\033[?25l", stdout); /* no cursor meanwhile */
	while (!stopping) {
		char *text = picture(cli, c, &r);

		if (text != NULL)
			draw(text);
		free(text);
		if (!stopping)
			(void)nanosleep(&second, NULL);
	}
	(void)fputs("\n\033[?25h", stdout);
	(void)fflush(stdout);
	return r;
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "watch", no_argument, NULL, 'w' }, { 0 } };
	bool watching = false;
	struct client *c;
	int o, r;

	while ((o = getopt_long(argc, argv, "w", options, NULL)) != -1) {
		if (o != 'w')
			return cli_misuse(cli);
		watching = true;
	}
	if (optind < argc || (watching && cli->json))
		return cli_misuse(cli);
	c = client_open(cli);
	if (c == NULL)
		return CLI_UNREACHABLE;
	r = watching ? watch(cli, c) : once(cli, c);
	client_close(c);
	return r;
}
