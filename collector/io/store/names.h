/* names.h - texts to the numbers that stand for them, in memory. No I/O. */
#ifndef LW_STORE_NAMES_H
#define LW_STORE_NAMES_H

#include <stdint.h>

struct name_map;

int name_map_new(struct name_map **ret); /* -ENOMEM */
void name_map_free(struct name_map *m);	 /* accepts NULL */
void name_map_clear(struct name_map *m);
int64_t name_map_get(const struct name_map *m, const char *text); /* 0: not there */
/* Without memory it forgets: the map is a cache. id is not 0. */
void name_map_set(struct name_map *m, const char *text, int64_t id);

#endif
