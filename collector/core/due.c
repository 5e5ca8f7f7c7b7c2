#include "collector/core/due.h"

#include <assert.h>
#include <stdlib.h>

static void swap(struct due *a, struct due *b)
{
	struct due t = *a;

	*a = *b;
	*b = t;
}

/* Equal times in order of kind and what it is about: the same inputs give the same output. */
static bool before(const struct due *a, const struct due *b)
{
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms;
	return a->kind != b->kind ? a->kind < b->kind : a->order < b->order;
}

void due_arm(struct due_heap *h, int64_t *armed, uint32_t kind, uint32_t index, int64_t at_ms)
{
	due_arm_ordered(h, armed, &(struct due){ at_ms, kind, index, index });
}

void due_arm_ordered(struct due_heap *h, int64_t *armed, const struct due *d)
{
	if (d->at_ms >= *armed)
		return;
	*armed = d->at_ms;
	if (h->n == h->size) {
		h->size = h->size == 0 ? 64 : h->size * 2;
		h->rows = realloc(h->rows, h->size * sizeof *h->rows);
		assert(h->rows != NULL);
	}
	uint32_t i = h->n++;
	h->rows[i] = *d;
	while (i > 0 && before(&h->rows[i], &h->rows[(i - 1) / 2])) {
		swap(&h->rows[i], &h->rows[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

int64_t due_next(const struct due_heap *h)
{
	return h->n > 0 ? h->rows[0].at_ms : INT64_MAX;
}

bool due_pop(struct due_heap *h, int64_t now_ms, struct due *ret)
{
	if (h->n == 0 || h->rows[0].at_ms > now_ms)
		return false;
	*ret = h->rows[0];
	h->rows[0] = h->rows[--h->n];
	for (uint32_t i = 0, child = 1; child < h->n; i = child, child = 2 * i + 1) {
		if (child + 1 < h->n && before(&h->rows[child + 1], &h->rows[child]))
			child++;
		if (!before(&h->rows[child], &h->rows[i]))
			break;
		swap(&h->rows[child], &h->rows[i]);
	}
	return true;
}
