/* fuzz_archive.c - an archive of the store, compressed or not, as anything at all. */
#include <stdio.h>
#include <stdlib.h>

#include "collector/io/store/archive_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_all(struct archive_in *in, struct archive_rows *rows, struct store_batch *b)
{
	uint8_t sum[ARCHIVE_SUM_BYTES];
	char err[256];
	struct archive_line l = { .sum_before = sum };
	int r;

	while ((r = archive_in_line(in, &l.text, &l.len, err, sizeof err)) == 1) {
		l.before = in->lines - 1;
		archive_in_sum(in, sum);
		r = archive_rows_take(rows, &l, b, err, sizeof err);
		if (r < 0)
			break;
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
	struct store_batch *b = store_batch_new(NULL);
	struct archive_rows rows;
	struct archive_in in;

	if (file != NULL && b != NULL && archive_in_open(&in, file) == 0) {
		if (archive_rows_init(&rows) == 0)
			(void)take_all(&in, &rows, b);
		archive_rows_fini(&rows);
		archive_in_close(&in);
	}
	store_batch_free(b);
	if (file != NULL)
		(void)fclose(file);
	return 0;
}
