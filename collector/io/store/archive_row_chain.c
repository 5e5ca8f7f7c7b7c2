/* archive_row_chain.c - lines of the chain, and of what stands around it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/store/archive_json.h"
#include "collector/io/store/archive_take.h"

/* ---- the chain ---- */

static int check_hash(struct take *t, const struct link *l)
{
	uint8_t hash[HASH_BYTES], *said = NULL;
	size_t len = 0;
	int r = take_bytes(t, "hash", &said, &len);

	if (r < 0)
		return r;
	chain_hash(hash, t->rows->hash, l);
	if (l->n != t->rows->n + 1) {
		(void)snprintf(t->err, t->err_size, "record %lld is missing from the chain",
			       (long long)t->rows->n + 1);
		r = -EBADMSG;
	} else if (len != HASH_BYTES || memcmp(hash, said, HASH_BYTES) != 0) {
		(void)snprintf(t->err, t->err_size,
			       "record %lld was changed: its hash does not follow",
			       (long long)l->n);
		r = -EBADMSG;
	}
	free(said);
	if (r == 0) {
		t->rows->n = l->n;
		memcpy(t->rows->hash, hash, sizeof hash);
		t->rows->records++;
	}
	return r;
}

int take_record(struct take *t)
{
	static const char *const names[] = { "n",     "wall_ms",  "span",     "kind",
					     "state", "since_ms", "until_ms", NULL };
	char *type = NULL, *entity = NULL, *body = NULL;
	int64_t v[7] = { 0 };
	int r = take_numbers(t, names, v);

	if (r == 0 && (v[2] < 0 || v[2] > SPAN_HEALED || v[3] < 0 || v[3] > UINT8_MAX || v[4] < 0 ||
		       v[4] > INT32_MAX))
		r = take_bad(t, "a record of an unknown kind");
	if (r == 0)
		r = take_name(t, "type", &type);
	if (r == 0)
		r = take_name(t, "entity", &entity);
	if (r == 0)
		r = take_text(t, "body", &body);
	if (r == 0) {
		struct link l = { .n = v[0],
				  .wall_ms = v[1],
				  .span = v[2],
				  .kind = v[3],
				  .state = v[4],
				  .since_ms = v[5],
				  .until_ms = v[6],
				  .type = type,
				  .entity = entity,
				  .body = body };
		r = check_hash(t, &l);
		if (r == 0)
			r = batch_link(t->batch, &l);
	}
	free(type);
	free(entity);
	free(body);
	return r;
}

int take_head(struct take *t)
{
	static const char *const names[] = { "n", "wall_ms", NULL }, *const parts[] = {
		"hash", "public_key", "signature"
	};
	uint8_t *part[3] = { NULL };
	size_t len[3] = { 0 };
	int64_t v[2] = { 0 };
	int r = take_numbers(t, names, v);

	for (int i = 0; i < 3 && r == 0; i++)
		r = take_bytes(t, parts[i], &part[i], &len[i]);
	struct op *op = r == 0 ? batch_op(t->batch, OP_HEAD, len[0] + len[1] + len[2]) : NULL;
	if (r == 0 && op == NULL)
		r = -ENOMEM;
	if (r == 0) {
		op->i[0] = v[0];
		op->i[1] = v[1];
	}
	for (int i = 0; i < 3; i++) {
		if (r == 0)
			batch_put(t->batch, op, i, part[i], len[i]);
		free(part[i]);
	}
	return r;
}

/* ---- bookkeeping ---- */

int take_hole(struct take *t)
{
	static const char *const names[] = { "boot", "first", "last", "wall_ms", NULL };
	char *agent = NULL;
	int64_t v[4] = { 0 };
	int r = take_numbers(t, names, v);

	if (r == 0)
		r = take_name(t, "agent", &agent);
	if (r == 0)
		r = store_add_hole(t->batch, agent, (uint32_t)v[0], (uint64_t)v[1], (uint64_t)v[2],
				   v[3]);
	free(agent);
	return r;
}

int take_quarantine(struct take *t)
{
	static const char *const names[] = { "wall_ms", "full_len", NULL };
	char *topic = NULL, *reason = NULL;
	uint8_t *body = NULL;
	size_t len = 0;
	int64_t v[2] = { 0 };
	int r = take_numbers(t, names, v);

	if (r == 0)
		r = take_name(t, "topic", &topic);
	if (r == 0)
		r = take_name(t, "reason", &reason);
	if (r == 0)
		r = take_bytes(t, "body", &body, &len);
	if (r == 0)
		r = store_add_quarantine(t->batch, v[0], topic, reason, body, len);
	if (r == 0)
		t->batch->ops[t->batch->n - 1].i[1] = v[1]; /* what it was before it was cut */
	free(topic);
	free(reason);
	free(body);
	return r;
}

static int range_list(struct take *t, struct store_range **ret, size_t *ret_n)
{
	const json_t *list = take_get(t, "ranges");
	size_t n = json_array_size(list);
	struct store_range *r = calloc(n + 1, sizeof *r);
	uint64_t last = 0;

	if (r == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *pair = json_array_get(list, i), *a = json_array_get(pair, 0),
			     *b = json_array_get(pair, 1);

		r[i] = (struct store_range){ (uint64_t)json_integer_value(a),
					     (uint64_t)json_integer_value(b) };
		if (!json_is_integer(a) || !json_is_integer(b) || r[i].first < last ||
		    r[i].last < r[i].first) {
			free(r);
			return take_bad(t, "ranges: pairs in order are needed");
		}
		last = r[i].last;
	}
	*ret = r;
	*ret_n = n;
	return 0;
}

int take_ranges(struct take *t)
{
	static const char *const names[] = { "boot", "offset_ms", "changed_ms", NULL };
	struct store_range *list = NULL;
	char *agent = NULL;
	size_t n = 0;
	int64_t v[3] = { 0 };
	int r = take_numbers(t, names, v);

	if (r == 0)
		r = range_list(t, &list, &n);
	if (r == 0)
		r = take_name(t, "agent", &agent);
	if (r == 0)
		r = store_set_ranges(t->batch, agent, (uint32_t)v[0], v[1], list, n);
	if (r == 0)
		t->batch->ops[t->batch->n - 1].i[2] = v[2];
	free(agent);
	free(list);
	return r;
}

int take_outbox(struct take *t)
{
	static const char *const names[] = { "due_ms", "done_ms", "attempts", "changed_ms", NULL },
				 *const texts[] = { "key", "json", "error" };
	char *part[3] = { NULL };
	int64_t v[4] = { 0 };
	size_t room = 3;
	int r = take_numbers(t, names, v);

	for (int i = 0; i < 3 && r == 0; i++) {
		r = i == 0 ? take_name(t, texts[i], &part[i]) : take_text(t, texts[i], &part[i]);
		room += part[i] != NULL ? strlen(part[i]) : 0;
	}
	struct op *op = r == 0 ? batch_op(t->batch, OP_OUTBOX_ROW, room) : NULL;
	if (r == 0 && op == NULL)
		r = -ENOMEM;
	if (r == 0)
		memcpy(op->i, v, sizeof v);
	for (int i = 0; i < 3; i++) {
		if (r == 0)
			batch_text(t->batch, op, i, part[i]);
		free(part[i]);
	}
	return r;
}

int take_blob(struct take *t)
{
	uint8_t *value = NULL;
	char *key = NULL;
	size_t len = 0;
	int r = take_name(t, "key", &key);

	if (r == 0)
		r = take_bytes(t, "value", &value, &len);
	if (r == 0)
		r = store_set_blob(t->batch, key, value, len);
	free(key);
	free(value);
	return r;
}
