/* trap_ear PORT URL ... - prints what the trap listener hears from the devices of the URLs, and its
 * counters when it is told to end. For the integration tests. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/trap_listener.h"

static void on_trap(void *arg, const struct trap_event *e)
{
	(void)arg;
	if (e->refused)
		return;
	(void)printf("device=%u meaning=%s repeat=%d inform=%d\n", e->device,
		     trap_meaning_name(e->meaning), e->repeat, e->inform);
	(void)fflush(stdout);
}

struct ear {
	uv_signal_t signal;
	struct trap_listener *listener;
};

static void on_signal(uv_signal_t *s, int number)
{
	struct ear *ear = s->data;
	const struct trap_counters *c = trap_listener_counters(ear->listener);

	(void)number;
	(void)printf("heard=%llu refused=%llu unknown=%llu malformed=%llu\n",
		     (unsigned long long)c->heard, (unsigned long long)c->refused,
		     (unsigned long long)c->unknown_sender, (unsigned long long)c->malformed);
	trap_listener_close(ear->listener);
	uv_close((uv_handle_t *)s, NULL);
}

int main(int argc, char **argv)
{
	struct ear ear;
	char why[200] = "";
	uv_loop_t loop;

	if (argc < 3 || uv_loop_init(&loop) < 0)
		return 2;
	if (trap_listener_open(&ear.listener, &loop, "127.0.0.1",
			       (unsigned)strtoul(argv[1], NULL, 10), on_trap, NULL) < 0)
		return 1;
	for (int i = 2; i < argc; i++) {
		struct sense_target t = { .url = argv[i] };

		if (trap_listener_add(ear.listener, (uint32_t)(i - 2), &t, why, sizeof why) < 0) {
			(void)fprintf(stderr, "%s\n", why);
			return 1;
		}
	}
	(void)uv_signal_init(&loop, &ear.signal);
	ear.signal.data = &ear;
	(void)uv_signal_start(&ear.signal, on_signal, SIGTERM);
	(void)printf("listening\n");
	(void)fflush(stdout);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop) == 0 ? 0 : 1;
}
