/* lagging.h - whether the store keeps up, judged in time. Pure.
 *
 * A full disk with a little room takes a small commit between two that fail: that is one trouble, not
 * many, or its alarm would be held up as flapping long after there is room again. */
#ifndef LW_LAGGING_H
#define LW_LAGGING_H

#include <stdbool.h>
#include <stdint.h>

enum { LAGGING_OVER_MS = 5000 }; /* without any trouble, and it is over */

struct lagging {
	bool on;
	int64_t trouble_ms; /* when there was trouble last */
};

/* `trouble`: a commit takes too long or has failed, and none was made since. True: `on` is another
 * than before. */
bool lagging_step(struct lagging *l, bool trouble, int64_t now_ms);

#endif
