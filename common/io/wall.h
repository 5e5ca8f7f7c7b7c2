/* wall.h - what time it is, for the loop's thread: the wall clock, not shaken by jumps that are taken
 * back within a minute (common/core/steady.h). Logs each jump once. */
#ifndef LW_WALL_H
#define LW_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t wall_now_ms(void); /* Unix ms */

/* Called when a jump that lasted is followed, from within wall_now_ms. NULL: nobody. */
void wall_on_move(void (*moved)(void *arg, int64_t by_ms), void *arg);

/* What outlives a restart of the daemon as long as the machine runs. */
enum { WALL_SAVED_BYTES = 64 };
size_t wall_save(char buf[WALL_SAVED_BYTES]);
/* Take up what was saved; false: the machine was booted since then, or it is not ours. */
bool wall_restore(const void *buf, size_t len);
int64_t wall_offset_ms(void); /* of the steady clock: save again when it has drifted */

#endif
