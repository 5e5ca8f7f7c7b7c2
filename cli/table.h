/* table.h - aligned columns for people, with colour where the terminal has it. */
#ifndef LW_TABLE_H
#define LW_TABLE_H

#include <stdbool.h>

#include "cli/say.h"

struct table;

/* Column heads are keys of the catalogue, or NULL for none. A NULL table is legal everywhere and
 * prints nothing (no memory). */
struct table *table_new(const struct cli *cli, unsigned columns, const char *const *heads);
void table_right(struct table *t, unsigned column);		  /* numbers */
void table_cell(struct table *t, enum style s, const char *text); /* left to right, row by row */
void table_cellf(struct table *t, enum style s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void table_print(const struct table *t);
void table_free(struct table *t);

/* "▁▃▅█": one character a value, scaled between the least and the greatest; NaN is a gap. */
void spark_text(char *buf, unsigned size, const double *values, unsigned n);

#endif
