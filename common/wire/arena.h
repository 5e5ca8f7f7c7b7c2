/* arena.h - memory for one unpacking: protobuf-c allocates from it, one free takes it all back.
 * Bounded, so that 64 KiB of empty submessages cannot become 50 MB of structs. */
#ifndef LW_WIRE_ARENA_H
#define LW_WIRE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct wire_arena {
	ProtobufCAllocator allocator; /* give &allocator to protobuf-c; never its free functions */
	struct arena_chunk *chunks;
	size_t left; /* bytes that may still be taken */
	char *next, *end;
	_Alignas(16) char first[4096]; /* enough for an ordinary heartbeat: no malloc at all */
};

void wire_arena_init(struct wire_arena *a, size_t limit_bytes);
void wire_arena_fini(struct wire_arena *a);

#endif
