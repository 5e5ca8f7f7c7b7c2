#include "collector/core/drill.h"

#include <assert.h>

/* The longest that each link may take after the one before. */
static const struct {
	const char *name;
	int64_t limit_ms;
} links[DRILL_LINKS] = {
	{ "commanded", DRILL_ANSWER_MS },     { "answered", DRILL_ANSWER_MS },
	{ "decided", DRILL_ANSWER_MS },	      { "handed_over", DRILL_HANDOVER_MS },
	{ "acknowledged", DRILL_TIMEOUT_MS },
};

const char *drill_link_name(enum drill_link l)
{
	return (unsigned)l < DRILL_LINKS ? links[l].name : "";
}

void drill_start(struct drill *d, uint32_t number, uint32_t agent, int64_t now_ms, int64_t wall_ms)
{
	assert(number != 0);
	*d = (struct drill){
		.number = number, .agent = agent, .started_ms = now_ms, .wall_ms = wall_ms
	};
	for (unsigned l = 0; l < DRILL_LINKS; l++)
		d->at_ms[l] = -1;
}

static unsigned next_link(const struct drill *d)
{
	unsigned l = 0;

	while (l < DRILL_LINKS && d->at_ms[l] >= 0)
		l++;
	return l;
}

static int64_t before(const struct drill *d, unsigned l)
{
	return l == 0 ? d->started_ms : d->at_ms[l - 1];
}

bool drill_reach(struct drill *d, enum drill_link l, int64_t now_ms)
{
	if (d->state != DRILL_RUNNING || next_link(d) != (unsigned)l)
		return false;
	d->at_ms[l] = now_ms;
	if (l == DRILL_ACKNOWLEDGED)
		d->state = DRILL_PASSED;
	return true;
}

int64_t drill_wake_ms(const struct drill *d)
{
	unsigned l = next_link(d);

	if (d->state != DRILL_RUNNING || l == DRILL_LINKS)
		return INT64_MAX;
	return before(d, l) + links[l].limit_ms;
}

void drill_tick(struct drill *d, int64_t now_ms)
{
	if (now_ms < drill_wake_ms(d))
		return;
	d->state = DRILL_FAILED;
	d->failed_at = (enum drill_link)next_link(d);
}

int64_t drill_took_ms(const struct drill *d, enum drill_link l)
{
	return d->at_ms[l] < 0 ? -1 : d->at_ms[l] - before(d, l);
}
