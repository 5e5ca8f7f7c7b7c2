/* lazy.h - libraries that are loaded at their first call instead of at the program's start.
 *
 * Each library costs an agent up to 200 KiB of memory of its own (its relocations, and those of its
 * pages that nobody else on the machine maps), whether it is called or not. lw_lazy() in
 * cmake/lw.cmake makes a header from a list of names: who includes it in place of the library's own
 * calls through a table that is filled at the first call. A name that is not in the list fails at
 * the link, a name that the header does not declare at the compiler.
 *
 * A library that is not there ends the program with a line: such an installation is broken. */
#ifndef LW_LAZY_H
#define LW_LAZY_H

#include <stdbool.h>
#include <stddef.h>

struct lazy_library {
	const char *soname;
	const char *const *names;
	void **symbols; /* as many as names */
	size_t n;
	void *handle;
	bool loaded;
};

/* From any thread. Blocks at the first call only, for as long as the files take to read. */
void lazy_load(struct lazy_library *l);

/* Gives the memory back until the next call. Only where no call is under way, nothing that the
 * library made is kept, and the library keeps no threads of its own. */
void lazy_unload(struct lazy_library *l);

#endif
