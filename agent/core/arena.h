/* arena.h - memory that goes all at once: profiles, plans. Pure; owns memory only. */
#ifndef LW_ARENA_H
#define LW_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *blocks;
	size_t used;	    /* of the newest block */
	size_t block_bytes; /* 0: small blocks; else what is taken at a time */
};

void *arena_alloc(struct arena *a, size_t size); /* zeroed; NULL: out of memory */
char *arena_text(struct arena *a, const char *text, size_t length); /* a terminated copy */
void arena_fini(struct arena *a);

#endif
