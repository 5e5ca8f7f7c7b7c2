/* wire_bench.c - how large heartbeats are and how long packing them takes: one UPS with 15 metrics,
 * and a site of 20 devices with 129, over simulated hours whose values wander as real ones do. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/core/registry.h"
#include "common/wire/wire.h"

enum { REPORTS = 2000, FULL_EVERY = 20, MAX_METRICS = 15 };

struct kind {
	const char *device_class;
	uint32_t n, n_metrics;
	uint16_t metrics[MAX_METRICS];
};

static const struct kind ups_alone[] = {
	{ "ups",
	  1,
	  15,
	  { M_BATTERY_CHARGE, M_BATTERY_RUNTIME, M_BATTERY_VOLTAGE, M_BATTERY_TEMPERATURE,
	    M_BATTERY_REPLACE, M_INPUT_VOLTAGE, M_INPUT_FREQUENCY, M_OUTPUT_VOLTAGE, M_OUTPUT_LOAD,
	    M_UPS_STATUS, M_BATTERY_CURRENT, M_OUTPUT_CURRENT, M_OUTPUT_FREQUENCY, M_UPS_ALARMS,
	    M_SYS_UPTIME } },
	{ NULL, 0, 0, { 0 } },
};

static const struct kind site[] = {
	{ "ups",
	  1,
	  15,
	  { M_BATTERY_CHARGE, M_BATTERY_RUNTIME, M_BATTERY_VOLTAGE, M_BATTERY_TEMPERATURE,
	    M_BATTERY_REPLACE, M_INPUT_VOLTAGE, M_INPUT_FREQUENCY, M_OUTPUT_VOLTAGE, M_OUTPUT_LOAD,
	    M_UPS_STATUS, M_BATTERY_CURRENT, M_OUTPUT_CURRENT, M_OUTPUT_FREQUENCY, M_UPS_ALARMS,
	    M_SYS_UPTIME } },
	{ "pbx",
	  1,
	  7,
	  { M_PBX_CALLS_ACTIVE, M_PBX_CHANNELS_ACTIVE, M_PBX_REGISTERED, M_PBX_CALLS_TOTAL,
	    M_PBX_CALLS_FAILED, M_PBX_STATUS, M_SYS_UPTIME } },
	{ "network",
	  1,
	  5,
	  { M_IF_OPER_UP, M_IF_IN_BYTES, M_IF_OUT_BYTES, M_IF_IN_ERRORS, M_SYS_UPTIME } },
	{ "workstation",
	  6,
	  9,
	  { M_HOST_LOAD1, M_HOST_MEMORY_USED, M_HOST_DISK_USED, M_HOST_TEMPERATURE, M_HOST_CPU_USED,
	    M_CLOCK_OFFSET, M_CLOCK_SYNCHRONISED, M_HOST_ON_AC, M_SYS_UPTIME } },
	{ "phone", 6, 4, { M_SIP_REGISTERED, M_SIP_LATENCY, M_SIP_CODE, M_SYS_UPTIME } },
	{ "headset",
	  4,
	  4,
	  { M_HEADSET_PRESENT, M_HEADSET_CAPTURE, M_HEADSET_BATTERY, M_HEADSET_COUNT } },
	{ "service",
	  1,
	  8,
	  { M_SERVICE_UP, M_SERVICE_LATENCY, M_TLS_DAYS_LEFT, M_HTTP_STATUS, M_LINK_RTT,
	    M_LINK_LOSS, M_LINK_UP, M_MQTT_RTT } },
	{ NULL, 0, 0, { 0 } },
};

static struct wire_layout *layout_of(const struct kind *kinds)
{
	struct wire_layout *l = calloc(1, sizeof *l);

	l->boot_id = 0x1badcafe;
	l->number = l->session = 1;
	l->wall_ms = 1795400000000;
	l->mono_ms = 1000;
	l->version = strdup(LW_VERSION);
	l->devices = calloc(64, sizeof *l->devices);
	for (const struct kind *k = kinds; k->device_class != NULL; k++) {
		for (uint32_t i = 0; i < k->n; i++) {
			struct wire_device *d = &l->devices[l->n_devices++];
			char id[32];

			(void)snprintf(id, sizeof id, "%s-%02u", k->device_class, i + 1);
			d->id = strdup(id);
			d->device_class = strdup(k->device_class);
			d->profile = strdup("");
			d->interval_ms = 5000;
			d->first_slot = l->n_slots;
			d->n_slots = k->n_metrics;
			d->slots = calloc(k->n_metrics, sizeof *d->slots);
			for (uint32_t m = 0; m < k->n_metrics; m++)
				d->slots[m].metric = k->metrics[m];
			l->n_slots += k->n_metrics;
		}
	}
	return l;
}

/* A healthy value at second `t`: counters grow, what is measured wanders, states stay. */
static int64_t value_at(const struct metric *m, uint32_t slot, unsigned t)
{
	double phase = (double)t / (20 + slot % 17) + slot;

	if (m->kind == METRIC_COUNTER)
		return 1000000 + (int64_t)t * (m->id == M_SYS_UPTIME ? 5 : 1500);
	if (m->kind != METRIC_GAUGE || m->nominal == 0)
		return m->nominal;
	double swing = m->nominal > 500 ? 4 : 1;
	int64_t v = m->nominal + llround(swing * sin(phase));
	int64_t most = metric_scale(m, m->max);

	return v < most ? v : most;
}

static void fill(struct wire_report *r, const struct wire_layout *l, unsigned t,
		 const int64_t *full)
{
	uint32_t slot = 0;

	r->n_values = 0;
	for (uint32_t d = 0; d < l->n_devices; d++) {
		for (uint32_t i = 0; i < l->devices[d].n_slots; i++, slot++) {
			const struct metric *m = metric_by_id(l->devices[d].slots[i].metric);
			int64_t v = value_at(m, slot, t);

			if (full != NULL && full[slot] == v)
				continue;
			r->values[r->n_values++] = (struct wire_value){ slot, 0, v };
		}
	}
}

static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct sums {
	double bytes, pack_ns, unpack_ns;
	unsigned n, largest;
};

static int one(struct sums *s, const struct wire_report *r, const struct wire_layout *l)
{
	struct wire_report back;
	uint8_t *p;
	size_t len;
	double t0 = now_ns();

	if (wire_report_pack(r, l, &p, &len) != 0)
		return -1;
	double t1 = now_ns();
	if (wire_report_unpack(p, len, l, &back) != 0 || back.n_values != r->n_values)
		return -1;
	s->unpack_ns += now_ns() - t1;
	s->pack_ns += t1 - t0;
	s->bytes += (double)len;
	s->largest = len > s->largest ? (unsigned)len : s->largest;
	s->n++;
	wire_report_fini(&back);
	free(p);
	return 0;
}

static void show(const char *what, const struct wire_layout *l, const char *form, struct sums s)
{
	(void)printf("%-14s %4u %-6s %8.1f %8u %7.2f %9.0f %9.0f\n", what, l->n_slots, form,
		     s.bytes / s.n, s.largest, s.bytes / s.n / l->n_slots, s.pack_ns / s.n,
		     s.unpack_ns / s.n);
}

static int measure(const char *what, const struct kind *kinds)
{
	struct wire_layout *l = layout_of(kinds);
	struct wire_report r = { .boot_id = l->boot_id, .layout = 1 };
	struct sums full = { 0 }, mixed = { 0 };
	int64_t *last = calloc(l->n_slots, sizeof *last);
	int bad = 0;

	r.values = calloc(l->n_slots, sizeof *r.values);
	for (unsigned i = 0; i < REPORTS; i++) {
		r.seq = i + 1;
		r.mono_ms = l->mono_ms + i * 5000u;
		r.wall_ms = l->wall_ms + i * 5000u;
		r.full_seq = 0;
		fill(&r, l, i, NULL);
		bad |= one(&full, &r, l);
		if (i % FULL_EVERY == 0) {
			for (size_t k = 0; k < r.n_values; k++)
				last[k] = r.values[k].scaled;
		} else {
			r.full_seq = i - i % FULL_EVERY + 1;
			fill(&r, l, i, last);
		}
		bad |= one(&mixed, &r, l);
	}
	show(what, l, "full", full);
	show(what, l, "delta", mixed);
	wire_report_fini(&r);
	wire_layout_free(l);
	free(last);
	return bad;
}

int main(void)
{
	(void)printf("%-14s %4s %-6s %8s %8s %7s %9s %9s\n", "heartbeat of", "n", "form", "mean B",
		     "max B", "B each", "pack ns", "unpack ns");
	return measure("one UPS", ups_alone) | measure("20 devices", site) ? 1 : 0;
}
