/* mutants - how many lies of a device the readers see through.
 *
 * Each URL's device is learned and read through the real sense; then, in memory, one answer at a
 * time is replaced by what broken devices really send, and decoded and judged again as the next
 * round would be. Caught: the metric is unknown in that round. A mutant whose value is within a
 * tenth of the true one is none. False alarms: untouched rounds in which a value is turned down. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/senses.h"
#include "agent/io/snmp/sense_priv.h"

/* A value that is less than a tenth away from the truth misleads nobody. */
static const double DIFFERENT = 0.1;

enum { QUIET_ROUNDS = 5, ROUND_MS = 10000, SHOWN = 400 };

struct tally {
	unsigned mutants, caught, quiet, false_alarms;
	unsigned shown;
};

struct lie {
	const char *name;
	bool (*tell)(struct value *v);
};

static bool numeric(const struct value *v)
{
	double n = 0;

	return v->type != VALUE_TEXT && value_number(v, &n);
}

static bool set(struct value *v, int64_t n)
{
	if (!numeric(v))
		return false;
	v->type = VALUE_INTEGER;
	v->number = n;
	return true;
}

static int64_t number(const struct value *v)
{
	double n = 0;

	(void)value_number(v, &n);
	return (int64_t)n;
}

static bool lie_zero(struct value *v)
{
	return set(v, 0);
}

static bool lie_minus_one(struct value *v)
{
	return set(v, -1);
}

static bool lie_255(struct value *v)
{
	return set(v, 255);
}

static bool lie_65535(struct value *v)
{
	return set(v, 65535);
}

static bool lie_all_ones(struct value *v)
{
	return set(v, 4294967295);
}

static bool lie_tenfold(struct value *v)
{
	return set(v, number(v) * 10);
}

static bool lie_tenth(struct value *v)
{
	return set(v, number(v) / 10);
}

static bool lie_negative(struct value *v)
{
	return set(v, -number(v));
}

static bool lie_high_bit(struct value *v)
{
	return set(v, number(v) ^ 0x4000);
}

static bool lie_null(struct value *v)
{
	v->type = VALUE_NULL;
	return true;
}

static bool lie_text(struct value *v)
{
	v->type = VALUE_TEXT;
	v->text = "N/A";
	v->length = 3;
	return true;
}

static bool lie_gone(struct value *v)
{
	v->type = VALUE_MISSING;
	return true;
}

static const struct lie lies[] = {
	{ "0", lie_zero },
	{ "-1", lie_minus_one },
	{ "255", lie_255 },
	{ "65535", lie_65535 },
	{ "4294967295", lie_all_ones },
	{ "x 10", lie_tenfold },
	{ "/ 10", lie_tenth },
	{ "negated", lie_negative },
	{ "a high bit", lie_high_bit },
	{ "NULL", lie_null },
	{ "N/A", lie_text },
	{ "gone", lie_gone },
};

/* Not judged: what can be any number at any time (counters, bits, processor use). */
static bool judged(const struct reading *r)
{
	const struct metric *m = metric_by_id(r->metric);

	return m->kind != METRIC_COUNTER && m->kind != METRIC_BITS && m->kind != METRIC_TEXT &&
	       m->id != M_HOST_CPU_USED && r->reason == REASON_GOOD;
}

static void round_of(struct snmp_sense *s, struct reading *r, int64_t now_ms)
{
	struct plan_answers a = layout_answers(&s->settled);

	(void)plan_decode(s->settled.plan, &a, r);
	(void)sanity_check(s->sanity, r, s->n_readings, now_ms);
}

static void untouched(struct snmp_sense *s, struct tally *t, struct reading *r, int64_t *now_ms)
{
	struct plan_answers a = layout_answers(&s->settled);

	for (int i = 0; i < QUIET_ROUNDS; i++) {
		*now_ms += ROUND_MS;
		(void)plan_decode(s->settled.plan, &a, r);
		for (unsigned k = 0; k < s->n_readings; k++)
			t->quiet += r[k].reason == REASON_GOOD;
		size_t bad = sanity_check(s->sanity, r, s->n_readings, *now_ms);
		t->false_alarms += (unsigned)bad;
		for (unsigned k = 0; bad > 0 && i == 0 && k < s->n_readings; k++) {
			char name[READING_NAME_MAX];

			if (r[k].reason == REASON_GOOD)
				continue;
			(void)reading_name(name, sizeof name, r[k].metric, r[k].instance,
					   r[k].label);
			(void)printf("    turned down: %s = %g (%s)\n", name, r[k].value,
				     reading_reason_name(r[k].reason));
		}
	}
}

/* One lie about one object, judged on every metric that is made of it. */
static void try_lie(struct snmp_sense *s, struct tally *t, unsigned ask, const struct lie *lie,
		    const struct reading *truth, int64_t now_ms)
{
	struct value was = s->settled.values[ask];
	struct reading *r = calloc(s->n_readings + 1, sizeof *r);
	struct plan_slot *slots = calloc(s->n_readings + 1, sizeof *slots);
	struct sanity_slot *memory = calloc(s->n_readings + 1, sizeof *memory);

	if (r == NULL || slots == NULL || memory == NULL)
		abort();
	memcpy(memory, s->sanity, s->n_readings * sizeof *memory);
	memcpy(slots, s->settled.plan->slots, s->n_readings * sizeof *slots);
	if (lie->tell(&s->settled.values[ask])) {
		round_of(s, r, now_ms);
		for (unsigned k = 0; k < s->n_readings; k++) {
			bool differs = r[k].reason != REASON_GOOD ||
				       fabs(r[k].value - truth[k].value) >
					       1e-9 + fabs(truth[k].value) * DIFFERENT;
			bool about = false;

			for (uint32_t i = 0; i < slots[k].n; i++)
				about = about || s->settled.plan->refs[slots[k].first + i] == ask;
			if (!judged(&truth[k]) || !about || !differs)
				continue;
			t->mutants++;
			t->caught += r[k].reason != REASON_GOOD;
			if (r[k].reason == REASON_GOOD && t->shown++ < SHOWN)
				(void)printf("    believed: %s = %g instead of %g (%s)\n",
					     metric_by_id(r[k].metric)->name, r[k].value,
					     truth[k].value, lie->name);
		}
	}
	s->settled.values[ask] = was;
	memcpy(s->sanity, memory, s->n_readings * sizeof *memory);
	memcpy(s->settled.plan->slots, slots, s->n_readings * sizeof *slots);
	free(memory);
	free(slots);
	free(r);
}

static void mutate(struct snmp_sense *s, struct tally *t)
{
	struct reading *truth = calloc(s->n_readings + 1, sizeof *truth);
	int64_t now_ms = 1000;

	if (truth == NULL)
		abort();
	memset(s->sanity, 0, s->n_readings * sizeof *s->sanity);
	untouched(s, t, truth, &now_ms);
	for (unsigned ask = 0; ask < s->settled.plan->n_asks; ask++)
		for (size_t k = 0; k < sizeof lies / sizeof *lies; k++)
			try_lie(s, t, ask, &lies[k], truth, now_ms + ROUND_MS);
	free(truth);
}

static void on_done(void *arg, const struct sense_result *r)
{
	uv_stop(arg);
	if (!r->reachable)
		(void)printf("    no answer: %s\n", r->error);
}

static int one(uv_loop_t *loop, const char *url, struct tally *t)
{
	struct sense_target target = { .url = url };
	char why[300] = "";
	struct sense *sense = NULL;
	struct tally mine = { .shown = t->shown };

	if (sense_snmp.open(&sense, loop, &target, why, sizeof why) < 0 ||
	    sense->type->poll(sense, on_done, loop) < 0) {
		(void)fprintf(stderr, "%s: %s\n", url, why);
		return -1;
	}
	(void)uv_run(loop, UV_RUN_DEFAULT);
	struct snmp_sense *s = (struct snmp_sense *)sense;
	if (s->settled.plan != NULL)
		mutate(s, &mine);
	(void)printf("%-60.60s %5u mutants %5u caught %5u values %3u false\n", url, mine.mutants,
		     mine.caught, mine.quiet, mine.false_alarms);
	t->mutants += mine.mutants;
	t->caught += mine.caught;
	t->quiet += mine.quiet;
	t->false_alarms += mine.false_alarms;
	t->shown = mine.shown;
	sense->type->close(sense, NULL, NULL);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	return 0;
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	uv_loop_t loop;

	if (argc < 2 || uv_loop_init(&loop) < 0)
		return 2;
	for (int i = 1; i < argc; i++)
		if (one(&loop, argv[i], &t) < 0)
			return 1;
	(void)uv_loop_close(&loop);
	profiles_shared_free();
	if (t.mutants == 0 || t.quiet == 0)
		return 1;
	double caught = 100.0 * t.caught / t.mutants;
	double wrong = 100.0 * t.false_alarms / t.quiet;
	(void)printf("%.1f %% of %u mutants caught, %.2f %% false alarms in %u untouched values\n",
		     caught, t.mutants, wrong, t.quiet);
	return caught >= 95 && wrong < 1 ? 0 : 1;
}
