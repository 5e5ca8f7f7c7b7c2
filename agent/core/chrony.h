/* chrony.h - chronyd's command protocol, version 6, as far as the state of the clock needs it. Pure.
 *
 * Monitoring questions are answered to anybody on the machine itself, on UDP port 323. */
#ifndef LW_CHRONY_H
#define LW_CHRONY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHRONY_REQUEST_BYTES = 128, CHRONY_SOURCES_MAX = 16 };

enum chrony_command {
	CHRONY_SOURCES = 14, /* how many there are */
	CHRONY_SOURCE = 15,  /* one of them, by index */
	CHRONY_TRACKING = 33
};

void chrony_request(uint8_t ret[CHRONY_REQUEST_BYTES], enum chrony_command c, uint32_t sequence,
		    uint32_t index);

struct chrony_reply {
	enum chrony_command command;
	uint32_t sequence;
	uint32_t n_sources;  /* CHRONY_SOURCES */
	unsigned reach;	     /* CHRONY_SOURCE: how many of its last eight polls were answered */
	bool synchronised;   /* CHRONY_TRACKING */
	unsigned stratum;    /* CHRONY_TRACKING */
	double correction_s; /* CHRONY_TRACKING: above 0 where the clock is behind */
};

/* -EBADMSG: not a good answer to one of these. */
int chrony_parse(const uint8_t *bytes, size_t length, struct chrony_reply *ret);

#endif
