/* secret.h - a password that stands on the first line of a file. */
#ifndef LW_SECRET_H
#define LW_SECRET_H

#include <stddef.h>

/* The line without its end, in `buf`. 0, -errno, or for a line that can be no password -ENODATA
 * (empty), -EMSGSIZE (does not fit), -EBADMSG (control characters). Blocks for as long as the file
 * takes to read. On failure `buf` is empty. */
int secret_read(const char *path, char *buf, size_t size);

/* "cannot be read (…)" or what is wrong with the line, for people. */
const char *secret_problem(int r);

#endif
