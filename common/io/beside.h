/* beside.h - files that belong to the program, found from where it stands: below any prefix, in a
 * package, or in the build tree. */
#ifndef LW_BESIDE_H
#define LW_BESIDE_H

#include <stddef.h>

/* The first of `places`, each a path from the running program's folder, that can be read. `places`
 * ends with NULL. Returns 0 and writes the path, or -ENOENT. */
int beside_program(const char *const *places, char *ret, size_t size);

#endif
