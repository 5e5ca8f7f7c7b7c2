/* rfc3339.h - times as they stand in JSON: "2026-11-21T19:10:02.000Z". Pure: no time zone data, no
 * clock; the proleptic Gregorian calendar, years 1970 to 9999. */
#ifndef LW_RFC3339_H
#define LW_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

enum { RFC3339_SIZE = 25 }; /* with NUL */

/* In UTC with milliseconds; returns buf. What lies outside the years is written as the nearest. */
const char *rfc3339_format(char buf[RFC3339_SIZE], int64_t unix_ms);

/* Date, "T" or a space, time to the minute, second or fraction, then "Z" or an offset. A zone must be
 * there. Returns false for anything else, *ret_unix_ms untouched. */
bool rfc3339_parse(const char *text, int64_t *ret_unix_ms);

/* Days since 1970-01-01 of a date and back; month 1..12. */
int64_t days_of_date(int64_t year, unsigned month, unsigned day);
void date_of_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

#endif
