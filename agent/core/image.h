/* image.h - what the agent knows of its devices now, and how that differs from what it last said.
 * Pure; owns memory only.
 *
 * Readings go in as the senses bring them; births, full reports and deltas come out as the structs
 * of common/wire, pointing into the image: valid until the image is called again. */
#ifndef LW_IMAGE_H
#define LW_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/core/identity.h"
#include "common/core/reading.h"
#include "common/wire/wire.h"

struct image;

/* What a round changed; the bits add up. */
enum image_change {
	IMAGE_VALUES = 1, /* a number moved */
	IMAGE_STATE = 2,  /* a state, a flag or whether a value is known changed */
	IMAGE_URGENT = 4, /* a state that people wait for: say it at once */
	IMAGE_LAYOUT = 8  /* new slots, another profile, another identity: a birth is due */
};

enum { IMAGE_SLOTS_PER_DEVICE = 512, IMAGE_FULL_EVERY = 20 };

int image_new(struct image **ret, uint32_t boot_id, const char *version);
void image_free(struct image *im); /* accepts NULL */

/* `device_class` may be "": told by the first round. Returns the device's number or -errno. */
int image_add(struct image *im, const char *id, const char *device_class, uint32_t interval_ms);
uint32_t image_devices(const struct image *im);

/* One round's outcome. A device that does not answer keeps its values, as last known, but for those
 * that the round still brings (a service that is down). */
struct image_round {
	bool reachable;
	const char *device_class, *profile; /* NULL or "": as before */
	const struct reading *readings;
	size_t n_readings;
	const struct identity *identity;
	size_t n_identity;
};
int image_apply(struct image *im, uint32_t device, const struct image_round *r,
		uint64_t now_ms); /* enum image_change bits or -ENOMEM */

/* Remember an event for the next report; beyond WIRE_MAX_EVENTS the oldest go. */
void image_event(struct image *im, uint32_t device, enum wire_event kind, int64_t value,
		 uint64_t now_ms);

bool image_reachable(const struct image *im, uint32_t device);
uint32_t image_age_s(const struct image *im, uint32_t device,
		     uint64_t now_ms);			      /* of its readings */
bool image_answered(const struct image *im, uint32_t device); /* at least one round came back */
/* On battery, silent since a moment ago, or a value in doubt: look again soon. */
bool image_restless(const struct image *im, uint32_t device, uint64_t now_ms);
/* The newest value of a slot without instance; false where it is not known. */
bool image_value(const struct image *im, uint32_t device, uint16_t metric, double *ret);
uint64_t image_refused(const struct image *im); /* readings beyond a limit */
bool image_birth_due(const struct image *im);

struct image_head {
	uint64_t seq, mono_ms, wall_ms;
	uint32_t flags;
	uint32_t session;
};

/* Fill *ret; its arrays belong to the image (no wire_report_fini). A birth begins a layout, numbered
 * on. image_report is a delta of the newest full report where that is allowed and smaller, else full.
 * All take the events along. -ENOMEM. */
int image_birth(struct image *im, const struct image_head *h, struct wire_report *ret);
/* From now on births leave the identities out: a crowd of devices with them is no message any more. */
void image_be_terse(struct image *im);
bool image_is_terse(const struct image *im);
int image_report(struct image *im, const struct image_head *h, bool full, struct wire_report *ret);
/* The layout that reports are to be packed with: of the newest birth. */
const struct wire_layout *image_layout(const struct image *im);

#endif
