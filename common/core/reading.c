#include "common/core/reading.h"

#include "common/core/out.h"

static const char *const reason_names[REASON_END] = {
	"good", "missing",     "sentinel", "out_of_range", "jump",    "physics",
	"type", "unreachable", "stale",	   "not_measured", "phantom",
};

const char *reading_reason_name(enum reading_reason r)
{
	return (unsigned)r < REASON_END ? reason_names[r] : "unknown";
}

int reading_name(char *buf, unsigned size, uint16_t metric, uint16_t instance, const char *label)
{
	const struct metric *m = metric_by_id(metric);
	const char *name = m != NULL ? m->name : "?";
	struct out o = { buf, size, 0 };

	out_put(&o, name);
	if (label != NULL && label[0] != '\0') {
		out_put(&o, "@");
		out_put(&o, label);
	} else if (instance > 0) {
		out_put(&o, "#");
		out_number(&o, instance + 1, 0);
	}
	return (int)o.len;
}
