/* tr.h - what people read, in Vietnamese or English, from the catalogue in i18n/. Pure.
 *
 * Keys are dotted: "alarm.on_battery", "severity.major". The rows are made at build time from
 * the JSON files there (web.json stays with the page). */
#ifndef LW_TR_H
#define LW_TR_H

#include <stdbool.h>
#include <stddef.h>

/* The text of `key`; lang is "vi" or "en", anything else is "vi". A key that is not in the
 * catalogue comes back as it is: visible, never NULL. */
const char *tr(const char *lang, const char *key);
/* The same for "prefix" + "name": tr_word("vi", "alarm.", "on_battery"). Not in the catalogue:
 * `name`. */
const char *tr_word(const char *lang, const char *prefix, const char *name);
bool tr_has(const char *key);

struct tr_arg {
	const char *name, *value;
};

/* Fill the {places} of a text; args end with a NULL name. A place without a value stays as it is.
 * Returns the length without NUL; cut at `size`, never inside a UTF-8 character. */
size_t tr_fill(char *buf, size_t size, const char *text, const struct tr_arg *args);

#endif
