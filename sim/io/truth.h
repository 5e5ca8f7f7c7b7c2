/* truth.h - what really happened, written down while it happens: a JSON object a line, to compare
 * with what linewatch says happened.
 *
 *   {"at":…,"type":"device","device":"danang/ups-1","answers":true}
 *   {"at":…,"type":"state","device":"danang/ups-1","metric":"ups.status","value":"on_battery"}
 *   {"at":…,"type":"told","device":…,"values":{metric:value}}    each answer, if asked for
 *   {"at":…,"type":"command","text":"cut-power danang"} */
#ifndef LW_SIM_TRUTH_H
#define LW_SIM_TRUTH_H

#include "sim/core/world.h"

struct sim_truth;

int sim_truth_open(struct sim_truth **ret, const char *path, const struct sim_world *w);
void sim_truth_close(struct sim_truth *t); /* NULL-safe */

void sim_truth_command(struct sim_truth *t, const char *text);
void sim_truth_told(struct sim_truth *t, const struct sim_device *d);
void sim_truth_look(struct sim_truth *t); /* write down what changed since the last look */

#endif
