#include "agent/io/ask/asker.h"

#include <stdlib.h>

enum { DEFAULT_TIMEOUT_MS = 4000 };

int asker_open(struct asker *a, const struct sense_type *type, uv_loop_t *loop, unsigned timeout_ms,
	       const struct talk_calls *calls)
{
	int r = talk_open(&a->talk, loop, calls, a);

	if (r < 0)
		return r;
	a->base.type = type;
	a->timeout_ms = timeout_ms > 0 ? timeout_ms : DEFAULT_TIMEOUT_MS;
	return 0;
}

void asker_free(struct asker *a)
{
	endpoint_fini(&a->at);
	free(a);
}

int asker_talk(struct asker *a, unsigned default_port)
{
	int r = talk_start(a->talk, a->at.host, a->at.port > 0 ? a->at.port : default_port,
			   a->timeout_ms);

	if (r < 0)
		round_abandon(&a->round);
	return r;
}

void asker_error(struct asker *a, const char *what)
{
	char where[280];

	endpoint_show(&a->at, where, sizeof where);
	round_error(&a->round, "%s: %s", where, what);
}

static void on_talk_closed(void *arg)
{
	struct asker *a = arg;
	void (*closed)(void *) = a->closed;
	void *closed_arg = a->closed_arg;

	asker_free(a);
	if (closed != NULL)
		closed(closed_arg);
}

void asker_close(struct sense *base, void (*closed)(void *arg), void *arg)
{
	struct asker *a = (struct asker *)base;

	round_abandon(&a->round);
	a->closed = closed;
	a->closed_arg = arg;
	talk_close(a->talk, on_talk_closed, a);
}
