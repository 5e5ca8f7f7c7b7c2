/* nut.h - the lines of NUT's network protocol and what its variables mean here. Pure.
 *
 * RFC 9271 (LIST VAR, ERR …); variable and flag names are those of docs/nut-names.txt. */
#ifndef LW_NUT_H
#define LW_NUT_H

#include <stddef.h>

#include "common/core/reading.h"

enum { NUT_WORDS_MAX = 8, NUT_LINE_MAX = 1024, NUT_READINGS_MAX = 48, NUT_TEXT_MAX = 96 };

/* One line cut into words; the words point into the line, which is changed: quotes and escapes
 * are resolved in place. */
struct nut_line {
	char *words[NUT_WORDS_MAX];
	size_t n;
};

/* 0, or -EINVAL: an open quote, too many words, a control character. */
int nut_line_split(struct nut_line *ret, char *line);

/* What one round of LIST VAR has told. Texts are copied and bounded. */
struct nut_state {
	struct reading readings[NUT_READINGS_MAX];
	size_t n;
	char vendor[NUT_TEXT_MAX], model[NUT_TEXT_MAX], serial[NUT_TEXT_MAX], version[NUT_TEXT_MAX];
	char driver[NUT_TEXT_MAX];
	char flags[NUT_TEXT_MAX]; /* ups.status as it came: "OL CHRG" */
	unsigned n_refused;	  /* variables beyond the table's room */
};

void nut_state_init(struct nut_state *s);
void nut_state_var(struct nut_state *s, const char *name, const char *value);

/* "OL CHRG" -> UPS_ONLINE …; UPS_UNKNOWN where the flags do not tell. */
enum ups_status nut_status(const char *flags);

/* The flags as bits of ups.alarms: bit n-1 is upsWellKnownAlarm n of RFC 1628. */
unsigned nut_alarm_bits(const char *flags);

/* What an ERR answer means for the device, and the words to tell a person. */
struct nut_error {
	const char *code;
	enum reading_reason reason;
	const char *advice;
};
const struct nut_error *nut_error_find(const char *code); /* never NULL: a row for the rest */

#endif
