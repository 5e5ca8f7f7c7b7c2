/* wire_layout.h - what a birth declares: the devices, and a numbered slot for each of their values. */
#ifndef LW_WIRE_LAYOUT_H
#define LW_WIRE_LAYOUT_H

#include <stdint.h>

enum { WIRE_MAX_DEVICES = 4096, WIRE_MAX_SLOTS = 32768, WIRE_MAX_TEXT = 64 };

struct wire_slot {
	uint16_t metric;
	uint16_t instance;
	char *label; /* NULL: none; owned by the layout */
};

struct wire_identity {
	uint16_t metric;
	char *text; /* UTF-8, at most WIRE_MAX_TEXT bytes; owned by the layout */
};

struct wire_device {
	char *id; /* "ups-1"; owned, as all below */
	char *device_class;
	char *profile; /* "" where none */
	uint32_t interval_ms;
	uint32_t first_slot; /* number of slots[0] over the whole layout */
	uint32_t n_slots;
	struct wire_slot *slots;
	uint32_t n_identity;
	struct wire_identity *identity;
};

/* What a birth declares. Owns everything it points to. */
struct wire_layout {
	uint32_t boot_id;
	uint32_t number;
	uint32_t session;
	uint64_t wall_ms; /* Unix ms at mono_ms */
	uint64_t mono_ms;
	char *version;
	uint32_t n_devices;
	uint32_t n_slots;
	struct wire_device *devices;
};

void wire_layout_free(struct wire_layout *l); /* accepts NULL */

#endif
