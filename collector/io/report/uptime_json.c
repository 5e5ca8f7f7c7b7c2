/* uptime_json.c - the figures for programs: JSON with the stretches behind each centre, and CSV. */
#include <string.h>

#include "collector/io/report/uptime.h"

static const char *const state_names[] = { "unknown", "up", "down", "planned" };

static json_t *seconds(int64_t ms)
{
	return ms < 0		? json_null()
	       : ms % 1000 == 0 ? json_integer(ms / 1000)
				: json_real((double)ms / 1000);
}

/* Each with the record that proves it; the ones that were up only where asked for. */
static json_t *stretches(const struct timeline *t, bool up_too)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n; i++) {
		const struct stretch *s = &t->rows[i];

		if (s->state == STATE_UP && !up_too)
			continue;
		(void)json_array_append_new(
			list, json_pack("{s:s,s:o,s:o,s:I}", "state", state_names[s->state], "from",
					json_real((double)s->from_ms / 1000), "until",
					json_real((double)s->until_ms / 1000), "record",
					(json_int_t)s->record));
	}
	return list;
}

static json_t *bars(const struct uptime_request *q, const struct availability *all)
{
	static const char *const names[] = { "up_s", "down_s", "planned_s", "unknown_s" };
	json_t *t = json_array(), *columns[4], *j = json_pack("{s:o}", "t", t);

	for (size_t c = 0; c < 4; c++) {
		columns[c] = json_array();
		(void)json_object_set_new(j, names[c], columns[c]);
	}
	for (size_t i = 0; i < q->n_bars; i++) {
		const struct availability *a = &all[i];
		const int64_t parts[] = { a->up_ms, a->down_ms, a->planned_ms, a->unknown_ms };

		(void)json_array_append_new(t, seconds(q->starts[i]));
		for (size_t c = 0; c < 4; c++)
			(void)json_array_append_new(columns[c], seconds(parts[c]));
	}
	return j;
}

static json_t *row_json(const struct uptime_request *q, const struct uptime_row *r)
{
	const struct availability *a = &r->sum;
	struct bounds b = availability_bounds(a);
	json_t *j = json_pack(
		"{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:f,s:f,s:i,s:o,s:o,s:o}", "kind",
		uptime_kind_name(r->kind), "id", r->id, "name", r->name, "up_s", seconds(a->up_ms),
		"down_s", seconds(a->down_ms), "planned_s", seconds(a->planned_ms), "unknown_s",
		seconds(a->unknown_ms), "at_least", b.least, "at_most", b.most, "outages",
		(int)a->outages, "longest_s", seconds(a->longest_ms), "mtbf_s",
		seconds(availability_mtbf_ms(a)), "mttr_s", seconds(availability_mttr_ms(a)));

	if (j != NULL && r->callers >= 0) {
		(void)json_object_set_new(j, "callers_affected", json_real(r->callers));
		(void)json_object_set_new(j, "callers_at_most", json_real(r->callers_most));
	}
	if (j != NULL && r->kind != UPTIME_CLASS &&
	    (q->trace || r->kind == UPTIME_HOTLINE || r->kind == UPTIME_SITE))
		(void)json_object_set_new(j, "stretches", stretches(&r->line, q->trace));
	if (j != NULL && r->kind == UPTIME_CLASS)
		(void)json_object_set_new(j, "members", json_integer(r->members));
	if (j != NULL && r->bars != NULL)
		(void)json_object_set_new(j, "bars", bars(q, r->bars));
	return j;
}

json_t *uptime_json(const struct uptime *u)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < u->n; i++)
		(void)json_array_append_new(rows, row_json(&u->asked, &u->rows[i]));
	return json_pack("{s:f,s:f,s:o}", "from", (double)u->asked.from_ms / 1000, "until",
			 (double)u->asked.until_ms / 1000, "uptime", rows);
}

/* RFC 4180: quoted when needed; a name that a spreadsheet would run is disarmed. */
static void csv_text(FILE *out, const char *text)
{
	(void)fputc('"', out);
	if (text[0] != '\0' && strchr("=+-@\t", text[0]) != NULL)
		(void)fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

int uptime_csv(const struct uptime *u, FILE *out)
{
	(void)fputs("kind,id,name,up_s,down_s,planned_s,unknown_s,at_least,at_most,outages,"
		    "longest_s,mtbf_s,mttr_s,callers_affected\r\n",
		    out);
	for (size_t i = 0; i < u->n; i++) {
		const struct uptime_row *r = &u->rows[i];
		const struct availability *a = &r->sum;
		struct bounds b = availability_bounds(a);

		(void)fprintf(out, "%s,", uptime_kind_name(r->kind));
		csv_text(out, r->id);
		(void)fputc(',', out);
		csv_text(out, r->name);
		(void)fprintf(out, ",%.3f,%.3f,%.3f,%.3f,%.6f,%.6f,%u,%.3f,",
			      (double)a->up_ms / 1e3, (double)a->down_ms / 1e3,
			      (double)a->planned_ms / 1e3, (double)a->unknown_ms / 1e3, b.least,
			      b.most, a->outages, (double)a->longest_ms / 1e3);
		if (a->outages > 0)
			(void)fprintf(out, "%.3f,%.3f,", (double)availability_mtbf_ms(a) / 1e3,
				      (double)availability_mttr_ms(a) / 1e3);
		else
			(void)fputs(",,", out);
		if (r->callers >= 0)
			(void)fprintf(out, "%.1f", r->callers);
		(void)fputs("\r\n", out);
	}
	return ferror(out) ? -1 : 0;
}
