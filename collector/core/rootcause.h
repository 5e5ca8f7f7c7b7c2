/* rootcause.h - which failures explain the others. Pure: works on a topology and one observation per
 * entity; keeps scratch memory only, so the answer depends on nothing that came before.
 *
 * An entity fails when all members of one of its needs' groups fail. An entity seen healthy never
 * fails, whatever it needs. The answer is the smallest set of roots that this allows: an observed
 * failure whose needs are not failing is a root, unless one unobserved entity explains two or more of
 * them and contradicts no healthy one. */
#ifndef LW_ROOTCAUSE_H
#define LW_ROOTCAUSE_H

#include "collector/core/topology.h"

enum observation { OBSERVED_UNKNOWN, OBSERVED_UP, OBSERVED_DOWN };

struct rootcause;

int rootcause_new(struct rootcause **ret, const struct topology *t); /* 0 or -ENOMEM */
void rootcause_free(struct rootcause *rc);

/* The observations (one a byte, of each entity) have changed: forget what was worked out. */
void rootcause_begin(struct rootcause *rc, const uint8_t *observed);

/* The root of the failing entity `e` among observed failures; `e` itself when nothing explains it,
 * NO_ENTITY when it does not fail. */
uint32_t rootcause_of(struct rootcause *rc, uint32_t e);

/* As rootcause_of for each of symptoms[n] (distinct), with unobserved entities as roots where they
 * explain two or more. 0 or -ENOMEM. */
int rootcause_solve(struct rootcause *rc, const uint32_t *symptoms, uint32_t n,
		    uint32_t *ret_roots);

#endif
