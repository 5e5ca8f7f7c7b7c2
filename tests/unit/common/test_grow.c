#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/core/grow.h"

TestSuite(grow);

Test(grow, rows_stay_while_the_room_doubles)
{
	size_t n = 0, cap = 0;
	int *rows = NULL;

	for (; n < 100; n++) {
		rows = grow(rows, n, &cap, 4, sizeof *rows);
		cr_assert_not_null(rows);
		cr_assert_gt(cap, n);
		rows[n] = (int)n;
	}
	cr_expect_eq(cap, 128);
	for (int i = 0; i < 100; i++)
		cr_expect_eq(rows[i], i);
	free(rows);
}

Test(grow, without_memory_all_stays_as_it_was)
{
	size_t cap = SIZE_MAX / 4;
	int row = 7;

	cr_expect_null(grow(&row, cap, &cap, 4, sizeof row));
	cr_expect_eq(cap, SIZE_MAX / 4);
}
