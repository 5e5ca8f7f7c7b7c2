/* linewatch-sim - simulated call-centre equipment that answers real SNMP on loopback.
 *
 * Three faces: `run` simulates until SIGINT or SIGTERM, `list` prints the devices as JSON (what an
 * agent's configuration needs), `ctl` steers a running simulation. */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "sim/core/command.h"
#include "sim/io/control.h"
#include "sim/io/relay.h"
#include "sim/io/server.h"
#include "sim/io/truth.h"

enum { STEP_MS = 100, BROKERS_MAX = 8 };

struct options {
	struct sim_plan plan;
	unsigned long port, wan_port;
	uint16_t brokers[BROKERS_MAX];
	uint32_t n_brokers;
	bool own_ports, truth_answers, help;
	const char *socket, *truth;
};

struct app {
	uv_loop_t loop;
	uv_timer_t step;
	uv_signal_t interrupted, terminated;
	struct sim_world *world;
	struct sim_server *server;
	struct sim_control *control;
	struct sim_truth *truth;
	struct sim_relay *relay;
};

static const char usage[] =
	"usage: linewatch-sim run  [--sites N] [--seats N] [--port P] [--own-ports] [--socket "
	"PATH]\n"
	"                          [--truth FILE] [--truth-answers] [--battery-speed X] [--seed "
	"N]\n"
	"                          [--wan-port P --broker-port P...]\n"
	"       linewatch-sim list [--sites N] [--seats N] [--port P] [--own-ports]\n"
	"       linewatch-sim ctl  [--socket PATH] COMMAND...     (ctl help lists the commands)\n";

static const struct option long_options[] = {
	{ "sites", required_argument, NULL, 's' },
	{ "seats", required_argument, NULL, 'n' },
	{ "port", required_argument, NULL, 'p' },
	{ "own-ports", no_argument, NULL, 'o' },
	{ "socket", required_argument, NULL, 'c' },
	{ "truth", required_argument, NULL, 't' },
	{ "truth-answers", no_argument, NULL, 'a' },
	{ "battery-speed", required_argument, NULL, 'x' },
	{ "seed", required_argument, NULL, 'r' },
	{ "wan-port", required_argument, NULL, 'w' },
	{ "broker-port", required_argument, NULL, 'b' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static unsigned long to_number(const char *text, unsigned long most)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || v > most) {
		(void)fprintf(stderr, "linewatch-sim: %s: not a number up to %lu\n", text, most);
		exit(2);
	}
	return v;
}

static void add_broker(struct options *o, uint16_t port)
{
	if (o->n_brokers == BROKERS_MAX) {
		(void)fprintf(stderr, "linewatch-sim: more than %d brokers\n", BROKERS_MAX);
		exit(2);
	}
	o->brokers[o->n_brokers++] = port;
}

static void take_option(struct options *o, int c)
{
	switch (c) {
	case 's':
		o->plan.sites = (uint32_t)to_number(optarg, SIM_SITES_MAX);
		break;
	case 'n':
		o->plan.seats = (uint32_t)to_number(optarg, SIM_SEATS_MAX);
		break;
	case 'p':
		o->port = to_number(optarg, 65535);
		break;
	case 'o':
		o->own_ports = true;
		break;
	case 'c':
		o->socket = optarg;
		break;
	case 't':
		o->truth = optarg;
		break;
	case 'a':
		o->truth_answers = true;
		break;
	case 'x':
		o->plan.battery_speed = (double)to_number(optarg, 100000);
		break;
	case 'r':
		o->plan.seed = to_number(optarg, UINT32_MAX);
		break;
	case 'w':
		o->wan_port = to_number(optarg, 65535);
		break;
	case 'b':
		add_broker(o, (uint16_t)to_number(optarg, 65535));
		break;
	case 'h':
		o->help = true;
		break;
	default:
		(void)fputs(usage, stderr);
		exit(2);
	}
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .plan = { 3, 4, 1, 1 },
			       .port = 24161,
			       .socket = "/tmp/linewatch-sim" };
	while ((c = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
		take_option(o, c);
}

static void on_step(uv_timer_t *t)
{
	struct app *a = t->data;

	sim_world_step(a->world, (int64_t)uv_now(&a->loop));
	if (a->truth != NULL)
		sim_truth_look(a->truth);
}

static int on_command(void *arg, const char *line, char *reply, size_t size)
{
	struct app *a = arg;

	uv_update_time(&a->loop);
	sim_world_step(a->world, (int64_t)uv_now(&a->loop));
	int r = command_run(a->world, line, reply, size);
	if (r == 0 && a->truth != NULL) {
		sim_truth_command(a->truth, line);
		sim_truth_look(a->truth);
	}
	if (a->relay != NULL)
		sim_relay_look(a->relay);
	return r;
}

static void on_answered(void *arg, const struct sim_device *d)
{
	struct app *a = arg;

	sim_truth_told(a->truth, d);
}

static void app_close(struct app *a)
{
	sim_server_close(a->server);
	sim_control_close(a->control);
	sim_relay_close(a->relay);
	uv_close((uv_handle_t *)&a->step, NULL);
	uv_close((uv_handle_t *)&a->interrupted, NULL);
	uv_close((uv_handle_t *)&a->terminated, NULL);
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	app_close(s->data);
}

static void app_handles(struct app *a)
{
	(void)uv_loop_init(&a->loop);
	(void)uv_timer_init(&a->loop, &a->step);
	(void)uv_signal_init(&a->loop, &a->interrupted);
	(void)uv_signal_init(&a->loop, &a->terminated);
	a->step.data = a->interrupted.data = a->terminated.data = a;
}

static int refuse(const char *what, const char *why)
{
	(void)fprintf(stderr, "<3>the simulation cannot start part=%s error=\"%s\"\n", what, why);
	return -1;
}

static int app_open(struct app *a, const struct options *o)
{
	char error[128] = "";
	struct sim_server_options so = { (uint16_t)o->port, o->own_ports,
					 o->truth_answers && o->truth != NULL ? on_answered : NULL,
					 a };
	int r = sim_world_new(&a->world, &o->plan, (int64_t)uv_now(&a->loop));

	if (r < 0)
		return refuse("world", strerror(-r));
	r = sim_server_open(&a->server, &a->loop, a->world, &so, error, sizeof error);
	if (r < 0)
		return refuse("snmp", error);
	r = sim_control_open(&a->control, &a->loop, o->socket, on_command, a);
	if (r < 0)
		return refuse(o->socket, uv_strerror(r));
	if (o->truth != NULL)
		r = sim_truth_open(&a->truth, o->truth, a->world);
	if (r < 0)
		return refuse(o->truth, strerror(-r));
	if (o->n_brokers > 0)
		r = sim_relay_open(&a->relay, &a->loop, a->world, (uint16_t)o->wan_port, o->brokers,
				   o->n_brokers);
	return r < 0 ? refuse("wan", uv_strerror(r)) : 0;
}

static int run(const struct options *o)
{
	struct app a = { 0 };

	app_handles(&a);
	int r = app_open(&a, o);
	if (r < 0) {
		app_close(&a);
	} else {
		(void)uv_timer_start(&a.step, on_step, STEP_MS, STEP_MS);
		(void)uv_signal_start(&a.interrupted, on_signal, SIGINT);
		(void)uv_signal_start(&a.terminated, on_signal, SIGTERM);
		(void)fprintf(stderr,
			      "<6>simulated equipment answers sites=%u devices=%u port=%lu\n",
			      a.world->n_sites, a.world->n_devices, o->port);
	}
	(void)uv_run(&a.loop, UV_RUN_DEFAULT);
	sim_truth_close(a.truth);
	sim_world_free(a.world);
	r = r < 0 ? 1 : 0;
	int busy = uv_loop_close(&a.loop);
	assert(busy == 0);
	return busy != 0 ? 1 : r;
}

static int list(const struct options *o)
{
	struct sim_world *w;
	int r = sim_world_new(&w, &o->plan, 0);

	if (r < 0) {
		(void)fprintf(stderr, "linewatch-sim: %s\n", strerror(-r));
		return 1;
	}
	for (uint32_t i = 0; i < w->n_devices; i++) {
		const struct sim_device *d = &w->devices[i];
		unsigned long port = o->own_ports ? o->port + 1 + i : o->port;

		(void)printf("{\"id\":\"%s\",\"site\":\"%s\",\"class\":\"%s\",\"dialect\":\"%s\","
			     "\"host\":\"127.0.0.1\",\"port\":%lu,\"community\":\"%s\"}\n",
			     d->id, w->sites[d->site].id, sim_class_name(d->class), d->dialect,
			     port, o->own_ports ? "public" : d->id);
	}
	sim_world_free(w);
	return 0;
}

static int ctl(const struct options *o, int argc, char **argv)
{
	char line[512] = "", *reply = malloc(65536);
	size_t n = 0;

	if (reply == NULL)
		return 1;
	for (int i = optind; i < argc && n < sizeof line - 1; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, "%s%s", i > optind ? " " : "",
				      argv[i]);
	int r = sim_control_ask(o->socket, line, reply, 65536);
	if (r < 0)
		(void)fprintf(stderr, "linewatch-sim: %s: %s; is `linewatch-sim run` running?\n",
			      o->socket, strerror(-r));
	else
		(void)fputs(reply, r == 0 ? stdout : stderr);
	free(reply);
	return r < 0 ? 3 : r;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 && argv[1][0] != '-' ? argv[1] : "run";
	struct options o;

	if (argc > 1 && argv[1][0] != '-') {
		argc--;
		argv++;
	}
	parse_options(&o, argc, argv);
	if (o.help) {
		(void)fputs(usage, stdout);
		return 0;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* a peer may leave before its answer */
	if (strcmp(verb, "run") == 0)
		return run(&o);
	if (strcmp(verb, "list") == 0)
		return list(&o);
	if (strcmp(verb, "ctl") == 0)
		return ctl(&o, argc, argv);
	(void)fputs(usage, stderr);
	return 2;
}
