#include <criterion/criterion.h>

#include "agent/core/watcher.h"

Test(watcher, pages_once_after_a_minute_of_silence_and_tells_when_it_is_back)
{
	struct watcher w;
	struct watcher_effect e;

	watcher_init(&w, 0, WATCHER_SILENT_MS, 0);
	e = watcher_heard(&w, 1000);
	cr_expect_eq(e.wake_ms, 61000);
	cr_expect_eq(watcher_tick(&w, 60999).say, WATCHER_NOTHING);
	e = watcher_tick(&w, 61000);
	cr_expect_eq(e.say, WATCHER_COLLECTOR_SILENT);
	cr_expect_eq(e.silent_ms, 60000);
	cr_expect_eq(watcher_tick(&w, 400000).say, WATCHER_NOTHING);
	cr_expect_eq(watcher_heard(&w, 500000).say, WATCHER_COLLECTOR_BACK);
	cr_expect_eq(watcher_heard(&w, 501000).say, WATCHER_NOTHING);
	cr_expect_eq(watcher_tick(&w, 561000).say, WATCHER_COLLECTOR_SILENT);
}

Test(watcher, the_second_gateway_waits_for_the_first)
{
	struct watcher w;

	watcher_init(&w, 1, WATCHER_SILENT_MS, 0);
	(void)watcher_heard(&w, 0);
	cr_expect_eq(watcher_tick(&w, 60000).say, WATCHER_NOTHING);
	cr_expect_eq(watcher_tick(&w, 90000).say, WATCHER_COLLECTOR_SILENT);
}

Test(watcher, a_gateway_that_just_started_gives_the_collector_time)
{
	struct watcher w;
	struct watcher_effect e;

	watcher_init(&w, 0, WATCHER_SILENT_MS, 0);
	e = watcher_tick(&w, 60000);
	cr_expect_eq(e.say, WATCHER_NOTHING);
	cr_expect_eq(e.wake_ms, 120000);
	cr_expect_eq(watcher_tick(&w, 120000).say, WATCHER_COLLECTOR_SILENT);
}
