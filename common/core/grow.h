/* grow.h - an array that grows by doubling. Pure. */
#ifndef LW_GROW_H
#define LW_GROW_H

#include <stddef.h>

/* Room for one row more in `rows`, which has *cap of them (0: `first` to begin with) and n in use.
 * Returns the array, which may have moved; NULL: no memory, and all is as it was. */
void *grow(void *rows, size_t n, size_t *cap, size_t first, size_t row_bytes);

#endif
