#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/io/footprint/footprint.h"

/* A segment without PF_W is never written to: its relocations, if it had any (DT_TEXTREL), would be. */
static int let_go(struct dl_phdr_info *object, size_t size, void *arg)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), *n = arg;

	(void)size;
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		uintptr_t from = (object->dlpi_addr + p->p_vaddr) & ~(page - 1);
		uintptr_t to = object->dlpi_addr + p->p_vaddr + p->p_filesz;

		if (p->p_type != PT_LOAD || (p->p_flags & PF_W) != 0 || to <= from)
			continue;
		if (madvise((void *)from, to - from, MADV_DONTNEED) == 0)
			*n += to - from;
	}
	return 0;
}

size_t footprint_shrink(void)
{
	size_t n = 0;

	(void)malloc_trim(0);
	(void)dl_iterate_phdr(let_go, &n);
	return n;
}
