/* A timer that is armed, disarmed and closed by its owner alone. It fires once per arm; nothing can
 * fail after it was opened. */
#include "common/io/deadline.h"

#include <errno.h>
#include <stdlib.h>

struct deadline {
	uv_timer_t timer;
	deadline_fn *fn;
	void *arg;
};

static void on_timer(uv_timer_t *t)
{
	struct deadline *d = t->data;

	d->fn(d->arg);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

int deadline_open(struct deadline **ret, uv_loop_t *loop, deadline_fn *fn, void *arg)
{
	struct deadline *d = calloc(1, sizeof *d);
	if (d == NULL)
		return -ENOMEM;

	int r = uv_timer_init(loop, &d->timer);
	if (r < 0) {
		free(d); /* no handle on the loop yet: plain free is right */
		return r;
	}
	d->timer.data = d;
	d->fn = fn;
	d->arg = arg;
	*ret = d;
	return 0;
}

int deadline_arm(struct deadline *d, uint64_t delay_ms)
{
	return uv_timer_start(&d->timer, on_timer, delay_ms, 0);
}

void deadline_disarm(struct deadline *d)
{
	(void)uv_timer_stop(&d->timer);
}

void deadline_close(struct deadline **dp)
{
	if (*dp == NULL)
		return;
	uv_close((uv_handle_t *)&(*dp)->timer, on_closed);
	*dp = NULL;
}
