/* local_engine.h - this agent as an SNMPv3 engine, which it is for the informs it receives. */
#ifndef LW_SNMP_LOCAL_ENGINE_H
#define LW_SNMP_LOCAL_ENGINE_H

#include "agent/io/snmp/usm.h"

struct local_engine {
	uint8_t id[USM_ENGINE_MAX];
	size_t id_length;
	uint32_t boots;
	int64_t started_ms;
	uint32_t unknown_engines, out_of_window;
};

enum local_report { LOCAL_UNKNOWN_ENGINE, LOCAL_NOT_IN_WINDOW };

/* The id is made of the machine's name; boots are counted in $STATE_DIRECTORY, and by the wall clock
 * where there is none, so that they never go back. */
void local_engine_init(struct local_engine *l, int64_t now_ms);
bool local_engine_is(const struct local_engine *l, const uint8_t *id, size_t length);
void local_engine_clock(const struct local_engine *l, struct usm_engine *e, int64_t now_ms);
bool local_engine_in_window(const struct local_engine *l, uint32_t boots, uint32_t time,
			    int64_t now_ms);

/* A report; unsigned when `u` is NULL. Returns its length, negative errno. */
int local_engine_report(struct local_engine *l, struct usm_engine *e, const struct usm_user *u,
			uint32_t id, enum local_report what, uint8_t *ret, size_t size);

#endif
