/* profile_compile.h - checks what a profile file says and makes a struct profile of it. */
#ifndef LW_PROFILE_COMPILE_H
#define LW_PROFILE_COMPILE_H

#include <stddef.h>

#include "agent/core/arena.h"
#include "agent/core/profile.h"
#include "agent/io/snmp/profile_yaml.h"

/* The profile and what it is chosen by lives in `head`, its rows and tables in `body`, which may be
 * the same. `also` is not resolved: profiles_load does that. Returns -EINVAL with the reason in
 * `reterr`, -ENOMEM. */
int profile_compile(struct arena *head, struct arena *body, const struct yaml_profile *y,
		    struct profile **ret, char *reterr, size_t reterr_size);

/* Forgets rows and tables: their arena goes. */
void profile_drop_body(struct profile *p);

#endif
