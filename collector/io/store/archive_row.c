#include "collector/io/store/archive_row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/archive.h"
#include "collector/io/store/archive_json.h"
#include "collector/io/store/archive_take.h"

int take_bad(struct take *t, const char *what)
{
	(void)snprintf(t->err, t->err_size, "%s", what);
	return -EBADMSG;
}

const json_t *take_get(const struct take *t, const char *name)
{
	return json_object_get(t->j, name);
}

/* Whole numbers, all of them needed; ends with NULL. */
int take_numbers(struct take *t, const char *const names[], int64_t *ret)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		const json_t *j = take_get(t, names[i]);

		if (!json_is_integer(j)) {
			(void)snprintf(t->err, t->err_size, "%s: a whole number is needed",
				       names[i]);
			return -EBADMSG;
		}
		ret[i] = json_integer_value(j);
	}
	return 0;
}

int take_text(struct take *t, const char *name, char **ret)
{
	int r = json_text(take_get(t, name), ret);

	if (r == -EBADMSG)
		(void)snprintf(t->err, t->err_size, "%s: a text is needed", name);
	return r;
}

/* A text that must be there. */
int take_name(struct take *t, const char *name, char **ret)
{
	int r = take_text(t, name, ret);

	if (r == 0 && *ret == NULL) {
		(void)snprintf(t->err, t->err_size, "%s: a text is needed", name);
		return -EBADMSG;
	}
	return r;
}

int take_bytes(struct take *t, const char *name, uint8_t **ret, size_t *ret_len)
{
	int r = json_bytes(take_get(t, name), ret, ret_len);

	if (r == -EBADMSG)
		(void)snprintf(t->err, t->err_size, "%s: base64 is needed", name);
	return r;
}

static int take_archive(struct take *t)
{
	static const char *const names[] = { "version", NULL };
	int64_t version;
	int r = take_numbers(t, names, &version);

	if (r == 0 && version != ARCHIVE_VERSION)
		r = take_bad(t, "an archive of a version that this linewatch does not know");
	return r;
}

static int take_end(struct take *t)
{
	static const char *const names[] = { "lines", NULL };
	const char *said = json_string_value(take_get(t, "blake2b"));
	char hex[2 * ARCHIVE_SUM_BYTES + 1];
	int64_t lines;
	int r = take_numbers(t, names, &lines);

	if (r < 0)
		return r;
	if ((uint64_t)lines != t->line->before)
		return take_bad(t, "lines are missing before it, or too many");
	(void)sodium_bin2hex(hex, sizeof hex, t->line->sum_before, ARCHIVE_SUM_BYTES);
	if (said == NULL || strcmp(said, hex) != 0)
		return take_bad(t, "the lines before it were changed: their sum differs");
	return 0;
}

/* ---- lines ---- */

static const struct {
	const char *name;
	enum archive_stage stage;
	take_fn *take;
} kinds[] = {
	{ "archive", STAGE_ARCHIVE, take_archive },
	{ "shape", STAGE_READINGS, take_shape },
	{ "readings", STAGE_READINGS, take_readings },
	{ "hours", STAGE_HOURS, take_hours },
	{ "record", STAGE_RECORD, take_record },
	{ "head", STAGE_HEAD, take_head },
	{ "hole", STAGE_HOLE, take_hole },
	{ "quarantine", STAGE_QUARANTINE, take_quarantine },
	{ "ranges", STAGE_RANGES, take_ranges },
	{ "outbox", STAGE_OUTBOX, take_outbox },
	{ "blob", STAGE_BLOB, take_blob },
	{ "end", STAGE_END, take_end },
};

static int take_kind(struct take *t, size_t kind)
{
	enum archive_stage stage = kinds[kind].stage, was = t->rows->stage;

	if (was == STAGE_END)
		return take_bad(t, "something stands behind the end");
	if ((was == STAGE_NOTHING) != (stage == STAGE_ARCHIVE) || stage < was)
		return take_bad(t, was == STAGE_NOTHING ? "not an archive of linewatch"
							: "a line in the wrong place");
	t->rows->stage = stage;
	int r = 0;
	if (was == STAGE_READINGS && stage > was && t->rows->readings_over != NULL)
		r = t->rows->readings_over(t->rows->arg);
	return r == 0 ? kinds[kind].take(t) : r;
}

int archive_rows_take(struct archive_rows *a, const struct archive_line *l, struct store_batch *b,
		      char *reterr, size_t reterr_size)
{
	struct take t = { a, l, b, NULL, reterr, reterr_size };
	json_error_t err;
	int r = -EBADMSG;

	t.j = json_loadb(l->text, l->len, 0, &err);
	if (t.j == NULL)
		return take_bad(&t, a->stage == STAGE_NOTHING ? "not an archive of linewatch"
							      : "not JSON");
	const char *row = json_string_value(take_get(&t, "row"));
	size_t i = 0;
	while (row != NULL && i < sizeof kinds / sizeof *kinds && strcmp(kinds[i].name, row) != 0)
		i++;
	if (row == NULL || i == sizeof kinds / sizeof *kinds)
		r = take_bad(&t, a->stage == STAGE_NOTHING ? "not an archive of linewatch"
							   : "a row of an unknown kind");
	else
		r = take_kind(&t, i);
	json_decref(t.j);
	return r;
}

int archive_rows_init(struct archive_rows *a)
{
	memset(a, 0, sizeof *a);
	a->zstd = ZSTD_createCCtx();
	return a->zstd != NULL && sodium_init() >= 0 ? 0 : -ENOMEM;
}

void archive_rows_fini(struct archive_rows *a)
{
	for (size_t i = 0; i < a->n_shapes; i++)
		store_shape_unref(a->shapes[i].shape);
	free(a->shapes);
	(void)ZSTD_freeCCtx(a->zstd);
	memset(a, 0, sizeof *a);
}
