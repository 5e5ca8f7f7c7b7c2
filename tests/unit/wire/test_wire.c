#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/reading.h"
#include "common/wire/wire.h"
#include "common/wire/wire_control.h"

/* A UPS with 15 metrics, as a gateway would declare it. */
static const uint16_t ups_metrics[] = {
	M_BATTERY_CHARGE,   M_BATTERY_RUNTIME, M_BATTERY_VOLTAGE, M_BATTERY_TEMPERATURE,
	M_BATTERY_REPLACE,  M_INPUT_VOLTAGE,   M_INPUT_FREQUENCY, M_OUTPUT_VOLTAGE,
	M_OUTPUT_LOAD,	    M_UPS_STATUS,      M_BATTERY_CURRENT, M_OUTPUT_CURRENT,
	M_OUTPUT_FREQUENCY, M_UPS_ALARMS,      M_SYS_UPTIME,
};
static const double ups_values[] = { 100, 2340,	      54.1, 26.5, 0,	229.3, 50.0,   230.1,
				     34,  UPS_ONLINE, 0,    2.9,  50.0, 0,     1234567 };
enum { N_UPS = sizeof ups_metrics / sizeof *ups_metrics };

static struct wire_layout *layout_of(uint32_t n_devices)
{
	struct wire_layout *l = calloc(1, sizeof *l);
	l->boot_id = 0xdeadbeef;
	l->number = 1;
	l->session = 1;
	l->wall_ms = 1795400000000;
	l->mono_ms = 1000;
	l->version = strdup("0.1.0");
	l->n_devices = n_devices;
	l->devices = calloc(n_devices, sizeof *l->devices);
	for (uint32_t i = 0; i < n_devices; i++) {
		struct wire_device *d = &l->devices[i];
		char id[32];
		(void)snprintf(id, sizeof id, "ups-%u", i + 1);
		d->id = strdup(id);
		d->device_class = strdup("ups");
		d->profile = strdup("ups-mib");
		d->interval_ms = 2000;
		d->first_slot = l->n_slots;
		d->n_slots = N_UPS;
		d->slots = calloc(N_UPS, sizeof *d->slots);
		for (uint32_t k = 0; k < N_UPS; k++)
			d->slots[k].metric = ups_metrics[k];
		d->n_identity = 1;
		d->identity = calloc(1, sizeof *d->identity);
		d->identity[0] = (struct wire_identity){ M_SYS_NAME, strdup("ups đà nẵng") };
		l->n_slots += N_UPS;
	}
	return l;
}

static struct wire_report full_report(const struct wire_layout *l, uint64_t seq, uint64_t mono_ms)
{
	struct wire_report r = { .boot_id = l->boot_id,
				 .seq = seq,
				 .mono_ms = mono_ms,
				 .wall_ms = l->wall_ms + mono_ms - l->mono_ms,
				 .layout = l->number };
	r.n_values = l->n_slots;
	r.values = calloc(l->n_slots, sizeof *r.values);
	for (uint32_t i = 0; i < l->n_slots; i++) {
		r.values[i].slot = i;
		r.values[i].scaled =
			metric_scale(metric_by_id(ups_metrics[i % N_UPS]), ups_values[i % N_UPS]);
	}
	return r;
}

static void expect_same(const struct wire_report *a, const struct wire_report *b)
{
	cr_expect_eq(a->seq, b->seq);
	cr_expect_eq(a->boot_id, b->boot_id);
	cr_expect_eq(a->mono_ms, b->mono_ms);
	cr_expect_eq(a->wall_ms, b->wall_ms);
	cr_expect_eq(a->full_seq, b->full_seq);
	cr_assert_eq(a->n_values, b->n_values);
	for (size_t i = 0; i < a->n_values; i++) {
		cr_expect_eq(a->values[i].slot, b->values[i].slot);
		cr_expect_eq(a->values[i].reason, b->values[i].reason);
		if (a->values[i].reason == REASON_GOOD)
			cr_expect_eq(a->values[i].scaled, b->values[i].scaled, "slot %zu", i);
	}
}

Test(wire, a_birth_brings_its_layout_with_it)
{
	struct wire_layout *l = layout_of(2);
	struct wire_report r = full_report(l, 1, l->mono_ms), back;
	struct wire_head h;
	uint8_t *buf;
	size_t len;

	r.birth = l;
	r.first_seq = 1;
	r.n_backlog = 1;
	r.backlog = calloc(1, sizeof *r.backlog);
	r.backlog[0] = (struct wire_range){ 7, 3, 9 };
	cr_assert_eq(wire_report_pack(&r, NULL, &buf, &len), 0);
	cr_assert_eq(wire_report_peek(buf, len, &h), 0);
	cr_expect(h.is_birth && h.seq == 1 && h.layout == 1 && h.boot_id == 0xdeadbeef);
	cr_assert_eq(wire_report_unpack(buf, len, NULL, &back), 0);
	expect_same(&r, &back);
	cr_assert_not_null(back.birth);
	cr_expect_eq(back.birth->n_slots, 2 * N_UPS);
	cr_expect_str_eq(back.birth->devices[1].id, "ups-2");
	cr_expect_str_eq(back.birth->devices[1].identity[0].text, "ups đà nẵng");
	cr_expect_eq(back.birth->devices[1].interval_ms, 2000);
	cr_expect_eq(back.backlog[0].last_seq, 9);
	wire_report_fini(&back);
	wire_report_fini(&r);
	free(buf);
}

Test(wire, a_full_heartbeat_of_a_ups_fits_forty_bytes)
{
	struct wire_layout *l = layout_of(1);
	struct wire_report r = full_report(l, 17280, 86400000), back;
	uint8_t *buf;
	size_t len;

	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	cr_expect_leq(len, 40, "%zu bytes", len);
	cr_assert_eq(wire_report_unpack(buf, len, l, &back), 0);
	expect_same(&r, &back);
	wire_report_fini(&back);
	wire_report_fini(&r);
	wire_layout_free(l);
	free(buf);
}

Test(wire, unknown_slots_silence_ages_and_steps_survive)
{
	struct wire_layout *l = layout_of(3);
	struct wire_report r = full_report(l, 9, 60000), back;
	uint32_t ages[] = { 0, 1500, 300 }, silent[] = { 1, 2 };
	uint8_t *buf;
	size_t len;

	r.values[0].reason = REASON_SENTINEL;
	r.values[44].reason = REASON_RANGE;
	r.wall_ms -= 600000;
	r.n_ages = 3;
	r.age_ms = ages;
	r.n_silent = 2;
	r.silent = silent;
	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	cr_assert_eq(wire_report_unpack(buf, len, l, &back), 0);
	expect_same(&r, &back);
	cr_expect_eq(back.age_ms[1], 1500);
	cr_assert_eq(back.n_silent, 2);
	cr_expect_eq(back.silent[1], 2);
	wire_report_fini(&back);
	free(r.values);
	wire_layout_free(l);
	free(buf);
}

Test(wire, a_delta_names_only_what_changed)
{
	struct wire_layout *l = layout_of(2);
	struct wire_value changed[] = { { 5, REASON_GOOD, 0 },
					{ 9, REASON_GOOD, UPS_ON_BATTERY },
					{ 20, REASON_JUMP, 0 },
					{ 29, REASON_GOOD, INT64_C(1) << 40 } };
	struct wire_report r = { .boot_id = l->boot_id,
				 .seq = 12,
				 .mono_ms = 60000,
				 .full_seq = 10,
				 .wall_ms = l->wall_ms + 59000,
				 .layout = 1,
				 .n_values = 4,
				 .values = changed };
	struct wire_report back;
	uint8_t *buf;
	size_t len;

	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	cr_assert_eq(wire_report_unpack(buf, len, l, &back), 0);
	expect_same(&r, &back);
	wire_report_fini(&back);
	wire_layout_free(l);
	free(buf);
}

Test(wire, no_cut_of_a_message_is_ever_taken_for_another)
{
	struct wire_layout *l = layout_of(2);
	struct wire_report r = full_report(l, 5, 60000), back;
	uint8_t *buf;
	size_t len;
	unsigned accepted = 0;

	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	for (size_t n = 0; n < len; n++) {
		if (wire_report_unpack(buf, n, l, &back) == 0) {
			wire_report_fini(&back);
			accepted++;
		}
	}
	cr_expect_eq(accepted, 0);
	wire_report_fini(&r);
	wire_layout_free(l);
	free(buf);
}

Test(wire, a_report_of_another_boot_or_layout_asks_for_a_rebirth)
{
	struct wire_layout *l = layout_of(1);
	struct wire_report r = full_report(l, 5, 60000), back;
	uint8_t *buf;
	size_t len;

	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	cr_expect_eq(wire_report_unpack(buf, len, NULL, &back), WIRE_NO_LAYOUT);
	l->number = 2;
	cr_expect_eq(wire_report_unpack(buf, len, l, &back), WIRE_NO_LAYOUT);
	l->number = 1;
	l->boot_id = 1;
	cr_expect_eq(wire_report_unpack(buf, len, l, &back), WIRE_NO_LAYOUT);
	wire_report_fini(&r);
	wire_layout_free(l);
	free(buf);
}

Test(wire, texts_with_control_characters_or_broken_utf8_are_refused)
{
	static const char *const bad[] = { "a\nb", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xe1\xba" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct wire_layout *l = layout_of(1);
		struct wire_report r = full_report(l, 1, l->mono_ms);
		uint8_t *buf;
		size_t len;

		free(l->devices[0].identity[0].text);
		l->devices[0].identity[0].text = strdup(bad[i]);
		r.birth = l;
		cr_expect_eq(wire_report_pack(&r, NULL, &buf, &len), -EINVAL, "case %zu", i);
		wire_report_fini(&r);
	}
}

Test(wire, control_death_and_collector_state_go_there_and_back)
{
	static struct wire_control c, c2;
	struct wire_death d = { 5, 2, true }, d2;
	struct wire_collector_state s = { "hanoi-1", true, 10, 20 }, s2;
	uint8_t *buf;
	size_t len;

	(void)snprintf(c.collector, sizeof c.collector, "hanoi-1");
	c.n_stored = 1;
	c.stored[0] = (struct wire_range){ 5, 1, 100 };
	c.n_polls = 1;
	(void)snprintf(c.polls[0], sizeof c.polls[0], "ups-1");
	c.rebirth = true;
	c.drill = 9;
	cr_assert_eq(wire_control_pack(&c, &buf, &len), 0);
	cr_assert_eq(wire_control_unpack(buf, len, &c2), 0);
	cr_expect(memcmp(&c, &c2, sizeof c) == 0);
	free(buf);
	cr_assert_eq(wire_death_pack(&d, &buf, &len), 0);
	cr_assert_eq(wire_death_unpack(buf, len, &d2), 0);
	cr_expect(d2.boot_id == 5 && d2.session == 2 && d2.intended);
	free(buf);
	cr_assert_eq(wire_collector_state_pack(&s, &buf, &len), 0);
	cr_assert_eq(wire_collector_state_unpack(buf, len, &s2), 0);
	cr_expect_str_eq(s2.collector, "hanoi-1");
	free(buf);
	c.stored[0].first_seq = 0;
	cr_expect_eq(wire_control_pack(&c, &buf, &len), -EINVAL);
}

Test(wire, what_is_lost_goes_there_and_back_and_is_bounded)
{
	struct wire_range lost[WIRE_MAX_RANGES + 1];
	struct wire_layout *l = layout_of(1);
	struct wire_report got, r = { .boot_id = l->boot_id, .seq = 9, .layout = 1, .full_seq = 8 };
	struct wire_head head;
	uint8_t *buf;
	size_t len;

	for (size_t i = 0; i <= WIRE_MAX_RANGES; i++)
		lost[i] = (struct wire_range){ l->boot_id, 10 * i + 1, 10 * i + 5 };
	r.lost = lost;
	r.n_lost = WIRE_MAX_RANGES;
	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	cr_assert_eq(wire_report_peek(buf, len, &head), 0);
	cr_expect_eq(head.full_seq, 8);
	cr_assert_eq(wire_report_unpack(buf, len, l, &got), 0);
	cr_assert_eq(got.n_lost, WIRE_MAX_RANGES);
	cr_expect_eq(got.lost[63].first_seq, 631);
	cr_expect_eq(got.lost[63].last_seq, 635);
	wire_report_fini(&got);
	free(buf);
	r.n_lost++;
	cr_expect_eq(wire_report_pack(&r, l, &buf, &len), -EINVAL);
	lost[0] = (struct wire_range){ l->boot_id, 5, 4 };
	r.n_lost = 1;
	cr_assert_eq(wire_report_pack(&r, l, &buf, &len), 0);
	cr_expect_eq(wire_report_unpack(buf, len, l, &got), WIRE_BAD_VALUE);
	free(buf);
	wire_layout_free(l);
}

Test(wire, too_small_and_too_large_messages_are_refused_before_unpacking)
{
	static uint8_t big[WIRE_MAX_BYTES + 1];
	struct wire_report r;
	struct wire_head h;

	cr_expect_eq(wire_report_unpack(big, 0, NULL, &r), WIRE_BAD_SIZE);
	cr_expect_eq(wire_report_unpack(big, sizeof big, NULL, &r), WIRE_BAD_SIZE);
	cr_expect_eq(wire_report_peek(big, sizeof big, &h), WIRE_BAD_SIZE);
}
