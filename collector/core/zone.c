#include "collector/core/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 44, MAX_TIMES = 4096 };

struct counts {
	uint32_t isut, isstd, leap, times, types, chars;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static int header(const uint8_t *buf, size_t len, struct counts *ret)
{
	if (len < HEADER || memcmp(buf, "TZif", 4) != 0)
		return -EBADMSG;
	*ret = (struct counts){ be32(buf + 20), be32(buf + 24), be32(buf + 28),
				be32(buf + 32), be32(buf + 36), be32(buf + 40) };
	if (ret->times > MAX_TIMES || ret->types == 0 || ret->types > 256 || ret->chars > 4096 ||
	    ret->leap > 256 || ret->isut > 256 || ret->isstd > 256)
		return -EBADMSG;
	return 0;
}

static size_t body_size(const struct counts *c, size_t time_size)
{
	return c->times * (time_size + 1) + c->types * 6 + c->chars + c->leap * (time_size + 4) +
	       c->isstd + c->isut;
}

static int fill(struct zone *z, const uint8_t *body, const struct counts *c)
{
	const uint8_t *index = body + c->times * 8, *types = index + c->times;

	z->at_s = calloc(c->times + 1, sizeof *z->at_s);
	z->offset_s = calloc(c->times + 1, sizeof *z->offset_s);
	if (z->at_s == NULL || z->offset_s == NULL)
		return -ENOMEM;
	z->first_offset_s = (int32_t)be32(types);
	for (uint32_t i = 0; i < c->times; i++) {
		if (index[i] >= c->types)
			return -EBADMSG;
		z->at_s[i] = be64(body + (size_t)i * 8);
		z->offset_s[i] = (int32_t)be32(types + (size_t)index[i] * 6);
		if (z->offset_s[i] < -100000 || z->offset_s[i] > 100000 ||
		    (i > 0 && z->at_s[i] <= z->at_s[i - 1]))
			return -EBADMSG;
	}
	z->n = c->times;
	return z->first_offset_s < -100000 || z->first_offset_s > 100000 ? -EBADMSG : 0;
}

int zone_parse(const uint8_t *buf, size_t len, struct zone *ret)
{
	struct zone z = { 0 };
	struct counts c;
	int r = header(buf, len, &c);

	if (r < 0)
		return r;
	/* version 2 and later repeat the data with 64-bit times behind the old block */
	size_t skip = HEADER + body_size(&c, 4);
	if (buf[4] < '2' || len < skip)
		return -EBADMSG;
	buf += skip;
	len -= skip;
	r = header(buf, len, &c);
	if (r == 0 && len - HEADER < body_size(&c, 8))
		r = -EBADMSG;
	if (r == 0)
		r = fill(&z, buf + HEADER, &c);
	if (r < 0) {
		zone_fini(&z);
		return r;
	}
	*ret = z;
	return 0;
}

void zone_fini(struct zone *z)
{
	free(z->at_s);
	free(z->offset_s);
	memset(z, 0, sizeof *z);
}

int32_t zone_offset(const struct zone *z, int64_t unix_s)
{
	size_t lo = 0, hi = z->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (z->at_s[mid] <= unix_s)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 ? z->first_offset_s : z->offset_s[lo - 1];
}

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. After H. Hinnant. */
static int64_t days_of(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, struct civil *ret)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	ret->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	ret->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	ret->year = (int)(yoe + era * 400 + (ret->month <= 2));
}

int64_t zone_midnight(const struct zone *z, int year, int month, int day)
{
	int months = year * 12 + month - 1;
	int64_t local = (days_of(months / 12, months % 12 + 1, 1) + day - 1) * 86400;
	int64_t t = local - zone_offset(z, local);

	t = local - zone_offset(z, t); /* the offset at that time, not at UTC's midnight */
	if (t + zone_offset(z, t) == local)
		return t;
	/* skipped or repeated: the moment the clocks changed */
	for (size_t i = 0; i < z->n; i++) {
		if (z->at_s[i] > t - 86400 && z->at_s[i] < t + 86400 &&
		    z->at_s[i] + z->offset_s[i] >= local)
			return z->at_s[i];
	}
	return t;
}

struct civil zone_civil(const struct zone *z, int64_t unix_s)
{
	int64_t local = unix_s + zone_offset(z, unix_s);
	int64_t days = local >= 0 ? local / 86400 : (local - 86399) / 86400;
	int s = (int)(local - days * 86400);
	struct civil c = { .hour = s / 3600, .minute = s / 60 % 60, .second = s % 60 };

	date_of(days, &c);
	return c;
}
