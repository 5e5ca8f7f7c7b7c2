/* wire.h - heartbeats as structs, packed to and from proto/linewatch.proto. No I/O.
 *
 * The bytes are explained in docs/PROTOCOL.md. Everything that comes off the wire is bounded and
 * checked here, so that no other module sees an impossible report. */
#ifndef LW_WIRE_H
#define LW_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/wire_layout.h"

enum {
	WIRE_PROTOCOL = 1,
	WIRE_MAX_BYTES = 65536,
	WIRE_MAX_EVENTS = 256,
	WIRE_FLAG_URGENT = 1,
	WIRE_FLAG_THINNED = 2
};

enum wire_event {
	WIRE_EVENT_TRAP = 1, /* a trap came from this device; value: registered meaning or 0 */
	WIRE_EVENT_PLUGGED = 2,
	WIRE_EVENT_UNPLUGGED = 3,
	WIRE_EVENT_REBOOTED = 4,   /* sys.uptime fell: the device restarted */
	WIRE_EVENT_CLOCK_STEP = 5, /* value: by how many ms */
	WIRE_EVENT_DRILL = 6	   /* value: the number that the collector's command gave */
};

/* Outcomes of decoding that a caller must handle (0 is success, negative is errno). */
enum wire_refusal {
	WIRE_BAD_SIZE = 1,     /* empty or over WIRE_MAX_BYTES */
	WIRE_BAD_ENCODING = 2, /* not protobuf of this schema */
	WIRE_BAD_VALUE = 3,    /* a count, number or text outside its limits */
	WIRE_BAD_LAYOUT = 4,   /* slots do not fit the birth's declaration */
	WIRE_NO_LAYOUT = 5     /* its birth is not known: ask for a rebirth */
};

const char *wire_refusal_name(int refusal);

struct wire_event_row {
	uint32_t device;
	uint32_t kind; /* enum wire_event; unknown kinds are kept as numbers */
	uint32_t age_ms;
	int64_t value;
};

/* One value of a report: slot number over the layout. `scaled` is undefined unless reason is
 * REASON_GOOD (common/core/reading.h). */
struct wire_value {
	uint32_t slot;
	uint8_t reason;
	int64_t scaled;
};

struct wire_range {
	uint32_t boot_id;
	uint64_t first_seq, last_seq;
};

enum { WIRE_MAX_RANGES = 64 };

/* A heartbeat. Arrays are owned by the report (wire_report_fini). */
struct wire_report {
	uint32_t boot_id;
	uint64_t seq;
	uint64_t mono_ms;
	uint64_t wall_ms; /* Unix ms by the agent's clock; the codec turns it into the step */
	uint32_t layout;
	uint64_t full_seq; /* 0: full; else a delta of that report */
	uint32_t flags;
	size_t n_values;
	struct wire_value *values; /* full: one per slot in order; delta: ascending slots */
	size_t n_ages;		   /* 0 or the layout's n_devices */
	uint32_t *age_ms;	   /* resolution 100 ms */
	size_t n_silent;
	uint32_t *silent; /* device numbers, ascending */
	size_t n_events;
	struct wire_event_row *events;
	size_t n_lost;		 /* at most WIRE_MAX_RANGES */
	struct wire_range *lost; /* asked for, and never to come */
	struct wire_layout
		*birth;	    /* NULL, or what this report declares; owned: take it by NULLing */
	uint64_t first_seq; /* births only */
	size_t n_backlog;   /* births only */
	struct wire_range *backlog;
};

void wire_report_fini(struct wire_report *r); /* zeroes it */

/* Pack a report for `layout` (its own birth when r->birth is set). Returns the malloc'ed bytes in
 * *ret; -EINVAL when it breaks a limit, -ENOMEM. */
int wire_report_pack(const struct wire_report *r, const struct wire_layout *layout, uint8_t **ret,
		     size_t *ret_len);

/* What must be known before the layout can be chosen, or what a report rests on. */
struct wire_head {
	uint32_t boot_id;
	uint32_t layout;
	uint64_t seq;
	uint64_t full_seq; /* as in wire_report */
	bool is_birth;
	/* When it was made: a birth says it by the clock, others count from it (wire_head_wall_ms). */
	uint64_t mono_ms, birth_wall_ms;
	int64_t wall_step_ms;
};
int wire_report_peek(const uint8_t *buf, size_t len, struct wire_head *ret);

/* Unix ms by the agent's clock; `birth`: of the layout, may be `h` itself. */
int64_t wire_head_wall_ms(const struct wire_head *h, const struct wire_head *birth);

/* Unpack with `layout` (NULL for a birth, which brings its own). On success *ret is to be
 * wire_report_fini'ed; on a refusal or error it is untouched. */
int wire_report_unpack(const uint8_t *buf, size_t len, const struct wire_layout *layout,
		       struct wire_report *ret);

#endif
