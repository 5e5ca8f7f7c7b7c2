#include "collector/core/lagging.h"

bool lagging_step(struct lagging *l, bool trouble, int64_t now_ms)
{
	bool before = l->on;

	if (trouble)
		l->trouble_ms = now_ms;
	l->on = trouble || (before && now_ms - l->trouble_ms < LAGGING_OVER_MS);
	return l->on != before;
}
