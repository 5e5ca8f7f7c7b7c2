#include "collector/core/rootcause.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSURE_MAX = 65536, CANDIDATES_MAX = 256 };

struct rootcause {
	const struct topology *t;
	const uint8_t *observed;
	uint32_t epoch; /* of the memo */
	uint32_t *stamp, *root;
	uint32_t walk; /* of `seen` */
	uint32_t *seen, *queue;
};

int rootcause_new(struct rootcause **ret, const struct topology *t)
{
	struct rootcause *rc = calloc(1, sizeof *rc);

	if (rc == NULL)
		return -ENOMEM;
	rc->t = t;
	rc->stamp = calloc(t->n_entities + (size_t)1, sizeof *rc->stamp);
	rc->root = calloc(t->n_entities + (size_t)1, sizeof *rc->root);
	rc->seen = calloc(t->n_entities + (size_t)1, sizeof *rc->seen);
	rc->queue = calloc(t->n_entities + (size_t)1, sizeof *rc->queue);
	if (rc->stamp == NULL || rc->root == NULL || rc->seen == NULL || rc->queue == NULL) {
		rootcause_free(rc);
		return -ENOMEM;
	}
	*ret = rc;
	return 0;
}

void rootcause_free(struct rootcause *rc)
{
	if (rc == NULL)
		return;
	free(rc->stamp);
	free(rc->root);
	free(rc->seen);
	free(rc->queue);
	free(rc);
}

void rootcause_begin(struct rootcause *rc, const uint8_t *observed)
{
	rc->observed = observed;
	rc->epoch++;
}

/* The root of a group that fails as a whole: that of its first member. */
static uint32_t group_root(struct rootcause *rc, const struct dependency *d)
{
	uint32_t first = NO_ENTITY;

	for (uint32_t i = 0; i < d->n_any; i++) {
		uint32_t r = rootcause_of(rc, d->any[i]);

		if (r == NO_ENTITY)
			return NO_ENTITY;
		if (i == 0)
			first = r;
	}
	return first;
}

/* Depth is bounded by the topology's: topology_finish refuses circles. */
uint32_t rootcause_of(struct rootcause *rc, uint32_t e)
{
	const struct entity *ent = &rc->t->entities[e];
	uint32_t root = NO_ENTITY;

	if (rc->stamp[e] == rc->epoch)
		return rc->root[e];
	if (rc->observed[e] != OBSERVED_UP) {
		for (uint32_t i = 0; i < ent->n_needs && root == NO_ENTITY; i++)
			root = group_root(rc, &ent->needs[i]);
		if (root == NO_ENTITY && rc->observed[e] == OBSERVED_DOWN)
			root = e;
	}
	rc->stamp[e] = rc->epoch;
	rc->root[e] = root;
	return root;
}

static bool group_fails(struct rootcause *rc, const struct dependency *d)
{
	for (uint32_t i = 0; i < d->n_any; i++)
		if (rc->seen[d->any[i]] != rc->walk && rootcause_of(rc, d->any[i]) == NO_ENTITY)
			return false;
	return true;
}

static bool newly_fails(struct rootcause *rc, uint32_t e)
{
	const struct entity *ent = &rc->t->entities[e];

	for (uint32_t i = 0; i < ent->n_needs; i++)
		if (group_fails(rc, &ent->needs[i]))
			return true;
	return false;
}

/* Suppose `u` fails: does everything that then fails look like it? Marks it all in `seen`. */
static bool suppose(struct rootcause *rc, uint32_t u, uint32_t *ret_size)
{
	uint32_t head = 0, tail = 0;

	rc->walk++;
	rc->seen[u] = rc->walk;
	rc->queue[tail++] = u;
	while (head < tail) {
		uint32_t e = rc->queue[head++];

		for (uint32_t k = rc->t->first_dependent[e]; k < rc->t->first_dependent[e + 1];
		     k++) {
			uint32_t d = rc->t->dependents[k];

			if (rc->seen[d] == rc->walk || !newly_fails(rc, d))
				continue;
			if (rc->observed[d] == OBSERVED_UP || tail >= CLOSURE_MAX)
				return false;
			rc->seen[d] = rc->walk;
			rc->queue[tail++] = d;
		}
	}
	*ret_size = tail;
	return true;
}

/* Unobserved ancestors of the unexplained symptoms, nearest first. */
static uint32_t gather(struct rootcause *rc, const uint32_t *symptoms, const uint32_t *roots,
		       uint32_t n, uint32_t *ret)
{
	uint32_t n_ret = 0, tail = 0;

	rc->walk++;
	for (uint32_t i = 0; i < n; i++)
		if (roots[i] == symptoms[i] && rc->seen[symptoms[i]] != rc->walk) {
			rc->seen[symptoms[i]] = rc->walk;
			rc->queue[tail++] = symptoms[i];
		}
	for (uint32_t head = 0; head < tail; head++) {
		const struct entity *e = &rc->t->entities[rc->queue[head]];

		for (uint32_t k = 0; k < e->n_needs; k++)
			for (uint32_t m = 0; m < e->needs[k].n_any; m++) {
				uint32_t a = e->needs[k].any[m];

				if (rc->seen[a] == rc->walk || rc->observed[a] != OBSERVED_UNKNOWN)
					continue;
				rc->seen[a] = rc->walk;
				rc->queue[tail++] = a;
				if (n_ret < CANDIDATES_MAX)
					ret[n_ret++] = a;
			}
	}
	return n_ret;
}

struct guess {
	uint32_t entity, covered, size;
};

static struct guess best_guess(struct rootcause *rc, const uint32_t *candidates, uint32_t n_c,
			       const uint32_t *symptoms, const uint32_t *roots, uint32_t n)
{
	struct guess best = { NO_ENTITY, 1, 0 };

	for (uint32_t c = 0; c < n_c; c++) {
		struct guess g = { candidates[c], 0, 0 };

		if (!suppose(rc, g.entity, &g.size))
			continue;
		for (uint32_t i = 0; i < n; i++)
			g.covered += roots[i] == symptoms[i] && rc->seen[symptoms[i]] == rc->walk;
		if (g.covered > best.covered || (g.covered == best.covered && g.size < best.size))
			best = g;
	}
	return best;
}

int rootcause_solve(struct rootcause *rc, const uint32_t *symptoms, uint32_t n, uint32_t *ret_roots)
{
	uint32_t size, candidates[CANDIDATES_MAX];

	for (uint32_t i = 0; i < n; i++)
		ret_roots[i] = rootcause_of(rc, symptoms[i]);
	uint32_t n_c = gather(rc, symptoms, ret_roots, n, candidates);
	while (n_c > 0) {
		struct guess g = best_guess(rc, candidates, n_c, symptoms, ret_roots, n);

		if (g.entity == NO_ENTITY || !suppose(rc, g.entity, &size))
			break;
		/* Whatever had a covered symptom as its root goes with it. */
		for (uint32_t i = 0; i < n; i++)
			if (ret_roots[i] != NO_ENTITY && rc->seen[ret_roots[i]] == rc->walk)
				ret_roots[i] = g.entity;
	}
	return 0;
}
