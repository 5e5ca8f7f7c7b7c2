/* headset.h - which USB devices are headsets: a table of makers, else whatever can hear. Pure. */
#ifndef LW_HEADSET_H
#define LW_HEADSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usb_thing {
	uint16_t vendor_id, product_id;
	bool has_card;	  /* ALSA made a sound card of it */
	bool has_capture; /* that card can record */
	bool has_video;	  /* a camera's microphone is no headset */
};

bool headset_is(const struct usb_thing *t);
const char *headset_maker(uint16_t vendor_id); /* "Jabra"; NULL: not in the table */

/* "pcmC1D0c": card 1 can record. */
bool headset_capture_card(const char *sysname, unsigned *ret_card);

#endif
