#include "agent/core/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 2048, ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) unsigned char bytes[];
};

static int grow(struct arena *a, size_t size)
{
	size_t block = a->block_bytes > 0 ? a->block_bytes : BLOCK_BYTES;
	size_t want = size > block ? size : block;
	struct arena_block *b = calloc(1, sizeof *b + want);

	if (b == NULL)
		return -1;
	b->size = want;
	b->next = a->blocks;
	a->blocks = b;
	a->used = 0;
	return 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if ((a->blocks == NULL || a->used + size > a->blocks->size) && grow(a, size) < 0)
		return NULL;
	void *p = a->blocks->bytes + a->used;
	a->used += size;
	return p;
}

char *arena_text(struct arena *a, const char *text, size_t length)
{
	char *p = arena_alloc(a, length + 1);

	if (p != NULL && length > 0)
		memcpy(p, text, length);
	return p;
}

void arena_fini(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
	a->used = 0;
}
