/* footprint.h - memory of the process that nothing needs now goes back to the machine.
 *
 * Units are bytes; functions may be called from the loop's thread at any time and block for less than
 * a millisecond. Neither changes what the program does: what is needed again comes back by itself. */
#pragma once

#include <stddef.h>

/* Gives back free heap, and lets go of the pages of programs and libraries that were mapped only to
 * be read: code and constants that the start or a handshake used. They stay in the kernel's page
 * cache and are mapped again when they run next. Pages that were written to (relocations, data) are
 * kept. Returns the bytes of mappings that were let go. See madvise(2), dl_iterate_phdr(3). */
size_t footprint_shrink(void);
