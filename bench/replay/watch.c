/* watch.c - beside the broker while an agent's backlog comes in: how old each live report is when it
 * arrives, and when the collector says that it is stored; ends when the backlog is stored whole.
 * Reports carry their time by the agent's clock: agent and watcher must share one.
 *
 *   linewatch-replay-watch --port P --boot B --last N --for SECONDS */
#include <getopt.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/wire/wire.h"
#include "common/wire/wire_control.h"

enum { LIVE_MAX = 100000 };

struct ages {
	double *ms;
	size_t n;
};

struct watch {
	uint32_t boot; /* of the backlog */
	uint64_t last;
	struct wire_layout *layout; /* the live boot's */
	uint64_t made_ms[LIVE_MAX]; /* by seq of the live boot; 0: not seen */
	uint64_t stored_upto, history, history_bytes;
	struct ages arrived, stored;
	uint64_t began_ms, first_ms;
	bool done;
};

static uint64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void add(struct ages *a, uint64_t made_ms)
{
	if (a->n < LIVE_MAX)
		a->ms[a->n++] = (double)wall_ms() - (double)made_ms;
}

static void on_live(struct watch *w, const struct mosquitto_message *m)
{
	struct wire_report r;

	if (wire_report_unpack(m->payload, (size_t)m->payloadlen, w->layout, &r) != 0)
		return;
	if (r.birth != NULL) {
		wire_layout_free(w->layout);
		w->layout = r.birth;
		r.birth = NULL;
	}
	if (r.seq < LIVE_MAX && w->first_ms > 0) { /* what went before is the reconnecting */
		w->made_ms[r.seq] = r.wall_ms;
		add(&w->arrived, r.wall_ms);
	}
	wire_report_fini(&r);
}

static void note_stored(struct watch *w, const struct wire_range *r)
{
	if (r->boot_id == w->boot) {
		w->done |= r->first_seq <= 1 && r->last_seq >= w->last;
		return;
	}
	if (w->layout == NULL || r->boot_id != w->layout->boot_id)
		return;
	for (uint64_t s = w->stored_upto + 1; s <= r->last_seq && s < LIVE_MAX; s++) {
		if (w->made_ms[s] != 0)
			add(&w->stored, w->made_ms[s]);
		w->stored_upto = s;
	}
}

static void on_control(struct watch *w, const struct mosquitto_message *m)
{
	static struct wire_control c;

	if (wire_control_unpack(m->payload, (size_t)m->payloadlen, &c) != 0)
		return;
	for (size_t i = 0; i < c.n_stored; i++)
		note_stored(w, &c.stored[i]);
}

static void on_message(struct mosquitto *client, void *arg, const struct mosquitto_message *m)
{
	struct watch *w = arg;
	const char *lane = strrchr(m->topic, '/');

	(void)client;
	if (lane == NULL)
		return;
	if (strcmp(lane, "/live") == 0)
		on_live(w, m);
	else if (strcmp(lane, "/control") == 0)
		on_control(w, m);
	if (strcmp(lane, "/history") != 0)
		return;
	if (w->history++ == 0)
		w->first_ms = wall_ms();
	w->history_bytes += (uint64_t)m->payloadlen;
}

static void on_connect(struct mosquitto *m, void *arg, int rc)
{
	(void)arg;
	if (rc != 0 || mosquitto_subscribe(m, NULL, "linewatch/v1/+/+/+", 0) != MOSQ_ERR_SUCCESS)
		exit(1);
	(void)puts("ready");
	(void)fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_ages(const char *name, struct ages *a)
{
	qsort(a->ms, a->n, sizeof *a->ms, by_size);
	(void)printf(",\"%s\":{\"n\":%zu,\"p50_ms\":%.0f,\"p99_ms\":%.0f,\"max_ms\":%.0f}", name,
		     a->n, a->n > 0 ? a->ms[a->n / 2] : -1, a->n > 0 ? a->ms[a->n * 99 / 100] : -1,
		     a->n > 0 ? a->ms[a->n - 1] : -1);
}

static void parse(int argc, char **argv, struct watch *w, int *port, int *seconds)
{
	static const struct option longs[] = { { "port", 1, NULL, 'p' },
					       { "boot", 1, NULL, 'b' },
					       { "last", 1, NULL, 'l' },
					       { "for", 1, NULL, 'f' },
					       { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		uint64_t n = optarg != NULL ? strtoull(optarg, NULL, 10) : 0;

		if (c == 'p')
			*port = (int)n;
		else if (c == 'b')
			w->boot = (uint32_t)n;
		else if (c == 'l')
			w->last = n;
		else if (c == 'f')
			*seconds = (int)n;
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct watch w;
	int port = 1883, seconds = 3600;

	parse(argc, argv, &w, &port, &seconds);
	w.arrived.ms = calloc(LIVE_MAX, sizeof(double));
	w.stored.ms = calloc(LIVE_MAX, sizeof(double));
	(void)mosquitto_lib_init();
	struct mosquitto *m = mosquitto_new("replay-watch", true, &w);
	if (m == NULL || w.arrived.ms == NULL || w.stored.ms == NULL)
		return 1;
	mosquitto_connect_callback_set(m, on_connect);
	mosquitto_message_callback_set(m, on_message);
	if (mosquitto_connect(m, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS)
		return 1;
	w.began_ms = wall_ms();
	while (!w.done && wall_ms() - w.began_ms < (uint64_t)seconds * 1000) {
		if (mosquitto_loop(m, 100, 1) != MOSQ_ERR_SUCCESS)
			return 1;
	}
	(void)printf("{\"done\":%s,\"seconds\":%.1f,\"history\":%llu,\"history_bytes\":%llu",
		     w.done ? "true" : "false",
		     w.first_ms > 0 ? (double)(wall_ms() - w.first_ms) / 1e3 : -1,
		     (unsigned long long)w.history, (unsigned long long)w.history_bytes);
	print_ages("live_arrived", &w.arrived);
	print_ages("live_stored", &w.stored);
	(void)puts("}");
	wire_layout_free(w.layout);
	mosquitto_destroy(m);
	(void)mosquitto_lib_cleanup();
	return w.done ? 0 : 1;
}
