/* archive_row_readings.c - lines of shapes, readings and hourly figures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/archive_json.h"
#include "collector/io/store/archive_take.h"
#include "collector/io/store/day.h"
#include "common/core/reading.h"

enum { MS_PER_HOUR = 3600000, MS_PER_DAY = 86400000, LABEL_MAX = 255 };
static const int64_t time_max_ms = 253402300800000; /* the year 10000 */

static int take_series(struct take *t, const json_t *j, struct store_series *ret)
{
	const char *name = json_string_value(json_object_get(j, "metric"));
	json_int_t id = json_integer_value(json_object_get(j, "id")),
		   instance = json_integer_value(json_object_get(j, "instance"));
	const struct metric *m = name != NULL ? metric_by_name(name) : NULL;
	json_t *label = json_object_get(j, "label");

	if (name != NULL && m == NULL) {
		(void)snprintf(t->err, t->err_size, "no such metric: %.64s", name);
		return -EBADMSG;
	}
	if (m != NULL)
		id = m->id;
	if (id <= 0 || id > UINT16_MAX || instance < 0 || instance > UINT16_MAX)
		return take_bad(t, "a column without a metric");
	*ret = (struct store_series){ .metric = (uint16_t)id, .instance = (uint16_t)instance };
	if (label == NULL)
		return 0;
	char *own = NULL;
	int r = json_text(label, &own);
	ret->label = own;
	if (r == -EBADMSG || (own != NULL && strlen(own) > LABEL_MAX))
		return take_bad(t, "label: a short text is needed");
	return r;
}

static void series_free(struct store_series *s, size_t n)
{
	for (size_t i = 0; s != NULL && i < n; i++)
		free((void *)(uintptr_t)s[i].label);
	free(s);
}

static int keep_shape(struct archive_rows *a, int64_t id, struct store_shape *sh)
{
	struct archive_shape *p = realloc(a->shapes, (a->n_shapes + 1) * sizeof *p);

	if (p == NULL)
		return -ENOMEM;
	a->shapes = p;
	a->shapes[a->n_shapes++] = (struct archive_shape){ id, sh };
	return 0;
}

static int add_shape(struct take *t, int64_t id, const char *device, const struct store_series *s,
		     size_t n)
{
	struct store_shape *sh = store_shape_new(device, s, n);
	struct op *op;

	if (sh == NULL || keep_shape(t->rows, id, sh) < 0) {
		store_shape_unref(sh);
		return -ENOMEM;
	}
	op = batch_op(t->batch, OP_SHAPE, 0);
	if (op == NULL)
		return -ENOMEM;
	op->shape = sh;
	sh->refs++;
	return 0;
}

int take_shape(struct take *t)
{
	static const char *const names[] = { "shape", NULL };
	const json_t *columns = take_get(t, "columns");
	size_t n = json_array_size(columns), done = 0;
	struct store_series *s = calloc(n + 1, sizeof *s);
	char *device = NULL;
	int64_t id = 0;
	int r = s == NULL ? -ENOMEM : take_numbers(t, names, &id);

	if (r == 0 && (!json_is_array(columns) || n > CHUNK_MAX_COLUMNS))
		r = take_bad(t, "columns: a list is needed");
	if (r == 0)
		r = take_name(t, "device", &device);
	while (done < n && r == 0) {
		r = take_series(t, json_array_get(columns, done), &s[done]);
		done++; /* also of a bad one: it may own its label */
	}
	if (r == 0)
		r = add_shape(t, id, device, s, n);
	series_free(s, done);
	free(device);
	return r;
}

static struct store_shape *shape_of(const struct archive_rows *a, int64_t id)
{
	for (size_t i = a->n_shapes; i > 0; i--)
		if (a->shapes[i - 1].id == id)
			return a->shapes[i - 1].shape;
	return NULL;
}

static int take_value(const json_t *j, struct store_value *ret)
{
	const char *word = json_string_value(j);

	*ret = (struct store_value){ REASON_GOOD, json_integer_value(j) };
	if (json_is_integer(j))
		return 0;
	for (int i = 1; word != NULL && i < REASON_END; i++) {
		if (strcmp(word, reading_reason_name((enum reading_reason)i)) != 0)
			continue;
		ret->reason = (uint8_t)i;
		return 0;
	}
	return -EBADMSG;
}

/* Row k of the columns. */
static int take_row(const json_t *values, size_t k, size_t n, struct store_value *ret)
{
	for (size_t i = 0; i < n; i++)
		if (take_value(json_array_get(json_array_get(values, i), k), &ret[i]) < 0)
			return -EBADMSG;
	return 0;
}

static int take_rows(struct take *t, struct store_shape *sh, struct store_value *v)
{
	const json_t *at = take_get(t, "at_ms"), *flags = take_get(t, "flags"),
		     *values = take_get(t, "values");
	size_t n = json_array_size(at);
	int r = 0;

	for (size_t k = 0; k < n && r == 0; k++) {
		const json_t *when = json_array_get(at, k), *how = json_array_get(flags, k);
		json_int_t f = json_integer_value(how);

		if (!json_is_integer(when) || json_integer_value(when) < 0 ||
		    json_integer_value(when) > time_max_ms || !json_is_integer(how) || f < 0 ||
		    f > UINT8_MAX || take_row(values, k, sh->n, v) < 0)
			return take_bad(t, "a reading is damaged");
		r = store_add_reading(t->batch, sh, json_integer_value(when), (unsigned)f, v);
		t->rows->readings++;
	}
	return r;
}

int take_readings(struct take *t)
{
	static const char *const names[] = { "shape", NULL };
	const json_t *values = take_get(t, "values");
	size_t n = json_array_size(take_get(t, "at_ms"));
	struct store_shape *sh;
	int64_t id;
	int r = take_numbers(t, names, &id);

	if (r < 0)
		return r;
	sh = shape_of(t->rows, id);
	if (sh == NULL)
		return take_bad(t, "readings of a shape that was not told before");
	if (json_array_size(values) != sh->n || json_array_size(take_get(t, "flags")) != n)
		return take_bad(t, "readings with too many columns or too few");
	for (size_t i = 0; i < sh->n; i++)
		if (json_array_size(json_array_get(values, i)) != n)
			return take_bad(t, "columns of readings differ in length");
	struct store_value *v = calloc(sh->n + 1, sizeof *v);
	if (v == NULL)
		return -ENOMEM;
	r = take_rows(t, sh, v);
	free(v);
	return r;
}

/* ---- hourly figures ---- */

static int take_hour(struct take *t, const json_t *j, int64_t day_ms, struct day_column *c)
{
	json_int_t at, n, unknown, min = 0, max = 0;
	double mean = 0;
	json_error_t err;
	json_t *list = (json_t *)(uintptr_t)j;

	if (json_array_size(j) == 3 ? json_unpack_ex(list, &err, 0, "[I,I,I]", &at, &n, &unknown)
				    : json_unpack_ex(list, &err, 0, "[I,I,I,I,I,F]", &at, &n,
						     &unknown, &min, &max, &mean))
		return take_bad(t, "an hour's figures are damaged");
	int64_t h = (at - day_ms) / MS_PER_HOUR;
	if (at < day_ms || h > 23 || at % MS_PER_HOUR != 0 || n < 0 || n > UINT32_MAX ||
	    unknown < 0 || unknown > UINT32_MAX || min > max ||
	    (n == 0) != (json_array_size(j) == 3))
		return take_bad(t, "an hour's figures are damaged");
	c->hours[h] = (struct store_hour){ .hour_ms = at,
					   .n = (uint32_t)n,
					   .n_unknown = (uint32_t)unknown,
					   .min = min,
					   .max = max,
					   .mean = mean };
	return 0;
}

static int take_column(struct take *t, const json_t *j, int64_t day_ms, struct day_column *c)
{
	const json_t *hours = json_object_get(j, "hours");
	struct store_series s = { 0 };
	int r = take_series(t, j, &s);

	c->metric = s.metric;
	c->instance = s.instance;
	c->label = (char *)(uintptr_t)s.label;
	for (size_t i = 0; i < json_array_size(hours) && r == 0; i++)
		r = take_hour(t, json_array_get(hours, i), day_ms, c);
	return r;
}

static int put_day(struct take *t, const char *device, int64_t day_ms, const struct day *day)
{
	uint8_t *plain = NULL, *body = NULL;
	size_t len = 0, body_len = 0;
	struct op *op = NULL;
	int r = day_pack(day, &plain, &len);

	if (r == 0)
		r = body_deflate(t->rows->zstd, plain, len, NULL, 0, &body, &body_len);
	if (r == 0) {
		op = batch_op(t->batch, OP_DAY, body_len + strlen(device) + 1);
		r = op == NULL ? -ENOMEM : 0;
	}
	if (r == 0) {
		op->i[1] = day_ms / MS_PER_DAY;
		op->i[2] = t->rows->rolled;
		batch_put(t->batch, op, 0, body, body_len);
		batch_text(t->batch, op, 1, device);
	}
	free(plain);
	free(body);
	return r;
}

int take_hours(struct take *t)
{
	static const char *const names[] = { "day_ms", NULL };
	const json_t *columns = take_get(t, "columns");
	struct day day = { 0 };
	char *device = NULL;
	int64_t day_ms = 0;
	int r = take_numbers(t, names, &day_ms);

	if (r == 0 && (day_ms < 0 || day_ms > time_max_ms || day_ms % MS_PER_DAY != 0 ||
		       !json_is_array(columns) || json_array_size(columns) > CHUNK_MAX_COLUMNS))
		r = take_bad(t, "figures of no day");
	if (r == 0)
		r = take_name(t, "device", &device);
	if (r == 0)
		day.columns = calloc(json_array_size(columns) + 1, sizeof *day.columns);
	if (r == 0 && day.columns == NULL)
		r = -ENOMEM;
	for (size_t i = 0; i < json_array_size(columns) && r == 0; i++)
		r = take_column(t, json_array_get(columns, i), day_ms, &day.columns[day.n++]);
	if (r == 0)
		r = put_day(t, device, day_ms, &day);
	day_fini(&day);
	free(device);
	return r;
}
