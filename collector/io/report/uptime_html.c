/* uptime_html.c - the month on paper: one page, complete in itself, no script. A bar a day for the
 * hotline and each centre, the outages with their records, then the tables. */
#include <string.h>

#include "collector/io/report/uptime.h"
#include "common/core/tr.h"

enum { BAR_W = 18, BAR_GAP = 3, BAR_H = 60, MAX_OUTAGES = 40 };

static const char style[] =
	"body{font:14px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;color:#111}"
	"h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.8rem;break-after:avoid}"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
	"th,td{text-align:left;padding:.2rem .5rem;border-bottom:1px solid #ccc}"
	"td.n,th.n{text-align:right}.up{fill:#2e7d32}.down{fill:#b00020}.planned{fill:#1565c0}"
	".unknown{fill:#9e9e9e}svg text{font-size:9px;fill:#333}.key span{margin-right:1.2rem}"
	"@media print{body{margin:0}a{color:inherit}}";

static const char *const state_words[] = { "unknown", "up", "down", "planned" };

struct page {
	const struct uptime *u;
	const char *lang;
	FILE *out;
};

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

static void span(const struct page *p, int64_t ms)
{
	int64_t s = ms / 1000;

	if (s >= 86400)
		(void)fprintf(p->out, "%lldd %02lldh", (long long)(s / 86400),
			      (long long)(s % 86400 / 3600));
	else if (s >= 3600)
		(void)fprintf(p->out, "%lldh %02lldm", (long long)(s / 3600),
			      (long long)(s % 3600 / 60));
	else
		(void)fprintf(p->out, "%lldm %02llds", (long long)(s / 60), (long long)(s % 60));
}

static void moment(const struct page *p, int64_t ms)
{
	struct civil c = zone_civil(p->u->asked.zone, ms / 1000);

	(void)fprintf(p->out, "%02d/%02d %02d:%02d:%02d", c.day, c.month, c.hour, c.minute,
		      c.second);
}

/* ---- a bar a day ---- */

static void day_bar(const struct page *p, const struct availability *a, int i, int day)
{
	const int64_t parts[] = { a->unknown_ms, a->up_ms, a->down_ms, a->planned_ms };
	int64_t all = a->unknown_ms + a->up_ms + a->down_ms + a->planned_ms;
	static const enum entity_state order[] = { STATE_UP, STATE_PLANNED, STATE_UNKNOWN,
						   STATE_DOWN };
	double y = BAR_H;

	for (int k = 0; k < 4 && all > 0; k++) {
		double h = (double)parts[order[k]] / (double)all * BAR_H;

		if (parts[order[k]] > 0 && h < 1)
			h = 1; /* a minute of outage shows */
		y -= h;
		if (h > 0)
			(void)fprintf(p->out,
				      "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%d\" "
				      "height=\"%.1f\"/>",
				      state_words[order[k]], i * (BAR_W + BAR_GAP), y < 0 ? 0 : y,
				      BAR_W, h);
	}
	(void)fprintf(p->out, "<text x=\"%d\" y=\"%d\">%d</text>", i * (BAR_W + BAR_GAP) + 4,
		      BAR_H + 11, day);
}

static void bars(const struct page *p, const struct uptime_row *r)
{
	const struct uptime_request *q = &p->u->asked;
	int64_t at = q->from_ms;

	(void)fprintf(p->out, "<svg role=\"img\" width=\"100%%\" viewBox=\"0 0 %d %d\">",
		      31 * (BAR_W + BAR_GAP), BAR_H + 14);
	for (int i = 0; at < q->until_ms && i < 31; i++) {
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

static void figures(const struct page *p, const struct uptime_row *r)
{
	const struct availability *a = &r->sum;
	const int64_t spans[] = { a->up_ms, a->down_ms, a->planned_ms, a->unknown_ms };
	struct bounds b = availability_bounds(a);

	for (int i = 0; i < 4; i++) {
		(void)fputs("<td class=\"n\">", p->out);
		span(p, spans[i]);
		(void)fputs("</td>", p->out);
	}
	(void)fprintf(p->out, "<td class=\"n\">%.3f–%.3f %%</td><td class=\"n\">%u</td>",
		      b.least * 100, b.most * 100, a->outages);
	(void)fputs("<td class=\"n\">", p->out);
	span(p, a->longest_ms);
	(void)fputs("</td>", p->out);
}

static void table(const struct page *p, enum uptime_kind kind, const char *head)
{
	static const char *const heads[] = { "report.what",    "state.up",	"state.down",
					     "state.planned",  "state.unknown", "report.share",
					     "report.outages", "report.longest" };

	(void)fputs("<h2>", p->out);
	word(p, head);
	(void)fputs("</h2><table><tr>", p->out);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		(void)fprintf(p->out, "<th%s>", i > 0 ? " class=\"n\"" : "");
		word(p, heads[i]);
		(void)fputs("</th>", p->out);
	}
	(void)fputs("</tr>", p->out);
	for (size_t i = 0; i < p->u->n; i++) {
		const struct uptime_row *r = &p->u->rows[i];

		if (r->kind != kind)
			continue;
		(void)fputs("<tr><td>", p->out);
		text(p, kind == UPTIME_CLASS  ? tr_word(p->lang, "class.", r->id)
			: kind == UPTIME_SITE ? r->name
					      : r->id);
		(void)fputs("</td>", p->out);
		figures(p, r);
		(void)fputs("</tr>", p->out);
	}
	(void)fputs("</table>", p->out);
}

static void outages(const struct page *p, const struct uptime_row *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->line.n && n < MAX_OUTAGES; i++) {
		const struct stretch *s = &r->line.rows[i];

		if (s->state == STATE_UP)
			continue;
		(void)fprintf(p->out, "%s<li>", n++ == 0 ? "<ul>" : "");
		moment(p, s->from_ms);
		(void)fputs(" – ", p->out);
		moment(p, s->until_ms);
		(void)fputs(" · ", p->out);
		span(p, s->until_ms - s->from_ms);
		(void)fputs(" · ", p->out);
		text(p, tr_word(p->lang, "state.", state_words[s->state]));
		(void)fprintf(p->out, " · #%llu</li>", (unsigned long long)s->record);
	}
	if (n > 0)
		(void)fputs("</ul>", p->out);
}

static void section(const struct page *p, const struct uptime_row *r)
{
	(void)fputs("<h2>", p->out);
	if (r->kind == UPTIME_HOTLINE)
		word(p, "report.hotline");
	else
		text(p, r->name);
	(void)fputs("</h2>", p->out);
	bars(p, r);
	if (r->callers >= 0) {
		char n[32];
		const struct tr_arg args[] = { { "n", n }, { NULL, NULL } };
		char line[256];

		(void)snprintf(n, sizeof n, "%.0f", r->callers);
		(void)tr_fill(line, sizeof line, tr(p->lang, "report.callers"), args);
		(void)fputs("<p>", p->out);
		text(p, line);
		(void)fputs("</p>", p->out);
	}
	outages(p, r);
}

static void key(const struct page *p)
{
	(void)fputs("<p class=\"key\">", p->out);
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

int uptime_html(const struct uptime *u, const char *lang, const char *title, FILE *out)
{
	struct page p = { u, lang, out };

	(void)fprintf(out, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><title>",
		      strcmp(lang, "en") == 0 ? "en" : "vi");
	word(&p, "report.title");
	(void)fputs(" ", out);
	text(&p, title);
	(void)fprintf(out, "</title><style>%s</style></head><body><h1>", style);
	word(&p, "report.title");
	(void)fputs(" ", out);
	text(&p, title);
	(void)fputs("</h1><p>", out);
	moment(&p, u->asked.from_ms);
	(void)fputs(" – ", out);
	moment(&p, u->asked.until_ms);
	(void)fputs("</p>", out);
	key(&p);
	for (size_t i = 0; i < u->n; i++) {
		if (u->rows[i].kind == UPTIME_HOTLINE || u->rows[i].kind == UPTIME_SITE)
			section(&p, &u->rows[i]);
	}
	table(&p, UPTIME_SITE, "report.sites");
	table(&p, UPTIME_CLASS, "report.classes");
	table(&p, UPTIME_SEAT, "report.seats");
	table(&p, UPTIME_DEVICE, "report.devices");
	(void)fputs("<p>", out);
	word(&p, "report.how");
	(void)fputs("</p></body></html>\n", out);
	return ferror(out) ? -1 : 0;
}
