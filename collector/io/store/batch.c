/* batch.c - filling a batch, on the loop thread: rows copied into one block of memory. A
 * failed call leaves the batch as it was. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/batch.h"
#include "collector/io/store/chain.h"
#include "common/core/grow.h"
#include "common/core/registry.h"

struct store_shape *store_shape_new(const char *device, const struct store_series *s, size_t n)
{
	struct store_shape *sh = calloc(1, sizeof *sh);

	if (sh == NULL)
		return NULL;
	sh->refs = 1;
	sh->n = n;
	sh->device = strdup(device);
	sh->metric = calloc(n + 1, sizeof *sh->metric);
	sh->instance = calloc(n + 1, sizeof *sh->instance);
	sh->label = calloc(n + 1, sizeof *sh->label);
	sh->nominal = calloc(n + 1, sizeof *sh->nominal);
	if (sh->device == NULL || sh->metric == NULL || sh->instance == NULL || sh->label == NULL ||
	    sh->nominal == NULL)
		goto fail;
	for (size_t i = 0; i < n; i++) {
		const struct metric *m = metric_by_id(s[i].metric);

		sh->metric[i] = s[i].metric;
		sh->instance[i] = s[i].instance;
		sh->nominal[i] = m != NULL ? m->nominal : 0;
		if (s[i].label == NULL)
			continue;
		sh->label[i] = strdup(s[i].label);
		if (sh->label[i] == NULL)
			goto fail;
	}
	return sh;
fail:
	store_shape_unref(sh);
	return NULL;
}

void store_shape_unref(struct store_shape *sh)
{
	if (sh == NULL || --sh->refs > 0)
		return;
	for (size_t i = 0; sh->label != NULL && i < sh->n; i++)
		free(sh->label[i]);
	free(sh->label);
	free(sh->metric);
	free(sh->instance);
	free(sh->nominal);
	free(sh->device);
	free(sh);
}

struct store_batch *store_batch_new(struct store *s)
{
	(void)s; /* another store may want to know */
	return calloc(1, sizeof(struct store_batch));
}

void store_batch_clear(struct store_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		store_shape_unref(b->ops[i].shape);
	b->n = b->len = 0;
}

void store_batch_free(struct store_batch *b)
{
	if (b == NULL)
		return;
	store_batch_clear(b);
	free(b->ops);
	free(b->bytes);
	free(b);
}

size_t store_batch_bytes(const struct store_batch *b)
{
	return b->n * sizeof *b->ops + b->len;
}

void store_batch_shed(struct store_batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->ops[i].kind == OP_READING || b->ops[i].kind == OP_RANGES ||
		    b->ops[i].kind == OP_HOLE) {
			store_shape_unref(b->ops[i].shape);
			continue;
		}
		b->ops[n++] = b->ops[i];
	}
	b->n = n;
}

static int reserve_bytes(struct store_batch *b, size_t want)
{
	if (b->len + want <= b->room)
		return 0;
	size_t room = b->room * 2 > b->len + want ? b->room * 2 : b->len + want + 4096;
	uint8_t *p = realloc(b->bytes, room);
	if (p == NULL)
		return -ENOMEM;
	b->bytes = p;
	b->room = room;
	return 0;
}

int store_batch_append(struct store_batch *to, struct store_batch *from)
{
	struct op *p = realloc(to->ops, (to->n + from->n + 1) * sizeof *p);

	if (p == NULL)
		return -ENOMEM;
	to->ops = p;
	to->cap = to->n + from->n + 1;
	if (reserve_bytes(to, from->len) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < from->n; i++) {
		struct op *op = &to->ops[to->n++];

		*op = from->ops[i];
		for (int k = 0; k < 3; k++)
			op->at[k] += to->len;
	}
	if (from->len > 0)
		memcpy(to->bytes + to->len, from->bytes, from->len);
	to->len += from->len;
	from->n = 0; /* its shapes are ours now */
	store_batch_free(from);
	return 0;
}

struct op *batch_op(struct store_batch *b, enum op_kind kind, size_t bytes)
{
	struct op *ops = grow(b->ops, b->n, &b->cap, 32, sizeof *ops);

	if (ops == NULL)
		return NULL;
	b->ops = ops;
	if (reserve_bytes(b, bytes) < 0)
		return NULL;
	struct op *op = &b->ops[b->n++];
	memset(op, 0, sizeof *op);
	op->kind = kind;
	return op;
}

/* The room was reserved by batch_op. */
void batch_put(struct store_batch *b, struct op *op, int slot, const void *buf, size_t len)
{
	op->at[slot] = b->len;
	op->len[slot] = len;
	op->null[slot] = buf == NULL;
	if (buf != NULL && len > 0)
		memcpy(b->bytes + b->len, buf, len);
	b->len += buf != NULL ? len : 0;
}

void batch_text(struct store_batch *b, struct op *op, int slot, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	batch_put(b, op, slot, text, len + (text != NULL));
	op->len[slot] = len;
}

const void *op_bytes(const struct store_batch *b, const struct op *op, int slot)
{
	return op->null[slot] ? NULL : b->bytes + op->at[slot];
}

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

int store_add_reading(struct store_batch *b, struct store_shape *sh, int64_t wall_ms,
		      unsigned flags, const struct store_value *values)
{
	struct op *op = batch_op(b, OP_READING, reading_pack_bound(sh->n));

	if (op == NULL)
		return -ENOMEM;
	op->i[0] = (wall_ms > 0 ? wall_ms : 0) / 100;
	op->i[1] = flags & UINT8_MAX;
	op->shape = sh;
	sh->refs++;
	op->at[0] = b->len;
	op->len[0] = reading_pack(b->bytes + b->len, values, sh->nominal, sh->n);
	b->len += op->len[0];
	return 0;
}

int store_set_ranges(struct store_batch *b, const char *agent, uint32_t boot_id, int64_t offset_ms,
		     const struct store_range *r, size_t n)
{
	struct op *op = batch_op(b, OP_RANGES, text_size(agent) + n * 20);
	uint64_t last = 0;

	if (op == NULL)
		return -ENOMEM;
	op->i[0] = boot_id;
	op->i[1] = offset_ms;
	batch_text(b, op, 0, agent);
	op->at[1] = b->len;
	for (size_t i = 0; i < n; i++) {
		b->len += varint_put(b->bytes + b->len, r[i].first - last);
		b->len += varint_put(b->bytes + b->len, r[i].last - r[i].first);
		last = r[i].last;
	}
	op->len[1] = b->len - op->at[1];
	return 0;
}

int store_add_hole(struct store_batch *b, const char *agent, uint32_t boot_id, uint64_t first,
		   uint64_t last, int64_t wall_ms)
{
	struct op *op = batch_op(b, OP_HOLE, text_size(agent));

	if (op == NULL)
		return -ENOMEM;
	op->i[0] = boot_id;
	op->i[1] = (int64_t)first;
	op->i[2] = (int64_t)last;
	op->i[3] = wall_ms;
	batch_text(b, op, 0, agent);
	return 0;
}

/* One link of the chain: i = wall, span | kind << 8 | state << 16, since, until. */
int batch_link(struct store_batch *b, const struct link *l)
{
	struct op *op = batch_op(b, OP_STATE,
				 text_size(l->type) + text_size(l->entity) + text_size(l->body));

	if (op == NULL)
		return -ENOMEM;
	op->i[0] = l->wall_ms;
	op->i[1] = l->span | l->kind << 8 | l->state << 16;
	op->i[2] = l->since_ms;
	op->i[3] = l->until_ms;
	batch_text(b, op, 0, l->type);
	batch_text(b, op, 1, l->entity);
	batch_text(b, op, 2, l->body);
	return 0;
}

int store_add_state(struct store_batch *b, int kind, const char *entity, int state,
		    int64_t since_wall_ms, int64_t wall_ms, const char *why)
{
	return batch_link(b, &(struct link){ .wall_ms = wall_ms,
					     .span = SPAN_STATE,
					     .kind = kind,
					     .state = state,
					     .since_ms = since_wall_ms,
					     .until_ms = INT64_MAX,
					     .type = "state",
					     .entity = entity,
					     .body = why != NULL ? why : "" });
}

int store_add_healed(struct store_batch *b, int kind, const char *entity, int state,
		     int64_t from_wall_ms, int64_t until_wall_ms, int64_t wall_ms)
{
	return batch_link(b, &(struct link){ .wall_ms = wall_ms,
					     .span = SPAN_HEALED,
					     .kind = kind,
					     .state = state,
					     .since_ms = from_wall_ms,
					     .until_ms = until_wall_ms,
					     .type = "healed",
					     .entity = entity,
					     .body = "" });
}

int store_add_event(struct store_batch *b, int64_t wall_ms, const char *type, int kind,
		    const char *entity, const char *json)
{
	return batch_link(b, &(struct link){ .wall_ms = wall_ms,
					     .span = SPAN_EVENT,
					     .kind = kind,
					     .type = type,
					     .entity = entity != NULL ? entity : "",
					     .body = json });
}

int store_set_blob(struct store_batch *b, const char *key, const void *buf, size_t len)
{
	struct op *op = batch_op(b, OP_BLOB, text_size(key) + len);

	if (op == NULL)
		return -ENOMEM;
	batch_text(b, op, 0, key);
	batch_put(b, op, 1, buf, len);
	return 0;
}

int store_add_quarantine(struct store_batch *b, int64_t wall_ms, const char *topic,
			 const char *reason, const void *buf, size_t len)
{
	size_t kept = len < 4096 ? len : 4096;
	struct op *op = batch_op(b, OP_QUARANTINE, text_size(topic) + text_size(reason) + kept);

	if (op == NULL)
		return -ENOMEM;
	op->i[0] = wall_ms;
	op->i[1] = (int64_t)len;
	batch_text(b, op, 0, topic);
	batch_text(b, op, 1, reason);
	batch_put(b, op, 2, buf != NULL ? buf : "", kept);
	return 0;
}

static int add_outbox(struct store_batch *b, enum op_kind kind, const char *key, int64_t when,
		      const char *json, const char *error)
{
	struct op *op = batch_op(b, kind, text_size(key) + text_size(json) + text_size(error));

	if (op == NULL)
		return -ENOMEM;
	op->i[0] = when;
	batch_text(b, op, 0, key);
	batch_text(b, op, 1, json);
	batch_text(b, op, 2, error);
	return 0;
}

int store_outbox_add(struct store_batch *b, const char *key, int64_t due_wall_ms, const char *json)
{
	return add_outbox(b, OP_OUTBOX_ADD, key, due_wall_ms, json, NULL);
}

int store_outbox_done(struct store_batch *b, const char *key, int64_t wall_ms)
{
	return add_outbox(b, OP_OUTBOX_DONE, key, wall_ms, NULL, NULL);
}

int store_outbox_failed(struct store_batch *b, const char *key, int64_t due_wall_ms,
			const char *error, const char *json)
{
	return add_outbox(b, OP_OUTBOX_FAILED, key, due_wall_ms, json, error);
}
