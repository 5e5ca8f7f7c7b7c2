#include "agent/core/timesync.h"

enum { POLLS = 8, PATIENCE_MS = 10000 /* for which timesyncd waits for an answer */ };

void timesync_take(struct timesync *t, const struct timesync_said *said, uint64_t wall_us,
		   uint64_t now_ms)
{
	uint64_t age_ms = wall_us > said->heard_us ? (wall_us - said->heard_us) / 1000 : 0;

	if (t->asked_ms == 0 || said->heard_us != t->said.heard_us) {
		uint64_t most_ms = t->asked_ms != 0 ? now_ms - t->asked_ms : UINT64_MAX;

		t->seen_ms = now_ms;
		t->age_ms = age_ms < most_ms ? age_ms : most_ms;
	}
	t->asked_ms = now_ms;
	t->said = *said;
}

unsigned timesync_reach(const struct timesync *t, uint64_t now_ms)
{
	uint64_t poll_ms = t->said.poll_us / 1000, age_ms = t->age_ms + (now_ms - t->seen_ms);

	if (t->said.heard_us == 0 || t->said.n_answers == 0)
		return 0;
	if (poll_ms == 0 || age_ms < PATIENCE_MS)
		age_ms = 0;
	else
		age_ms -= PATIENCE_MS;
	uint64_t missed = poll_ms > 0 ? age_ms / poll_ms : 0;
	uint64_t room = missed < POLLS ? POLLS - missed : 0;
	return (unsigned)(t->said.n_answers < room ? t->said.n_answers : room);
}
