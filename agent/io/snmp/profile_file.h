/* profile_file.h - device profiles from YAML files (docs/PROFILES.md). */
#ifndef LW_PROFILE_FILE_H
#define LW_PROFILE_FILE_H

#include <stddef.h>

#include "agent/core/arena.h"
#include "agent/core/profile.h"

enum { PROFILE_ERROR_MAX = 400 };

/* Reads every *.yaml of `folder`. On failure `reterr` says file, line and what is wrong. Returns 0,
 * -ENOENT when there is no such folder or nothing in it, -EINVAL for a file that is not a profile. */
int profiles_load(struct profile_set *ret, const char *folder, char *reterr, size_t reterr_size);
void profiles_fini(struct profile_set *s); /* zeroes it */

/* The folder in use: $LINEWATCH_PROFILES, the installed one, or the build tree's. Returns 0 and
 * writes the path, or -ENOENT. */
int profiles_folder(char *ret, size_t size);

/* One set for the whole process, loaded at the first call. Returns NULL and the reason. The set
 * lives until profiles_shared_free. */
const struct profile_set *profiles_shared(char *reterr, size_t reterr_size);
void profiles_shared_free(void);

/* One profile from memory into `arena`: what profiles_load does per file. */
int profile_parse(struct arena *arena, const char *file, const unsigned char *yaml, size_t length,
		  struct profile **ret, char *reterr, size_t reterr_size);

#endif
