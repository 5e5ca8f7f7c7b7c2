/* store_filled.h - readings and history for a store of a test. */
#ifndef LW_STORE_FILLED_H
#define LW_STORE_FILLED_H

#include "store_fixture.h"

#include "collector/core/engine.h"
#include "common/core/reading.h"
#include "common/core/registry.h"

enum { DAY_MS = 86400000 };
static const int64_t t0 = 1790035200000; /* a midnight, UTC */

static const struct store_series same_series_of_ups[] = { { M_BATTERY_CHARGE, 0, NULL },
							  { M_INPUT_VOLTAGE, 2, NULL },
							  { M_HOST_DISK_USED, 0, "/home" } };

static inline void fill_readings(struct fixture *f, int first_day, int days)
{
	struct store_shape *sh = store_shape_new("danang/ups-1", same_series_of_ups, 3);
	struct store_batch *b = store_batch_new(f->store);

	for (int i = 0; i < days * 288; i++) {
		struct store_value v[3] = { { 0, 1000 - i % 300 },
					    { i % 7 == 0 ? REASON_SENTINEL : 0, 2200 + i % 9 },
					    { 0, 500 } };
		cr_assert_eq(store_add_reading(b, sh, t0 + first_day * DAY_MS + i * 300000ll + 100,
					       (unsigned)i % 4, v),
			     0);
	}
	store_shape_unref(sh);
	cr_assert_eq(fixture_commit(f, b), 0);
}

static inline void fill_history(struct fixture *f)
{
	struct store_range r[] = { { 1, 90 }, { 95, 4000000000ll } };
	struct store_batch *b = store_batch_new(f->store);

	for (int i = 0; i < 50; i++) {
		cr_assert_eq(store_add_state(b, ENTITY_DEVICE, "danang/ups-1",
					     i % 2 == 0 ? STATE_UP : STATE_DOWN, t0 + i * 1000000ll,
					     t0 + i * 1000000ll, "why"),
			     0);
		cr_assert_eq(store_add_event(b, t0 + i * 1000000ll, "alarm", ENTITY_DEVICE,
					     "danang/ups-1", "{\"n\":\"Đà Nẵng\"}"),
			     0);
	}
	/* said late, of a time that was spoken of before */
	cr_assert_eq(store_add_state(b, ENTITY_DEVICE, "danang/ups-1", STATE_UNKNOWN,
				     t0 + 30500000ll, t0 + 98000000ll, "late"),
		     0);
	cr_assert_eq(store_add_healed(b, ENTITY_DEVICE, "danang/ups-1", STATE_UP, t0, t0 + 5000,
				      t0 + 99000000ll),
		     0);
	cr_assert_eq(store_add_hole(b, "danang/gw", 7, 91, 94, t0 + 5), 0);
	cr_assert_eq(store_set_ranges(b, "danang/gw", 7, -12, r, 2), 0);
	cr_assert_eq(store_add_quarantine(b, t0 + 9, "linewatch/v1/x", "no protobuf \xff\xfe",
					  "\x00\xff\x10", 3),
		     0);
	cr_assert_eq(store_set_blob(b, "engine", "\x00\x01\x02", 3), 0);
	cr_assert_eq(store_outbox_add(b, "sent", t0, "{}"), 0);
	cr_assert_eq(store_outbox_add(b, "waits", t0 + 1, "{\"a\":1}"), 0);
	cr_assert_eq(store_outbox_done(b, "sent", t0 + 2), 0);
	cr_assert_eq(store_outbox_failed(b, "waits", t0 + 60000, "no route", NULL), 0);
	cr_assert_eq(fixture_commit(f, b), 0);
}

#endif
