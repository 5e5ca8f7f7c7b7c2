/* reading.h - one value of one device, with its quality. Pure: a visible struct, no memory. */
#ifndef LW_READING_H
#define LW_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/registry.h"

/* Why a value is unknown; on the wire and in the store as these numbers. */
enum reading_reason {
	REASON_GOOD = 0,	 /* not unknown */
	REASON_MISSING = 1,	 /* the device answers, but has no such object just now */
	REASON_SENTINEL = 2,	 /* the device's way to say "not available" */
	REASON_RANGE = 3,	 /* outside what the metric can be */
	REASON_JUMP = 4,	 /* changed faster than physics allows; one more read decides */
	REASON_PHYSICS = 5,	 /* contradicts the device's other values */
	REASON_TYPE = 6,	 /* not a number, or of a wrong type */
	REASON_UNREACHABLE = 7,	 /* the device does not answer */
	REASON_STALE = 8,	 /* older than it may be */
	REASON_NOT_MEASURED = 9, /* never read yet */
	REASON_PHANTOM = 10,	 /* a line or port that the device lists but does not have */
	REASON_END
};

const char *reading_reason_name(enum reading_reason r); /* "sentinel"; never NULL */

/* A slot's name: metric, and which of several ("#2", "@name"). */
struct reading {
	uint16_t metric;   /* enum metric_id, not METRIC_TEXT */
	uint16_t instance; /* 0: the whole or the first; n: "#n+1", or `label` where set */
	uint8_t reason;	   /* enum reading_reason; REASON_GOOD: `value` counts */
	const char *label; /* NULL, or the name of the instance; owned by who gave the reading */
	double value;	   /* in the metric's unit; states and flags as their number */
};

enum { READING_NAME_MAX = 128 };

/* "battery.charge_percent", "input.voltage_volts#2", "host.disk_used_percent@/home": as written in
 * JSON, the API and the command line. Returns the length without NUL; cut at `size`. */
int reading_name(char *buf, unsigned size, uint16_t metric, uint16_t instance, const char *label);

#endif
