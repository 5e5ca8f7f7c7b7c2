/* load.c - many agents at once, for benches and tests of the collector's intake: publishes their
 * heartbeats as fast as it is told, answers what is asked for again, and waits until everything is
 * acknowledged as stored. Then it reads the store and counts that each reading is there once.
 *
 *   linewatch-load --port P --agents N --reports M [--rate R] [--store FILE] [--for SECONDS]
 *       --for: how long it waits for the last acknowledgement
 *   linewatch-load ... --unanswered       nobody says stored: done when the broker has it all */
#include <errno.h>
#include <getopt.h>
#include <mosquitto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/ingest/fleet.h"
#include "collector/io/store/store_read.h"
#include "common/core/registry.h"
#include "common/wire/wire.h"
#include "common/wire/wire_control.h"

enum { SLOTS = 15, LINKS = 16, WINDOW = 64, FULL_EVERY = 20, ASKED_MAX = 65536 };

struct options {
	int port, seconds;
	unsigned agents, reports, rate;
	bool unanswered;
	const char *store;
};

struct asked {
	unsigned agent;
	uint64_t first, last;
};

struct load {
	struct options o;
	struct fleet *fleet;
	struct mosquitto *control; /* hears what the collector says */
	pthread_mutex_t lock;
	bool up;
	struct wire_layout *layout;
	uint64_t *acked; /* by agent: stored up to */
	double *sent_at; /* by agent: of its newest report */
	struct asked asked[ASKED_MAX];
	unsigned n_asked;
	uint64_t published, resent, rebirths;
	double *waits; /* from sending to stored, of newest reports */
	size_t n_waits, max_waits;
	uint32_t boot;
	double began;
	uint64_t wall_ms;
};

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const uint16_t metrics[SLOTS] = {
	M_BATTERY_CHARGE,   M_BATTERY_RUNTIME,	  M_BATTERY_VOLTAGE, M_BATTERY_TEMPERATURE,
	M_BATTERY_REPLACE,  M_INPUT_VOLTAGE,	  M_INPUT_FREQUENCY, M_OUTPUT_VOLTAGE,
	M_OUTPUT_LOAD,	    M_UPS_STATUS,	  M_OUTPUT_CURRENT,  M_OUTPUT_POWER,
	M_OUTPUT_FREQUENCY, M_BATTERY_ON_SECONDS, M_SYS_UPTIME,
};

/* What agent `a` read at report `seq`: the truth that the store is held against. */
static int64_t truth(unsigned a, uint64_t seq, unsigned slot)
{
	const struct metric *m = metric_by_id(metrics[slot]);

	if (slot == 14)
		return (int64_t)seq; /* uptime: names the report */
	if (slot == 5 || slot == 7 || slot == 2)
		return m->nominal + (int64_t)((a * 7 + seq * (slot + 3)) % 9);
	return m->nominal;
}

static struct wire_layout *make_layout(void)
{
	struct wire_layout *l = calloc(1, sizeof *l);
	struct wire_device *d = calloc(1, sizeof *d);

	l->number = 1;
	l->session = 1;
	l->version = strdup("load");
	l->n_devices = 1;
	l->n_slots = SLOTS;
	l->devices = d;
	d->id = strdup("ups");
	d->device_class = strdup("ups");
	d->profile = strdup("load");
	d->interval_ms = 1000;
	d->n_slots = SLOTS;
	d->slots = calloc(SLOTS, sizeof *d->slots);
	for (unsigned i = 0; i < SLOTS; i++)
		d->slots[i].metric = metrics[i];
	return l;
}

/* Births are the first report; the others deltas of the newest full one. Full when asked again. */
static int pack(struct load *l, unsigned a, uint64_t seq, bool again, uint8_t **ret, size_t *len)
{
	struct wire_value v[SLOTS];
	uint64_t base = (seq - 1) / FULL_EVERY * FULL_EVERY + 1;
	uint64_t elapsed = (uint64_t)((now() - l->began) * 1e3) + 1;
	char id[32];
	struct wire_report r = { .boot_id = l->boot + a,
				 .seq = seq,
				 .mono_ms = elapsed,
				 .wall_ms = l->wall_ms + elapsed,
				 .layout = 1,
				 .full_seq = again || seq == base ? 0 : base,
				 .first_seq = 1,
				 .values = v };

	for (unsigned i = 0; i < SLOTS; i++) {
		if (r.full_seq == 0 || truth(a, seq, i) != truth(a, base, i))
			v[r.n_values++] = (struct wire_value){ i, 0, truth(a, seq, i) };
	}
	l->layout->boot_id = r.boot_id;
	l->layout->wall_ms = r.wall_ms;
	l->layout->mono_ms = r.mono_ms;
	if (seq == 1) {
		(void)snprintf(id, sizeof id, "ups-%u", a);
		free(l->layout->devices->id);
		l->layout->devices->id = strdup(id);
		r.birth = l->layout;
	}
	return wire_report_pack(&r, l->layout, ret, len);
}

static void topic_of(char *buf, size_t size, unsigned a, const char *lane)
{
	(void)snprintf(buf, size, "linewatch/v1/site-%u/a-%u/%s", a % 10, a, lane);
}

static void send_one(struct load *l, unsigned a, uint64_t seq, bool again)
{
	char topic[96];
	uint8_t *buf;
	size_t len;

	if (pack(l, a, seq, again, &buf, &len) < 0) {
		(void)fprintf(stderr, "cannot pack a report\n");
		exit(1);
	}
	if (!again) {
		pthread_mutex_lock(&l->lock);
		l->sent_at[a] = now();
		pthread_mutex_unlock(&l->lock);
	}
	topic_of(topic, sizeof topic, a, again ? "history" : "live");
	fleet_publish(l->fleet, a, topic, buf, len);
	free(buf);
	l->published++;
	l->resent += again;
}

/* ---- the broker's side ---- */

static void on_connected(struct mosquitto *m, void *arg, int rc)
{
	struct load *l = arg;

	(void)m;
	pthread_mutex_lock(&l->lock);
	l->up = rc == 0;
	pthread_mutex_unlock(&l->lock);
}

static void note_stored(struct load *l, unsigned a, const struct wire_range *r)
{
	if (r->first_seq > l->acked[a] + 1 || r->last_seq <= l->acked[a])
		return;
	l->acked[a] = r->last_seq;
	if (l->n_waits < l->max_waits)
		l->waits[l->n_waits++] = now() - l->sent_at[a];
}

static void on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *msg)
{
	static struct wire_control c;
	struct load *l = arg;
	unsigned site, a;

	(void)m;
	if (sscanf(msg->topic, "linewatch/v1/site-%u/a-%u/control", &site, &a) != 2 ||
	    a >= l->o.agents || wire_control_unpack(msg->payload, (size_t)msg->payloadlen, &c) != 0)
		return;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < c.n_stored; i++)
		note_stored(l, a, &c.stored[i]);
	for (size_t i = 0; i < c.n_missing && l->n_asked < ASKED_MAX; i++)
		l->asked[l->n_asked++] =
			(struct asked){ a, c.missing[i].first_seq, c.missing[i].last_seq };
	l->rebirths += c.rebirth;
	pthread_mutex_unlock(&l->lock);
}

static bool open_control(struct load *l)
{
	char id[32];

	(void)snprintf(id, sizeof id, "load-%d", (int)getpid());
	l->control = mosquitto_new(id, true, l);
	if (l->control == NULL)
		return false;
	mosquitto_connect_callback_set(l->control, on_connected);
	mosquitto_message_callback_set(l->control, on_message);
	(void)mosquitto_int_option(l->control, MOSQ_OPT_TCP_NODELAY, 1);
	if (mosquitto_connect(l->control, "127.0.0.1", l->o.port, 60) != 0 ||
	    mosquitto_loop_start(l->control) != 0)
		return false;
	for (int i = 0; i < 500 && !l->up; i++)
		(void)usleep(10000);
	(void)mosquitto_subscribe(l->control, NULL, "linewatch/v1/+/+/control", 1);
	(void)usleep(300000); /* until it holds */
	return l->up;
}

/* ---- the run ---- */

static void answer_questions(struct load *l)
{
	for (;;) {
		struct asked q;

		pthread_mutex_lock(&l->lock);
		bool any = l->n_asked > 0;
		if (any)
			q = l->asked[--l->n_asked];
		pthread_mutex_unlock(&l->lock);
		if (!any)
			return;
		for (uint64_t s = q.first; s <= q.last && s <= l->o.reports; s++)
			send_one(l, q.agent, s, true);
	}
}

static unsigned complete(struct load *l)
{
	unsigned n = 0;

	pthread_mutex_lock(&l->lock);
	for (unsigned a = 0; a < l->o.agents; a++)
		n += l->acked[a] >= l->o.reports;
	pthread_mutex_unlock(&l->lock);
	return n;
}

static void pace(const struct load *l, double began, uint64_t sent)
{
	double ahead = l->o.rate > 0 ? began + (double)sent / l->o.rate - now() : 0;

	if (ahead < 0.001)
		return;
	fleet_flush(l->fleet);
	(void)usleep((unsigned)(ahead * 1e6));
}

/* Agents never fall silent: a collector that came up late hears of them. */
static void remind(struct load *l)
{
	for (unsigned a = 0; a < l->o.agents; a++) {
		pthread_mutex_lock(&l->lock);
		bool done = l->acked[a] >= l->o.reports;
		pthread_mutex_unlock(&l->lock);
		if (!done)
			send_one(l, a, l->o.reports, true);
	}
}

static bool run(struct load *l)
{
	double began = l->began;
	uint64_t sent = 0;

	for (uint64_t seq = 1; seq <= l->o.reports; seq++) {
		for (unsigned a = 0; a < l->o.agents; a++) {
			pace(l, began, sent++);
			send_one(l, a, seq, false);
		}
		answer_questions(l);
	}
	fleet_settle(l->fleet);
	if (l->o.unanswered)
		return true;
	double again = now() + 2, deadline = now() + l->o.seconds;
	while (complete(l) < l->o.agents && now() < deadline) {
		answer_questions(l);
		if (now() > again) {
			remind(l);
			again = now() + 2;
		}
		fleet_flush(l->fleet);
		(void)usleep(20000);
	}
	return complete(l) == l->o.agents;
}

/* ---- what is in the store ---- */

struct counted {
	const struct load *load;
	uint64_t there, wrong, doubled;
	char last[64];
	uint8_t *seen; /* of one device: a flag a report */
};

static int on_reading(void *arg, const char *device, const struct store_series *s, size_t n,
		      int64_t wall_ms, unsigned flags, const struct store_value *v)
{
	struct counted *c = arg;
	unsigned site, a;

	(void)s;
	(void)wall_ms;
	(void)flags;
	if (sscanf(device, "site-%u/ups-%u", &site, &a) != 2 || n != SLOTS)
		return 0;
	if (strcmp(device, c->last) != 0) {
		memset(c->seen, 0, c->load->o.reports + 1);
		(void)snprintf(c->last, sizeof c->last, "%s", device);
	}
	uint64_t seq = (uint64_t)v[SLOTS - 1].scaled;
	if (seq == 0 || seq > c->load->o.reports) {
		c->wrong++;
		return 0;
	}
	c->doubled += c->seen[seq];
	c->there += !c->seen[seq];
	c->seen[seq] = 1;
	for (unsigned i = 0; i < SLOTS; i++)
		c->wrong += v[i].reason != 0 || v[i].scaled != truth(a, seq, i);
	return 0;
}

static bool count_stored(struct load *l, struct counted *ret)
{
	struct counted c = { .load = l, .seen = calloc(l->o.reports + 1, 1) };
	struct store_reader *r = NULL;
	char err[256];
	bool ok = store_reader_open(&r, l->o.store, err, sizeof err) == 0;

	if (ok)
		ok = store_read_all(r, 0, INT64_MAX, on_reading, &c) == 0;
	store_reader_close(&r);
	free(c.seen);
	c.seen = NULL;
	*ret = c;
	return ok;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int report(struct load *l, bool acked, double took)
{
	uint64_t all = (uint64_t)l->o.agents * l->o.reports;
	struct counted c = { 0 };
	bool counted = l->o.store == NULL || count_stored(l, &c);

	qsort(l->waits, l->n_waits, sizeof *l->waits, by_size);
	(void)printf("{\"agents\":%u,\"reports\":%llu,\"seconds\":%.2f,\"per_second\":%.0f,"
		     "\"all_acknowledged\":%s,\"resent\":%llu,\"rebirths\":%llu,"
		     "\"stored_p50_ms\":%.0f,\"stored_p99_ms\":%.0f,"
		     "\"in_store\":%llu,\"doubled\":%llu,\"wrong\":%llu}\n",
		     l->o.agents, (unsigned long long)all, took, (double)all / took,
		     acked ? "true" : "false", (unsigned long long)l->resent,
		     (unsigned long long)l->rebirths,
		     l->n_waits > 0 ? l->waits[l->n_waits / 2] * 1e3 : 0,
		     l->n_waits > 0 ? l->waits[l->n_waits * 99 / 100] * 1e3 : 0,
		     (unsigned long long)c.there, (unsigned long long)c.doubled,
		     (unsigned long long)c.wrong);
	bool whole = l->o.store == NULL || (c.there == all && c.doubled == 0 && c.wrong == 0);
	return acked && counted && whole ? 0 : 1;
}

static struct options parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "port", 1, NULL, 'p' },	{ "agents", 1, NULL, 'a' },
		{ "reports", 1, NULL, 'm' },	{ "rate", 1, NULL, 'r' },
		{ "store", 1, NULL, 's' },	{ "for", 1, NULL, 'f' },
		{ "unanswered", 0, NULL, 'u' }, { NULL, 0, NULL, 0 },
	};
	struct options o = { .port = 1883, .seconds = 120, .agents = 100, .reports = 100 };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		unsigned n = c != 's' && optarg != NULL ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		if (c == 's')
			o.store = optarg;
		else if (c == 'p')
			o.port = (int)n;
		else if (c == 'a')
			o.agents = n;
		else if (c == 'm')
			o.reports = n;
		else if (c == 'r')
			o.rate = n;
		else if (c == 'f')
			o.seconds = (int)n;
		else if (c == 'u')
			o.unanswered = true;
		else
			exit(2);
	}
	return o;
}

int main(int argc, char **argv)
{
	static struct load l = { .lock = PTHREAD_MUTEX_INITIALIZER };

	l.o = parse(argc, argv);
	(void)mosquitto_lib_init();
	l.boot = (uint32_t)time(NULL);
	l.layout = make_layout();
	l.acked = calloc(l.o.agents, sizeof *l.acked);
	l.sent_at = calloc(l.o.agents, sizeof *l.sent_at);
	l.max_waits = (size_t)l.o.agents * l.o.reports;
	l.waits = calloc(l.max_waits, sizeof *l.waits);
	l.fleet = fleet_open(l.o.port, LINKS, WINDOW);
	if (l.fleet == NULL || (!l.o.unanswered && !open_control(&l))) {
		(void)fprintf(stderr, "no broker on port %d\n", l.o.port);
		return 1;
	}
	l.began = now();
	l.wall_ms = (uint64_t)time(NULL) * 1000;
	bool acked = run(&l);
	return report(&l, acked, now() - l.began);
}
