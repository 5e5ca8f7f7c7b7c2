/* main.c - linewatch-collector: options, configuration, signals, the loop. */
#include <assert.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "collector/collector.h"
#include "common/io/log.h"

struct options {
	const char *config;
	bool check;
};

struct running {
	struct collector *collector;
	uv_signal_t term, interrupt;
};

static void usage(FILE *f)
{
	(void)fputs("linewatch-collector --config FILE [--check]\n"
		    "  --config FILE  the collector's configuration\n"
		    "  --check        say whether it is right, and stop\n"
		    "  --version      which linewatch this is\n",
		    f);
}

static struct options options_parse(int argc, char **argv)
{
	static const struct option longs[] = { { "config", required_argument, NULL, 'c' },
					       { "check", no_argument, NULL, 'k' },
					       { "version", no_argument, NULL, 'v' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	struct options o = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		if (c == 'c') {
			o.config = optarg;
		} else if (c == 'k') {
			o.check = true;
		} else if (c == 'v') {
			(void)puts("linewatch-collector " LW_VERSION);
			exit(EXIT_SUCCESS);
		} else {
			usage(c == 'h' ? stdout : stderr);
			exit(c == 'h' ? EXIT_SUCCESS : 2);
		}
	}
	if (o.config == NULL || optind < argc) {
		usage(stderr);
		exit(2);
	}
	return o;
}

static void ignore_signals(struct running *x)
{
	uv_close((uv_handle_t *)&x->term, NULL);
	uv_close((uv_handle_t *)&x->interrupt, NULL);
}

static void on_signal(uv_signal_t *s, int number)
{
	struct running *x = s->data;

	log_notice("asked to stop signal=%d", number);
	(void)sd_notify(0, "STOPPING=1");
	collector_close(x->collector);
	x->collector = NULL;
	ignore_signals(x);
}

static void watch_signals(struct running *x, uv_loop_t *loop)
{
	(void)uv_signal_init(loop, &x->term);
	(void)uv_signal_init(loop, &x->interrupt);
	x->term.data = x->interrupt.data = x;
	(void)uv_signal_start_oneshot(&x->term, on_signal, SIGTERM);
	(void)uv_signal_start_oneshot(&x->interrupt, on_signal, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int run(struct collector_conf *conf)
{
	static struct running x;
	char err[512] = "";
	uv_loop_t loop;

	if (uv_loop_init(&loop) < 0)
		return EXIT_FAILURE;
	watch_signals(&x, &loop); /* what comes while it starts is heeded once it has */
	int r = collector_open(&x.collector, &loop, conf, err, sizeof err);
	if (r < 0) {
		log_error("cannot start: %s", err[0] != '\0' ? err : uv_strerror(r));
		ignore_signals(&x);
	} else {
		(void)sd_notify(0, "READY=1");
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT); /* until everything is closed */
	int busy = uv_loop_close(&loop);
	assert(busy == 0); /* a handle nobody owns is a bug */
	(void)busy;
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o = options_parse(argc, argv);
	struct collector_conf *conf = NULL;
	int r = collector_conf_load(&conf, o.config, o.check ? stdout : stderr);

	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", o.config, strerror(-r));
	if (r != 0)
		return EXIT_FAILURE;
	if (o.check) {
		(void)puts("configuration ok");
		collector_conf_free(conf);
		return EXIT_SUCCESS;
	}
	r = run(conf);
	collector_conf_free(conf);
	return r;
}
