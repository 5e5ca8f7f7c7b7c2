/* Random topologies, random faults, part of it unobserved: is what rootcause_solve names one of the
 * smallest sets of faults that explain every failure seen and contradict nothing seen healthy? The
 * oracle tries every set. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "collector/core/rootcause.h"

enum { N = 14, GRAPHS = 2000 };

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 10) % below;
}

/* Each needs one or two groups of one or two that come before it. */
static void make_graph(struct topology *t)
{
	char id[8];
	uint32_t at;

	memset(t, 0, sizeof *t);
	for (uint32_t i = 0; i < N; i++) {
		(void)snprintf(id, sizeof id, "d%u", i);
		cr_assert_eq(topology_add(t, ENTITY_DEVICE, id, &at), 0);
		for (uint32_t g = i > 0 ? 1 + (chance(4) == 0) : 0; g > 0; g--) {
			uint32_t any[2] = { chance(i), chance(i) };

			cr_assert_eq(topology_need(t, i, any,
						   chance(4) == 0 && any[0] != any[1] ? 2 : 1),
				     0);
		}
	}
	cr_assert_eq(topology_finish(t, &at), 0);
}

/* The members come before: one pass is enough. */
static uint32_t closure(const struct topology *t, uint32_t faults)
{
	uint32_t down = faults;

	for (uint32_t i = 0; i < N; i++)
		for (uint32_t g = 0; g < t->entities[i].n_needs; g++) {
			bool all = true;

			for (uint32_t k = 0; k < t->entities[i].needs[g].n_any; k++)
				all = all && (down >> t->entities[i].needs[g].any[k] & 1) != 0;
			down |= all ? 1U << i : 0;
		}
	return down;
}

static bool explains(const struct topology *t, uint32_t faults, uint32_t seen_down,
		     uint32_t seen_up)
{
	uint32_t down = closure(t, faults);

	return (seen_down & ~down) == 0 && (seen_up & down) == 0;
}

static int smallest(const struct topology *t, uint32_t seen_down, uint32_t seen_up)
{
	int best = N + 1;

	for (uint32_t set = 0; set < 1U << N; set++)
		if (__builtin_popcount(set) < best && explains(t, set, seen_down, seen_up))
			best = __builtin_popcount(set);
	return best;
}

static uint32_t solve(struct rootcause *rc, const uint8_t *observed, const uint32_t *order,
		      uint32_t n)
{
	uint32_t roots[N], set = 0;

	rootcause_begin(rc, observed);
	cr_assert_eq(rootcause_solve(rc, order, n, roots), 0);
	for (uint32_t i = 0; i < n; i++)
		set |= 1U << roots[i];
	return set;
}

struct score {
	unsigned asked, found, order_changed;
};

static void play(struct score *s, unsigned n_faults)
{
	struct topology t;
	struct rootcause *rc;
	uint8_t observed[N];
	uint32_t faults = 0, seen_down = 0, seen_up = 0, order[N], n = 0;

	make_graph(&t);
	while ((unsigned)__builtin_popcount(faults) < n_faults)
		faults |= 1U << chance(N);
	uint32_t down = closure(&t, faults);
	for (uint32_t i = 0; i < N; i++) {
		bool seen = chance(5) > 0;

		observed[i] = !seen		     ? OBSERVED_UNKNOWN
			      : (down >> i & 1) != 0 ? OBSERVED_DOWN
						     : OBSERVED_UP;
		seen_down |= observed[i] == OBSERVED_DOWN ? 1U << i : 0;
		seen_up |= observed[i] == OBSERVED_UP ? 1U << i : 0;
		if (observed[i] == OBSERVED_DOWN)
			order[n++] = i;
	}
	cr_assert_eq(rootcause_new(&rc, &t), 0);
	if (n > 0) {
		uint32_t named = solve(rc, observed, order, n), back[N];

		for (uint32_t i = 0; i < n; i++)
			back[i] = order[n - 1 - i];
		s->order_changed += solve(rc, observed, back, n) != named;
		s->asked++;
		s->found += explains(&t, named, seen_down, seen_up) &&
			    __builtin_popcount(named) == smallest(&t, seen_down, seen_up);
	}
	rootcause_free(rc);
	topology_fini(&t);
}

static double share(unsigned n_faults)
{
	struct score s = { 0, 0, 0 };

	for (unsigned i = 0; i < GRAPHS; i++) {
		seed = 1000003U * n_faults + i;
		play(&s, n_faults);
	}
	printf("rootcause: %u faults: %u of %u answers are a smallest explanation (%.2f %%), "
	       "%u depend on the order\n",
	       n_faults, s.found, s.asked, 100.0 * s.found / s.asked, s.order_changed);
	cr_expect_eq(s.order_changed, 0);
	return (double)s.found / s.asked;
}

/* An alarm may stand on a thing that answers; it has no root, beside others that are explained. */
Test(rootcause, a_symptom_that_does_not_fail_keeps_no_root)
{
	static const uint8_t observed[] = { OBSERVED_UNKNOWN, OBSERVED_DOWN, OBSERVED_DOWN,
					    OBSERVED_UP };
	const uint32_t symptoms[] = { 1, 3, 2 };
	uint32_t at, line = 0, roots[3];
	struct topology t = { 0 };
	struct rootcause *rc;
	char id[8];

	for (uint32_t i = 0; i < 4; i++) {
		(void)snprintf(id, sizeof id, "d%u", i);
		cr_assert_eq(topology_add(&t, ENTITY_DEVICE, id, &at), 0);
		if (i == 1 || i == 2)
			cr_assert_eq(topology_need(&t, i, &line, 1), 0);
	}
	cr_assert_eq(topology_finish(&t, &at), 0);
	cr_assert_eq(rootcause_new(&rc, &t), 0);
	rootcause_begin(rc, observed);
	cr_assert_eq(rootcause_solve(rc, symptoms, 3, roots), 0);
	cr_expect_eq(roots[0], 0);
	cr_expect_eq(roots[1], NO_ENTITY);
	cr_expect_eq(roots[2], 0);
	rootcause_free(rc);
	topology_fini(&t);
}

Test(rootcause, single_faults_are_found_in_random_graphs)
{
	cr_expect_geq(share(1), 0.99);
}

Test(rootcause, double_faults_are_found_in_random_graphs)
{
	cr_expect_geq(share(2), 0.95);
}
