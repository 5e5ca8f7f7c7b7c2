/* engine_cache.h - SNMPv3 engines on disk: a restarted agent need not look for them again. */
#ifndef LW_SNMP_ENGINE_CACHE_H
#define LW_SNMP_ENGINE_CACHE_H

#include "agent/io/snmp/engine.h"

/* `folder` is copied; without it (NULL) nothing is kept. Default: $STATE_DIRECTORY, else none. */
void engine_cache_use(const char *folder);

/* Fills `e` when the address is known; leaves it alone otherwise. A wrong entry does no harm: the
 * device's report leads to a new discovery. */
void engine_cache_load(struct usm_engine *e, const struct usm_user *u,
		       const struct snmp_address *a);
void engine_cache_save(const struct usm_engine *e, const struct snmp_address *a);

#endif
