/* fill.c - an agent's journal as days without the collector leave it: five devices, a report every
 * five seconds, made by the agent's own image and journal under a boot of its own.
 *
 *   linewatch-journal-fill --path FOLDER --days N     prints reports and bytes as JSON */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/core/image.h"
#include "agent/io/journal/journal.h"
#include "common/core/registry.h"

enum { EVERY_MS = 5000, METRICS_MAX = 16, BOOT = 0x0badb007 };

struct device {
	const char *id, *device_class;
	uint16_t metrics[METRICS_MAX]; /* ends with 0 */
};

static const struct device devices[] = {
	{ "ups-1",
	  "ups",
	  { M_BATTERY_CHARGE, M_BATTERY_RUNTIME, M_BATTERY_VOLTAGE, M_BATTERY_TEMPERATURE,
	    M_BATTERY_REPLACE, M_INPUT_VOLTAGE, M_INPUT_FREQUENCY, M_OUTPUT_VOLTAGE, M_OUTPUT_LOAD,
	    M_UPS_STATUS, M_BATTERY_CURRENT, M_OUTPUT_CURRENT, M_OUTPUT_FREQUENCY, M_UPS_ALARMS,
	    M_SYS_UPTIME } },
	{ "pbx-1",
	  "pbx",
	  { M_PBX_CALLS_ACTIVE, M_PBX_CHANNELS_ACTIVE, M_PBX_REGISTERED, M_PBX_CALLS_TOTAL,
	    M_PBX_STATUS, M_SYS_UPTIME } },
	{ "ws-1",
	  "workstation",
	  { M_HOST_LOAD1, M_HOST_MEMORY_USED, M_HOST_DISK_USED, M_HOST_TEMPERATURE, M_HOST_CPU_USED,
	    M_CLOCK_OFFSET, M_CLOCK_SYNCHRONISED, M_SYS_UPTIME } },
	{ "phone-1", "phone", { M_SIP_REGISTERED, M_SIP_LATENCY, M_SIP_CODE, M_SYS_UPTIME } },
	{ "headset-1", "headset", { M_HEADSET_PRESENT, M_HEADSET_CAPTURE, M_HEADSET_BATTERY } },
};
enum { N_DEVICES = sizeof devices / sizeof *devices };

/* -1, 0 or 1, as the last digit of a gauge that is read again. */
static double flicker(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
	return (double)((x ^ x >> 32) % 3) - 1;
}

/* A healthy value at second `t`: counters grow, what is measured wanders and flickers, states stay. */
static double value_at(uint16_t metric, unsigned device, uint64_t t)
{
	const struct metric *m = metric_by_id(metric);
	double usual = metric_unscale(m, m->nominal);
	double step = metric_unscale(m, 1);

	if (m->kind == METRIC_COUNTER)
		return 1000 + floor((double)t * (metric == M_SYS_UPTIME ? 1 : 0.02));
	if (m->kind != METRIC_GAUGE)
		return usual;
	double wander = round(2 * sin((double)t / (300 + 40 * metric) + device));
	double v = usual + (wander + flicker(t << 16 | device << 12 | metric)) * step;

	return v < m->min ? m->min : v > m->max ? m->max : v;
}

static void read_all(struct image *im, uint64_t now_ms)
{
	for (unsigned d = 0; d < N_DEVICES; d++) {
		struct reading readings[METRICS_MAX];
		struct image_round round = { .reachable = true, .readings = readings };

		for (; devices[d].metrics[round.n_readings] != 0; round.n_readings++)
			readings[round.n_readings] = (struct reading){
				.metric = devices[d].metrics[round.n_readings],
				.value = value_at(devices[d].metrics[round.n_readings], d,
						  now_ms / 1000)
			};
		(void)image_apply(im, d, &round, now_ms);
	}
}

static int write_one(struct image *im, struct journal *j, const struct image_head *h)
{
	struct wire_report r;
	uint8_t *bytes;
	size_t len;
	bool birth = image_birth_due(im);
	int e = birth ? image_birth(im, h, &r) : image_report(im, h, journal_wants_full(j), &r);

	r.first_seq = birth ? 1 : 0;
	if (e == 0)
		e = wire_report_pack(&r, image_layout(im), &bytes, &len);
	if (e < 0)
		return e;
	e = journal_append(j, h->seq,
			   birth	     ? JOURNAL_BIRTH
			   : r.full_seq == 0 ? JOURNAL_FULL
					     : JOURNAL_DELTA,
			   bytes, len, JOURNAL_SOON);
	free(bytes);
	return e;
}

static int fill(const char *path, uint64_t reports, uv_loop_t *loop)
{
	struct journal_options o = { .path = path, .max_bytes = 32u << 20, .boot_id = BOOT };
	uint64_t begin_ms = (uint64_t)time(NULL) * 1000 - reports * EVERY_MS;
	struct journal *j = NULL;
	struct image *im = NULL;
	int e = journal_open(&j, loop, &o, NULL, NULL);

	if (e == 0)
		e = image_new(&im, BOOT, LW_VERSION);
	for (unsigned d = 0; d < N_DEVICES && e >= 0; d++)
		e = image_add(im, devices[d].id, devices[d].device_class, EVERY_MS);
	for (uint64_t seq = 1; seq <= reports && e >= 0; seq++) {
		struct image_head h = { .seq = seq,
					.mono_ms = seq * EVERY_MS,
					.wall_ms = begin_ms + seq * EVERY_MS,
					.session = 1 };

		read_all(im, h.mono_ms);
		e = write_one(im, j, &h);
		if (seq % 1000 == 0)
			(void)uv_run(loop, UV_RUN_NOWAIT);
	}
	if (e >= 0)
		(void)printf("{\"boot\":%u,\"reports\":%llu,\"bytes\":%llu,\"thinned\":%llu}\n",
			     (unsigned)BOOT, (unsigned long long)reports,
			     (unsigned long long)journal_bytes(j),
			     (unsigned long long)journal_counters(j)->thinned);
	journal_close(j, NULL, NULL);
	image_free(im);
	return e;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { { "path", 1, NULL, 'p' },
					       { "days", 1, NULL, 'd' },
					       { NULL, 0, NULL, 0 } };
	const char *path = NULL;
	double days = 7;
	uv_loop_t loop;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'p')
			path = optarg;
		else if (c == 'd')
			days = strtod(optarg, NULL);
		else
			return 2;
	}
	if (path == NULL || uv_loop_init(&loop) < 0)
		return 2;
	int e = fill(path, (uint64_t)(days * 86400000 / EVERY_MS), &loop);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	if (e < 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-e));
	return e < 0 ? 1 : 0;
}
