#include "agent/core/trap.h"

#include <string.h>

static const char *const names[TRAP_END] = {
	"other",	 "on_battery", "mains_back", "low_battery", "replace_battery",
	"overload",	 "bypass",     "off",	     "test_done",   "alarm_added",
	"alarm_removed", "cold_start", "warm_start", "link_down",   "link_up",
	"auth_failure",	 "sip_start",  "sip_status", "sip_errors",  "temperature",
};

enum { ROOT_MAX = 12 };

/* The trap's root; the number that follows it (a 0 in between, as v1 traps have it, is skipped). */
static const struct {
	uint8_t n;
	uint32_t root[ROOT_MAX];
	uint32_t number;
	enum trap_meaning meaning;
} table[] = {
	/* SNMPv2-MIB snmpTraps */
	{ 9, { 1, 3, 6, 1, 6, 3, 1, 1, 5 }, 1, TRAP_COLD_START },
	{ 9, { 1, 3, 6, 1, 6, 3, 1, 1, 5 }, 2, TRAP_WARM_START },
	{ 9, { 1, 3, 6, 1, 6, 3, 1, 1, 5 }, 3, TRAP_LINK_DOWN },
	{ 9, { 1, 3, 6, 1, 6, 3, 1, 1, 5 }, 4, TRAP_LINK_UP },
	{ 9, { 1, 3, 6, 1, 6, 3, 1, 1, 5 }, 5, TRAP_AUTH_FAILURE },
	/* UPS-MIB upsTraps, RFC 1628 */
	{ 8, { 1, 3, 6, 1, 2, 1, 33, 2 }, 1, TRAP_ON_BATTERY },
	{ 8, { 1, 3, 6, 1, 2, 1, 33, 2 }, 2, TRAP_TEST_DONE },
	{ 8, { 1, 3, 6, 1, 2, 1, 33, 2 }, 3, TRAP_ALARM_ADDED },
	{ 8, { 1, 3, 6, 1, 2, 1, 33, 2 }, 4, TRAP_ALARM_REMOVED },
	/* PowerNet-MIB (APC) */
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 2, TRAP_OVERLOAD },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 5, TRAP_ON_BATTERY },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 7, TRAP_LOW_BATTERY },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 9, TRAP_MAINS_BACK },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 10, TRAP_TEST_DONE },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 12, TRAP_OFF },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 17, TRAP_REPLACE_BATTERY },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 29, TRAP_BYPASS },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 30, TRAP_BYPASS },
	{ 7, { 1, 3, 6, 1, 4, 1, 318 }, 31, TRAP_BYPASS },
	/* XUPS-MIB (Powerware, Eaton) xupsDefinedTraps */
	{ 11, { 1, 3, 6, 1, 4, 1, 534, 1, 11, 4, 1 }, 3, TRAP_ON_BATTERY },
	{ 11, { 1, 3, 6, 1, 4, 1, 534, 1, 11, 4, 1 }, 4, TRAP_LOW_BATTERY },
	{ 11, { 1, 3, 6, 1, 4, 1, 534, 1, 11, 4, 1 }, 5, TRAP_MAINS_BACK },
	{ 11, { 1, 3, 6, 1, 4, 1, 534, 1, 11, 4, 1 }, 7, TRAP_OVERLOAD },
	/* SIP-COMMON-MIB, RFC 4780 */
	{ 8, { 1, 3, 6, 1, 2, 1, 149, 0 }, 1, TRAP_SIP_ERRORS },
	{ 8, { 1, 3, 6, 1, 2, 1, 149, 0 }, 2, TRAP_SIP_ERRORS },
	{ 8, { 1, 3, 6, 1, 2, 1, 149, 0 }, 3, TRAP_SIP_ERRORS },
	{ 8, { 1, 3, 6, 1, 2, 1, 149, 0 }, 4, TRAP_SIP_START },
	{ 8, { 1, 3, 6, 1, 2, 1, 149, 0 }, 5, TRAP_SIP_START },
	{ 8, { 1, 3, 6, 1, 2, 1, 149, 0 }, 6, TRAP_SIP_STATUS },
};

/* upsWellKnownAlarms 1.3.6.1.2.1.33.1.6.3.N */
static const struct {
	uint32_t number;
	enum trap_meaning meaning;
} alarms[] = {
	{ 1, TRAP_REPLACE_BATTERY }, { 2, TRAP_ON_BATTERY },  { 3, TRAP_LOW_BATTERY },
	{ 4, TRAP_LOW_BATTERY },     { 5, TRAP_TEMPERATURE }, { 8, TRAP_OVERLOAD },
	{ 9, TRAP_BYPASS },	     { 11, TRAP_OFF },
};

const char *trap_meaning_name(enum trap_meaning m)
{
	return (unsigned)m < TRAP_END ? names[m] : names[TRAP_OTHER];
}

static enum trap_meaning of_alarm(struct oid detail)
{
	static const uint32_t known[] = { 1, 3, 6, 1, 2, 1, 33, 1, 6, 3 };
	struct oid root = { known, sizeof known / sizeof *known };

	if (detail.n != root.n + 1 || !oid_under(detail, root))
		return TRAP_ALARM_ADDED;
	for (size_t i = 0; i < sizeof alarms / sizeof *alarms; i++)
		if (alarms[i].number == detail.id[root.n])
			return alarms[i].meaning;
	return TRAP_ALARM_ADDED;
}

enum trap_meaning trap_meaning_of(struct oid trap, struct oid detail)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct oid root = { table[i].root, table[i].n };
		unsigned at = root.n;

		if (!oid_under(trap, root) || trap.n == root.n)
			continue;
		if (trap.n == root.n + 2 && trap.id[at] == 0)
			at++;
		if (trap.n != at + 1 || trap.id[at] != table[i].number)
			continue;
		return table[i].meaning == TRAP_ALARM_ADDED ? of_alarm(detail) : table[i].meaning;
	}
	return TRAP_OTHER;
}

struct oid trap_oid_of_v1(struct oid enterprise, long generic, long specific, uint32_t *room)
{
	static const uint32_t snmp_traps[] = { 1, 3, 6, 1, 6, 3, 1, 1, 5 };
	unsigned n = sizeof snmp_traps / sizeof *snmp_traps;

	if (generic >= 0 && generic <= 5) {
		memcpy(room, snmp_traps, sizeof snmp_traps);
		room[n++] = (uint32_t)generic + 1;
		return (struct oid){ room, n };
	}
	n = enterprise.n <= OID_MAX - 2 ? enterprise.n : OID_MAX - 2;
	if (n > 0)
		memcpy(room, enterprise.id, n * sizeof *room);
	room[n++] = 0;
	room[n++] = (uint32_t)specific;
	return (struct oid){ room, n };
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v;
	return h * 1099511628211u;
}

static uint64_t key_of(uint32_t device, struct oid trap, enum trap_meaning what)
{
	uint64_t h = mix(14695981039346656037u, device);

	h = mix(h, (uint64_t)what);
	for (unsigned i = 0; i < trap.n; i++)
		h = mix(h, trap.id[i]);
	return h | 1; /* 0 is an empty place */
}

/* "Mains are back" makes the next "on battery" news again, and so on. */
static bool ends_repeats(enum trap_meaning what)
{
	return what == TRAP_MAINS_BACK || what == TRAP_ALARM_REMOVED || what == TRAP_COLD_START ||
	       what == TRAP_WARM_START || what == TRAP_LINK_UP || what == TRAP_LINK_DOWN ||
	       what == TRAP_SIP_STATUS;
}

static void forget(struct trap_memory *m, uint32_t device)
{
	for (unsigned i = 0; i < TRAP_MEMORY; i++)
		if (m->heard[i].device == device)
			m->heard[i].key = 0;
}

bool trap_is_repeat(struct trap_memory *m, uint32_t device, struct oid trap, enum trap_meaning what,
		    int64_t now_ms)
{
	uint64_t key = key_of(device, trap, what);

	for (unsigned i = 0; i < TRAP_MEMORY; i++) {
		if (m->heard[i].key != key)
			continue;
		bool fresh = now_ms - m->heard[i].at_ms < TRAP_REPEAT_MS;
		m->heard[i].at_ms = now_ms;
		return fresh;
	}
	if (ends_repeats(what))
		forget(m, device);
	m->heard[m->next].key = key;
	m->heard[m->next].at_ms = now_ms;
	m->heard[m->next].device = device;
	m->next = (m->next + 1) % TRAP_MEMORY;
	return false;
}
