#include "common/core/rfc3339.h"

#include <stddef.h>

enum { DAY_MS = 86400000 };
static const int64_t LAST_MS = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */

/* Both ways after H. Hinnant's chrono-compatible date algorithms: eras of 400 years from March. */
int64_t days_of_date(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void date_of_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*ret_day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*ret_month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*ret_year = yoe + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

static char *digits(char *p, int64_t n, unsigned width)
{
	for (unsigned i = width; i > 0; i--, n /= 10)
		p[i - 1] = (char)('0' + n % 10);
	return p + width;
}

static char *field(char *p, int64_t n, unsigned width, char after)
{
	p = digits(p, n, width);
	*p = after;
	return p + 1;
}

const char *rfc3339_format(char buf[RFC3339_SIZE], int64_t unix_ms)
{
	int64_t ms = unix_ms < 0 ? 0 : unix_ms > LAST_MS ? LAST_MS : unix_ms;
	int64_t year, in_day = ms % DAY_MS;
	unsigned month, day;
	char *p = buf;

	date_of_days(ms / DAY_MS, &year, &month, &day);
	p = field(p, year, 4, '-');
	p = field(p, month, 2, '-');
	p = field(p, day, 2, 'T');
	p = field(p, in_day / 3600000, 2, ':');
	p = field(p, in_day / 60000 % 60, 2, ':');
	p = field(p, in_day / 1000 % 60, 2, '.');
	p = field(p, in_day % 1000, 3, 'Z');
	*p = '\0';
	return buf;
}

/* `width` digits, then `after` (0: anything); -1 when they do not stand there. */
static int64_t take(const char **s, unsigned width, char after)
{
	int64_t n = 0;

	for (unsigned i = 0; i < width; i++) {
		char c = (*s)[i];

		if (c < '0' || c > '9')
			return -1;
		n = n * 10 + (c - '0');
	}
	*s += width;
	if (after == '\0')
		return n;
	if (**s != after)
		return -1;
	(*s)++;
	return n;
}

static bool take_date(const char **s, int64_t *ret_days)
{
	static const unsigned char longest[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t year = take(s, 4, '-');
	int64_t month = year >= 0 ? take(s, 2, '-') : -1;
	int64_t day = month >= 0 ? take(s, 2, '\0') : -1;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > longest[month - 1] ||
	    (month == 2 && day == 29 && !leap))
		return false;
	if (**s != 'T' && **s != 't' && **s != ' ')
		return false;
	(*s)++;
	*ret_days = days_of_date(year, (unsigned)month, (unsigned)day);
	return true;
}

static bool take_time(const char **s, int64_t *ret_ms)
{
	int64_t hour = take(s, 2, ':');
	int64_t minute = hour >= 0 ? take(s, 2, '\0') : -1;
	int64_t second = 0, ms = 0, unit = 100;

	if (minute >= 0 && **s == ':') {
		(*s)++;
		second = take(s, 2, '\0');
	}
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	if (**s == '.') {
		const char *start = ++*s;

		for (; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
			ms += (**s - '0') * unit;
		if (*s == start)
			return false;
	}
	*ret_ms = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
	return true;
}

static bool take_zone(const char **s, int64_t *ret_ms)
{
	char sign = **s;
	int64_t hours, minutes;

	if (sign == 'Z' || sign == 'z') {
		(*s)++;
		*ret_ms = 0;
		return true;
	}
	if (sign != '+' && sign != '-')
		return false;
	(*s)++;
	hours = take(s, 2, ':');
	minutes = hours >= 0 ? take(s, 2, '\0') : -1;
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*ret_ms = (hours * 60 + minutes) * (sign == '+' ? 60000 : -60000);
	return true;
}

bool rfc3339_parse(const char *text, int64_t *ret_unix_ms)
{
	int64_t days, ms, zone;

	if (text == NULL || !take_date(&text, &days) || !take_time(&text, &ms) ||
	    !take_zone(&text, &zone) || *text != '\0')
		return false;
	*ret_unix_ms = days * DAY_MS + ms - zone;
	return true;
}
