/* trap.h - what a notification means, and whether it was heard already. Pure. */
#ifndef LW_TRAP_H
#define LW_TRAP_H

#include "agent/core/oid.h"

/* Travels as the value of WIRE_EVENT_TRAP: numbers are never reused. */
enum trap_meaning {
	TRAP_OTHER = 0, /* only a reason to poll now */
	TRAP_ON_BATTERY = 1,
	TRAP_MAINS_BACK = 2,
	TRAP_LOW_BATTERY = 3,
	TRAP_REPLACE_BATTERY = 4,
	TRAP_OVERLOAD = 5,
	TRAP_BYPASS = 6,
	TRAP_OFF = 7,
	TRAP_TEST_DONE = 8,
	TRAP_ALARM_ADDED = 9,
	TRAP_ALARM_REMOVED = 10,
	TRAP_COLD_START = 11,
	TRAP_WARM_START = 12,
	TRAP_LINK_DOWN = 13,
	TRAP_LINK_UP = 14,
	TRAP_AUTH_FAILURE = 15,
	TRAP_SIP_START = 16,
	TRAP_SIP_STATUS = 17,
	TRAP_SIP_ERRORS = 18,
	TRAP_TEMPERATURE = 19,
	TRAP_END
};

const char *trap_meaning_name(enum trap_meaning m); /* "on_battery"; never NULL */

/* `trap` is the snmpTrapOID; `detail` the value of upsAlarmDescr where the trap carries one (n == 0:
 * none), which says more than "an alarm was added". */
enum trap_meaning trap_meaning_of(struct oid trap, struct oid detail);

/* RFC 3584 3.1: a v1 trap's enterprise, generic and specific as snmpTrapOID. `room` holds OID_MAX. */
struct oid trap_oid_of_v1(struct oid enterprise, long generic, long specific, uint32_t *room);

/* UPSes repeat their traps for as long as the condition lasts. */
enum { TRAP_MEMORY = 128, TRAP_REPEAT_MS = 300000 };
struct trap_memory {
	struct {
		uint64_t key; /* 0: empty */
		int64_t at_ms;
		uint32_t device;
	} heard[TRAP_MEMORY];
	unsigned next;
};

/* Has this device said the same within TRAP_REPEAT_MS, with no opposite in between? Remembers it. */
bool trap_is_repeat(struct trap_memory *m, uint32_t device, struct oid trap, enum trap_meaning what,
		    int64_t now_ms);

#endif
