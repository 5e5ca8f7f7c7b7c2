/* headset.h (io) - the USB headsets of this workstation: the sense "headset:", class headset.
 *
 * Plugs and unplugs are seen as they happen: the sense asks for a round by sense_target.nudge. */
#ifndef LW_IO_HEADSET_H
#define LW_IO_HEADSET_H

#include "agent/io/sense.h"

enum { HEADSETS_MAX = 16, HEADSET_TEXT = 64 };

struct headset {
	char vendor[HEADSET_TEXT + 1], product[HEADSET_TEXT + 1], serial[HEADSET_TEXT + 1];
	uint16_t vendor_id, product_id;
	bool capture;
};

extern const struct sense_type sense_headset;

/* The headsets of the newest look; valid until the loop turns. */
const struct headset *headset_list(const struct sense *s, size_t *ret_n);

#endif
