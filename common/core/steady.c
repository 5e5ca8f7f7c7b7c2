#include "common/core/steady.h"

static bool far(int64_t a, int64_t b)
{
	return a - b > STEADY_JUMP_MS || b - a > STEADY_JUMP_MS;
}

struct steady_step steady_step(struct steady *s, int64_t boot_ms, int64_t wall_ms)
{
	struct steady_step r = { 0 };
	int64_t offset = wall_ms - boot_ms;

	if (!s->known) {
		*s = (struct steady){ .known = true, .offset_ms = offset };
	} else if (!far(offset, s->offset_ms)) {
		s->offset_ms = offset;
		s->doubted = false;
	} else if (!s->doubted || far(offset, s->candidate_ms)) {
		s->doubted = r.began_to_doubt = true;
		s->candidate_ms = offset;
		s->doubt_ends_ms = boot_ms + STEADY_HOLD_MS;
	} else if (boot_ms >= s->doubt_ends_ms) {
		r.moved_ms = offset - s->offset_ms;
		s->offset_ms = offset;
		s->doubted = false;
	}
	r.wall_ms = boot_ms + s->offset_ms;
	r.ahead_ms = offset - s->offset_ms;
	return r;
}
