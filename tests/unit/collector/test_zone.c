#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/core/zone.h"

static const char *const names[] = { "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/Sao_Paulo",
				     "Australia/Lord_Howe", "Etc/UTC" };

static size_t load(const char *name, uint8_t *buf, size_t size)
{
	char path[128];

	(void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	size_t n = fread(buf, 1, size, f);
	(void)fclose(f);
	return n;
}

Test(zone, agrees_with_the_c_library)
{
	static uint8_t buf[65536];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = load(names[i], buf, sizeof buf);
		struct zone z;

		if (n == 0)
			cr_skip_test("no tzdata on this machine");
		cr_assert_eq(zone_parse(buf, n, &z), 0, "%s", names[i]);
		(void)setenv("TZ", names[i], 1);
		tzset();
		for (time_t t = 0; t < 2100000000; t += 500009) {
			struct tm tm;
			struct civil c = zone_civil(&z, t);

			(void)localtime_r(&t, &tm);
			cr_assert_eq(tm.tm_gmtoff, zone_offset(&z, t), "%s %ld", names[i], t);
			cr_assert_eq(tm.tm_mday, c.day);
			cr_assert_eq(tm.tm_mon + 1, c.month);
			cr_assert_eq(tm.tm_year + 1900, c.year);
			cr_assert_eq(tm.tm_hour, c.hour);
			struct civil m = zone_civil(&z, zone_midnight(&z, c.year, c.month, c.day));
			cr_assert_eq(m.day, c.day, "%s %d-%d-%d", names[i], c.year, c.month, c.day);
			cr_assert_leq(m.hour, 1);
		}
		zone_fini(&z);
	}
}

Test(zone, months_have_their_days_leap_years_too)
{
	struct zone utc = { 0 };

	cr_expect_eq(zone_midnight(&utc, 2028, 3, 1) - zone_midnight(&utc, 2028, 2, 1), 29 * 86400);
	cr_expect_eq(zone_midnight(&utc, 2026, 3, 1) - zone_midnight(&utc, 2026, 2, 1), 28 * 86400);
	cr_expect_eq(zone_midnight(&utc, 2100, 3, 1) - zone_midnight(&utc, 2100, 2, 1), 28 * 86400);
	cr_expect_eq(zone_midnight(&utc, 2026, 13, 1), zone_midnight(&utc, 2027, 1, 1));
	cr_expect_eq(zone_midnight(&utc, 1970, 1, 1), 0);
	cr_expect_eq(zone_midnight(&utc, 2026, 10, 32), zone_midnight(&utc, 2026, 11, 1));
}

Test(zone, a_damaged_file_is_refused)
{
	static uint8_t buf[65536];
	size_t n = load("Asia/Ho_Chi_Minh", buf, sizeof buf);
	struct zone z;

	cr_expect_eq(zone_parse((const uint8_t *)"TZif2", 5, &z), -EBADMSG);
	for (size_t cut = 0; cut + 20 < n; cut++)
		cr_expect_eq(zone_parse(buf, cut, &z) < 0 || (zone_fini(&z), true), true);
}
