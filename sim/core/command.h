/* command.h - the words that steer the simulated centres while they run. Pure.
 *
 *   cut-power SITE       restore-power SITE     crash-pbx SITE      restore-pbx SITE
 *   cut-wan SITE         restore-wan SITE       battery SITE PERCENT
 *   unplug DEVICE        plug DEVICE            silence DEVICE      speak DEVICE
 *   slow DEVICE 900ms    lie DEVICE METRIC=V    honest DEVICE
 *   congest-pbx SITE     relax-pbx SITE         status [SITE]       help */
#ifndef LW_SIM_COMMAND_H
#define LW_SIM_COMMAND_H

#include "sim/core/world.h"

/* Carry `line` out; a text for the person in reply[size], ending in a newline. 0, or -EINVAL. */
int command_run(struct sim_world *w, const char *line, char *reply, size_t size);

#endif
