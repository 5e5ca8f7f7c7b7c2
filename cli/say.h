/* say.h - texts of the catalogue on the terminal, and times and ages as people read them. */
#ifndef LW_SAY_H
#define LW_SAY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cmd.h"

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_WARN, STYLE_BAD, STYLE_PLAN };

/* The catalogue's text with its places filled: name, value pairs, then NULL. */
void say(const struct cli *cli, const char *key, ...) __attribute__((sentinel));
void say_error(const struct cli *cli, const char *key, ...) __attribute__((sentinel));
/* Into a buffer; returns buf. */
const char *say_to(char *buf, size_t size, const struct cli *cli, const char *key, ...)
	__attribute__((sentinel));

const char *style_on(const struct cli *cli, enum style s);
const char *style_off(const struct cli *cli, enum style s);

/* Columns that `s` takes on a terminal: combining marks take none, CJK is not expected. */
size_t text_width(const char *s);

/* "14:07" today, else "21/11 14:07" (vi) or "21 Nov 14:07" (en); local. */
const char *time_text(char *buf, size_t size, const struct cli *cli, int64_t unix_ms);
/* "42 phút", "42 min": the largest unit that fits. */
const char *age_text(char *buf, size_t size, const struct cli *cli, int64_t ms);

#endif
