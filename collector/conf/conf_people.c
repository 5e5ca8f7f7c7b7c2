/* People, rota, escalation; and what is planned. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector/conf/conf_reader.h"
#include "common/core/rfc3339.h"

#define TIME_WANTS "wants a time with a zone, such as 2026-11-23T08:00+07:00"

static bool read_time(struct reader *r, struct conf_where at, const char *text, int64_t *ret_ms)
{
	if (rfc3339_parse(text, ret_ms))
		return true;
	conf_problem(r->conf, at, "\"%s\": " TIME_WANTS, text);
	return false;
}

static uint32_t find_person(struct reader *r, struct conf_where at, const char *id)
{
	for (uint32_t i = 0; i < r->raw->n_people; i++)
		if (strcmp(r->raw->people[i].id, id) == 0)
			return i;
	conf_problem(r->conf, at, "\"%s\" is nobody; wants an id of people", id);
	return NO_PERSON;
}

static bool chosen(const struct raw_person *p, const char *channel)
{
	for (uint32_t i = 0; i < p->n_channels; i++)
		if (strcmp(p->channels[i], channel) == 0)
			return true;
	return false;
}

/* Without notifiers (replay) a channel is called after the address. */
static uint32_t channels_by_address(const struct raw_person *p, char **ret)
{
	const struct person_address *a = &p->address;
	const struct {
		const char *name, *address;
	} kinds[] = {
		{ "email", a->email }, { "telegram", a->telegram }, { "zalo", a->zalo },
		{ "sms", a->phone },   { "slack", a->slack },	    { "webhook", a->webhook }
	};
	uint32_t n = 0;

	for (uint32_t k = 0; k < p->n_channels; k++)
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			if (kinds[i].address != NULL && strcmp(kinds[i].name, p->channels[k]) == 0)
				ret[n++] = (char *)(uintptr_t)kinds[i].name;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].address != NULL && !chosen(p, kinds[i].name))
			ret[n++] = (char *)(uintptr_t)kinds[i].name;
	return n;
}

static const struct notifier_conf *find_notifier(const struct reader *r, const char *id)
{
	for (uint32_t i = 0; i < r->raw->n_notifiers; i++)
		if (strcmp(r->raw->notifiers[i].id, id) == 0)
			return &r->raw->notifiers[i];
	return NULL;
}

/* The person's own order first, then the other notifiers that reach them. */
static uint32_t channels_by_notifier(struct reader *r, uint32_t i, char **ret)
{
	const struct raw_person *p = &r->raw->people[i];
	struct conf_where at = conf_at(r->conf, "people[%u].channels", i);
	uint32_t n = 0;

	for (uint32_t k = 0; k < p->n_channels; k++) {
		const struct notifier_conf *c = find_notifier(r, p->channels[k]);

		if (c == NULL)
			conf_problem(r->conf, at, "\"%s\" is no notifier; wants an id of notifiers",
				     p->channels[k]);
		else if (person_address_for(&p->address, c->type) == NULL)
			conf_problem(r->conf, at, "%s has no address for \"%s\" (%s)", p->id, c->id,
				     c->type);
		else
			ret[n++] = c->id;
	}
	for (uint32_t k = 0; k < r->raw->n_notifiers; k++)
		if (!chosen(p, r->raw->notifiers[k].id) &&
		    person_address_for(&p->address, r->raw->notifiers[k].type) != NULL)
			ret[n++] = r->raw->notifiers[k].id;
	return n;
}

static bool is_email(const char *a)
{
	const char *at = strchr(a, '@');

	return at != NULL && at > a && strchr(at + 1, '@') == NULL && at[1] != '\0' &&
	       a[strcspn(a, " \t<>,;")] == '\0';
}

static bool is_phone(const char *a)
{
	size_t n = strspn(a + (*a == '+'), "0123456789");

	return n >= 3 && n <= 15 && a[(*a == '+') + n] == '\0'; /* E.164 */
}

static bool is_web(const char *a)
{
	return strncasecmp(a, "https://", 8) == 0 || strncasecmp(a, "http://", 7) == 0;
}

/* An address that no gateway could take is found when it is written, not at three in the morning. */
static void check_addresses(struct reader *r, uint32_t i)
{
	const struct person_address *a = &r->raw->people[i].address;
	const struct {
		const char *key, *address;
		bool (*fits)(const char *);
		const char *wants;
	} rows[] = {
		{ "email", a->email, is_email, "an address such as lan@example.vn" },
		{ "phone", a->phone, is_phone, "a number such as +84900000001" },
		{ "zalo", a->zalo, is_phone, "a number such as +84900000001" },
		{ "webhook", a->webhook, is_web, "a URL that begins with https:// or http://" },
		{ "slack", a->slack, is_web, "a URL that begins with https:// or http://" },
	};

	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
		if (rows[k].address != NULL && !rows[k].fits(rows[k].address))
			conf_problem(r->conf, conf_at(r->conf, "people[%u].%s", i, rows[k].key),
				     "\"%s\": wants %s", rows[k].address, rows[k].wants);
}

static int read_person(struct reader *r, uint32_t i)
{
	const struct raw_person *raw = &r->raw->people[i];
	struct person *p = &r->out->plan.people[i];
	struct conf_where at = conf_at(r->conf, "people[%u].id", i);

	p->id = raw->id;
	p->name = raw->name != NULL ? raw->name : raw->id;
	p->language = (char *)(uintptr_t)(raw->language != NULL ? raw->language : "vi");
	r->out->addresses[i] = raw->address;
	p->channels =
		calloc(6 + (size_t)raw->n_channels + r->raw->n_notifiers, sizeof *p->channels);
	if (p->channels == NULL)
		return -ENOMEM;
	if (!valid_id(raw->id) || strlen(raw->id) > 32)
		conf_problem(r->conf, at, "\"%s\": " ID_WANTS " (at most 32)", raw->id);
	for (uint32_t k = 0; k < i; k++)
		if (strcmp(r->raw->people[k].id, raw->id) == 0)
			conf_problem(r->conf, at, "there is a person \"%s\" already", raw->id);
	if (strcmp(p->language, "vi") != 0 && strcmp(p->language, "en") != 0)
		conf_problem(r->conf, conf_at(r->conf, "people[%u].language", i),
			     "\"%s\": wants vi or en", p->language);
	p->n_channels = r->raw->n_notifiers > 0 ? channels_by_notifier(r, i, p->channels)
						: channels_by_address(raw, p->channels);
	check_addresses(r, i);
	if (p->n_channels == 0)
		conf_problem(r->conf, at,
			     "%s cannot be reached: wants an address (email, phone, telegram, "
			     "zalo, slack, webhook) that a notifier uses",
			     raw->id);
	return 0;
}

static int read_rotation(struct reader *r)
{
	const struct raw_rotation *raw = &r->raw->oncall->rotation;
	struct oncall_plan *p = &r->out->plan;

	p->rotation = calloc(raw->n_people + (size_t)1, sizeof *p->rotation);
	if (p->rotation == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_people; i++) {
		uint32_t who = find_person(r, conf_at(r->conf, "oncall.rotation.people[%u]", i),
					   raw->people[i]);

		if (who != NO_PERSON)
			p->rotation[p->n_rotation++] = who;
	}
	p->shift_ms = 7 * 86400000LL;
	if (raw->shift != NULL &&
	    (!parse_duration(raw->shift, &p->shift_ms) || p->shift_ms < 60000))
		conf_problem(r->conf, conf_at(r->conf, "oncall.rotation.shift"),
			     "\"%s\": " DURATION_WANTS ", at least 1m", raw->shift);
	if (raw->starts != NULL)
		(void)read_time(r, conf_at(r->conf, "oncall.rotation.starts"), raw->starts,
				&p->starts_wall_ms);
	else if (raw->n_people > 1)
		conf_problem(r->conf, conf_at(r->conf, "oncall.rotation.starts"),
			     "missing; " TIME_WANTS);
	return 0;
}

/* From when until when: keys `from` and `until` of row i of `list`. */
static void read_span(struct reader *r, const char *list, uint32_t i, const char *from,
		      const char *until, struct oncall_turn *t)
{
	bool good = read_time(r, conf_at(r->conf, "oncall.%s[%u].from", list, i), from,
			      &t->from_wall_ms);

	good = read_time(r, conf_at(r->conf, "oncall.%s[%u].until", list, i), until,
			 &t->until_wall_ms) &&
	       good;
	if (good && t->until_wall_ms <= t->from_wall_ms)
		conf_problem(r->conf, conf_at(r->conf, "oncall.%s[%u].until", list, i),
			     "lies before from; wants a later time");
}

static void read_swap(struct reader *r, uint32_t i, struct oncall_turn *t)
{
	const struct raw_swap *raw = &r->raw->oncall->swaps[i];

	read_span(r, "swaps", i, raw->from, raw->until, t);
	t->people[0] = find_person(r, conf_at(r->conf, "oncall.swaps[%u].person", i), raw->person);
	t->n_people = 1;
	t->label = raw->reason;
}

static void read_holiday(struct reader *r, uint32_t i, struct oncall_turn *t)
{
	const struct raw_holiday *raw = &r->raw->oncall->holidays[i];
	struct conf_where at = conf_at(r->conf, "oncall.holidays[%u].name", i);

	t->holiday = true;
	t->label = raw->name;
	t->shift_ms = 86400000;
	read_span(r, "holidays", i, raw->from, raw->until, t);
	if (raw->n_people == 0 || raw->n_people > TURN_PEOPLE_MAX)
		conf_problem(r->conf, at, "wants people: 1 to %d of them", TURN_PEOPLE_MAX);
	for (uint32_t k = 0; k < raw->n_people && k < TURN_PEOPLE_MAX; k++)
		t->people[t->n_people++] =
			find_person(r, conf_at(r->conf, "oncall.holidays[%u].people[%u]", i, k),
				    raw->people[k]);
	if (raw->shift != NULL &&
	    (!parse_duration(raw->shift, &t->shift_ms) || t->shift_ms < 60000))
		conf_problem(r->conf, conf_at(r->conf, "oncall.holidays[%u].shift", i),
			     "\"%s\": " DURATION_WANTS ", at least 1m", raw->shift);
}

/* Holidays first, then swaps, each in the file's order. */
static int read_turns(struct reader *r)
{
	const struct raw_oncall *raw = r->raw->oncall;
	struct oncall_plan *p = &r->out->plan;

	p->turns = calloc(raw->n_swaps + raw->n_holidays + (size_t)1, sizeof *p->turns);
	if (p->turns == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_holidays; i++)
		read_holiday(r, i, &p->turns[p->n_turns++]);
	for (uint32_t i = 0; i < raw->n_swaps; i++)
		read_swap(r, i, &p->turns[p->n_turns++]);
	return 0;
}

static struct escalation_step read_step(struct reader *r, uint32_t i, int64_t before_ms)
{
	static const struct {
		const char *name;
		enum escalate_to to;
	} names[] = { { "oncall", ESCALATE_ONCALL },
		      { "next", ESCALATE_NEXT },
		      { "everyone", ESCALATE_EVERYONE } };
	const struct raw_step *raw = &r->raw->oncall->escalate[i];
	struct escalation_step s = { .to = ESCALATE_PERSON };
	struct conf_where at = conf_at(r->conf, "oncall.escalate[%u].after", i);

	if (!parse_duration(raw->after, &s.after_ms))
		conf_problem(r->conf, at, "\"%s\": " DURATION_WANTS, raw->after);
	else if (s.after_ms < before_ms)
		conf_problem(r->conf, at,
			     "\"%s\" is earlier than the step before; wants them in "
			     "order of time",
			     raw->after);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		if (strcmp(names[k].name, raw->to) != 0)
			continue;
		s.to = names[k].to;
		return s;
	}
	for (uint32_t k = 0; k < r->raw->n_people; k++) {
		s.person = k;
		if (strcmp(r->raw->people[k].id, raw->to) == 0)
			return s;
	}
	conf_problem(r->conf, conf_at(r->conf, "oncall.escalate[%u].to", i),
		     "\"%s\": wants oncall, next, everyone or the id of a person", raw->to);
	return s;
}

static int read_steps(struct reader *r)
{
	const struct raw_oncall *raw = r->raw->oncall;
	struct oncall_plan *p = &r->out->plan;
	int64_t before = 0;

	p->steps = calloc(raw->n_escalate + (size_t)1, sizeof *p->steps);
	if (p->steps == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_escalate; i++) {
		p->steps[i] = read_step(r, i, before);
		before = p->steps[i].after_ms;
	}
	p->n_steps = raw->n_escalate;
	return 0;
}

int read_people(struct reader *r)
{
	struct oncall_plan *p = &r->out->plan;
	int e = 0;

	p->people = calloc(r->raw->n_people + (size_t)1, sizeof *p->people);
	r->out->addresses = calloc(r->raw->n_people + (size_t)1, sizeof *r->out->addresses);
	if (p->people == NULL || r->out->addresses == NULL)
		return -ENOMEM;
	p->n_people = r->raw->n_people;
	for (uint32_t i = 0; e == 0 && i < p->n_people; i++)
		e = read_person(r, i);
	if (e < 0 || r->raw->oncall == NULL)
		return e;
	e = read_rotation(r);
	if (e == 0)
		e = read_turns(r);
	return e == 0 ? read_steps(r) : e;
}

static int read_window(struct reader *r, uint32_t i)
{
	const struct raw_window *raw = &r->raw->maintenance[i];
	struct maintenance_conf *m = &r->out->maintenance[i];
	bool good;

	*m = (struct maintenance_conf){
		.id = raw->id, .target = raw->target, .reason = raw->reason, .by = raw->by
	};
	for (uint32_t k = 0; k < i; k++)
		if (strcmp(r->raw->maintenance[k].id, raw->id) == 0)
			conf_problem(r->conf, conf_at(r->conf, "maintenance[%u].id", i),
				     "there is a window \"%s\" already", raw->id);
	m->entities = calloc(TARGET_PARTS, sizeof *m->entities);
	if (m->entities == NULL)
		return -ENOMEM;
	m->n_entities = topology_target(&r->out->topology, raw->target, m->entities);
	if (m->n_entities == 0)
		conf_problem(r->conf, conf_at(r->conf, "maintenance[%u].target", i),
			     "\"%s\" is nothing of this file; wants a site, site/device, site/seat "
			     "or service",
			     raw->target);
	good = read_time(r, conf_at(r->conf, "maintenance[%u].from", i), raw->from,
			 &m->from_wall_ms);
	good = read_time(r, conf_at(r->conf, "maintenance[%u].until", i), raw->until,
			 &m->until_wall_ms) &&
	       good;
	if (good && m->until_wall_ms <= m->from_wall_ms)
		conf_problem(r->conf, conf_at(r->conf, "maintenance[%u].until", i),
			     "lies before from; wants a later time");
	return 0;
}

int read_maintenance(struct reader *r)
{
	int e = 0;

	r->out->maintenance =
		calloc(r->raw->n_maintenance + (size_t)1, sizeof *r->out->maintenance);
	if (r->out->maintenance == NULL)
		return -ENOMEM;
	r->out->n_maintenance = r->raw->n_maintenance;
	for (uint32_t i = 0; e == 0 && i < r->raw->n_maintenance; i++)
		e = read_window(r, i);
	return e;
}
