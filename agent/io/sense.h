/* sense.h - what every way of asking a device has in common: SNMP, NUT, SIP, HTTP, the host …
 *
 * A sense is opened once for a device and lives as long as it is configured. sense->type->poll
 * starts one round; `done` comes exactly once for each, on the loop thread, never from inside poll.
 * One round at a time: polling while one is under way returns -EBUSY. */
#ifndef LW_SENSE_H
#define LW_SENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "agent/core/identity.h"
#include "common/core/reading.h"

/* One round's outcome. Everything it points to is the sense's and lives until done returns. */
struct sense_result {
	bool reachable;
	const char *error;	  /* NULL, or why not and what to do: one line, no secrets */
	const char *device_class; /* "ups"; "" until known */
	const char *profile;
	const struct reading *readings;
	size_t n_readings;
	const struct identity *identity;
	size_t n_identity;
	const char *const *evidence; /* why this profile: lines for people */
	size_t n_evidence;
};

typedef void sense_done_fn(void *arg, const struct sense_result *r);

/* How to reach and read one device: from the agent's file or from a probe URL. Strings are copied. */
struct sense_target {
	const char *url; /* snmp://host:port, nut://ups@host:port, sip:user@host, https://… */
	const char *community;	  /* SNMP v1/v2c */
	const char *profile;	  /* NULL: chosen by evidence */
	const char *device_class; /* NULL: told by the profile */
	const char *options_json; /* what only this kind of sense knows, NULL: none */
	unsigned timeout_ms;	  /* of one try; 0: the default */
	/* NULL, or what a sense that is told of a change (a plug, a trap) calls to be polled now; on
	 * the loop thread, never from inside open, poll or close */
	void (*nudge)(void *arg);
	void *nudge_arg;
};

struct sense;
struct sense_type {
	const char *const *schemes; /* "snmp", "snmp3"; ends with NULL */
	int (*open)(struct sense **ret, uv_loop_t *loop, const struct sense_target *t, char *reterr,
		    size_t reterr_size);
	int (*poll)(struct sense *s, sense_done_fn *done, void *arg);
	void (*close)(struct sense *s, void (*closed)(void *arg),
		      void *arg); /* cancels a round: no done */
};

/* Every sense begins with this. */
struct sense {
	const struct sense_type *type;
};

const struct sense_type *sense_type_find(const char *url); /* by scheme; NULL: none */

#endif
