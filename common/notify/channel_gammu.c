/* SMS over a modem by gammu-smsd: the message is put into the daemon's own durable queue by
 * gammu-smsd-inject, a short-lived child. Happy path: it exits 0, the daemon has the message.
 * Failure paths: the program is missing (permanent: the next channel is used), it exits otherwise
 * (temporary), it hangs (killed after the time-out, temporary). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/notify/channel.h"

struct injection {
	uv_process_t process;
	uv_timer_t guard;
	unsigned n_open;
	struct channel *channel; /* NULL: the channel is closed, nobody waits */
	struct injection *next;
	channel_done_fn *done;
	void *arg;
	struct channel_outcome outcome;
	bool told;
};

static void forget(struct injection *j)
{
	struct injection **p;

	if (j->channel == NULL)
		return;
	for (p = (struct injection **)(void *)&j->channel->state; *p != NULL; p = &(*p)->next) {
		if (*p == j) {
			*p = j->next;
			return;
		}
	}
}

static void on_handle_closed(uv_handle_t *h)
{
	struct injection *j = h->data;

	if (--j->n_open > 0)
		return;
	forget(j);
	if (j->channel != NULL)
		j->done(j->arg, &j->outcome);
	free(j);
}

static void finish(struct injection *j, enum delivery_result result, const char *detail)
{
	if (j->told)
		return;
	j->told = true;
	j->outcome.result = result;
	(void)snprintf(j->outcome.detail, sizeof j->outcome.detail, "%s", detail);
	uv_close((uv_handle_t *)&j->process, on_handle_closed);
	uv_close((uv_handle_t *)&j->guard, on_handle_closed);
}

static void on_child_exit(uv_process_t *p, int64_t status, int signal)
{
	char detail[80];

	(void)snprintf(detail, sizeof detail, "gammu-smsd-inject: exit %d, signal %d", (int)status,
		       signal);
	finish(p->data, status == 0 && signal == 0 ? DELIVERY_TAKEN : DELIVERY_TEMPORARY,
	       status == 0 && signal == 0 ? "queued at the modem" : detail);
}

static void on_guard(uv_timer_t *t)
{
	struct injection *j = t->data;

	(void)uv_process_kill(&j->process, SIGKILL); /* on_child_exit tells */
}

static int spawn(struct injection *j, const struct message *m, const char *address)
{
	const char *args[] = { "gammu-smsd-inject",
			       "-c",
			       j->channel->conf->config,
			       "TEXT",
			       address,
			       "-text",
			       m->sms,
			       NULL };
	uv_process_options_t o = {
		.exit_cb = on_child_exit,
		.file = args[0],
		.args = (char **)(uintptr_t)args, /* libuv does not write to them */
	};

	return uv_spawn(j->channel->loop, &j->process, &o);
}

static int gammu_send(struct channel *c, const struct message *m, const char *address,
		      channel_done_fn *done, void *arg)
{
	uint64_t timeout = c->conf->timeout_ms != 0 ? c->conf->timeout_ms : 10000;
	struct injection *j;
	int r;

	if (address[0] == '-' || m->sms == NULL)
		return -EINVAL; /* an option, not a number */
	j = calloc(1, sizeof *j);
	if (j == NULL)
		return -ENOMEM;
	j->channel = c;
	j->done = done;
	j->arg = arg;
	(void)uv_timer_init(c->loop, &j->guard);
	j->n_open = 2; /* a process that failed to start is a handle too */
	j->guard.data = j->process.data = j;
	j->next = c->state;
	c->state = j;
	r = spawn(j, m, address);
	if (r < 0)
		finish(j, DELIVERY_PERMANENT, uv_strerror(r));
	else
		(void)uv_timer_start(&j->guard, on_guard, timeout, 0);
	return 0;
}

static void gammu_close(struct channel *c)
{
	for (struct injection *j = c->state; j != NULL; j = j->next) {
		j->channel = NULL;
		if (!j->told)
			(void)uv_process_kill(&j->process, SIGKILL);
	}
	c->state = NULL;
}

static int gammu_open(struct channel *c, char *reterr, size_t reterr_size)
{
	(void)c;
	(void)reterr;
	(void)reterr_size;
	return 0;
}

const struct channel_type channel_gammu = {
	"gammu", true, gammu_open, gammu_send, NULL, gammu_close
};
