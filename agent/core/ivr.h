/* ivr.h - the verdict on one test call. Pure. */
#ifndef LW_IVR_H
#define LW_IVR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/registry.h"

enum { IVR_THRESHOLD_PERCENT = 45, IVR_SILENT_DB = -50 };

/* What the call has shown. */
struct ivr_call {
	unsigned code;	    /* final SIP answer, 0: none came */
	uint64_t packets;   /* RTP packets that came back */
	int peak_db;	    /* loudest quarter second, dBFS */
	bool has_reference; /* false: any voice will do */
	unsigned score_percent, threshold_percent;
};

enum ivr_result ivr_judge(const struct ivr_call *c);

#endif
