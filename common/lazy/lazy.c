#include "common/lazy/lazy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void load(struct lazy_library *l)
{
	bool found = (l->handle = dlopen(l->soname, RTLD_LAZY | RTLD_LOCAL)) != NULL;

	for (size_t i = 0; found && i < l->n; i++) {
		l->symbols[i] = dlsym(l->handle, l->names[i]);
		found = l->symbols[i] != NULL;
	}
	if (!found) {
		(void)fprintf(stderr, "<2>%s cannot be used: %s\n", l->soname, dlerror());
		abort();
	}
}

void lazy_load(struct lazy_library *l)
{
	if (__atomic_load_n(&l->loaded, __ATOMIC_ACQUIRE))
		return;
	(void)pthread_mutex_lock(&lock);
	if (!l->loaded)
		load(l);
	__atomic_store_n(&l->loaded, true, __ATOMIC_RELEASE);
	(void)pthread_mutex_unlock(&lock);
}

void lazy_unload(struct lazy_library *l)
{
	(void)pthread_mutex_lock(&lock);
	if (l->loaded) {
		__atomic_store_n(&l->loaded, false, __ATOMIC_RELEASE);
		(void)dlclose(l->handle);
	}
	(void)pthread_mutex_unlock(&lock);
}
