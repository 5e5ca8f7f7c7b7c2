#include "cli/show.h"

#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/when.h"
#include "common/core/tr.h"

struct named_look {
	const char *name;
	struct state_look look;
};

static const struct named_look capacities[] = {
	{ "full", { "●", STYLE_GOOD } },    { "degraded", { "▲", STYLE_WARN } },
	{ "critical", { "◆", STYLE_BAD } }, { "dark", { "■", STYLE_BAD } },
	{ "unknown", { "▨", STYLE_DIM } },  { NULL, { "▨", STYLE_DIM } },
};
static const struct named_look entities[] = {
	{ "up", { "●", STYLE_GOOD } },
	{ "down", { "◆", STYLE_BAD } },
	{ "planned", { "◌", STYLE_PLAN } },
	{ NULL, { "▨", STYLE_DIM } },
};
static const struct named_look severities[] = {
	{ "warning", { "△", STYLE_PLAIN } }, { "minor", { "▲", STYLE_WARN } },
	{ "major", { "◆", STYLE_BAD } },     { "critical", { "◆", STYLE_BAD } },
	{ NULL, { " ", STYLE_PLAIN } },
};

static struct state_look look_in(const struct named_look *l, const char *name)
{
	while (l->name != NULL && strcmp(l->name, name) != 0)
		l++;
	return l->look;
}

struct state_look look_of_capacity(const char *state)
{
	return look_in(capacities, state);
}

struct state_look look_of_entity(const char *state)
{
	return look_in(entities, state);
}

struct state_look look_of_severity(const char *severity)
{
	return look_in(severities, severity);
}

int severity_rank(const char *severity)
{
	static const char *const names[] = { "warning", "minor", "major", "critical" };

	for (int i = 0; i < 4; i++)
		if (strcmp(names[i], severity) == 0)
			return i + 1;
	return 0;
}

int64_t age_of(const json_t *o, const char *member)
{
	int64_t at = time_parse(j_text(o, member, NULL));
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return at < 0 ? 0 : (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - at;
}

static void since_cells(const struct cli *cli, struct table *t, const json_t *o, const char *member)
{
	int64_t until = time_parse(j_text(o, "closed_at", NULL)); /* of what is over */
	char buf[64];

	table_cell(t, STYLE_PLAIN,
		   time_text(buf, sizeof buf, cli, time_parse(j_text(o, member, NULL))));
	table_cell(t, STYLE_PLAIN,
		   age_text(buf, sizeof buf, cli,
			    age_of(o, member) - (until < 0 ? 0 : age_of(o, "closed_at"))));
}

static void incident_row(const struct cli *cli, struct table *t, const json_t *i)
{
	const char *severity = j_text(i, "severity", ""), *owner = j_text(i, "owner", NULL);
	struct state_look look = look_of_severity(severity);
	bool closed = strcmp(j_text(i, "state", ""), "closed") == 0;
	bool over = closed || j_int(i, "n_standing", 1) == 0;

	table_cellf(t, STYLE_PLAIN, "%lld", j_int(i, "incident", 0));
	table_cellf(t, over ? STYLE_DIM : look.style, "%s %s", over ? "○" : look.mark,
		    tr_word(cli->lang, "severity.", severity));
	table_cell(t, over ? STYLE_DIM : STYLE_BOLD,
		   tr_word(cli->lang, "alarm.", j_text(i, "root_code", "?")));
	table_cell(t, STYLE_PLAIN, j_text(i, "root_entity", "?"));
	since_cells(cli, t, i, "opened_at");
	table_cellf(t, STYLE_PLAIN, "%lld", j_int(i, "n_alarms", 0));
	if (over)
		table_cell(t, STYLE_DIM, tr(cli->lang, closed ? "cli.resolved" : "cli.over"));
	else
		table_cell(t, owner != NULL ? STYLE_PLAIN : STYLE_WARN,
			   owner != NULL ? owner : tr(cli->lang, "cli.nobody"));
}

void show_incidents(const struct cli *cli, const json_t *incidents)
{
	static const char *const heads[] = { "cli.h_incident", "cli.h_severity", "cli.h_cause",
					     "cli.h_what",     "cli.h_since",	 "cli.h_age",
					     "cli.h_alarms",   "cli.h_owner" };
	struct table *t;
	const json_t *i;
	size_t n;

	if (json_array_size(incidents) == 0) {
		say(cli, "cli.no_incidents", NULL);
		return;
	}
	t = table_new(cli, 8, heads);
	table_right(t, 0);
	table_right(t, 6);
	json_array_foreach(incidents, n, i) incident_row(cli, t, i);
	table_print(t);
	table_free(t);
}

static void alarm_row(const struct cli *cli, struct table *t, const json_t *a)
{
	const char *severity = j_text(a, "severity", "");
	struct state_look look = look_of_severity(severity);

	table_cellf(t, look.style, "%s %s", look.mark, tr_word(cli->lang, "severity.", severity));
	table_cell(t, STYLE_BOLD, tr_word(cli->lang, "alarm.", j_text(a, "code", "?")));
	table_cell(t, STYLE_PLAIN, j_text(a, "alarm", "?"));
	since_cells(cli, t, a, "raised_at");
	table_cell(t, STYLE_PLAIN, tr_word(cli->lang, "life.", j_text(a, "state", "?")));
	if (json_is_integer(json_object_get(a, "incident")))
		table_cellf(t, STYLE_PLAIN, "%lld", j_int(a, "incident", 0));
	else
		table_cell(t, STYLE_DIM, "–");
}

void show_alarms(const struct cli *cli, const json_t *alarms)
{
	static const char *const heads[] = { "cli.h_severity", "cli.h_cause", "cli.h_alarm",
					     "cli.h_since",    "cli.h_age",   "cli.h_state",
					     "cli.h_incident" };
	struct table *t;
	const json_t *a;
	size_t n;

	if (json_array_size(alarms) == 0) {
		say(cli, "cli.no_alarms", NULL);
		return;
	}
	t = table_new(cli, 7, heads);
	json_array_foreach(alarms, n, a) alarm_row(cli, t, a);
	table_print(t);
	table_free(t);
}

int show_all(const struct cli *cli, const char *path, const char *member, show_fn *show)
{
	struct client *c = client_open(cli);
	json_t *list = NULL, *out;
	int r = c != NULL ? client_list(c, path, member, &list) : CLI_UNREACHABLE;

	client_close(c);
	if (r != CLI_OK)
		return r;
	out = json_pack("{s:o}", member, list);
	if (cli->json)
		print_json(out);
	else
		show(cli, list);
	json_decref(out);
	return CLI_OK;
}
