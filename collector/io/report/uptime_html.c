/* uptime_html.c - the month on paper: one page, complete in itself, no script. What the hotline and
 * each centre came to, a bar a day, the outages with their records, then the tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/report/uptime.h"
#include "common/core/tr.h"

enum { BAR_W = 18, BAR_GAP = 3, BAR_H = 60, MAX_OUTAGES = 40, MAX_DAYS = 31 };

/* Unknown is hatched, so that it shows on grey paper too; colours are asked to be printed. */
static const char style[] =
	"@page{size:A4;margin:14mm}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
	"body{font:14px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
	"color:#111}h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin:1.8rem 0 "
	".3rem;"
	"break-after:avoid}svg,.facts{break-inside:avoid}svg{break-before:avoid}"
	"table{border-collapse:collapse;width:100%;font-size:12px;font-variant-numeric:tabular-"
	"nums}"
	"thead{display:table-header-group}tr{break-inside:avoid}"
	"th,td{text-align:left;padding:.2rem .4rem;border-bottom:1px solid "
	"#ccc;vertical-align:bottom}"
	"th{font-size:11px}h1::first-letter,h2::first-letter,th::first-letter{text-transform:"
	"uppercase}td.n,th.n{text-align:right}td{white-space:"
	"nowrap}"
	".up{fill:#2e7d32}.down{fill:#b00020}.planned{fill:#1565c0}.unknown{fill:url(#hatch)}"
	"svg text{font-size:9px;fill:#333;text-anchor:middle}.key span{margin-right:1.2rem}"
	".facts{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:.2rem 0 .5rem}"
	".facts div{display:flex;flex-direction:column}.facts dt{font-size:11px;color:#444}"
	".facts dt::first-letter{text-transform:uppercase}.facts dd{margin:0;font-weight:600}"
	".list{columns:2;column-gap:2rem;padding-left:1.1rem;font-size:12px;"
	"font-variant-numeric:tabular-nums}.list li{break-inside:avoid}.soft{color:#444}"
	"@media print{body{margin:0;padding:0;max-width:none}a{color:inherit}}";

static const char *const state_words[] = { "unknown", "up", "down", "planned" };

struct page {
	const struct uptime *u;
	const char *lang;
	FILE *out;
};

static bool is_english(const struct page *p)
{
	return strcmp(p->lang, "en") == 0;
}

static void text(const struct page *p, const char *s)
{
	for (; *s != '\0'; s++) {
		const char *as = *s == '<'   ? "&lt;"
				 : *s == '>' ? "&gt;"
				 : *s == '&' ? "&amp;"
				 : *s == '"' ? "&quot;"
					     : NULL;
		if (as != NULL)
			(void)fputs(as, p->out);
		else
			(void)fputc(*s, p->out);
	}
}

static void word(const struct page *p, const char *key)
{
	text(p, tr(p->lang, key));
}

/* A text of the catalogue with its places {a} and {b} filled. */
static void filled(const struct page *p, const char *key, const char *a, const char *b)
{
	const struct tr_arg args[] = { { "a", a }, { "b", b }, { NULL, NULL } };
	char line[512];

	(void)tr_fill(line, sizeof line, tr(p->lang, key), args);
	text(p, line);
}

/* The two largest units of a length of time. */
static void span(const struct page *p, int64_t ms)
{
	static const struct {
		int64_t s, small_s;
		const char *key;
	} units[] = { { 86400, 3600, "report.days" },
		      { 3600, 60, "report.hours" },
		      { 60, 1, "report.minutes" },
		      { 0, 1, "report.seconds" } };
	int64_t s = (ms + 500) / 1000;
	size_t i = 0;
	char a[24], b[24];

	if (ms <= 0) {
		(void)fputs("–", p->out);
		return;
	}
	while (s < units[i].s)
		i++;
	int64_t whole = units[i].s > 0 ? s / units[i].s : 0;
	(void)snprintf(a, sizeof a, "%" PRId64, whole);
	(void)snprintf(b, sizeof b, "%" PRId64, (s - whole * units[i].s) / units[i].small_s);
	filled(p, units[i].key, a, b);
}

/* With the point or comma of the language. */
static void decimal(const struct page *p, const char *format, double v)
{
	char buf[64];
	char *point;

	(void)snprintf(buf, sizeof buf, strcmp(format, "%.3f") == 0 ? "%.3f" : "%.0f", v);
	point = strchr(buf, '.');
	if (point != NULL && !is_english(p))
		*point = ',';
	text(p, buf);
}

/* One figure when nothing was unknown, else at least and at most; never rounded up to a whole. */
static void share(const struct page *p, const struct availability *a)
{
	struct bounds b = availability_bounds(a);
	double least = (double)(int64_t)(b.least * 1e5) / 1e3,
	       most = (double)(int64_t)(b.most * 1e5) / 1e3;

	decimal(p, "%.3f", least);
	if (least < most) {
		(void)fputs("–", p->out);
		decimal(p, "%.3f", most);
	}
	(void)fputs(" %", p->out);
}

static void month_name(const struct page *p, int month, char *buf, size_t size)
{
	char number[12];

	(void)snprintf(number, sizeof number, "%d", month);
	(void)snprintf(buf, size, "%s", tr_word(p->lang, "month.", number));
}

/* "07/10 09:12:05", "7 Oct 09:12:05". */
static void moment(const struct page *p, int64_t ms, bool with_year)
{
	struct civil c = zone_civil(p->u->asked.zone, ms / 1000);
	char month[32], year[16] = "";

	month_name(p, c.month, month, sizeof month);
	if (with_year)
		(void)snprintf(year, sizeof year, is_english(p) ? " %d" : "/%d", c.year);
	if (is_english(p))
		(void)fprintf(p->out, "%d %.3s", c.day, month);
	else
		(void)fprintf(p->out, "%02d/%02d", c.day, c.month);
	(void)fprintf(p->out, "%s %02d:%02d:%02d", year, c.hour, c.minute, c.second);
}

/* ---- a bar a day ---- */

static double part_height(int64_t part_ms, int64_t all_ms)
{
	double h = (double)part_ms / (double)all_ms * BAR_H;

	return part_ms > 0 && h < 1 ? 1 : h; /* a minute of outage shows */
}

/* From the foot up: up, planned, unknown, down. What shows although it is less than a line takes its
 * room from the time up. */
static void day_bar(const struct page *p, const struct availability *a, int i, int day)
{
	const int64_t parts[] = { a->unknown_ms, a->up_ms, a->down_ms, a->planned_ms };
	static const enum entity_state order[] = { STATE_DOWN, STATE_UNKNOWN, STATE_PLANNED,
						   STATE_UP };
	int64_t all = a->unknown_ms + a->up_ms + a->down_ms + a->planned_ms;
	double y = 0;

	for (int k = 0; k < 4 && all > 0; k++) {
		double h = part_height(parts[order[k]], all);

		h = order[k] == STATE_UP && parts[STATE_UP] > 0 ? BAR_H - y : h;
		if (parts[order[k]] > 0 && h > 0)
			(void)fprintf(p->out,
				      "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%d\" "
				      "height=\"%.1f\"/>",
				      state_words[order[k]], i * (BAR_W + BAR_GAP), y, BAR_W, h);
		y += h;
	}
	(void)fprintf(p->out, "<text x=\"%d\" y=\"%d\">%d</text>",
		      i * (BAR_W + BAR_GAP) + BAR_W / 2, BAR_H + 11, day);
}

/* Of a span of several months the first days alone would mislead. */
static void bars(const struct page *p, const struct uptime_row *r)
{
	const struct uptime_request *q = &p->u->asked;
	int64_t at = q->from_ms;

	if (q->until_ms - q->from_ms > (MAX_DAYS + 1) * 86400000ll)
		return;
	(void)fprintf(p->out, "<svg role=\"img\" width=\"100%%\" viewBox=\"0 0 %d %d\"><title>",
		      MAX_DAYS * (BAR_W + BAR_GAP), BAR_H + 14);
	word(p, "report.bars");
	(void)fputs("</title>", p->out);
	for (int i = 0; at < q->until_ms && i < MAX_DAYS; i++) {
		struct civil c = zone_civil(q->zone, at / 1000);
		int64_t next = zone_midnight(q->zone, c.year, c.month, c.day + 1) * 1000;
		struct availability a;
		struct timeline cut = { 0 };

		next = next < q->until_ms ? next : q->until_ms;
		if (timeline_cut(&cut, &r->line, at, next) == 0) {
			availability_of(&cut, &a);
			day_bar(p, &a, i, c.day);
		}
		timeline_fini(&cut);
		at = next;
	}
	(void)fputs("</svg>", p->out);
}

/* ---- tables ---- */

/* Head, and how a row fills it. */
struct column {
	const char *head;
	int64_t (*ms)(
		const struct availability *a); /* a length of time; NULL: one of the two below */
	bool share;
};

static int64_t up_of(const struct availability *a)
{
	return a->up_ms;
}
static int64_t down_of(const struct availability *a)
{
	return a->down_ms;
}
static int64_t planned_of(const struct availability *a)
{
	return a->planned_ms;
}
static int64_t unknown_of(const struct availability *a)
{
	return a->unknown_ms;
}
static int64_t longest_of(const struct availability *a)
{
	return a->longest_ms;
}

static const struct column columns[] = {
	{ "report.share", NULL, true },
	{ "state.up", up_of, false },
	{ "state.down", down_of, false },
	{ "state.planned", planned_of, false },
	{ "state.unknown", unknown_of, false },
	{ "report.outages", NULL, false },
	{ "report.longest", longest_of, false },
	{ "report.mtbf", availability_mtbf_ms, false },
	{ "report.mttr", availability_mttr_ms, false },
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static void figure(const struct page *p, const struct column *c, const struct availability *a)
{
	if (c->ms != NULL)
		span(p, c->ms(a));
	else if (c->share)
		share(p, a);
	else
		(void)fprintf(p->out, "%" PRIu32, a->outages);
}

static const char *row_name(const struct page *p, const struct uptime_row *r)
{
	return r->kind == UPTIME_CLASS	   ? tr_word(p->lang, "class.", r->id)
	       : r->kind == UPTIME_SITE	   ? r->name
	       : r->kind == UPTIME_HOTLINE ? tr(p->lang, "report.hotline")
					   : r->id;
}

static void table_row(const struct page *p, const struct uptime_row *r)
{
	(void)fputs("<tr><td>", p->out);
	text(p, row_name(p, r));
	(void)fputs("</td>", p->out);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		(void)fputs("<td class=\"n\">", p->out);
		figure(p, &columns[i], &r->sum);
		(void)fputs("</td>", p->out);
	}
	(void)fputs("</tr>", p->out);
}

static bool stands_in(const struct uptime_row *r, enum uptime_kind kind)
{
	return r->kind == kind || (kind == UPTIME_SITE && r->kind == UPTIME_HOTLINE);
}

static void table(const struct page *p, enum uptime_kind kind, const char *head)
{
	size_t n = 0;

	for (size_t i = 0; i < p->u->n; i++)
		n += stands_in(&p->u->rows[i], kind);
	if (n == 0)
		return;
	(void)fputs("<h2>", p->out);
	word(p, head);
	(void)fputs("</h2><table><thead><tr><th>", p->out);
	word(p, "report.what");
	(void)fputs("</th>", p->out);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		(void)fputs("<th class=\"n\">", p->out);
		word(p, columns[i].head);
		(void)fputs("</th>", p->out);
	}
	(void)fputs("</tr></thead><tbody>", p->out);
	for (size_t i = 0; i < p->u->n; i++)
		if (stands_in(&p->u->rows[i], kind))
			table_row(p, &p->u->rows[i]);
	(void)fputs("</tbody></table>", p->out);
}

/* ---- the hotline and the centres ---- */

static void facts(const struct page *p, const struct uptime_row *r)
{
	(void)fputs("<dl class=\"facts\">", p->out);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		(void)fputs("<div><dt>", p->out);
		word(p, columns[i].head);
		(void)fputs("</dt><dd>", p->out);
		figure(p, &columns[i], &r->sum);
		(void)fputs("</dd></div>", p->out);
	}
	(void)fputs("</dl>", p->out);
}

static void outage(const struct page *p, const struct stretch *s)
{
	(void)fputs("<li>", p->out);
	moment(p, s->from_ms, false);
	(void)fputs(" – ", p->out);
	moment(p, s->until_ms, false);
	(void)fputs(" · ", p->out);
	span(p, s->until_ms - s->from_ms);
	(void)fputs(" · ", p->out);
	text(p, tr_word(p->lang, "state.", state_words[s->state]));
	if (s->record > 0)
		(void)fprintf(p->out, " · #%" PRIu64, s->record);
	(void)fputs("</li>", p->out);
}

/* How long a stretch must be to be one of the MAX_OUTAGES longest. */
static int by_length(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x > *y ? -1 : *x < *y;
}

static int64_t listed_from(const struct timeline *t, size_t n)
{
	int64_t *lengths = n > MAX_OUTAGES ? calloc(n, sizeof *lengths) : NULL, least = 0;
	size_t k = 0;

	if (lengths == NULL)
		return 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].state != STATE_UP)
			lengths[k++] = t->rows[i].until_ms - t->rows[i].from_ms;
	qsort(lengths, n, sizeof *lengths, by_length);
	least = lengths[MAX_OUTAGES - 1];
	free(lengths);
	return least;
}

/* In order of time; of very many the longest, and how many are not there. */
static void outages(const struct page *p, const struct uptime_row *r)
{
	size_t n = 0, said = 0;
	char left[24], most[24];

	for (size_t i = 0; i < r->line.n; i++)
		n += r->line.rows[i].state != STATE_UP;
	if (n == 0)
		return;
	int64_t least = listed_from(&r->line, n);
	(void)fputs("<ul class=\"list\">", p->out);
	for (size_t i = 0; i < r->line.n && said < MAX_OUTAGES; i++) {
		const struct stretch *s = &r->line.rows[i];

		if (s->state == STATE_UP || s->until_ms - s->from_ms < least)
			continue;
		outage(p, s);
		said++;
	}
	(void)fputs("</ul>", p->out);
	if (said == n)
		return;
	(void)snprintf(left, sizeof left, "%zu", n - said);
	(void)snprintf(most, sizeof most, "%zu", said);
	(void)fputs("<p class=\"soft\">", p->out);
	filled(p, "report.more", left, most);
	(void)fputs("</p>", p->out);
}

static void callers(const struct page *p, const struct uptime_row *r)
{
	char n[32], most[32];

	if (r->callers < 0)
		return;
	(void)snprintf(n, sizeof n, "%.0f", r->callers);
	(void)snprintf(most, sizeof most, "%.0f", r->callers_most);
	(void)fputs("<p>", p->out);
	if (strcmp(n, most) != 0)
		filled(p, "report.callers_bounds", n, most);
	else
		filled(p,
		       r->sum.down_ms > 0 && r->callers < 0.5 ? "report.callers_few"
							      : "report.callers",
		       n, most);
	(void)fputs("</p>", p->out);
}

static void section(const struct page *p, const struct uptime_row *r)
{
	(void)fputs("<h2>", p->out);
	text(p, row_name(p, r));
	(void)fputs("</h2>", p->out);
	facts(p, r);
	bars(p, r);
	callers(p, r);
	outages(p, r);
}

/* ---- the page ---- */

static void key(const struct page *p)
{
	(void)fputs("<svg width=\"0\" height=\"0\" style=\"position:absolute\" "
		    "aria-hidden=\"true\"><defs><pattern id=\"hatch\" "
		    "width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\"><rect width=\"4\" "
		    "height=\"4\" fill=\"#bdbdbd\"/><path d=\"M0 4L4 0M-1 1L1 -1M3 5L5 3\" "
		    "stroke=\"#616161\"/></pattern></defs></svg><p class=\"key\">",
		    p->out);
	for (int i = 1; i <= 4; i++) {
		const char *name = state_words[i % 4];

		(void)fprintf(
			p->out,
			"<span><svg width=\"12\" height=\"12\"><rect class=\"%s\" width=\"12\" "
			"height=\"12\"/></svg> ",
			name);
		text(p, tr_word(p->lang, "state.", name));
		(void)fputs("</span>", p->out);
	}
	(void)fputs("</p>", p->out);
}

/* "Availability: Đà Nẵng, October 2026"; of a span that is no month, without it. */
static void title(const struct page *p, bool month)
{
	const struct uptime_request *q = &p->u->asked;
	struct civil c = zone_civil(q->zone, q->from_ms / 1000);
	char name[32], year[16];

	filled(p, "report.title",
	       q->site != NO_ENTITY ? q->topology->sites[q->site].name
				    : tr(p->lang, "report.hotline"),
	       "");
	if (!month)
		return;
	month_name(p, c.month, name, sizeof name);
	(void)snprintf(year, sizeof year, "%d", c.year);
	(void)fputs(", ", p->out);
	filled(p, "report.month", name, year);
}

static void period(const struct page *p)
{
	const struct uptime_request *q = &p->u->asked;
	int offset = zone_offset(q->zone, q->from_ms / 1000) / 60;

	(void)fputs("<p class=\"soft\">", p->out);
	moment(p, q->from_ms, true);
	(void)fputs(" – ", p->out);
	moment(p, q->until_ms, true);
	(void)fprintf(p->out, " (UTC%c%02d:%02d)</p>", offset < 0 ? '-' : '+', abs(offset) / 60,
		      abs(offset) % 60);
}

int uptime_html(const struct uptime *u, const char *lang, const char *month, FILE *out)
{
	struct page p = { u, lang, out };

	(void)fprintf(out,
		      "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width\"><title>",
		      is_english(&p) ? "en" : "vi");
	title(&p, month[0] != '\0');
	(void)fprintf(out, "</title><style>%s</style></head><body><h1>", style);
	title(&p, month[0] != '\0');
	(void)fputs("</h1>", out);
	period(&p);
	key(&p);
	for (size_t i = 0; i < u->n; i++) {
		if (u->rows[i].kind == UPTIME_HOTLINE || u->rows[i].kind == UPTIME_SITE)
			section(&p, &u->rows[i]);
	}
	table(&p, UPTIME_SITE, "report.sites");
	table(&p, UPTIME_CLASS, "report.classes");
	table(&p, UPTIME_SEAT, "report.seats");
	table(&p, UPTIME_DEVICE, "report.devices");
	(void)fputs("<p class=\"soft\">", out);
	word(&p, "report.how");
	(void)fputs("</p></body></html>\n", out);
	return ferror(out) ? -1 : 0;
}
