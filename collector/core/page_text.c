#include "collector/core/page_text.h"

#include <string.h>

#include "common/core/out.h"
#include "common/core/tr.h"

enum { PART = 400, EVIDENCE_MAX = 12, SEATS_MAX = 6 };

/* Everything that a page may name, worked out once. */
struct facts {
	const struct page_request *r;
	struct incident_view in;
	const struct incident_member *root;
	const struct incident_member *worst; /* what it has come to; the root, or what it led to */
	struct capacity seats;
	int32_t offset_s;
	const char *place;
	const char *cause, *action;
	char from[8], until[8], minutes[16], before[8];
	char ready[16], total[16], left[16], low[16], high[16];
};

static void clock_text(char ret[8], int64_t wall_ms, int32_t offset_s)
{
	int64_t minute = (wall_ms / 1000 + offset_s) / 60 % 1440;

	struct out o = { ret, 8, 0 };

	out_number(&o, minute / 60, 2);
	out_put(&o, ":");
	out_number(&o, minute % 60, 2);
}

static void number(char ret[16], int64_t v)
{
	struct out o = { ret, 16, 0 };

	out_number(&o, v > 999999 ? 999999 : v, 0);
}

static const struct rule *rule_of(const struct facts *f, const struct incident_member *m)
{
	uint16_t at =
		rule_find(f->r->rules, rule_subject(&f->r->topology->entities[m->entity]), m->code);

	return at != NO_RULE ? &f->r->rules->rules[at] : NULL;
}

static const char *cause_of(const struct facts *f, const struct incident_member *m)
{
	const struct rule *rule = rule_of(f, m);

	return rule != NULL ? rule_text(rule, f->r->language) : m->code;
}

/* The worst that stands; the newest of them. */
static const struct incident_member *worst_of(const struct incident_view *in)
{
	const struct incident_member *worst = &in->members[0];

	for (size_t i = 1; i < in->n_alarms; i++) {
		const struct incident_member *m = &in->members[i];

		if (m->active && (m->severity > worst->severity || !worst->active ||
				  (m->severity == worst->severity && worst != &in->members[0] &&
				   m->onset_wall_ms > worst->onset_wall_ms)))
			worst = m;
	}
	return worst;
}

/* Another centre's seats are part of what it costs: then those of the whole hotline are told. */
static bool costs_elsewhere(const struct facts *f)
{
	for (size_t i = 1; i < f->in.n_alarms; i++) {
		const struct entity *e = &f->r->topology->entities[f->in.members[i].entity];

		if (e->kind == ENTITY_SITE && e->site != f->in.site)
			return true;
	}
	return false;
}

static bool gather(struct facts *f, const struct page_request *r)
{
	const struct topology *t = r->topology;
	const struct rule *rule;
	int64_t end;

	memset(f, 0, sizeof *f);
	f->r = r;
	if (!engine_incident(r->engine, r->incident, &f->in))
		return false;
	f->root = &f->in.members[0];
	f->worst = r->reason == PAGE_RESOLVED ? f->root : worst_of(&f->in);
	rule = rule_of(f, f->worst);
	engine_capacity(r->engine, costs_elsewhere(f) ? NO_ENTITY : f->in.site, &f->seats);
	f->offset_s = f->in.site != NO_ENTITY ? t->sites[f->in.site].utc_offset_s
		      : t->n_sites > 0	      ? t->sites[0].utc_offset_s
					      : 7 * 3600;
	f->place = f->in.site != NO_ENTITY ? t->sites[f->in.site].name
					   : tr(r->language, "page.hotline");
	f->cause = cause_of(f, f->root);
	f->action = rule != NULL ? rule_action(rule, r->language) : "";
	end = f->in.closed_wall_ms > 0 ? f->in.closed_wall_ms : r->wall_ms;
	clock_text(f->from, f->root->onset_wall_ms, f->offset_s);
	clock_text(f->until, end, f->offset_s);
	number(f->minutes, (end - f->root->onset_wall_ms) / 60000);
	number(f->ready, f->seats.seats_ready);
	number(f->total, f->seats.seats_total);
	if (f->seats.minutes_left >= 0) {
		number(f->left, f->seats.minutes_left);
		number(f->low, f->seats.minutes_low);
		number(f->high, f->seats.minutes_high);
		clock_text(f->before, r->wall_ms + f->seats.minutes_low * 60000LL, f->offset_s);
	}
	return true;
}

/* A text of the catalogue with the facts filled in; what it names and is not known stays out. */
static void fill(const struct facts *f, char *buf, const char *key)
{
	const struct tr_arg args[] = { { "place", f->place },	{ "cause", f->cause },
				       { "action", f->action }, { "from", f->from },
				       { "until", f->until },	{ "minutes", f->minutes },
				       { "ready", f->ready },	{ "total", f->total },
				       { "low", f->low },	{ "high", f->high },
				       { "time", f->before },	{ NULL, NULL } };

	(void)tr_fill(buf, PART, tr(f->r->language, key), args);
}

static void fill_left(const struct facts *f, char *buf, const char *key)
{
	const struct tr_arg args[] = {
		{ "minutes", f->left }, { "low", f->low }, { "high", f->high }, { NULL, NULL }
	};

	buf[0] = '\0';
	if (f->left[0] != '\0' && f->r->reason != PAGE_RESOLVED)
		(void)tr_fill(buf, PART, tr(f->r->language, key), args);
}

static void put_filled(struct out *o, const struct facts *f, const char *key)
{
	char part[PART];

	fill(f, part, key);
	out_put(o, part);
}

/* What stands before everything else, so that a glance tells why it came. */
static const char *headline(const struct facts *f)
{
	static const char *const keys[] = { NULL, "page.worse", "page.escalated", "page.resolved" };
	const char *key = keys[f->r->reason];

	return key != NULL ? tr(f->r->language, key) : "";
}

static const char *severity_mark(enum severity s)
{
	static const char *const marks[] = { "●", "▲", "▲", "▲", "◆" };

	return marks[s];
}

static void put_cause(struct out *o, const struct facts *f, const struct incident_member *m)
{
	out_put(o, cause_of(f, m));
	out_put(o, " (");
	out_put(o, f->r->topology->entities[m->entity].id);
	out_put(o, ")");
}

/* What it has come to since, where that is worse than what it began with. */
static void put_news(struct out *o, const struct facts *f)
{
	if (f->worst == f->root ||
	    (f->worst->severity <= f->root->severity && f->r->reason != PAGE_WORSE))
		return;
	out_put(o, "\n");
	out_put(o, tr(f->r->language, "page.news"));
	put_cause(o, f, f->worst);
}

static const char *short_id(const char *id)
{
	const char *slash = strchr(id, '/');

	return slash != NULL ? slash + 1 : id;
}

/* "02 (ws-02-headset), 03 (ws-03-headset)": what stands in the way of each seat that is missing. */
static void put_seats_out(struct out *o, const struct facts *f)
{
	const struct topology *t = f->r->topology;
	char who[PART] = "", line[PART];
	struct out w = { who, sizeof who, 0 };
	const struct tr_arg args[] = { { "who", who }, { NULL, NULL } };
	uint32_t limiting, n = 0, site = f->in.site;

	if (site == NO_ENTITY || f->root->entity != t->sites[site].entity)
		return;
	for (uint32_t i = 0; i < t->sites[site].n_seats && n < SEATS_MAX; i++) {
		uint32_t seat = t->sites[site].first_seat + i;

		if (engine_seat_ready(f->r->engine, seat, &limiting) || limiting == NO_ENTITY)
			continue;
		out_put(&w, n++ > 0 ? ", " : "");
		out_put(&w, short_id(t->seats[seat].id));
		out_put(&w, " (");
		out_put(&w, short_id(t->entities[limiting].id));
		out_put(&w, ")");
	}
	if (n == 0)
		return;
	(void)tr_fill(line, sizeof line, tr(f->r->language, "page.seats_out"), args);
	out_put(o, "\n");
	out_put(o, line);
}

static void subject(struct out *o, const struct facts *f)
{
	out_put(o, "[111] ");
	out_put(o, headline(f));
	out_put(o, f->place);
	out_put(o, ": ");
	out_put(o, f->cause);
}

static void put_who(struct out *o, const struct facts *f, const struct escalation_step *s,
		    int64_t wall_ms)
{
	uint32_t who;

	if (s->to == ESCALATE_EVERYONE)
		out_put(o, tr(f->r->language, "page.everyone"));
	else if (oncall_resolve(f->r->plan, s, wall_ms, &who, 1) == 1)
		out_put(o, f->r->plan->people[who].name);
}

static const char *person_name(const struct facts *f, const char *id)
{
	for (uint32_t i = 0; f->r->plan != NULL && i < f->r->plan->n_people; i++)
		if (strcmp(f->r->plan->people[i].id, id) == 0)
			return f->r->plan->people[i].name;
	return id;
}

/* Who has it, or what happens if nobody says so. */
static void put_next(struct out *o, const struct facts *f)
{
	char at[8], who[PART] = "", line[PART];
	struct escalation_step step;
	int64_t at_ms;

	if (engine_next_page(f->r->engine, f->in.number, &at_ms, &step)) {
		struct out w = { who, sizeof who, 0 };
		const struct tr_arg args[] = { { "time", at }, { "who", who }, { NULL, NULL } };

		clock_text(at, at_ms, f->offset_s);
		put_who(&w, f, &step, at_ms);
		(void)tr_fill(line, sizeof line, tr(f->r->language, "page.unanswered"), args);
	} else if (f->in.owner != NULL) {
		const struct tr_arg args[] = { { "who", person_name(f, f->in.owner) },
					       { NULL, NULL } };

		(void)tr_fill(line, sizeof line, tr(f->r->language, "page.has_it"), args);
	} else {
		return;
	}
	out_put(o, "\n");
	out_put(o, line);
}

/* By whether it is over and has lasted a minute. */
static const char *span_key(const struct facts *f, bool over)
{
	static const char *const keys[2][2] = { { "page.since_now", "page.since" },
						{ "page.lasted_short", "page.lasted" } };

	return keys[over][strcmp(f->minutes, "0") != 0];
}

static void chat(struct out *o, const struct facts *f)
{
	char part[PART];
	bool over = f->r->reason == PAGE_RESOLVED;

	out_put(o, over ? "●" : severity_mark(f->in.severity));
	out_put(o, " ");
	out_put(o, headline(f));
	out_put(o, f->place);
	out_put(o, "\n");
	put_cause(o, f, f->root);
	put_news(o, f);
	out_put(o, "\n");
	put_filled(o, f, span_key(f, over));
	fill_left(f, part, "page.left");
	out_put(o, part);
	if (f->seats.seats_total > 0) {
		out_put(o, "\n");
		put_filled(o, f,
			   f->seats.state == CAPACITY_UNKNOWN ? "page.seats_unknown"
							      : "page.seats");
		if (!over)
			put_seats_out(o, f);
	}
	if (!over) {
		out_put(o, "\n");
		put_filled(o, f, "page.do");
		if (f->before[0] != '\0')
			put_filled(o, f, "page.before");
		put_next(o, f);
	}
	if (f->r->link != NULL) {
		out_put(o, "\n");
		out_put(o, f->r->link);
	}
}

static void put_evidence(struct out *o, const struct facts *f)
{
	char at[8], n[16], line[PART];

	out_put(o, "\n\n");
	out_put(o, tr(f->r->language, "page.why"));
	for (size_t i = 0; i < f->in.n_alarms && i < EVIDENCE_MAX; i++) {
		const struct incident_member *m = &f->in.members[i];

		clock_text(at, m->onset_wall_ms, f->offset_s);
		out_put(o, "\n  ");
		out_put(o, at);
		out_put(o, "  ");
		out_put(o, f->r->topology->entities[m->entity].id);
		out_put(o, "  ");
		out_put(o, cause_of(f, m));
	}
	if (f->in.n_alarms > EVIDENCE_MAX) {
		const struct tr_arg args[] = { { "n", n }, { NULL, NULL } };

		number(n, (int64_t)f->in.n_alarms - EVIDENCE_MAX);
		(void)tr_fill(line, sizeof line, tr(f->r->language, "page.and_more"), args);
		out_put(o, "\n  ");
		out_put(o, line);
	}
}

static void put_told(struct out *o, const struct facts *f)
{
	char who[PART] = "", line[PART];
	struct out w = { who, sizeof who, 0 };
	const struct tr_arg args[] = { { "who", who }, { NULL, NULL } };

	for (uint32_t i = 0; f->r->plan != NULL && i < f->r->plan->n_people; i++) {
		if (!engine_was_told(f->r->engine, f->in.number, i))
			continue;
		out_put(&w, w.len > 0 ? ", " : "");
		out_put(&w, f->r->plan->people[i].name);
	}
	if (w.len == 0)
		return;
	(void)tr_fill(line, sizeof line, tr(f->r->language, "page.told"), args);
	out_put(o, "\n");
	out_put(o, line);
}

void page_fold_ascii(char *text)
{
	static const char latin1[] =
		"AAAAAAACEEEEIIIIDNOOOOO?OUUUUYTsaaaaaaaceeeeiiiidnooooo?ouuuuyty";
	static const char vietnamese[] = "AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIi"
					 "OoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy";
	static const struct {
		unsigned from;
		char as[3];
	} others[] = { { 0x102, "Aa" }, { 0x110, "Dd" }, { 0x128, "Ii" },
		       { 0x168, "Uu" }, { 0x1a0, "Oo" }, { 0x1af, "Uu" } };
	char *to = text;

	for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
		unsigned more = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc0 ? 1 : 0;
		unsigned c = more == 0 ? *s : *s & (0x3fU >> more);
		char as = '?';

		for (s++; more > 0 && (*s & 0xc0) == 0x80; more--, s++)
			c = c << 6 | (*s & 0x3fU);
		if (c < 0x80)
			as = (char)c;
		else if (c >= 0xc0 && c <= 0xff)
			as = latin1[c - 0xc0];
		else if (c >= 0x1ea0 && c <= 0x1ef9)
			as = vietnamese[c - 0x1ea0];
		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			if (c == others[i].from || c == others[i].from + 1)
				as = others[i].as[c - others[i].from];
		if (c == 0x2013 || c == 0x2014)
			as = '-';
		*to++ = as;
	}
	*to = '\0';
}

size_t page_utf16_length(const char *text)
{
	size_t n = 0;

	for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; s++)
		n += (*s & 0xc0) == 0x80 ? 0 : *s >= 0xf0 ? 2 : 1;
	return n;
}

static void cut_utf16(char *text, size_t max)
{
	size_t n = strlen(text);

	while (n > 0 && page_utf16_length(text) > max) {
		n--;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
		text[n] = '\0';
	}
}

/* What has happened: the worst of it, and which device, where there is room for that. */
static void sms_base(char base[PART * 2], const struct facts *f, bool ascii, bool with_device)
{
	const char *device = f->r->topology->entities[f->worst->entity].id;
	char what[PART] = "", left[PART], part[PART];
	struct out b = { base, PART * 2, 0 }, w = { what, sizeof what, 0 };
	bool over = f->r->reason == PAGE_RESOLVED;

	fill_left(f, left, "page.sms_left");
	out_put(&w, cause_of(f, f->worst));
	if (with_device && f->r->topology->entities[f->worst->entity].kind != ENTITY_SITE) {
		out_put(&w, " ");
		out_put(&w, short_id(device));
	}
	const struct tr_arg args[] = { { "place", f->place }, { "cause", what },
				       { "from", f->from },   { "until", f->until },
				       { "left", left },      { "ready", f->ready },
				       { "total", f->total }, { NULL, NULL } };
	base[0] = '\0';
	out_put(&b, over ? "" : headline(f));
	(void)tr_fill(part, sizeof part,
		      tr(f->r->language, over	 ? "page.sms_resolved"
					 : ascii ? "page.sms"
						 : "page.sms_short"),
		      args);
	out_put(&b, part);
	if (ascii)
		page_fold_ascii(base);
}

/* The parts in order of worth, as many as fit: the base, then the link, then what to do first. */
static void sms(struct out *o, const struct facts *f, size_t max, bool ascii)
{
	const char *link = f->r->link;
	size_t with_link = link != NULL ? strlen(link) + 1 : 0;
	size_t room = with_link < max / 2 ? max - with_link : max;
	char base[PART * 2], part[PART];

	sms_base(base, f, ascii, true);
	if (page_utf16_length(base) > room)
		sms_base(base, f, ascii, false);
	cut_utf16(base, room);
	fill(f, part, "page.sms_do");
	if (ascii)
		page_fold_ascii(part);
	out_put(o, base);
	if (f->r->reason != PAGE_RESOLVED &&
	    page_utf16_length(base) + page_utf16_length(part) + with_link <= max)
		out_put(o, part);
	if (with_link > 0 && page_utf16_length(o->buf) + with_link <= max) {
		out_put(o, " ");
		out_put(o, link);
	}
}

size_t page_text(char *buf, size_t size, const struct page_request *r, enum page_form form)
{
	struct out o = { buf, size, 0 };
	struct facts f;

	buf[0] = '\0';
	if (!gather(&f, r))
		return 0;
	switch (form) {
	case PAGE_FORM_SUBJECT:
		subject(&o, &f);
		break;
	case PAGE_FORM_CHAT:
		chat(&o, &f);
		break;
	case PAGE_FORM_LONG:
		chat(&o, &f);
		put_evidence(&o, &f);
		put_told(&o, &f);
		break;
	case PAGE_FORM_SMS:
		sms(&o, &f, 160, true);
		break;
	case PAGE_FORM_SMS_UCS2:
		sms(&o, &f, 70, false);
		break;
	case PAGE_FORM_END:
		break;
	}
	return o.len;
}
