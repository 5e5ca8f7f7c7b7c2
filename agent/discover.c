/* discover.c - asks each address of a confirmed range once, politely, and writes down what answers.
 *
 * Addresses are opened at the asked rate, a limited number at a time; each is an ordinary SNMP sense,
 * which gives up after its tries. Nothing outside the range is ever asked, no community is guessed.
 * The output is YAML for the agent's file, with the evidence as comments. */
#include "agent/discover.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/core/range.h"
#include "agent/io/senses.h"
#include "agent/io/snmp/profile_file.h"
#include "common/io/secret.h"

enum { FOUND = 0, NOTHING = 1, MISUSE = 2 };
enum { DEFAULT_RATE = 20, MAX_RATE = 200, MAX_AT_ONCE = 64, TRY_MS = 700, TEXT_MAX = 200 };

struct options {
	bool help;
	struct range range;
	const char *text;
	const char *community_file;
	char community[128];
	unsigned port, rate;
	bool yes;
};

struct asked {
	struct discovery *all;
	uint32_t address;
	struct sense *sense;
};

struct discovery {
	struct options o;
	uv_loop_t loop;
	uv_timer_t timer;
	struct asked *asked;
	uint32_t next, open, found;
};

static int usage(FILE *out)
{
	(void)fputs("linewatch-agent discover RANGE [--community-file F] [--port P] [--rate N] "
		    "[--yes]\n"
		    "  tìm thiết bị SNMP trong một dải địa chỉ / find SNMP devices in a range\n"
		    "  RANGE: 10.1.0.0/24, 10.1.0.10-40, 10.1.0.7 (at most a /20)\n"
		    "  --community-file F  its first line; default community: public\n"
		    "  --rate N            addresses a second, default 20\n"
		    "  --yes               the range is mine and may be asked\n",
		    out);
	return out == stdout ? FOUND : MISUSE;
}

/* --- what was found --- */

static const char *identity(const struct sense_result *r, uint16_t metric)
{
	for (size_t i = 0; i < r->n_identity; i++)
		if (r->identity[i].metric == metric)
			return r->identity[i].text;
	return "";
}

static void print_device(struct discovery *d, uint32_t address, const struct sense_result *r)
{
	const char *class = r->device_class[0] != '\0' ? r->device_class : "unknown";
	bool known = strcmp(class, "unknown") != 0;
	char text[16];

	range_format(address, text);
	(void)printf("%s- {id: %s-%u-%u, ", known ? "  " : "  # ", known ? class : "device",
		     address >> 8 & 255, address & 255);
	if (known)
		(void)printf("class: %s, ", class);
	(void)printf("url: \"snmp://%s", text);
	if (d->o.port != 161)
		(void)printf(":%u", d->o.port);
	(void)printf("\"");
	if (d->o.community_file != NULL)
		(void)printf(", community_file: %s", d->o.community_file);
	(void)printf("}\n");
	(void)printf("      # %s: %s %s; %s\n", r->profile, identity(r, M_DEVICE_VENDOR),
		     identity(r, M_DEVICE_MODEL), identity(r, M_SYS_NAME));
	for (size_t i = 0; i < r->n_evidence; i++)
		(void)printf("      # %s\n", r->evidence[i]);
	(void)fflush(stdout);
	d->found++;
}

/* --- asking --- */

static void on_closed(void *arg)
{
	struct asked *a = arg;

	a->all->open--;
}

static void on_done(void *arg, const struct sense_result *r)
{
	struct asked *a = arg;

	if (r->reachable)
		print_device(a->all, a->address, r);
	a->sense->type->close(a->sense, on_closed, a);
}

static void ask(struct discovery *d, struct asked *a)
{
	char url[64], text[16], why[TEXT_MAX] = "";
	struct sense_target t = { .url = url, .community = d->o.community, .timeout_ms = TRY_MS };
	int r;

	range_format(a->address, text);
	(void)snprintf(url, sizeof url, "snmp://%s:%u", text, d->o.port);
	r = sense_snmp.open(&a->sense, &d->loop, &t, why, sizeof why);
	if (r < 0) {
		(void)fprintf(stderr, "discover: %s: %s\n", url, why);
		return;
	}
	d->open++;
	r = a->sense->type->poll(a->sense, on_done, a);
	if (r < 0)
		a->sense->type->close(a->sense, on_closed, a);
}

static void on_timer(uv_timer_t *t)
{
	struct discovery *d = t->data;

	if (d->next < d->o.range.count && d->open < MAX_AT_ONCE) {
		struct asked *a = &d->asked[d->next];

		a->all = d;
		a->address = d->o.range.first + d->next++;
		ask(d, a);
	}
	if (d->next == d->o.range.count && d->open == 0)
		uv_close((uv_handle_t *)t, NULL);
}

static int run(struct discovery *d)
{
	char first[16], last[16];

	range_format(d->o.range.first, first);
	range_format(d->o.range.first + d->o.range.count - 1, last);
	d->asked = calloc(d->o.range.count, sizeof *d->asked);
	if (d->asked == NULL || uv_loop_init(&d->loop) < 0) {
		free(d->asked);
		return NOTHING;
	}
	(void)printf("# %s to %s, %" PRIu32 " addresses, %u a second\ndevices:\n", first, last,
		     d->o.range.count, d->o.rate);
	(void)uv_timer_init(&d->loop, &d->timer);
	d->timer.data = d;
	(void)uv_timer_start(&d->timer, on_timer, 0, 1000 / d->o.rate);
	(void)uv_run(&d->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&d->loop);
	profiles_shared_free();
	free(d->asked);
	(void)printf("# %" PRIu32 " of %" PRIu32 " answered; review each line before you use it\n",
		     d->found, d->o.range.count);
	return d->found > 0 ? FOUND : NOTHING;
}

/* --- what is asked for --- */

static bool confirmed(const struct options *o)
{
	char answer[8] = "";

	if (o->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		(void)fputs("discover: --yes is needed where nobody can be asked\n", stderr);
		return false;
	}
	(void)fprintf(stderr,
		      "Hỏi %" PRIu32 " địa chỉ của / ask %" PRIu32 " addresses of %s? [y/N] ",
		      o->range.count, o->range.count, o->text);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static bool read_community(struct options *o)
{
	(void)snprintf(o->community, sizeof o->community, "public");
	if (o->community_file == NULL)
		return true;
	int r = secret_read(o->community_file, o->community, sizeof o->community);
	if (r < 0)
		(void)fprintf(stderr, "discover: %s: %s\n", o->community_file, secret_problem(r));
	return r == 0;
}

/* FOUND, or the exit status after what is wrong was said. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = { { "community-file", required_argument, NULL, 'c' },
					       { "port", required_argument, NULL, 'p' },
					       { "rate", required_argument, NULL, 'r' },
					       { "yes", no_argument, NULL, 'y' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	int c;

	o->port = 161;
	o->rate = DEFAULT_RATE;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c')
			o->community_file = optarg;
		else if (c == 'p')
			o->port = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'r')
			o->rate = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'y')
			o->yes = true;
		else if (c == 'h')
			o->help = true;
		else
			return MISUSE; /* getopt said what */
	}
	if (o->help)
		return FOUND;
	const char *wrong = optind + 1 != argc			 ? "one range is wanted"
			    : o->port == 0 || o->port > 65535	 ? "--port wants 1 to 65535"
			    : o->rate == 0 || o->rate > MAX_RATE ? "--rate wants 1 to 200"
								 : NULL;
	if (wrong == NULL) {
		o->text = argv[optind];
		return FOUND;
	}
	(void)fprintf(stderr, "discover: %s\n\n", wrong);
	return usage(stderr);
}

int discover_main(int argc, char **argv)
{
	static struct discovery d;
	int r;

	r = parse(argc, argv, &d.o);
	if (r != FOUND || d.o.help)
		return d.o.help ? usage(stdout) : r;
	r = range_parse(d.o.text, &d.o.range);
	if (r < 0) {
		(void)fprintf(stderr, "discover: %s: %s\n", d.o.text,
			      r == -E2BIG ? "more than a /20, 4096 addresses, is not asked"
					  : "must read 10.1.0.0/24, 10.1.0.10-40 or 10.1.0.7");
		return MISUSE;
	}
	if (!read_community(&d.o) || !confirmed(&d.o))
		return MISUSE;
	return run(&d);
}
