#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/image.h"

static struct image *im;

static void set_up(void)
{
	cr_assert_eq(image_new(&im, 77, "0.1.0"), 0);
	cr_assert_eq(image_add(im, "ups-1", "ups", 2500), 0);
	cr_assert_eq(image_add(im, "pbx-1", "", 5000), 1);
}

static void tear_down(void)
{
	image_free(im);
}

TestSuite(image, .init = set_up, .fini = tear_down);

static int round_of(uint32_t device, double charge, double status, uint64_t now_ms)
{
	struct reading readings[] = { { .metric = M_BATTERY_CHARGE, .value = charge },
				      { .metric = M_UPS_STATUS, .value = status },
				      { .metric = M_SYS_UPTIME, .value = (double)now_ms / 1000 } };
	struct identity identity[] = { { M_DEVICE_MODEL, "Smart-UPS\n750" } };
	struct image_round r = { true, "ups", "rfc1628", readings, 3, identity, 1 };

	return image_apply(im, device, &r, now_ms);
}

static struct wire_report sent(uint64_t seq, uint64_t now_ms, bool birth, bool full)
{
	struct image_head h = { .seq = seq, .mono_ms = now_ms, .wall_ms = 1000000 + now_ms };
	struct wire_report r, out;
	uint8_t *buf;
	size_t len;

	cr_assert_eq(birth ? image_birth(im, &h, &r) : image_report(im, &h, full, &r), 0);
	cr_assert_eq(wire_report_pack(&r, image_layout(im), &buf, &len), 0);
	cr_assert_eq(wire_report_unpack(buf, len, birth ? NULL : image_layout(im), &out), 0);
	free(buf);
	return out;
}

Test(image, a_birth_declares_devices_slots_and_identity)
{
	(void)round_of(0, 98.5, UPS_ONLINE, 1000);
	struct wire_report r = sent(1, 2000, true, true);

	cr_assert_not_null(r.birth);
	cr_expect_eq(r.birth->number, 1);
	cr_assert_eq(r.birth->n_devices, 2);
	cr_expect_str_eq(r.birth->devices[0].profile, "rfc1628");
	cr_expect_str_eq(r.birth->devices[0].identity[0].text, "Smart-UPS 750");
	cr_expect_str_eq(r.birth->devices[1].device_class, "unknown");
	cr_assert_eq(r.n_values, 3);
	cr_expect_eq(r.values[0].scaled, 985);
	cr_assert_eq(r.n_silent, 1);
	cr_expect_eq(r.silent[0], 1);
	cr_expect_eq(r.age_ms[0], 1000);
	wire_report_fini(&r);
}

Test(image, a_delta_says_what_differs_from_the_newest_full_report)
{
	(void)round_of(0, 98, UPS_ONLINE, 1000);
	struct wire_report r = sent(1, 1000, true, true);
	wire_report_fini(&r);
	(void)round_of(0, 97, UPS_ONLINE, 6000);
	r = sent(2, 6000, false, false);
	cr_expect_eq(r.full_seq, 1);
	cr_assert_eq(r.n_values, 1, "an uptime that went on is not repeated");
	cr_expect_eq(r.values[0].scaled, 970);
	wire_report_fini(&r);
	(void)round_of(0, 98, UPS_ONLINE, 11000);
	r = sent(3, 11000, false, false);
	cr_expect_eq(r.n_values, 0, "back at what the full report said");
	wire_report_fini(&r);
}

Test(image, every_twentieth_report_is_full)
{
	(void)round_of(0, 98, UPS_ONLINE, 1000);
	struct wire_report r = sent(1, 1000, true, true);
	wire_report_fini(&r);
	for (uint64_t seq = 2; seq <= 41; seq++) {
		r = sent(seq, 1000 * seq, false, false);
		cr_expect_eq(r.full_seq == 0, seq == 21 || seq == 41, "seq %u", (unsigned)seq);
		wire_report_fini(&r);
	}
}

Test(image, only_states_that_people_wait_for_are_urgent)
{
	(void)round_of(0, 98, UPS_ONLINE, 1000);
	cr_expect_eq(round_of(0, 98, UPS_ONLINE, 2000), IMAGE_VALUES, "the uptime");
	cr_expect_eq(round_of(0, 90, UPS_ONLINE, 3000), IMAGE_VALUES);
	cr_expect(round_of(0, 90, UPS_ON_BATTERY, 4000) & IMAGE_URGENT);
	cr_expect(image_restless(im, 0, 4000));
	(void)round_of(0, 90, UPS_ONLINE, 5000);
	cr_expect_not(image_restless(im, 0, 5000));
}

Test(image, silence_is_urgent_and_keeps_the_last_values)
{
	struct image_round silent = { .reachable = false };
	double charge;

	(void)round_of(0, 98, UPS_ONLINE, 1000);
	cr_expect(image_apply(im, 0, &silent, 2000) & IMAGE_URGENT);
	cr_expect_eq(image_apply(im, 0, &silent, 3000), 0);
	cr_expect(image_restless(im, 0, 3000));
	cr_expect_not(image_restless(im, 0, 70000));
	cr_expect(image_value(im, 0, M_BATTERY_CHARGE, &charge) && charge == 98);
	cr_expect_not(image_reachable(im, 0));
}

Test(image, nonsense_and_missing_objects_become_unknown_with_a_reason)
{
	struct image_round only_status = { true, NULL, NULL, NULL, 0, NULL, 0 };

	(void)round_of(0, 255, UPS_ONLINE, 1000);
	struct wire_report r = sent(1, 1000, true, true);
	cr_expect_eq(r.values[0].reason, REASON_RANGE);
	wire_report_fini(&r);
	cr_expect(image_apply(im, 0, &only_status, 2000) & IMAGE_STATE);
	r = sent(2, 2000, false, true);
	cr_expect_eq(r.values[0].reason, REASON_RANGE);
	cr_expect_eq(r.values[1].reason, REASON_MISSING);
	wire_report_fini(&r);
}

Test(image, a_new_slot_or_profile_asks_for_a_birth)
{
	struct reading lines[] = { { .metric = M_INPUT_VOLTAGE, .value = 230 },
				   { .metric = M_INPUT_VOLTAGE, .instance = 1, .value = 231 },
				   { .metric = M_HOST_DISK_USED, .label = "/", .value = 5 },
				   { .metric = M_HOST_DISK_USED, .label = "/home", .value = 6 } };
	struct image_round r = { true, "ups", "powernet", lines, 4, NULL, 0 };

	(void)round_of(0, 98, UPS_ONLINE, 1000);
	struct wire_report out = sent(1, 1000, true, true);
	wire_report_fini(&out);
	cr_expect_not(image_birth_due(im));
	cr_expect(image_apply(im, 0, &r, 2000) & IMAGE_LAYOUT);
	cr_expect(image_birth_due(im));
	out = sent(2, 2000, true, true);
	cr_expect_eq(out.birth->number, 2);
	cr_expect_eq(out.n_values, 4, "slots of the former profile are gone");
	cr_expect_str_eq(out.birth->devices[0].slots[3].label, "/home");
	wire_report_fini(&out);
	cr_expect_eq(image_apply(im, 0, &r, 3000), 0);
}

Test(image, a_device_that_restarted_leaves_an_event)
{
	(void)round_of(0, 98, UPS_ONLINE, 900000);
	struct wire_report r = sent(1, 900000, true, true);
	wire_report_fini(&r);
	(void)round_of(0, 98, UPS_ONLINE, 5000);
	r = sent(2, 906000, false, false);
	cr_assert_eq(r.n_events, 1);
	cr_expect_eq(r.events[0].kind, WIRE_EVENT_REBOOTED);
	cr_expect_eq(r.n_values, 1, "the fallen uptime is in the delta");
	wire_report_fini(&r);
}

Test(image, readings_beyond_the_limit_are_refused_and_counted)
{
	struct reading many[IMAGE_SLOTS_PER_DEVICE + 3];
	struct image_round r = { true, "network", "if", many, IMAGE_SLOTS_PER_DEVICE + 3, NULL, 0 };

	for (uint16_t i = 0; i < IMAGE_SLOTS_PER_DEVICE + 3; i++)
		many[i] = (struct reading){ .metric = M_IF_OPER_UP, .instance = i, .value = 1 };
	cr_expect_geq(image_apply(im, 1, &r, 1000), 0);
	cr_expect_eq(image_refused(im), 3);
	struct wire_report out = sent(1, 1000, true, true);
	cr_expect_eq(out.n_values, IMAGE_SLOTS_PER_DEVICE);
	wire_report_fini(&out);
}

Test(image, a_service_that_is_down_says_so_although_it_does_not_answer)
{
	struct reading up = { .metric = M_SERVICE_UP, .value = 1 };
	struct image_round r = { true, "service", "tcp", &up, 1, NULL, 0 };
	double v = 1;

	(void)image_apply(im, 1, &r, 1000);
	r.reachable = false;
	up.value = 0;
	cr_expect(image_apply(im, 1, &r, 2000) & IMAGE_URGENT);
	cr_expect(image_value(im, 1, M_SERVICE_UP, &v) && v == 0);
}

Test(image, a_crowd_gives_up_its_identities_so_that_its_birth_is_still_a_message)
{
	struct identity words[] = {
		{ M_SYS_DESCR, "a description of sixty-four bytes, as long as the "
			       "wire takes one......" },
		{ M_SYS_NAME, "a name of some length, as people give to switches" },
		{ M_DEVICE_MODEL, "a model with an order number and a revision" }
	};
	struct reading up = { .metric = M_IF_OPER_UP, .value = 1 };
	struct image_round round = { true, "network", "network-ifmib", &up, 1, words, 3 };
	struct image_head h = { .seq = 1, .mono_ms = 1, .wall_ms = 1 };
	struct wire_report r;
	uint8_t *bytes;
	size_t len;
	char id[16];

	for (uint32_t i = 2; i < 1000; i++) {
		(void)snprintf(id, sizeof id, "switch-%u", i);
		cr_assert_eq(image_add(im, id, "network", 10000), (int)i);
		cr_assert_geq(image_apply(im, i, &round, 1000), 0);
	}
	cr_assert_eq(image_birth(im, &h, &r), 0);
	cr_assert_eq(wire_report_pack(&r, image_layout(im), &bytes, &len), -EINVAL);
	image_be_terse(im);
	cr_assert_eq(image_birth(im, &h, &r), 0);
	cr_assert_eq(wire_report_pack(&r, image_layout(im), &bytes, &len), 0);
	free(bytes);
}
