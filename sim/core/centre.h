/* centre.h - how one simulated call centre moves: power, PBX, phones, headsets, router. Pure. */
#ifndef LW_SIM_CENTRE_H
#define LW_SIM_CENTRE_H

#include "sim/core/world.h"

void centre_init(struct sim_world *w, struct sim_site *s);
void centre_step(struct sim_world *w, struct sim_site *s, int64_t dt_ms);

#endif
