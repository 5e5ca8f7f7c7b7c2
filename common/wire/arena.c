#include "common/wire/arena.h"

#include <stdlib.h>

enum { ARENA_CHUNK = 32768, ARENA_ALIGN = 16 };

struct arena_chunk {
	struct arena_chunk *next;
	_Alignas(ARENA_ALIGN) char bytes[];
};

static bool arena_grow(struct wire_arena *a, size_t size)
{
	size_t want = size > ARENA_CHUNK ? size : ARENA_CHUNK;
	struct arena_chunk *c = malloc(sizeof *c + want);

	if (c == NULL)
		return false;
	c->next = a->chunks;
	a->chunks = c;
	a->next = c->bytes;
	a->end = c->bytes + want;
	return true;
}

static void *arena_alloc(void *arg, size_t size)
{
	struct wire_arena *a = arg;

	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (size > a->left)
		return NULL;
	if (size > (size_t)(a->end - a->next) && !arena_grow(a, size))
		return NULL;
	a->left -= size;
	void *p = a->next;
	a->next += size;
	return p;
}

static void arena_no_free(void *arg, void *p)
{
	(void)arg;
	(void)p;
}

void wire_arena_init(struct wire_arena *a, size_t limit_bytes)
{
	a->allocator.alloc = arena_alloc;
	a->allocator.free = arena_no_free;
	a->allocator.allocator_data = a;
	a->chunks = NULL;
	a->left = limit_bytes;
	a->next = a->first;
	a->end = a->first + sizeof a->first;
}

void wire_arena_fini(struct wire_arena *a)
{
	while (a->chunks != NULL) {
		struct arena_chunk *c = a->chunks;
		a->chunks = c->next;
		free(c);
	}
}
