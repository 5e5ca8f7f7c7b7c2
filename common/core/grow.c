#include "common/core/grow.h"

#include <stdint.h>
#include <stdlib.h>

void *grow(void *rows, size_t n, size_t *cap, size_t first, size_t row_bytes)
{
	size_t room = *cap == 0 ? first : *cap * 2;
	void *grown;

	if (n < *cap)
		return rows;
	if (room > SIZE_MAX / 2 / row_bytes)
		return NULL;
	grown = realloc(rows, room * row_bytes);
	if (grown != NULL)
		*cap = room;
	return grown;
}
