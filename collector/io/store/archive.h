/* archive.h - the store as a file that outlives its schema and that others can read: a line of JSON
 * a row, compressed by zstd, with a checksum over all of it at the end (docs/STORE.md). */
#ifndef LW_STORE_ARCHIVE_H
#define LW_STORE_ARCHIVE_H

#include "collector/io/store/store_read.h"

enum { ARCHIVE_VERSION = 1 };

/* Of a part: the chain from its beginning to until_ms, the rest between the two, readings and hourly
 * figures by whole hours. With an end it holds nothing that a collector would go on with. */
struct archive_span {
	int64_t from_ms, until_ms; /* 0, INT64_MAX: everything */
};
struct archive_sums {
	uint64_t lines, records, readings;
};

/* One snapshot, while a collector may write. Whole under its name or not at all. */
int archive_write(struct store_reader *r, const char *path, const struct archive_span *span,
		  struct archive_sums *ret, char *reterr, size_t reterr_size);
/* Into a new store. -EEXIST: there is one already; -EBADMSG: the archive is damaged, and reterr says
 * at which line; whatever fails leaves nothing behind. */
int archive_read(const char *path, const char *store, struct archive_sums *ret, char *reterr,
		 size_t reterr_size);

#endif
