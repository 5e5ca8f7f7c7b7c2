#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "common/core/delivery.h"

/* Plays results against a message with three channels and writes down "time:channel" of each try. */
static void play(const char *results, bool wants_receipt, uint32_t n_channels, char *trace,
		 size_t size)
{
	struct delivery d = { 0 };
	int64_t now = 0;

	trace[0] = '\0';
	for (const char *r = results; *r != '\0'; r++) {
		enum delivery_result result = *r == 't'	  ? DELIVERY_TAKEN
					      : *r == 'p' ? DELIVERY_PERMANENT
							  : DELIVERY_TEMPORARY;
		size_t n = strlen(trace);

		(void)snprintf(trace + n, size - n, "%lld:%u ", (long long)now / 1000, d.channel);
		struct delivery_next next =
			delivery_step(&d, n_channels, result, wants_receipt, 0, 0, now, 1.0);
		n = strlen(trace);
		if (next.step != DELIVERY_AGAIN) {
			(void)snprintf(trace + n, size - n, "%s",
				       next.step == DELIVERY_DONE ? "done" : "given up");
			return;
		}
		now = next.due_ms;
	}
}

static const struct {
	const char *name, *results;
	bool wants_receipt;
	uint32_t n_channels;
	const char *trace;
} cases[] = {
	{ "a note for a machine ends when it is taken", "t", false, 3, "0:0 done" },
	{ "a page that nobody answers goes by every channel", "ttt", true, 3,
	  "0:0 120:1 240:2 done" },
	{ "a channel is tried three times before the next", "fffft", false, 3,
	  "0:0 2:0 6:0 6:1 22:1 done" },
	{ "a bad address goes to the next channel at once", "pt", false, 3, "0:0 0:1 done" },
	{ "the only channel refuses: given up", "p", false, 1, "0:0 given up" },
	{ "dead channels after one that took it do not keep it alive", "tpp", true, 3,
	  "0:0 120:1 120:2 done" },
	{ "all channels dead: it begins again, slower", "ppppt", false, 3,
	  "0:0 0:1 0:2 8:0 8:1 done" },
};

ParameterizedTestParameters(delivery, trace)
{
	static size_t index[sizeof cases / sizeof *cases];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof cases / sizeof *cases);
}

ParameterizedTest(size_t *i, delivery, trace)
{
	char trace[512];

	play(cases[*i].results, cases[*i].wants_receipt, cases[*i].n_channels, trace, sizeof trace);
	cr_expect_str_eq(trace, cases[*i].trace, "%s: %s", cases[*i].name, trace);
}

Test(delivery, a_gateway_that_says_later_is_left_alone_until_then)
{
	struct delivery d = { 0 };
	struct delivery_next n =
		delivery_step(&d, 2, DELIVERY_TEMPORARY, true, 30000, 0, 1000, 0.0);

	cr_expect_eq(n.step, DELIVERY_AGAIN);
	cr_expect_eq(n.due_ms, 31000);
}

Test(delivery, retries_grow_to_a_ceiling_and_end_after_a_day)
{
	struct delivery d = { 0 };
	int64_t now = 0, last = 0;
	unsigned tries = 0;

	for (;;) {
		struct delivery_next n =
			delivery_step(&d, 1, DELIVERY_TEMPORARY, true, 0, 0, now, 0.5);
		tries++;
		if (n.step == DELIVERY_GIVEN_UP)
			break;
		cr_assert_leq(n.due_ms - now, DELIVERY_MAX_PAUSE_MS);
		last = now = n.due_ms;
	}
	cr_expect_gt(last, DELIVERY_MAX_AGE_MS - DELIVERY_MAX_PAUSE_MS);
	cr_expect_lt(tries, 200, "%u tries", tries);
}

Test(delivery, an_answer_stops_what_was_taken_but_not_what_nobody_has)
{
	struct delivery d = { .taken = 1, .channel = 1 };

	cr_expect_not(delivery_is_due(&d, 2, DELIVERY_ANSWERED));
	cr_expect(delivery_is_due(&d, 2, DELIVERY_NOBODY_YET));
	d.taken = 0;
	cr_expect(delivery_is_due(&d, 2, DELIVERY_ANSWERED));
}
