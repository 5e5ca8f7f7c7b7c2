#include "cli/timeline.h"

#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/when.h"
#include "common/core/tr.h"

enum { LINE_MAX = 1024 };

struct line {
	const char *mark;
	enum style style;
	char text[LINE_MAX];
};

/* What an event is about. */
struct about {
	const struct cli *cli;
	const char *type, *thing;
	const json_t *data;
};

/* "danang/ups-1" -> "ups-1": the centre stands above. */
static const char *short_id(const char *id)
{
	const char *slash = strchr(id, '/');

	return slash != NULL ? slash + 1 : id;
}

/* The code of an alarm: a member of its own, or behind the last slash of its name. */
static const char *code_of(const json_t *data)
{
	const char *name = j_text(data, "alarm", ""), *slash = strrchr(name, '/');

	return j_text(data, "code", slash != NULL ? slash + 1 : "");
}

static void alarm_text(char *buf, size_t size, const struct about *a)
{
	const char *code = code_of(a->data);

	(void)snprintf(buf, size, "%s%s%s", a->thing, code[0] != '\0' ? ": " : "",
		       code[0] != '\0' ? tr_word(a->cli->lang, "alarm.", code) : "");
}

static void alarm_line(const struct about *a, struct line *l)
{
	int rank = severity_rank(j_text(a->data, "severity", ""));
	struct state_look look = look_of_severity(j_text(a->data, "severity", ""));
	char what[512];

	alarm_text(what, sizeof what, a);
	if (strcmp(j_text(a->data, "state", ""), "cleared") == 0) {
		l->mark = "●";
		l->style = STYLE_GOOD;
		(void)say_to(l->text, sizeof l->text, a->cli, "event.cleared", "what", what, NULL);
		return;
	}
	l->mark = rank > 0 ? look.mark : "";
	l->style = look.style;
	(void)snprintf(l->text, sizeof l->text, "%s", what);
}

static void state_line(const struct about *a, struct line *l)
{
	const char *state = j_text(a->data, "state", "unknown");
	struct state_look look = look_of_entity(state);

	l->mark = look.mark;
	l->style = look.style;
	(void)snprintf(l->text, sizeof l->text, "%s: %s", a->thing,
		       tr_word(a->cli->lang, "state.", state));
}

static void capacity_line(const struct about *a, struct line *l)
{
	const char *state = j_text(a->data, "state", "unknown");
	struct state_look look = look_of_capacity(state);
	char ready[24], total[24];

	l->mark = look.mark;
	l->style = look.style;
	(void)snprintf(ready, sizeof ready, "%lld", j_int(a->data, "seats_ready", 0));
	(void)snprintf(total, sizeof total, "%lld", j_int(a->data, "seats_total", 0));
	(void)say_to(l->text, sizeof l->text, a->cli, "event.capacity", "ready", ready, "total",
		     total, "state", tr_word(a->cli->lang, "capacity.", state), NULL);
}

static void incident_line(const struct about *a, struct line *l)
{
	(void)snprintf(
		l->text, sizeof l->text, "%s",
		tr_word(a->cli->lang, "event.incident_", j_text(a->data, "change", "updated")));
}

static void page_line(const struct about *a, struct line *l)
{
	(void)say_to(l->text, sizeof l->text, a->cli, "event.told", "who",
		     j_text(a->data, "to", "?"), "reason",
		     tr_word(a->cli->lang, "told.", j_text(a->data, "reason", "?")), NULL);
}

/* Everything that a person did: event.TYPE, with the places that its sentence has. */
static void person_line(const struct about *a, struct line *l)
{
	const char *verdict = j_text(a->data, "verdict", "");
	char key[64], what[512], until[64];

	alarm_text(what, sizeof what, a);
	(void)time_text(until, sizeof until, a->cli, time_parse(j_text(a->data, "until", NULL)));
	(void)snprintf(key, sizeof key, "event.%s",
		       strcmp(a->type, "silence") == 0 ? "shelve" : a->type);
	(void)say_to(l->text, sizeof l->text, a->cli, key, "who", j_text(a->data, "by", "?"),
		     "what", what, "text", j_text(a->data, "text", ""), "until", until, "reason",
		     j_text(a->data, "reason", ""), "verdict",
		     verdict[0] != '\0' ? tr_word(a->cli->lang, "verdict.", verdict) : "", NULL);
}

static const struct {
	const char *type;
	void (*line)(const struct about *a, struct line *l);
} lines[] = {
	{ "alarm", alarm_line },	{ "state", state_line },
	{ "capacity", capacity_line },	{ "incident", incident_line },
	{ "page", page_line },		{ "ack", person_line },
	{ "take", person_line },	{ "note", person_line },
	{ "shelve", person_line },	{ "silence", person_line },
	{ "silence_end", person_line }, { "verdict", person_line },
	{ "maintenance", person_line },
};

static void event_row(const struct cli *cli, struct table *t, const json_t *e)
{
	const json_t *data = json_object_get(e, "data");
	struct about a = { cli, j_text(e, "type", ""), short_id(j_text(e, "entity", "")), data };
	struct line l = { "", STYLE_PLAIN, "" };
	char at[64];

	(void)snprintf(l.text, sizeof l.text, "%s %s", a.type, a.thing); /* of a newer collector */
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (strcmp(lines[i].type, a.type) == 0)
			lines[i].line(&a, &l);
	table_cell(t, STYLE_DIM, time_text(at, sizeof at, cli, time_parse(j_text(e, "at", NULL))));
	table_cell(t, l.style, l.mark);
	table_cell(t, STYLE_PLAIN, l.text);
}

/* That something about an incident changed is told by what changed it. */
static bool is_noise(const json_t *e)
{
	return strcmp(j_text(e, "type", ""), "incident") == 0 &&
	       strcmp(j_text(json_object_get(e, "data"), "change", "updated"), "updated") == 0;
}

void show_timeline(const struct cli *cli, const json_t *events)
{
	struct table *t = table_new(cli, 3, NULL);
	const json_t *e;
	size_t n;

	json_array_foreach(events, n, e) if (!is_noise(e)) event_row(cli, t, e);
	table_print(t);
	table_free(t);
}
