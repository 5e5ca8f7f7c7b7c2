/* identity.h - what a device says of itself: the only texts that travel. A visible value. */
#ifndef LW_IDENTITY_H
#define LW_IDENTITY_H

#include <stdint.h>

struct identity {
	uint16_t metric; /* METRIC_TEXT */
	const char *text;
};

#endif
