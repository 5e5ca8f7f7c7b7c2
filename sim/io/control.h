/* control.h - the unix socket through which the simulation is steered: a command a line in, its
 * answer out, ended by a line of "." (sim/core/command.h has the words). */
#ifndef LW_SIM_CONTROL_H
#define LW_SIM_CONTROL_H

#include <stddef.h>
#include <uv.h>

struct sim_control;
/* Carries `line` out and writes the answer. */
typedef int sim_command_fn(void *arg, const char *line, char *reply, size_t size);

int sim_control_open(struct sim_control **ret, uv_loop_t *loop, const char *path,
		     sim_command_fn *run, void *arg);
void sim_control_close(struct sim_control *c); /* NULL-safe; removes the socket */

/* The other end, for `linewatch-sim ctl`: blocks until the answer is there. 0: done; 1: refused, the
 * reply says why; negative errno: nobody listens. */
int sim_control_ask(const char *path, const char *line, char *reply, size_t size);

#endif
