/* trap_listener.h - hears SNMP traps and informs (v1, v2c, v3) of the devices that it was told of.
 *
 * A notification is believed when it comes from a configured device's address and carries that
 * device's community, or is signed as its SNMPv3 user. What comes from anybody else is counted. */
#ifndef LW_SNMP_TRAP_LISTENER_H
#define LW_SNMP_TRAP_LISTENER_H

#include "agent/core/trap.h"
#include "agent/io/sense.h"

struct trap_listener;

struct trap_event {
	bool refused; /* from a stranger, with a wrong key, or nonsense: the rest means nothing */
	uint32_t device; /* as given to trap_listener_add */
	enum trap_meaning meaning;
	bool repeat;	 /* the same as a moment ago: poll, but it is no news */
	bool inform;	 /* was answered */
	struct oid trap; /* snmpTrapOID; lives until the call returns */
};
typedef void trap_event_fn(void *arg, const struct trap_event *e);

struct trap_counters {
	uint64_t heard;
	uint64_t unknown_sender; /* from an address that no device has */
	uint64_t refused;	 /* right address, wrong community, user or signature */
	uint64_t malformed;
	uint64_t repeats;
	uint64_t informs; /* answered */
};

/* `address` is "0.0.0.0", "127.0.0.1", "::"; `port` usually 162. `fn` runs on the loop thread.
 * Negative errno: the socket could not be had. */
int trap_listener_open(struct trap_listener **ret, uv_loop_t *loop, const char *address,
		       unsigned port, trap_event_fn *fn, void *arg);
void trap_listener_close(struct trap_listener *l); /* accepts NULL; no fn afterwards */

/* A device as it is polled: its URL's host is the address that is believed. Host names are not
 * looked up here: -EAFNOSUPPORT for those. -ENOSPC past 4096 devices. */
int trap_listener_add(struct trap_listener *l, uint32_t device, const struct sense_target *t,
		      char *reterr, size_t reterr_size);

const struct trap_counters *trap_listener_counters(const struct trap_listener *l);

#endif
