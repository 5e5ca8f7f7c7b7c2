#include "agent/core/ivr.h"

enum ivr_result ivr_judge(const struct ivr_call *c)
{
	if (c->code == 486 || c->code == 600)
		return IVR_BUSY;
	if (c->code < 200 || c->code >= 300)
		return IVR_NO_ANSWER;
	if (c->packets == 0)
		return IVR_ONE_WAY;
	/* The right words said softly are the right words: ask for the score first. */
	if (c->has_reference && c->score_percent >= c->threshold_percent)
		return IVR_OK;
	if (c->peak_db < IVR_SILENT_DB)
		return IVR_SILENT;
	return c->has_reference ? IVR_WRONG_PROMPT : IVR_OK;
}
