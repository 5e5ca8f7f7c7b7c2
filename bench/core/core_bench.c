/* core_bench.c - what the collector's core costs: readings a second, a burst of alarms from one
 * fault, a topology from its file; and how that grows with the devices.
 *
 *   core_bench [DEVICES ...]      default: 1000 10000 100000 1000000 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/conf/collector_conf.h"
#include "collector/core/engine.h"

enum { SEATS_A_SITE = 100, DEVICES_A_SITE = 3 + 3 * SEATS_A_SITE, BURST = 10000 };

static double cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct instant at(int64_t ms)
{
	return (struct instant){ ms, 1795485600000 + ms };
}

static void write_site(FILE *f, uint32_t i, uint32_t seats)
{
	fprintf(f,
		"  - id: s%" PRIu32 "\n    minimum_seats: 1\n    power: [ups-1]\n"
		"    uplink: router-1\n    pbx: [pbx-1]\n    seats:\n",
		i);
	for (uint32_t k = 0; k < seats; k++)
		fprintf(f,
			"      - {id: \"%" PRIu32 "\", workstation: ws-%" PRIu32
			", headset: h-%" PRIu32 ", phone: p-%" PRIu32 "}\n",
			k, k, k, k);
	fprintf(f, "    devices:\n      - {id: ups-1, class: ups, agent: gw}\n"
		   "      - {id: router-1, class: network, agent: gw, depends_on: [ups-1]}\n"
		   "      - {id: pbx-1, class: pbx, agent: gw, depends_on: [ups-1]}\n");
	for (uint32_t k = 0; k < seats; k++)
		fprintf(f,
			"      - {id: ws-%" PRIu32 ", class: workstation, agent: ws-%" PRIu32
			", depends_on: [ups-1]}\n      - {id: h-%" PRIu32
			", class: headset, agent: ws-%" PRIu32 "}\n      - {id: p-%" PRIu32
			", class: phone, agent: gw, depends_on: [pbx-1]}\n",
			k, k, k, k, k);
}

static struct collector_conf *make_conf(uint32_t sites, uint32_t seats, double *ret_s)
{
	struct collector_conf *conf = NULL;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "sites:\n");
	for (uint32_t i = 0; i < sites; i++)
		write_site(f, i, seats);
	fprintf(f, "people:\n  - {id: lan, email: lan@example.vn}\n");
	fclose(f);
	double from = cpu_s();
	if (collector_conf_load_text(&conf, "bench.yaml", text, len, stderr) != 0)
		exit(1);
	*ret_s = cpu_s() - from;
	free(text);
	return conf;
}

static struct engine *make_engine(const struct collector_conf *conf)
{
	struct engine *e;

	if (engine_new(&e, &conf->topology, conf->rules, &conf->plan, at(0)) < 0)
		exit(1);
	for (uint32_t i = 0; i < conf->topology.n_entities; i++)
		if (conf->topology.entities[i].kind == ENTITY_AGENT)
			engine_birth(e, i, at(0));
	return e;
}

/* What a healthy device says, by class. */
static size_t healthy(enum device_class c, double wobble, struct reading r[4])
{
	static const struct {
		enum device_class class;
		struct reading r[4];
		size_t n;
	} rows[] = {
		{ CLASS_UPS,
		  { { .metric = M_UPS_STATUS, .value = UPS_ONLINE },
		    { .metric = M_BATTERY_CHARGE, .value = 95 },
		    { .metric = M_BATTERY_RUNTIME, .value = 2400 },
		    { .metric = M_OUTPUT_LOAD, .value = 30 } },
		  4 },
		{ CLASS_WORKSTATION,
		  { { .metric = M_HOST_LOAD1, .value = 0.3 },
		    { .metric = M_HOST_MEMORY_USED, .value = 40 },
		    { .metric = M_HOST_DISK_USED, .value = 50 },
		    { .metric = M_CLOCK_OFFSET, .value = 3 } },
		  4 },
		{ CLASS_HEADSET, { { .metric = M_HEADSET_PRESENT, .value = 1 } }, 1 },
		{ CLASS_PHONE,
		  { { .metric = M_SIP_REGISTERED, .value = 1 },
		    { .metric = M_SIP_LATENCY, .value = 4 } },
		  2 },
		{ CLASS_PBX,
		  { { .metric = M_PBX_CALLS_ACTIVE, .value = 2 },
		    { .metric = M_PBX_REGISTERED, .value = 100 } },
		  2 },
		{ CLASS_NETWORK, { { .metric = M_IF_OPER_UP, .value = 1 } }, 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].class != c)
			continue;
		memcpy(r, rows[i].r, sizeof rows[i].r);
		r[rows[i].n - 1].value += rows[i].n > 1 ? wobble : 0;
		return rows[i].n;
	}
	return 0;
}

static uint64_t report_all(struct engine *e, const struct topology *t, int64_t now_ms)
{
	uint64_t n = 0;
	struct reading r[4];

	for (uint32_t i = 0; i < t->n_entities; i++) {
		if (t->entities[i].kind != ENTITY_DEVICE)
			continue;
		size_t k = healthy(t->entities[i].device_class, (double)(now_ms % 7) / 10, r);

		engine_report(e, i, r, k, at(now_ms));
		n += k;
	}
	engine_tick(e, at(now_ms));
	engine_effects_clear(e);
	return n;
}

static double readings_a_second(struct engine *e, const struct topology *t, uint32_t devices)
{
	uint64_t n = 0;
	double from;

	(void)report_all(e, t, 1000);
	from = cpu_s();
	for (int64_t k = 0; n < 4000000 && (k < 3 || n < 2ULL * devices); k++)
		n += report_all(e, t, 2000 + k);
	return (double)n / (cpu_s() - from);
}

static void growth(uint32_t devices)
{
	uint32_t sites = (devices + DEVICES_A_SITE - 1) / DEVICES_A_SITE;
	double load_s, engine_s, save_s;
	struct collector_conf *conf = make_conf(sites, SEATS_A_SITE, &load_s);
	double from = cpu_s();
	struct engine *e = make_engine(conf);
	void *bytes;
	size_t len;

	engine_s = cpu_s() - from;
	double rate = readings_a_second(e, &conf->topology, devices);
	from = cpu_s();
	if (engine_save(e, &bytes, &len) < 0)
		exit(1);
	save_s = cpu_s() - from;
	free(bytes);
	printf("%9" PRIu32
	       " devices: file to topology %.3f s, engine %.3f s, %.2f million readings/s, "
	       "state %.1f MB in %.3f s\n",
	       sites * DEVICES_A_SITE, load_s, engine_s, rate / 1e6, (double)len / 1e6, save_s);
	engine_free(e);
	collector_conf_free(conf);
}

/* One PBX with 10,000 phones dies, its phones are heard of first. */
static void burst(void)
{
	double load_s, from, took = 0;
	struct collector_conf *conf = make_conf(1, BURST, &load_s);
	const struct topology *t = &conf->topology;
	struct engine *e = make_engine(conf);
	const struct incident_view *incidents;
	uint32_t pbx = topology_find(t, ENTITY_DEVICE, "s0/pbx-1");
	struct reading gone = { .metric = M_SIP_REGISTERED, .value = 0 };

	(void)report_all(e, t, 1000);
	for (uint32_t i = 0; i < t->n_entities; i++)
		if (t->entities[i].kind == ENTITY_AGENT)
			engine_heartbeat(e, i, at(5000));
	from = cpu_s();
	for (uint32_t i = 0; i < t->n_entities; i++)
		if (t->entities[i].device_class == CLASS_PHONE)
			engine_report(e, i, &gone, 1, at(6000));
	engine_reachable(e, pbx, false, at(6500));
	for (int64_t now = 6500; now < 40000; now += 500) {
		if (now % 5000 == 0) {
			took += cpu_s() - from;
			for (uint32_t i = 0; i < t->n_entities; i++)
				if (t->entities[i].kind == ENTITY_AGENT)
					engine_heartbeat(e, i, at(now));
			from = cpu_s();
		}
		engine_tick(e, at(now));
	}
	took += cpu_s() - from;
	size_t n = engine_incidents(e, &incidents);
	printf("burst: %d phones and their PBX: %zu incident, root %s, %zu alarms in it, %.0f ms "
	       "of CPU\n",
	       BURST, n, n > 0 ? t->entities[incidents[0].members[0].entity].id : "none",
	       n > 0 ? incidents[0].n_alarms : 0, took * 1000);
	engine_free(e);
	collector_conf_free(conf);
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1000, 10000, 100000, 1000000 };

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	burst();
	for (int i = 1; i < argc; i++)
		growth((uint32_t)strtoul(argv[i], NULL, 10));
	for (size_t i = 0; argc == 1 && i < sizeof sizes / sizeof *sizes; i++)
		growth(sizes[i]);
	return 0;
}
