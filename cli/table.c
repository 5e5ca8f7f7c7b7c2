#include "cli/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/tr.h"

enum { COLUMNS_MAX = 12, CELL_MAX = 512, GAP = 2, INDENT = 2 };

struct cell {
	char *text;
	enum style style;
};

struct table {
	const struct cli *cli;
	unsigned columns;
	bool heads;
	bool right[COLUMNS_MAX];
	size_t width[COLUMNS_MAX];
	struct cell *cells;
	size_t n, room;
};

struct table *table_new(const struct cli *cli, unsigned columns, const char *const *heads)
{
	struct table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->cli = cli;
	t->columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
	t->heads = heads != NULL;
	for (unsigned i = 0; heads != NULL && i < t->columns; i++)
		table_cell(t, STYLE_DIM, tr(cli->lang, heads[i]));
	return t;
}

void table_right(struct table *t, unsigned column)
{
	if (t != NULL && column < t->columns)
		t->right[column] = true;
}

static bool make_room(struct table *t)
{
	size_t room = t->room == 0 ? 64 : t->room * 2;
	struct cell *cells;

	if (t->n < t->room)
		return true;
	cells = realloc(t->cells, room * sizeof *cells);
	if (cells == NULL)
		return false;
	t->cells = cells;
	t->room = room;
	return true;
}

void table_cell(struct table *t, enum style s, const char *text)
{
	size_t width;
	char *copy;

	if (t == NULL || !make_room(t))
		return;
	copy = strdup(text != NULL ? text : "");
	if (copy == NULL)
		return;
	width = text_width(copy);
	if (width > t->width[t->n % t->columns])
		t->width[t->n % t->columns] = width;
	t->cells[t->n++] = (struct cell){ copy, s };
}

void table_cellf(struct table *t, enum style s, const char *format, ...)
{
	char buf[CELL_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(buf, sizeof buf, format, ap);
	va_end(ap);
	table_cell(t, s, buf);
}

static void print_cell(const struct table *t, size_t i, bool last)
{
	const struct cell *c = &t->cells[i];
	size_t pad = t->width[i % t->columns] - text_width(c->text);
	bool right = t->right[i % t->columns];

	(void)printf("%*s%s%s%s", right ? (int)pad : 0, "", style_on(t->cli, c->style), c->text,
		     style_off(t->cli, c->style));
	if (!last)
		(void)printf("%*s  ", right ? 0 : (int)pad, "");
}

/* On a terminal that is too narrow a row takes two lines or more: which columns begin one. The same
 * in every row, so that the columns stay aligned. */
static void lay_out(const struct table *t, bool ret_begins[COLUMNS_MAX])
{
	size_t used = 0;

	for (unsigned i = 0; i < t->columns; i++) {
		ret_begins[i] =
			i > 0 && t->cli->columns > 0 && used + t->width[i] > t->cli->columns;
		if (ret_begins[i])
			used = INDENT;
		used += t->width[i] + GAP;
	}
}

void table_print(const struct table *t)
{
	bool begins[COLUMNS_MAX];

	if (t == NULL)
		return;
	lay_out(t, begins);
	for (size_t i = 0; i < t->n; i++) {
		unsigned next = (unsigned)((i + 1) % t->columns);
		bool end = next == 0 || i + 1 == t->n;

		print_cell(t, i, end || begins[next]);
		if (end || begins[next])
			(void)printf("\n%*s", end ? 0 : INDENT, "");
	}
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

void spark_text(char *buf, unsigned size, const double *values, unsigned n)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	double least = (double)INFINITY, most = (double)-INFINITY;
	unsigned used = 0;

	for (unsigned i = 0; i < n; i++) {
		least = fmin(least, values[i]);
		most = fmax(most, values[i]);
	}
	for (unsigned i = 0; i < n && used + 4 < size; i++) {
		double part = most > least ? (values[i] - least) / (most - least) : 0;
		const char *bar = isnan(values[i]) ? " " : bars[(unsigned)(part * 7.0 + 0.5)];

		memcpy(buf + used, bar, strlen(bar));
		used += (unsigned)strlen(bar);
	}
	buf[used < size ? used : size - 1] = '\0';
}
