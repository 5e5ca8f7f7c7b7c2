/* image_internal.h - the image's inside, for image.c and image_report.c alone. */
#ifndef LW_IMAGE_INTERNAL_H
#define LW_IMAGE_INTERNAL_H

#include "agent/core/image.h"

struct cell {
	int64_t scaled;
	uint8_t reason;
};

struct known {
	struct cell *cells; /* now, one per slot of the device */
	uint32_t room;
	uint64_t updated_ms, silent_since_ms;
	bool reachable, answered;
};

struct event {
	uint32_t device, kind;
	uint64_t at_ms;
	int64_t value;
};

struct image {
	struct wire_layout layout; /* its devices are the image's own */
	struct known *known;	   /* beside layout.devices */
	uint32_t room;
	bool birth_due;
	uint64_t refused;

	struct cell *full; /* what the newest full report said, over all slots */
	uint64_t full_seq;
	unsigned since_full;

	struct event events[WIRE_MAX_EVENTS];
	size_t n_events;

	bool terse;
	struct wire_layout terse_layout; /* without identities; the rest is layout's */
	struct wire_device *terse_devices;

	/* the newest report's arrays */
	struct wire_value *out_values;
	uint32_t *out_ages, *out_silent;
	struct wire_event_row *out_events;
};

#endif
