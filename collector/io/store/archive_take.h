/* archive_take.h - what the files that take an archive's lines apart share. */
#ifndef LW_STORE_ARCHIVE_TAKE_H
#define LW_STORE_ARCHIVE_TAKE_H

#include <jansson.h>

#include "collector/io/store/archive_row.h"

struct take {
	struct archive_rows *rows;
	const struct archive_line *line;
	struct store_batch *batch;
	json_t *j;
	char *err;
	size_t err_size;
};

/* Each 0, -ENOMEM, or -EBADMSG after saying what is wrong. */
int take_bad(struct take *t, const char *what);
int take_numbers(struct take *t, const char *const names[],
		 int64_t *ret);				     /* all needed; NULL ends */
int take_text(struct take *t, const char *name, char **ret); /* NULL: null */
int take_name(struct take *t, const char *name, char **ret); /* must be there */
int take_bytes(struct take *t, const char *name, uint8_t **ret, size_t *ret_len);
const json_t *take_get(const struct take *t, const char *name);

typedef int take_fn(struct take *t);
take_fn take_shape, take_readings, take_hours, take_record, take_head, take_hole, take_quarantine,
	take_ranges, take_outbox, take_blob;

#endif
