/* count.c - a libmosquitto consumer that only counts: what broker and library cost by themselves,
 * for benches to hold a real consumer against. The library's own loop, as most programs use it.
 *
 *   linewatch-count --port P --expect N     ends when N messages have come, and prints one line */
#include <getopt.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char topic[] = "linewatch/v1/+/+/live";

struct count {
	uint64_t expect, came;
	double first, last;
};

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_connect(struct mosquitto *m, void *arg, int rc)
{
	(void)arg;
	if (rc != 0 || mosquitto_subscribe(m, NULL, topic, 1) != MOSQ_ERR_SUCCESS)
		exit(1);
}

static void on_subscribe(struct mosquitto *m, void *arg, int mid, int n, const int *granted)
{
	(void)m;
	(void)arg;
	(void)mid;
	(void)n;
	(void)granted;
	(void)puts("ready");
	(void)fflush(stdout);
}

static void on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *msg)
{
	struct count *c = arg;

	(void)msg;
	if (c->came++ == 0)
		c->first = now();
	if (c->came < c->expect)
		return;
	c->last = now();
	(void)mosquitto_disconnect(m);
}

static double cpu_seconds(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { { "port", 1, NULL, 'p' },
					       { "expect", 1, NULL, 'e' },
					       { NULL, 0, NULL, 0 } };
	struct count c = { 0 };
	int port = 1883, o;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (o == 'p')
			port = atoi(optarg);
		else if (o == 'e')
			c.expect = strtoull(optarg, NULL, 10);
		else
			return 2;
	}
	(void)mosquitto_lib_init();
	struct mosquitto *m = mosquitto_new("linewatch-count", true, &c);
	if (m == NULL)
		return 1;
	(void)mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	(void)mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_connect_callback_set(m, on_connect);
	mosquitto_subscribe_callback_set(m, on_subscribe);
	mosquitto_message_callback_set(m, on_message);
	if (mosquitto_connect(m, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS)
		return 1;
	(void)mosquitto_loop_forever(m, -1, 1);
	(void)printf("{\"came\":%llu,\"per_second\":%.0f,\"cpu_us\":%.2f}\n",
		     (unsigned long long)c.came, (double)c.came / (c.last - c.first),
		     cpu_seconds() * 1e6 / (double)c.came);
	mosquitto_destroy(m);
	(void)mosquitto_lib_cleanup();
	return c.came >= c.expect ? 0 : 1;
}
