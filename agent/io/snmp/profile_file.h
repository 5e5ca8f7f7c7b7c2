/* profile_file.h - device profiles from YAML files (docs/PROFILES.md). */
#ifndef LW_PROFILE_FILE_H
#define LW_PROFILE_FILE_H

#include <stddef.h>

#include "agent/core/arena.h"
#include "agent/core/profile.h"

enum { PROFILE_ERROR_MAX = 400 };

/* Reads every *.yaml of `folder` and judges all of it, but keeps only what a profile is chosen by:
 * few of them are ever used. On failure `reterr` says file, line and what is wrong. Returns 0,
 * -ENOENT when there is no such folder or nothing in it, -EINVAL for a file that is not a profile. */
int profiles_load(struct profile_set *ret, const char *folder, char *reterr, size_t reterr_size);
void profiles_fini(struct profile_set *s); /* zeroes it */

/* Brings in rows and tables of `p` and of those that it names in `also`, from their files, where they
 * are not there yet. Returns 0 or, where a file was spoilt since, an error with its reason. */
int profiles_ready(const struct profile_set *s, const struct profile *p, char *reterr,
		   size_t reterr_size);

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
